//! What all pages share: the operator's name and color, and the document around a page's content.

use maud::{DOCTYPE, Markup, html};
use serde_json::Value;
use url::Url;

use super::{color, script_path, style_path};
use crate::config::{Color, Config, WebOrigin};
use crate::reference::pages::icon_path;

/// How the pages of one operator look, and whom they tell the outcome.
#[derive(Debug, Clone)]
pub struct Look {
    /// The operator's name, for people.
    pub operator: String,
    color: Option<Color>,
    /// The origins that get messages.
    origins: Vec<WebOrigin>,
}

impl Look {
    /// The look that is configured. An operator without a name is the host of the public URL.
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

    /// The name at the beginning of a sentence.
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

/// What the script does with a page beside what it does with all.
#[derive(Debug, Clone, Default)]
pub(super) struct Script<'a> {
    /// The final message, for the page that opened this one.
    pub(super) message: Option<Value>,
    /// Where the person goes if nobody gets the message.
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
                // Pages of one person are nothing to find.
                meta name="robots" content="noindex";
                title { (title) " · " (look.operator_first()) }
                // The page's address holds the link token, which the files need not know.
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

/// Leads back to the application from a failure. The script shows it where an application waits, or a redirect is known.
pub(super) fn back(look: &Look) -> Markup {
    html! { p.actions { button.button #leave type="button" hidden { "Back to " (look.operator) } } }
}

/// For whom the account is connected, and what to do if that is somebody else.
pub(super) fn whose(look: &Look, tenant: &str) -> Markup {
    html! {
        p.whose {
            "You connect an account to " strong { (look.operator) } " for " strong { (tenant) } ". "
            span.nowrap { "Not you? Close this page." }
        }
    }
}
