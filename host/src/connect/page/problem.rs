//! The page for a request that the host refuses, with advice.

use maud::html;

use super::Look;
use super::look::{Script, back, document};
use crate::connect::Outcome;

/// A reason against connecting an account.
#[derive(Debug, Clone, Default)]
pub struct Problem<'a> {
    /// The heading of the page.
    pub title: &'a str,
    /// Description in a sentence.
    pub text: String,
    /// Advice for the person.
    pub next: String,
    /// The outcome of the attempt, for the page that opened this one. `None`: it has not ended.
    pub outcome: Option<Outcome>,
    /// The request's id, by which the operator finds it in the log.
    pub reference: &'a str,
}

/// A page with a problem and advice.
pub fn problem(look: &Look, problem: &Problem<'_>) -> String {
    let content = html! {
        h1 tabindex="-1" { (problem.title) }
        div.notice role="alert" {
            p { (problem.text) }
        }
        p { (problem.next) }
        @if problem.outcome.is_some() { (back(look)) }
        p.reference { "Reference for support: " code { (problem.reference) } }
    };
    let script = Script { message: problem.outcome.as_ref().map(Outcome::message), ..Script::default() };
    document(look, problem.title, &script, &content)
}
