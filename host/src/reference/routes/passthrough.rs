//! Routes of the passthrough.

use serde_json::json;

use crate::reference::field::Field;
use crate::reference::unified::dry_run;
use crate::reference::{Access, Endpoint, Route, Words};

pub(super) fn routes() -> Vec<Route> {
    let route = |id, endpoint, summary| Route {
        description: "The host sends one request below the integration's first origin, signed with the account's credentials, \
                      without the plugin. The path after `/proxy` is the vendor's path, slashes included. The host passes on the \
                      body, the headers about content and the query, except the two parameters below and those that begin with \
                      `truto_`. The answer is the vendor's with its status, and has `mortise-vendor-status`. Errors of this host \
                      do not have that header.",
        access: Access::AccountToken,
        path_parameters: vec![path()],
        query: vec![
            Field::new(
                "integrated_account_id",
                json!({ "type": "string", "format": "uuid" }),
                "The integrated account whose vendor gets the request.",
            )
            .required(),
            dry_run(),
        ],
        answer: json!({}),
        errors: &[400, 401, 403, 404, 405, 408, 409, 413, 415, 429, 500, 502, 503, 504],
        words: Words::Vendor,
        ..Route::new("Passthrough", id, endpoint, summary)
    };
    vec![
        route("passthrough-get", Endpoint::PASSTHROUGH_GET, "Read at the vendor"),
        route("passthrough-post", Endpoint::PASSTHROUGH_POST, "Post to the vendor"),
        route("passthrough-put", Endpoint::PASSTHROUGH_PUT, "Put to the vendor"),
        route("passthrough-patch", Endpoint::PASSTHROUGH_PATCH, "Patch at the vendor"),
        route("passthrough-delete", Endpoint::PASSTHROUGH_DELETE, "Delete at the vendor"),
    ]
}

fn path() -> Field {
    Field::new(
        "path",
        json!({ "type": "string", "pattern": "^[A-Za-z0-9_~-]+$" }),
        "The vendor's path. It has no empty segment, no segment of dots alone, no encoded slash, no backslash and no control character.",
    )
    .required()
}
