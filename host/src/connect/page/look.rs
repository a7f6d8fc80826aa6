//! The common parts of all pages: the operator's name and color, and the document around a page's content.

use maud::{DOCTYPE, Markup, html};
use serde_json::Value;
use url::Url;

use super::{color, script_path, style_path};
use crate::assets::icon_path;
use crate::config::{Color, Config, WebOrigin};

/// The look of one operator's pages, and the origins that get the outcome.
#[derive(Debug, Clone)]
pub struct Look {
    /// The operator's name, for people.
    pub operator: String,
    color: Option<Color>,
    /// The origins that get messages.
    origins: Vec<WebOrigin>,
}

impl Look {
    /// The look in the configuration. If the operator has no name there, the host of the public URL is the name.
    pub fn of(config: &Config) -> Self {
        let connect = &config.connect;
        let host = || Some(Url::parse(connect.public_url.as_ref()?.as_str()).ok()?.host_str()?.to_owned());
        let operator = connect.operator_name.clone().filter(|name| !name.trim().is_empty()).or_else(host);
        Self {
            operator: operator.unwrap_or_else(|| "this application".to_owned()),
            color: connect.color.clone(),
            origins: connect.allowed_origins.clone(),
        }
    }

    /// The operator's name at the beginning of a sentence.
    pub fn operator_first(&self) -> String {
        let mut letters = self.operator.chars();
        match (letters.next(), self.operator == "this application") {
            (Some(first), true) => first.to_uppercase().chain(letters).collect(),
            _ => self.operator.clone(),
        }
    }

    fn origins(&self) -> String {
        self.origins.iter().map(WebOrigin::as_str).collect::<Vec<_>>().join(" ")
    }
}

/// Tasks of the script on one page, beside those that it has on all pages.
#[derive(Debug, Clone, Default)]
pub(super) struct Script<'a> {
    /// The final message, for the page that opened this one.
    pub(super) message: Option<Value>,
    /// URL to which the person goes if nobody gets the message.
    pub(super) redirect: Option<&'a str>,
    /// Whether the window closes itself.
    pub(super) closes: bool,
}

/// A whole document around a page's content.
pub(super) fn document(look: &Look, title: &str, script: &Script<'_>, content: &Markup) -> String {
    let message = script.message.as_ref().map(Value::to_string);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                // Search engines should not list the pages of one person.
                meta name="robots" content="noindex";
                title { (title) " · " (look.operator_first()) }
                // The page's address contains the link token. Requests for the files must not carry it in a referrer.
                link rel="stylesheet" href=(style_path()) referrerpolicy="no-referrer";
                @if let Some(color) = &look.color {
                    link rel="stylesheet" href=(color::path(color)) referrerpolicy="no-referrer";
                }
                link rel="icon" type="image/svg+xml" href=(icon_path()) referrerpolicy="no-referrer";
                script src=(script_path()) referrerpolicy="no-referrer" defer {}
            }
            body data-origins=(look.origins()) data-message=[message] data-redirect=[script.redirect] data-closes=[script.closes.then_some("")] {
                header.top {
                    p.operator { (look.operator_first()) }
                    button.quiet #close type="button" hidden { "Close" }
                }
                main #content { (content) }
            }
        }
    }
    .into_string()
}

/// A button that leads back to the application after a failure. The script shows it if an application waits, or a
/// redirect is known.
pub(super) fn back(look: &Look) -> Markup {
    html! { p.actions { button.button #leave type="button" hidden { "Back to " (look.operator) } } }
}

/// The operator and the tenant for whom the account is connected, and advice for other people.
pub(super) fn whose(look: &Look, tenant: &str) -> Markup {
    html! {
        p.whose {
            "You connect an account to " strong { (look.operator) } " for " strong { (tenant) } ". "
            span.nowrap { "Not you? Close this page." }
        }
    }
}
