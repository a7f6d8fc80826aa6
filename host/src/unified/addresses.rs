//! The addresses of a caller's document: equal ones are sent once, and one can be the main one.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use serde_json::{Map, Value};

use super::failure::{Failure, Failures, Place};

/// Keeps the first of equal addresses, which takes over the mark of the main address from the others, and objects to more than
/// one address with that mark. What is no address is left to the schema.
pub fn unite(document: &mut Map<String, Value>, failures: &mut Failures) {
    let Some(Value::Array(entries)) = document.get_mut("emails") else { return };
    if entries.len() < 2 {
        return;
    }
    let mut places = HashMap::new();
    let mut kept: Vec<(usize, Value)> = Vec::with_capacity(entries.len());
    for (index, entry) in std::mem::take(entries).into_iter().enumerate() {
        let Some(key) = entry.get("email").and_then(Value::as_str).map(same) else {
            kept.push((index, entry));
            continue;
        };
        match places.entry(key) {
            Entry::Vacant(place) => {
                place.insert(kept.len());
                kept.push((index, entry));
            }
            Entry::Occupied(place) => {
                if let Some((_, first)) = kept.get_mut(*place.get()) {
                    take_mark(first, entry);
                }
            }
        }
    }
    let marked = kept.iter().filter(|(_, entry)| is_primary(entry)).skip(1);
    let rule = "is marked as primary, as another address is: one address can be";
    failures.extend(marked.map(|(index, _)| Failure::new(Place::Body, format!("emails[{index}]"), rule)));
    *entries = kept.into_iter().map(|(_, entry)| entry).collect();
}

/// What equal addresses have in common: case counts before the `@` only (RFC 5321 §2.4).
fn same(address: &str) -> String {
    match address.trim().rsplit_once('@') {
        Some((local, domain)) => format!("{local}@{}", domain.to_lowercase()),
        None => address.trim().to_owned(),
    }
}

/// Whether an address is marked as the main one, in either of the ways that [`Email::is_primary`](mortise_model::Email::is_primary) knows.
fn is_primary(entry: &Value) -> bool {
    match entry.get("is_primary") {
        Some(Value::Bool(is_primary)) => *is_primary,
        _ => entry.get("type").and_then(Value::as_str) == Some("primary"),
    }
}

/// Marks `first` as the main address if `other`, an equal one, is marked.
fn take_mark(first: &mut Value, mut other: Value) {
    if is_primary(&other)
        && !is_primary(first)
        && let (Some(address), Some(members)) = (first.get_mut("email").map(Value::take), other.as_object_mut())
    {
        members.insert("email".to_owned(), address);
        *first = other;
    }
}
