//! Errors: their one shape, and the meaning of each status.

use maud::{Markup, html};

use super::{code, prose, table};
use crate::reference::ERRORS;

const SHAPE: &str = r#"{
  "statusCode": 400,
  "error": "Bad Request",
  "message": "name is required; emails must be an array or null",
  "details": {
    "failures": [
      { "path": "name", "in": "body", "message": "name is required" },
      { "path": "emails", "in": "body", "message": "emails must be an array or null" }
    ]
  }
}"#;

pub(super) fn write() -> Markup {
    let members = [
        ("statusCode", "The HTTP status of the answer."),
        ("error", "The status in words."),
        ("message", "One sentence for people."),
        ("details.failures", "Every violation of the request. The host finds them before it calls the vendor."),
        ("truto_is_remote_error", "true if the error is the vendor's; otherwise left out."),
        ("raw_response", "The vendor's own body."),
        ("truto_error_insight", "Facts about the error, by its kind."),
    ];
    html! {
        h1 { "Errors" }
        p { "Every error has the same shape. Messages of this host never repeat a value of the request." }
        (code("An error", SHAPE))
        section aria-labelledby="members" {
            h2 #members { "Members" }
            (table(
                "Members of an error",
                &["Member", "Meaning"],
                &html! { @for (name, meaning) in members { tr { th scope="row" { code { (name) } } td { (meaning) } } } },
            ))
        }
        section aria-labelledby="statuses" {
            h2 #statuses { "Statuses" }
            p { "An error of the vendor has the vendor's status. The table does not list every such status." }
            (rows())
        }
    }
}

/// The table of all statuses.
pub(super) fn rows() -> Markup {
    table(
        "Statuses of errors",
        &["Status", "When", "Remote"],
        &html! {
            @for row in ERRORS {
                tr { th scope="row" { code { (row.status) } } td { (prose(row.when)) } td { (row.remote.as_str()) } }
            }
        },
    )
}
