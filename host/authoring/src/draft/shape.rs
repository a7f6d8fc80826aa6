//! The meaning of a document's schemas: the kind of a value, and the members of objects.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::DraftError;
use super::source::Source;
use crate::pointer::part;

/// Depth of compositions inside compositions that is read. Deeper ones are left out.
const MAX_DEPTH: usize = 6;
/// Members of one object that are read.
const MAX_MEMBERS: usize = 500;

/// The JSON type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Number,
    Boolean,
    List,
    Object,
    /// The schema does not say.
    Any,
}

/// A schema with references followed, and its place.
#[derive(Debug, Clone)]
pub(super) struct Shape<'a> {
    pub(super) document: &'a Source,
    pub(super) schema: &'a Value,
    pub(super) pointer: String,
    /// Whether `null` is allowed, here or at the reference.
    pub(super) is_nullable: bool,
}

/// A member of an object.
#[derive(Debug, Clone)]
pub(super) struct Member<'a> {
    pub(super) name: String,
    pub(super) shape: Shape<'a>,
    pub(super) is_required: bool,
    pub(super) is_read_only: bool,
    pub(super) is_write_only: bool,
}

impl<'a> Shape<'a> {
    /// The schema at `pointer`.
    pub(super) fn of(document: &'a Source, schema: &'a Value, pointer: &str) -> Result<Self, DraftError> {
        if !document.look() {
            return Err(DraftError::TooMuch(pointer.to_owned()));
        }
        let found = document.resolve(schema, pointer);
        let (target, at) = found.ok_or_else(|| DraftError::reference(document, schema, pointer))?;
        let is_nullable = allows_null(schema) || allows_null(target);
        Ok(Self { document, schema: target, pointer: at, is_nullable })
    }

    /// A schema inside this one.
    fn inner(&self, schema: &'a Value, path: &str) -> Result<Self, DraftError> {
        Self::of(self.document, schema, &format!("{}/{path}", self.pointer))
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind_within(MAX_DEPTH)
    }

    fn kind_within(&self, depth: usize) -> Kind {
        let named = match self.schema.get("type") {
            Some(Value::String(name)) => Some(name.as_str()),
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
            _ => None,
        };
        match named {
            Some("string") => return Kind::Text,
            Some("integer") => return Kind::Integer,
            Some("number") => return Kind::Number,
            Some("boolean") => return Kind::Boolean,
            Some("array") => return Kind::List,
            Some("object") => return Kind::Object,
            _ if self.schema.get("properties").is_some() => return Kind::Object,
            _ if self.schema.get("items").is_some() => return Kind::List,
            _ => {}
        }
        let branches = self.branches().into_iter().filter(|_| depth > 0);
        let kinds = branches.filter_map(|branch| Some(branch.ok()?.kind_within(depth - 1)));
        kinds.into_iter().find(|kind| *kind != Kind::Any).unwrap_or_else(|| self.kind_of_values())
    }

    /// The kind of the values that are listed.
    fn kind_of_values(&self) -> Kind {
        match self.constants().first() {
            Some(Value::String(_)) => Kind::Text,
            Some(Value::Bool(_)) => Kind::Boolean,
            Some(Value::Number(number)) if number.is_i64() => Kind::Integer,
            Some(Value::Number(_)) => Kind::Number,
            _ => Kind::Any,
        }
    }

    /// The schemas of which this one is composed, one after the other.
    fn branches(&self) -> Vec<Result<Self, DraftError>> {
        let mut branches = Vec::new();
        for name in ["allOf", "oneOf", "anyOf"] {
            let list = self.schema.get(name).and_then(Value::as_array).into_iter().flatten().enumerate();
            branches.extend(list.map(|(index, schema)| self.inner(schema, &format!("{name}/{index}"))));
        }
        branches
    }

