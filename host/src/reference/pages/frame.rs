//! The document around a page's content.

use maud::{DOCTYPE, Markup, html};

use super::style_path;
use crate::assets::icon_path;

/// The content security policy of the pages: a page shows its own text, style and icon, and sends its own form. It runs no
/// scripts, and no other page can put it into a frame.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                                           base-uri 'none'; frame-ancestors 'none'";

/// The frame around pages of one kind.
pub(super) struct Frame {
    /// Where the name of the product leads.
    pub(super) home: &'static str,
    /// The name of this kind of pages.
    pub(super) product: &'static str,
    /// Links at the right.
    pub(super) links: Markup,
}

/// A whole document around a page's content and its navigation.
pub(super) fn document(frame: &Frame, title: &str, navigation: &Markup, content: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Mortise" }
                link rel="stylesheet" href=(style_path());
                link rel="icon" type="image/svg+xml" href=(icon_path());
            }
            body {
                a.skip href="#content" { "Skip to the content" }
                header.top {
                    a.brand href=(frame.home) {
                        img src=(icon_path()) width="22" height="22" alt="";
                        "Mortise"
                    }
                    span.product { (frame.product) }
                    div.links { (frame.links) }
                    button.menu type="button" popovertarget="navigation" { "Menu" }
                }
                div.frame {
                    nav #navigation popover="auto" aria-label=(frame.product) { (navigation) }
                    main #content tabindex="-1" { (content) }
                }
            }
        }
    }
    .into_string()
}
