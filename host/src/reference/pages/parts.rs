//! Parts of pages: text with code, blocks of code, tables and endpoints.

use maud::{Markup, html};

/// Writes the host's own words, with code between backticks.
pub(super) fn prose(text: &str) -> Markup {
    html! { @for (index, part) in text.split('`').enumerate() { @if index % 2 == 1 { code { (part) } } @else { (part) } } }
}

/// A block of code that scrolls by itself, with the keyboard too.
pub(super) fn code(label: &str, text: &str) -> Markup {
    html! { pre tabindex="0" role="region" aria-label=(label) { code { (text) } } }
}

/// A table that scrolls by itself, with the keyboard too.
pub(super) fn table(label: &str, head: &[&str], rows: &Markup) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label=(label) {
            table {
                thead { tr { @for title in head { th scope="col" { (title) } } } }
                tbody { (rows) }
            }
        }
    }
}

/// `POST /unified/ticketing/users`
pub(super) fn endpoint(method: &str, path: &str) -> Markup {
    html! { p.endpoint { span class={ "verb " (method.to_ascii_lowercase()) } { (method) } " " code { (breakable(path)) } } }
}

/// A path that can be broken at its slashes.
pub(super) fn breakable(path: &str) -> Markup {
    html! { @for part in path.split_inclusive('/') { (part) wbr; } }
}
