//! The distance between two JSON documents.

use serde_json::Value;

/// The number of members and entries that only one of two documents has, then of values that differ. The first counts
/// for more: documents with the same members say the same about different people.
pub(super) fn distance(one: &Value, other: &Value) -> (usize, usize) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let surplus = other.iter().filter(|(name, _)| !one.contains_key(*name)).map(|(_, value)| (size(value), 0));
            let rest = one.iter().map(|(name, value)| match other.get(name) {
                Some(other) => distance(value, other),
                None => (size(value), 0),
            });
            sum(surplus.chain(rest))
        }
        (Value::Array(one), Value::Array(other)) => {
            let common = one.len().min(other.len());
            let beyond = one.iter().skip(common).chain(other.iter().skip(common)).map(|value| (size(value), 0));
            sum(one.iter().zip(other).map(|(one, other)| distance(one, other)).chain(beyond))
        }
        (one, other) if one == other => (0, 0),
        (Value::Object(_) | Value::Array(_), _) | (_, Value::Object(_) | Value::Array(_)) => {
            (size(one) + size(other), 0)
        }
        _ => (0, 1),
    }
}

/// The values in a document that contain no others.
fn size(value: &Value) -> usize {
    match value {
        Value::Object(members) => members.values().map(size).sum::<usize>().max(1),
        Value::Array(items) => items.iter().map(size).sum::<usize>().max(1),
        _ => 1,
    }
}

fn sum(parts: impl Iterator<Item = (usize, usize)>) -> (usize, usize) {
    parts.fold((0, 0), |(members, values), part| (members + part.0, values + part.1))
}
