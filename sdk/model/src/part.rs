//! Reads documents from a [`Tree`], and turns them into one of `serde_json`.
//!
//! It does not use derived visitors, because those are compiled once for every field and every format
//! (`docs/adr/0018-size-of-components.md`). Here a component holds each function once, and an error knows its place
//! from the start. Documents are written as text without a tree.

use std::borrow::Cow;

use serde::Serialize;
use serde::ser::SerializeMap;
use serde_json::{Map, Value};

use crate::tree::{self, Tree};
use crate::{Field, ModelError};

/// A part of a document.
pub(crate) trait Part: Sized {
    /// Reads it. It never sees `null`, which is a state of the [`Field`] around it.
    fn read(tree: Tree<'_>) -> Result<Self, ModelError>;

    /// Writes it.
    fn write(self) -> Value;
}

impl Part for Value {
    fn read(tree: Tree<'_>) -> Result<Self, ModelError> {
        Ok(tree.into())
    }

    fn write(self) -> Value {
        self
    }
}

impl Part for String {
    fn read(tree: Tree<'_>) -> Result<Self, ModelError> {
        match tree {
            Tree::Text(text) => Ok(text.into_owned()),
            _ => Err(ModelError::expected("a string")),
        }
    }

    fn write(self) -> Value {
        Value::String(self)
    }
}

impl Part for bool {
    fn read(tree: Tree<'_>) -> Result<Self, ModelError> {
        match tree {
            Tree::Bool(value) => Ok(value),
            _ => Err(ModelError::expected("a boolean")),
        }
    }

    fn write(self) -> Value {
        Value::Bool(self)
    }
}

impl Part for Map<String, Value> {
    fn read(tree: Tree<'_>) -> Result<Self, ModelError> {
        members(tree).map(tree::object)
    }

    fn write(self) -> Value {
        Value::Object(self)
    }
}

impl<T: Part> Part for Vec<T> {
    fn read(tree: Tree<'_>) -> Result<Self, ModelError> {
        list(tree, "a list", T::read)
    }

    fn write(self) -> Value {
        Value::Array(self.into_iter().map(T::write).collect())
    }
}

/// The members of an object.
pub(crate) fn members<'t>(tree: Tree<'t>) -> Result<Vec<(Cow<'t, str>, Tree<'t>)>, ModelError> {
    match tree {
        Tree::Object(members) => Ok(members),
        _ => Err(ModelError::expected("an object")),
    }
}

/// Reads a list item by item.
pub(crate) fn list<T>(
    tree: Tree<'_>,
    expected: &str,
    item: fn(Tree<'_>) -> Result<T, ModelError>,
) -> Result<Vec<T>, ModelError> {
    let Tree::List(items) = tree else { return Err(ModelError::expected(expected)) };
    let mut list = Vec::with_capacity(items.len());
    for (index, tree) in items.into_iter().enumerate() {
        list.push(item(tree).map_err(|error| error.in_item(index))?);
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
    tree: Tree<'_>,
    read: fn(Tree<'_>) -> Result<T, ModelError>,
) -> Result<Field<T>, ModelError> {
    if matches!(tree, Tree::Null) {
        return Ok(Field::Null);
    }
    read(tree).map(Field::Value).map_err(|error| error.in_member(name))
}

/// Writes the member `name` to a document if it is not absent.
pub(crate) fn entry<M: SerializeMap, T: Serialize>(
    members: &mut M,
    name: &'static str,
    field: &Field<T>,
) -> Result<(), M::Error> {
    if field.is_absent() { Ok(()) } else { members.serialize_entry(name, field) }
}

/// Adds the member `name` to a tree if it is not absent.
#[inline(never)]
pub(crate) fn put<T: Part>(members: &mut Map<String, Value>, name: &str, field: Field<T>) {
    let value = match field {
        Field::Absent => return,
        Field::Null => Value::Null,
        Field::Value(value) => value.write(),
    };
    members.insert(name.to_owned(), value);
}
