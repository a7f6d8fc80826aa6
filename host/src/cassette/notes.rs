//! What explains how a cassette came out: why the component broke, and fields that vanish because they are not declared.

use super::format::Cassette;
use crate::plugin::Capabilities;
use crate::plugin::capabilities::Level;
use crate::unified::UnifiedError;
use crate::unified::record::Known;

/// Why a call has no answer that the component meant to give: it broke, or answered with something that is not a user.
pub(super) fn broken(error: &UnifiedError) -> Option<String> {
    match error {
        UnifiedError::Debugged { source, .. } => broken(source),
        UnifiedError::Broken(_) | UnifiedError::Nonsense(_) | UnifiedError::Internal(_) => Some(error.to_string()),
        _ => None,
    }
}

/// The fields that vanish on the way, a sentence for each: of the caller's body, of the component's answer and of the recorded answer.
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
    let is_declared = |name: &String| support.response.iter().any(|field| field.split(['[', '.']).next() == Some(name));
    let recorded = answer.body.as_object().filter(|_| answer.status.is_success());
    let expected = recorded.into_iter().flat_map(|body| body.keys());
    for name in expected.filter(|name| *name != "remote_data" && !is_declared(name) && !known.undeclared.contains(name))
    {
        notes.push(format!("`answer.body` has `{name}`, {undeclared}: no caller gets it"));
    }
    notes
}
