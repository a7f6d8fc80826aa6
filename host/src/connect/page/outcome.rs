//! The last page of an attempt.

use maud::{Markup, html};
use uuid::Uuid;

use super::Look;
use super::look::{Script, back, document};
use crate::connect::{ErrorType, Failure, Outcome};

/// The parts of the last page beside the outcome itself.
#[derive(Debug, Clone, Copy)]
pub struct OutcomeView<'a> {
    /// The integration's name for people.
    pub label: &'a str,
    /// Whether the account waits until the application confirms it.
    pub waits: bool,
    /// Whether the application has opened this page, so that the page sends it the outcome. A window that a waiting
    /// page has opened does not.
    pub tells: bool,
    /// URL to which the person goes if no page gets the outcome: the link token's redirect, with the outcome in its
    /// query.
    pub redirect: Option<&'a str>,
    /// The flow's id, by which the operator finds it in the log.
    pub reference: Uuid,
}

/// The last page of an attempt. It is complete in itself: it shows the outcome without a script and without another
/// window.
pub fn outcome(look: &Look, outcome: &Outcome, view: OutcomeView<'_>) -> String {
    let (title, content) = match &outcome.failure {
        None => connected(look, &view),
        Some(failure) => failed(look, failure, &view),
    };
    let content = html! {
        (content)
        @if let Some(redirect) = view.redirect.filter(|_| view.tells) {
            p #ending { a.button href=(redirect) { "Continue to " (look.operator) } }
        } @else {
            p #ending { "You can close this window." }
        }
        @if view.tells && outcome.failure.is_some() { (back(look)) }
        @if outcome.failure.is_some() { p.reference { "Reference for support: " code { (view.reference) } } }
    };
    let message = view.tells.then(|| outcome.message());
    let script = Script {
        message,
        redirect: view.redirect.filter(|_| view.tells),
        closes: !view.tells && outcome.failure.is_none(),
    };
    document(look, &title, &script, &content)
}

fn connected(look: &Look, view: &OutcomeView<'_>) -> (String, Markup) {
    let title = match view.waits {
        true => format!("{} is almost connected", view.label),
        false => format!("{} is connected", view.label),
    };
    let content = html! {
        h1 tabindex="-1" { (title) }
        div.success role="status" {
            p {
                @if view.waits {
                    (look.operator_first()) " confirms the account of " strong { (view.label) } " now."
                } @else {
                    (look.operator_first()) " can use your account of " strong { (view.label) } " now."
                }
            }
        }
    };
    (title, content)
}

fn failed(look: &Look, failure: &Failure, view: &OutcomeView<'_>) -> (String, Markup) {
    let title = match failure.error_type {
        ErrorType::ValidationError => format!("{} refused the first request", view.label),
        _ => format!("{} is not connected", view.label),
    };
    let content = html! {
        h1 tabindex="-1" { (title) }
        div.notice role="alert" { p { (failure.message) } }
        @if let Some(words) = &failure.vendor {
            p { (view.label) " says:" }
            blockquote { p { (words) } }
        }
        p { (failure.next(&look.operator)) }
    };
    (title, content)
}
