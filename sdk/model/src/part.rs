//! Reading documents from a tree of JSON values, and turning them into one.
//!
//! Not by derived visitors: those are compiled once for every field and every format (`docs/adr/0018-size-of-components.md`). Here a component
//! holds each function once, and an error knows its place as it is made. A document is written as text without a tree.

use serde::Serialize;
use serde::ser::SerializeMap;
use serde_json::{Map, Value};

use crate::{Field, ModelError};

/// A part of a document.
pub(crate) trait Part: Sized {
    /// Reads it. `null` is not asked for here: it is a state of the [`Field`] around it.
    fn read(value: Value) -> Result<Self, ModelError>;

    /// Writes it.
    fn write(self) -> Value;
}

impl Part for Value {
    fn read(value: Value) -> Result<Self, ModelError> {
        Ok(value)
    }

    fn write(self) -> Value {
        self
    }
}

impl Part for String {
    fn read(value: Value) -> Result<Self, ModelError> {
        match value {
            Value::String(text) => Ok(text),
            _ => Err(ModelError::expected("a string")),
        }
    }

    fn write(self) -> Value {
        Value::String(self)
    }
}

impl Part for bool {
    fn read(value: Value) -> Result<Self, ModelError> {
        value.as_bool().ok_or_else(|| ModelError::expected("a boolean"))
    }

    fn write(self) -> Value {
        Value::Bool(self)
    }
}

impl Part for Map<String, Value> {
    fn read(value: Value) -> Result<Self, ModelError> {
        match value {
            Value::Object(members) => Ok(members),
            _ => Err(ModelError::expected("an object")),
        }
    }

    fn write(self) -> Value {
        Value::Object(self)
    }
}

impl<T: Part> Part for Vec<T> {
    fn read(value: Value) -> Result<Self, ModelError> {
        list(value, "a list", T::read)
    }

    fn write(self) -> Value {
        Value::Array(self.into_iter().map(T::write).collect())
    }
}

/// Reads a list item by item.
pub(crate) fn list<T>(
    value: Value,
    expected: &str,
    item: fn(Value) -> Result<T, ModelError>,
) -> Result<Vec<T>, ModelError> {
    let Value::Array(items) = value else { return Err(ModelError::expected(expected)) };
    let mut list = Vec::with_capacity(items.len());
    for (index, value) in items.into_iter().enumerate() {
        list.push(item(value).map_err(|error| error.in_item(index))?);
    }
    Ok(list)
}

/// One of a few words, as text for people.
pub(crate) fn one_of(words: &[&str]) -> ModelError {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    ModelError::expected(match quoted.as_slice() {
        [one, other] => format!("{one} or {other}"),
        words => format!("one of {}", words.join(", ")),
    })
}

/// Reads the member `name`. Not inlined: a document has dozens of them.
#[inline(never)]
pub(crate) fn field<T>(
    name: &str,
    value: Value,
    read: fn(Value) -> Result<T, ModelError>,
) -> Result<Field<T>, ModelError> {
    if value.is_null() {
        return Ok(Field::Null);
    }
    read(value).map(Field::Value).map_err(|error| error.in_member(name))
}

/// Writes the member `name` to a document where it is not absent.
pub(crate) fn entry<M: SerializeMap, T: Serialize>(
    members: &mut M,
    name: &'static str,
    field: &Field<T>,
) -> Result<(), M::Error> {
    if field.is_absent() { Ok(()) } else { members.serialize_entry(name, field) }
}

/// Adds the member `name` to a tree where it is not absent.
#[inline(never)]
pub(crate) fn put<T: Part>(members: &mut Map<String, Value>, name: &str, field: Field<T>) {
    let value = match field {
        Field::Absent => return,
        Field::Null => Value::Null,
        Field::Value(value) => value.write(),
    };
    members.insert(name.to_owned(), value);
}
