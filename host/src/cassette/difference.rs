//! Differences from a recording, for the person who looks for the cause.

use std::fmt;

use mortise_authoring::pointer::part;
use serde::Serialize;
use serde_json::{Map, Value};
use similar::TextDiff;

/// Lines around a change that are shown.
const CONTEXT: usize = 3;

/// One difference from the recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The place: `exchange 2`, `sign-in 1` or `answer`.
    pub place: String,
    /// The difference, in one sentence.
    pub message: String,
    /// The recorded and the actual JSON line by line, if there are both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
}

impl Difference {
    /// A difference that one sentence describes.
    pub(super) fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into(), diff: None }
    }

    /// The difference between `got` and `expected`; `None` if they are equal. `what` names both: `the request`.
    pub(super) fn between(place: impl Into<String>, what: &str, expected: &Value, got: &Value) -> Option<Self> {
        let at = first(expected, got)?;
        let (old, new) = (pretty(expected), pretty(got));
        let diff = TextDiff::from_lines(&old, &new);
        let diff = diff.unified_diff().context_radius(CONTEXT).header("expected", "got").to_string();
        let message = match at.as_str() {
            "" => format!("{what} is not the recorded one"),
            at => format!("{what} is not the recorded one, first at {}", at.trim_start_matches('/')),
        };
        Some(Self { place: place.into(), message, diff: Some(diff) })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)?;
        for line in self.diff.iter().flat_map(|diff| diff.lines()) {
            write!(f, "\n    {line}")?;
        }
        Ok(())
    }
}

/// The JSON pointer of the first place where two documents differ.
fn first(expected: &Value, got: &Value) -> Option<String> {
    match (expected, got) {
        (Value::Object(old), Value::Object(new)) => {
            let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
            names.into_iter().find_map(|name| {
                let below = match (old.get(name), new.get(name)) {
                    (Some(old), Some(new)) => first(old, new)?,
                    _ => String::new(),
                };
                Some(format!("/{}{below}", part(name)))
            })
        }
        (Value::Array(old), Value::Array(new)) => {
            let pairs = old.iter().zip(new).enumerate();
            let within = pairs.filter_map(|(at, (old, new))| first(old, new).map(|below| format!("/{at}{below}")));
            let beyond = (old.len() != new.len()).then(|| format!("/{}", old.len().min(new.len())));
            within.chain(beyond).next()
        }
        _ => (expected != got).then(String::new),
    }
}

/// The same document with its members sorted by name, because their order has no meaning.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().map(|(name, value)| (name.clone(), sorted(value))).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(Map::from_iter(members))
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

fn pretty(value: &Value) -> String {
    // A value always serialises.
    let mut text = serde_json::to_string_pretty(&sorted(value)).unwrap_or_default();
    text.push('\n');
    text
}