    /// The values that it allows. Empty: all values.
    pub(super) fn constants(&self) -> Vec<&'a Value> {
        let list = self.schema.get("enum").and_then(Value::as_array);
        let constant = self.schema.get("const");
        list.into_iter().flatten().chain(constant).filter(|value| !value.is_null()).collect()
    }

    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.schema.get(name)?.as_str()
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.schema.get(name)?.as_u64()
    }

    /// The schema of a list's items.
    pub(super) fn items(&self) -> Result<Option<Self>, DraftError> {
        self.schema.get("items").map(|items| self.inner(items, "items")).transpose()
    }

    /// The members of an object: its own, those of each of its parts, and those of the first of its variants.
    pub(super) fn members(&self) -> Result<Vec<Member<'a>>, DraftError> {
        let (mut members, mut required) = (Vec::new(), BTreeSet::new());
        self.collect(MAX_DEPTH, &mut members, &mut required)?;
        for member in &mut members {
            member.is_required |= required.contains(member.name.as_str());
        }
        Ok(members)
    }

    fn collect(
        &self,
        depth: usize,
        members: &mut Vec<Member<'a>>,
        required: &mut BTreeSet<&'a str>,
    ) -> Result<(), DraftError> {
        let Some(depth) = depth.checked_sub(1) else { return Ok(()) };
        let names = self.schema.get("required").and_then(Value::as_array);
        required.extend(names.into_iter().flatten().filter_map(Value::as_str));
        for (name, schema) in self.schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if members.len() < MAX_MEMBERS && !members.iter().any(|known| known.name == *name) {
                let shape = self.inner(schema, &format!("properties/{}", part(name)))?;
                members.push(Member::new(name, shape, schema));
            }
        }
        for (index, schema) in list(self.schema, "allOf") {
            self.inner(schema, &format!("allOf/{index}"))?.collect(depth, members, required)?;
        }
        for name in ["oneOf", "anyOf"] {
            for (index, schema) in list(self.schema, name) {
                let variant = self.inner(schema, &format!("{name}/{index}"))?;
                if variant.kind() == Kind::Object {
                    variant.collect(depth, members, required)?;
                    break;
                }
            }
        }
        Ok(())
    }
}

impl<'a> Member<'a> {
    fn new(name: &str, shape: Shape<'a>, schema: &Value) -> Self {
        let is = |mark: &str| [schema, shape.schema].iter().any(|schema| schema.get(mark) == Some(&Value::Bool(true)));
        let (is_read_only, is_write_only) = (is("readOnly"), is("writeOnly"));
        Self { name: name.to_owned(), shape, is_required: false, is_read_only, is_write_only }
    }

    /// A field of a form. Swagger 2.0 has them among the parameters.
    pub(super) fn of_form(document: &'a Source, parameter: &'a Value, pointer: String) -> Option<Self> {
        let name = parameter.get("name")?.as_str()?;
        let shape = Shape { document, schema: parameter, pointer, is_nullable: false };
        let is_required = parameter.get("required") == Some(&Value::Bool(true));
        Some(Self { is_required, ..Self::new(name, shape, parameter) })
    }
}

fn list<'a>(schema: &'a Value, name: &str) -> impl Iterator<Item = (usize, &'a Value)> {
    schema.get(name).and_then(Value::as_array).into_iter().flatten().enumerate()
}

fn allows_null(schema: &Value) -> bool {
    let is_marked = ["nullable", "x-nullable"].iter().any(|mark| schema.get(mark) == Some(&Value::Bool(true)));
    let is_typed = match schema.get("type") {
        Some(Value::Array(names)) => names.iter().any(|name| name == "null"),
        Some(Value::String(name)) => name == "null",
        _ => false,
    };
    let is_variant = ["oneOf", "anyOf"].iter().any(|name| list(schema, name).any(|(_, variant)| is_null(variant)));
    is_marked || is_typed || is_variant
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

/// Puts a value at a JSON pointer, and makes the objects on the way.
pub(super) fn put(root: &mut Value, pointer: &str, value: Value) {
    let Some(path) = pointer.strip_prefix('/') else {
        *root = value;
        return;
    };
    let (name, rest) = path.split_once('/').map_or((path, String::new()), |(name, rest)| (name, format!("/{rest}")));
    if !root.is_object() {
        *root = Value::Object(Map::new());
    }
    if let Value::Object(members) = root {
        let name = name.replace("~1", "/").replace("~0", "~");
        put(members.entry(name).or_insert(Value::Null), &rest, value);
    }
}
