//! Explanations of a cassette's result: why the component broke, and which fields are missing because they are not
//! declared.

use std::collections::BTreeSet;

use mortise_authoring::cassette::format::Cassette;
use mortise_model::{Level, Operation};
use serde_json::{Map, Value};

use crate::plugin::Capabilities;
use crate::unified::UnifiedError;
use crate::unified::record::Known;

/// Why a call has no answer of the component: it broke, or answered with something that is not a user.
pub(super) fn broken(error: &UnifiedError) -> Option<String> {
    match error {
        UnifiedError::Debugged { source, .. } => broken(source),
        UnifiedError::Broken(_) | UnifiedError::Nonsense(_) | UnifiedError::Internal(_) => Some(error.to_string()),
        _ => None,
    }
}

/// The fields that are lost on the way, a sentence for each: of the caller's body, of the component's answer and of the
/// recorded answer.
pub(super) fn vanished(capabilities: &Capabilities, cassette: &Cassette, known: &Known) -> Vec<String> {
    let (call, answer) = (&cassette.call, &cassette.answer);
    let Some(support) = capabilities.operation(call.category, call.operation) else { return Vec::new() };
    let of = format!("{} in {}", call.operation, call.category);
    let mut notes = Vec::new();
    for name in call.body.keys().filter(|name| *name != "remote_data" && !answer.ignored_fields.contains(name)) {
        let level = support.request.iter().find(|field| field.field == *name).map(|field| field.level);
        let declared = match level {
            Some(Level::Required | Level::Writable) => continue,
            Some(Level::Ignored) => "declares as ignored",
            None => "does not declare",
        };
        notes.push(format!(
            "`call.body` has `{name}`, which `capabilities` {declared} for {of}: the component never gets it"
        ));
    }
    let undeclared = format!("which `capabilities` does not declare for the answer of {of}");
    for name in &known.undeclared {
        notes.push(format!("the component answers with `{name}`, {undeclared}: the caller never gets it"));
    }
    let is_declared = |name: &String| support.response.has(name);
    let expected: BTreeSet<_> = users(cassette).flat_map(Map::keys).collect();
    let is_missed = |name: &String| name != "remote_data" && !is_declared(name) && !known.undeclared.contains(name);
    for name in expected.into_iter().filter(|name| is_missed(name)) {
        notes.push(format!("`answer.body` has `{name}`, {undeclared}: no caller gets it"));
    }
    notes
}

/// The users of a recorded answer.
fn users(cassette: &Cassette) -> impl Iterator<Item = &Map<String, Value>> {
    let answer = Some(&cassette.answer).filter(|answer| answer.status.is_success());
    let (one, page) = match cassette.call.operation {
        Operation::CreateUser | Operation::UpdateUser | Operation::GetUser => (answer.map(|answer| &answer.body), None),
        Operation::ListUsers => (None, answer.and_then(|answer| answer.body.get("result")?.as_array())),
        Operation::DeleteUser => (None, None),
    };
    one.into_iter().chain(page.into_iter().flatten()).filter_map(Value::as_object)
}
