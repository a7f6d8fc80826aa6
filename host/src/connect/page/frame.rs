//! Pages that lead people out of a frame.

use maud::{Markup, html};

use super::Look;
use super::look::{Script, document};
use crate::connect::Opening;

/// A page that asks the person to leave the frame, because the SDK that shows it accepts only messages of its own
/// hosts: its page would wait for ever.
pub fn unheard(look: &Look, opening: &Opening) -> String {
    let why =
        html! { "This page cannot tell " (look.operator) " from inside of this frame that your account is connected." };
    leads_out(look, opening, &why)
}

/// A page that asks the person to leave the frame, because vendors refuse to be shown in one.
pub fn unshown(look: &Look, opening: &Opening) -> String {
    leads_out(look, opening, &html! { "The page on which you sign in is not shown in a frame." })
}

fn leads_out(look: &Look, opening: &Opening, why: &Markup) -> String {
    let address = opening.path_unframed();
    let content = html! {
        h1 tabindex="-1" { "Go on in a window of its own" }
        p { (why) }
        p { a.button href=(address) target="_blank" rel="noopener" { "Open in a new window" } }
        p { a href=(address) target="_top" { "Go on in this window" } }
    };
    document(look, "Go on in a window of its own", &Script::default(), &content)
}
