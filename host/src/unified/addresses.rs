//! The addresses in a caller's document: the host sends equal ones once, and at most one may be the main address.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::{Map, Value};

use super::failure::{Failure, Failures, Place};

/// Keeps the first of equal addresses, which takes over the mark of the main address from the others. Refuses more than
/// one address with that mark. Leaves values that are not addresses to the schema.
pub fn unite(document: &mut Map<String, Value>, failures: &mut Failures) {
    let Some(Value::Array(entries)) = document.get_mut("emails") else { return };
    if entries.len() < 2 {
        return;
    }
    // For each entry, the first one with an equal address, which is usually the entry itself.
    let mut places = HashMap::with_capacity(entries.len());
    let first = |(index, entry)| same(entry).map_or(index, |address| *places.entry(address).or_insert(index));
    let firsts: Vec<usize> = entries.iter().enumerate().map(first).collect();
    for (index, first) in firsts.iter().enumerate().filter(|(index, first)| index != *first) {
        let other = entries.get_mut(index).map(Value::take).unwrap_or_default();
        if let Some(first) = entries.get_mut(*first) {
            take_mark(first, other);
        }
    }
    let kept = |index: &usize| firsts.get(*index) == Some(index);
    let marked = entries.iter().enumerate().filter(|(index, entry)| kept(index) && is_primary(entry)).skip(1);
    let rule = "is marked as primary, and so is another address: only one may be";
    failures.extend(marked.map(|(index, _)| Failure::new(Place::Body, format!("emails[{index}]"), rule)));
    let mut index = 0..;
    entries.retain(|_| index.next().is_some_and(|index| kept(&index)));
}

/// The key that equal addresses share. Case matters only before the `@` (RFC 5321 §2.4).
fn same(entry: &Value) -> Option<(Option<&str>, Cow<'_, str>)> {
    let address = entry.get("email")?.as_str()?.trim();
    let (local, domain) = address.rsplit_once('@').map_or((None, address), |(local, domain)| (Some(local), domain));
    let is_lower = local.is_none() || domain.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    Some((local, if is_lower { domain.into() } else { domain.to_lowercase().into() }))
}

/// Whether an address is marked as the main one, in either form that
/// [`Email::is_primary`](mortise_model::Email::is_primary) reads.
fn is_primary(entry: &Value) -> bool {
    match entry.get("is_primary") {
        Some(Value::Bool(is_primary)) => *is_primary,
        _ => entry.get("type").and_then(Value::as_str) == Some("primary"),
    }
}

/// Marks `first` as the main address if `other`, which equals it, is marked.
fn take_mark(first: &mut Value, mut other: Value) {
    if is_primary(&other)
        && !is_primary(first)
        && let (Some(address), Some(members)) = (first.get_mut("email").map(Value::take), other.as_object_mut())
    {
        members.insert("email".to_owned(), address);
        *first = other;
    }
}
