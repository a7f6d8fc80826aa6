//! Replaces values in a cassette's text and keeps everything else as it was written, so that a change can be read as a
//! diff.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use mortise_authoring::cassette::format::Cassette;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// Most columns of a value in one line.
const WIDTH: usize = 120;
/// Blanks of one level of indentation.
const STEP: usize = 2;

/// Where the values to replace are.
#[derive(Deserialize)]
struct Places<'t> {
    #[serde(borrow)]
    exchanges: Vec<RequestPlace<'t>>,
    #[serde(borrow)]
    answer: &'t RawValue,
}

#[derive(Deserialize)]
struct RequestPlace<'t> {
    #[serde(borrow)]
    request: &'t RawValue,
}

/// The text of a cassette with the requests and the answer of another one.
///
/// # Errors
/// If the text is not a cassette.
pub(super) fn splice(text: &str, cassette: &Cassette) -> Result<String> {
    let places: Places<'_> = serde_json::from_str(text).context("the file has changed meanwhile")?;
    let before: Cassette = serde_json::from_str(text)?;
    let mut changes = Vec::new();
    for ((place, before), after) in places.exchanges.iter().zip(&before.exchanges).zip(&cassette.exchanges) {
        changes.push((
            place.request.get(),
            serde_json::to_value(&before.request)?,
            serde_json::to_value(&after.request)?,
        ));
    }
    changes.push((places.answer.get(), serde_json::to_value(&before.answer)?, serde_json::to_value(&cassette.answer)?));
    // Equal values may be written in another way.
    changes.retain(|(_, before, after)| before != after);
    // In the order of the text, which differs from that of the members' definition.
    changes.sort_by_key(|(old, ..)| old.as_ptr().addr());
    let (mut spliced, mut copied) = (String::new(), 0);
    for (old, _, new) in changes {
        // Raw values are parts of the text.
        let at = old.as_ptr().addr().saturating_sub(text.as_ptr().addr());
        spliced.push_str(text.get(copied..at).unwrap_or_default());
        let line = spliced.rsplit('\n').next().unwrap_or_default();
        let indent = line.len() - line.trim_start_matches(' ').len();
        spliced.push_str(&rewritten(old, &new, indent));
        copied = at + old.len();
    }
    spliced.push_str(text.get(copied..).unwrap_or_default());
    serde_json::from_str::<Cassette>(&spliced).context("the result is not a cassette")?;
    Ok(spliced)
}

/// A value in place of this text, in a line that begins with `indent` blanks.
fn rewritten(old: &str, new: &Value, indent: usize) -> String {
    if serde_json::from_str::<Value>(old).is_ok_and(|old| old == *new) {
        return old.to_owned();
    }
    let is_long = old.contains('\n');
    let below = if is_long { indent + STEP } else { indent };
    match new {
        Value::Object(new) => {
            let order: Map<String, Value> = serde_json::from_str(old).unwrap_or_default();
            let old: BTreeMap<String, &RawValue> = serde_json::from_str(old).unwrap_or_default();
            let names = order.keys().filter(|name| new.contains_key(*name));
            let names = names.chain(new.keys().filter(|name| !order.contains_key(*name)));
            let members = names.filter_map(|name| {
                let value = new.get(name)?;
                let text = match old.get(name) {
                    Some(old) => rewritten(old.get(), value, below),
                    None => written(value, below),
                };
                Some(format!("{}: {text}", Value::from(name.as_str())))
            });
            laid_out('{', members.collect(), '}', is_long, indent)
        }
        Value::Array(new) => {
            let old: Vec<&RawValue> = serde_json::from_str(old).unwrap_or_default();
            let items = new.iter().enumerate().map(|(index, value)| match old.get(index) {
                Some(old) => rewritten(old.get(), value, below),
                None => written(value, below),
            });
            laid_out('[', items.collect(), ']', is_long, indent)
        }
        new => written(new, indent),
    }
}

/// A value: in one line if it fits, or else one line for each of its parts.
fn written(value: &Value, indent: usize) -> String {
    let parts = |below: usize| -> Option<(char, Vec<String>, char)> {
        match value {
            Value::Object(members) => {
                let member = |(name, value): (&String, &Value)| {
                    format!("{}: {}", Value::from(name.as_str()), written(value, below))
                };
                Some(('{', members.iter().map(member).collect(), '}'))
            }
            Value::Array(items) => Some(('[', items.iter().map(|item| written(item, below)).collect(), ']')),
            _ => None,
        }
    };
    let Some((open, short, close)) = parts(indent) else { return value.to_string() };
    let line = laid_out(open, short, close, false, indent);
    if indent + line.len() <= WIDTH && !line.contains('\n') {
        return line;
    }
    parts(indent + STEP).map(|(open, long, close)| laid_out(open, long, close, true, indent)).unwrap_or(line)
}

fn laid_out(open: char, parts: Vec<String>, close: char, is_long: bool, indent: usize) -> String {
    if !is_long || parts.is_empty() {
        return format!("{open}{}{close}", parts.join(", "));
    }
    let (inner, outer) = (" ".repeat(indent + STEP), " ".repeat(indent));
    format!("{open}\n{inner}{}\n{outer}{close}", parts.join(&format!(",\n{inner}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_stays_is_written_as_it_was() {
        let old = "{\n    \"b\": 1.50,\n    \"a\": {\"x\":1,  \"y\": [1, 2]},\n    \"gone\": null\n  }";
        let new = json!({"a": {"x": 1, "y": [1, 3, {"z": "\u{e9}"}]}, "b": 1.5, "new": ["n"]});
        let expected = "{\n    \"b\": 1.50,\n    \"a\": {\"x\": 1, \"y\": [1, 3, {\"z\": \"\u{e9}\"}]},\n    \"new\": [\"n\"]\n  }";
        assert_eq!(rewritten(old, &new, 2), expected);
    }

    #[test]
    fn what_is_too_long_for_a_line_has_several() {
        let texts = vec!["x".repeat(50); 3];
        let text = written(&json!({"a": texts, "b": {}}), 4);
        let lines: Vec<_> = text.lines().map(|line| line.len() - line.trim_start().len()).collect();
        assert_eq!(lines, [0, 6, 8, 8, 8, 6, 6, 4], "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(json!({"a": texts, "b": {}})));
    }
}
