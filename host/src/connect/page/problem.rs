//! What went wrong, and how to go on.

use maud::html;

use super::Look;
use super::look::{Script, back, document};
use crate::connect::Outcome;

/// Something that stands in the way of connecting an account.
#[derive(Debug, Clone, Default)]
pub struct Problem<'a> {
    /// What it is, as a heading.
    pub title: &'a str,
    /// What happened, in a sentence.
    pub text: String,
    /// What the person can do about it.
    pub next: String,
    /// How the attempt ended, for the page that opened this one. `None`: it has not ended.
    pub outcome: Option<Outcome>,
    /// The request's id, by which the operator finds it in the log.
    pub reference: &'a str,
}

/// A page that says what went wrong and how to go on.
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
