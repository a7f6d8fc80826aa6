//! A page that posts a form again.

use std::collections::BTreeMap;

use maud::html;

use super::Look;
use super::look::{Script, document};
use crate::connect::flow::POSTED_AGAIN;

/// A page that posts these fields to its own address: its script does so at once; without it, a button does.
pub fn post_again(look: &Look, fields: &BTreeMap<String, String>) -> String {
    let content = html! {
        h1 tabindex="-1" { "Almost done" }
        form #again method="post" {
            @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
            input type="hidden" name=(POSTED_AGAIN) value="1";
            p { "You have come back. One more step connects the account." }
            p.actions { button.button type="submit" { "Continue" } }
        }
    };
    document(look, "Almost done", &Script::default(), &content)
}
