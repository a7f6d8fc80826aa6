//! The objects in the answers of routes.

use super::webhooks;
use crate::reference::Object;
use crate::reference::field::members;
use crate::reference::openapi::schemas;

/// What the routes answer with.
pub(in crate::reference) fn objects() -> Vec<Object> {
    vec![
        Object {
            id: "account",
            title: "The account object",
            description: "Secrets are not part of it.",
            fields: members(&schemas::account(), ""),
        },
        Object {
            id: "api-token",
            title: "The API token object",
            description: "The token itself is told once, when it is made.",
            fields: members(&schemas::api_token(), ""),
        },
        Object {
            id: "link-token",
            title: "The link token object",
            description: "The token itself is not part of it, and neither is its context.",
            fields: members(&schemas::link_token(), ""),
        },
        Object {
            id: "application",
            title: "The OAuth application object",
            description: "Its client secret is not part of it.",
            fields: members(&schemas::application(), ""),
        },
        Object {
            id: "webhook",
            title: "The webhook object",
            description: "Its secret is told when it is made and when it is rotated.",
            fields: members(&webhooks::webhook(), ""),
        },
        Object {
            id: "delivery",
            title: "The delivery object",
            description: "One event for one webhook.",
            fields: members(&webhooks::delivery(), ""),
        },
        Object {
            id: "integration",
            title: "The integration object",
            description: "What it can do is told by its capabilities, and by the pages of this reference.",
            fields: members(&schemas::integration(), ""),
        },
    ]
}
