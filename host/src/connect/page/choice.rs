//! The choice among integrations.

use maud::html;

use super::Look;
use super::look::{Script, document, whose};
use crate::connect::{Link, Opening};

/// The page has a search from this number of integrations on.
const SEARCHED_FROM: usize = 11;

/// The list of integrations that a link token lets a person choose from. Without the script there is no search, and the
/// list is whole.
pub fn choice(look: &Look, link: &Link, opening: &Opening) -> String {
    let count = link.integrations.len();
    let content = html! {
        h1 tabindex="-1" { "Connect an account" }
        (whose(look, &link.token.tenant_id))
        @if count >= SEARCHED_FROM {
            div.search hidden {
                label for="search" { "Search" }
                input #search type="search" autocomplete="off" spellcheck="false" aria-controls="integrations";
                p.hint #found role="status" {}
            }
        }
        ul.choice #integrations {
            @for generation in &link.integrations {
                @let capabilities = &generation.capabilities;
                li { a href=(opening.path_of(Some(&capabilities.slug))) { (capabilities.label) } }
            }
        }
    };
    document(look, "Connect an account", &Script::default(), &content)
}
