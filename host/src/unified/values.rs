//! Closed sets of values, and field names with a path, as capabilities declare them.

use serde_json::{Map, Value};

/// Whether a declared name is a field of its own, such as `roles`. `roles[].name` only documents a part of that field.
pub fn is_top_level(field: &str) -> bool {
    !field.contains(['[', '.'])
}

/// Whether a value is in a declared set. An empty set contains every value. `null` clears a field and is always in the
/// set. For an array each item counts, and for an object its `id` or its `name`.
pub fn known(value: &Value, set: &[String]) -> bool {
    let holds = |text: &str| set.iter().any(|value| value == text);
    match value {
        _ if set.is_empty() => true,
        Value::Null => true,
        Value::String(text) => holds(text),
        Value::Number(number) => holds(&number.to_string()),
        Value::Bool(flag) => holds(if *flag { "true" } else { "false" }),
        Value::Array(items) => items.iter().all(|item| known(item, set)),
        Value::Object(object) => ["id", "name"].iter().any(|key| match object.get(*key) {
            None | Some(Value::Null) => false,
            Some(value) => known(value, set),
        }),
    }
}

/// The rule for a failure against a closed set.
pub fn rule(set: &[impl AsRef<str>]) -> String {
    let names: Vec<_> = set.iter().map(AsRef::as_ref).collect();
    format!("must be one of {}", names.join(", "))
}

/// The values of a declared name in a document, each with its path: `roles[].name` finds `roles[0].name`.
pub fn find<'a>(document: &'a Map<String, Value>, field: &str) -> Vec<(String, &'a Value)> {
    let mut steps = field.split('.');
    let mut found = Vec::new();
    if let Some(first) = steps.next() {
        step(document, first, "", &mut found);
    }
    for name in steps {
        for (path, value) in std::mem::take(&mut found) {
            if let Value::Object(object) = value {
                step(object, name, &format!("{path}."), &mut found);
            }
        }
    }
    found
}

fn step<'a>(object: &'a Map<String, Value>, name: &str, prefix: &str, found: &mut Vec<(String, &'a Value)>) {
    match (name.strip_suffix("[]"), object.get(name.trim_end_matches("[]"))) {
        (Some(name), Some(Value::Array(items))) => {
            found.extend(items.iter().enumerate().map(|(i, item)| (format!("{prefix}{name}[{i}]"), item)));
        }
        (None, Some(value)) => found.push((format!("{prefix}{name}"), value)),
        _ => {}
    }
}
