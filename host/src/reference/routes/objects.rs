//! The objects in the answers of routes.

use super::webhooks;
use crate::reference::Object;
use crate::reference::field::members;
use crate::reference::openapi::schemas;

/// The objects in the answers of the routes.
pub(in crate::reference) fn objects() -> Vec<Object> {
    vec![
        Object {
            id: "account",
            title: "The account object",
            description: "It has no secrets.",
            fields: members(&schemas::account(), ""),
        },
        Object {
            id: "api-token",
            title: "The API token object",
            description: "Only the answer that makes a token has the token itself.",
            fields: members(&schemas::api_token(), ""),
        },
        Object {
            id: "link-token",
            title: "The link token object",
            description: "It has neither the token itself nor its context.",
            fields: members(&schemas::link_token(), ""),
        },
        Object {
            id: "application",
            title: "The OAuth application object",
            description: "It has no client secret.",
            fields: members(&schemas::application(), ""),
        },
        Object {
            id: "webhook",
            title: "The webhook object",
            description: "Only the answers that make a webhook or rotate its secret have the secret.",
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
            description: "Its capabilities, and the pages of this reference, say what it can do.",
            fields: members(&schemas::integration(), ""),
        },
    ]
}
