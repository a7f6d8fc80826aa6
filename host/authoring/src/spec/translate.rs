//! The schemas of OpenAPI 3.0 and Swagger 2.0 as JSON Schemas (draft 2020-12), in their places in the document.

use serde_json::{Map, Value, json};

use super::document::Version;

/// Whether schemas are for requests or for answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Request,
    Response,
}

/// Members whose values are data and not schemas.
const DATA: [&str; 5] = ["example", "examples", "default", "enum", "const"];

/// Members that contain schemas by names of the author's.
const NAMED: [&str; 6] = ["properties", "patternProperties", "definitions", "schemas", "$defs", "dependentSchemas"];

/// The whole document, with every schema translated.
pub(super) fn translate(root: &Value, version: Version, side: Side) -> Value {
    let translation = Translation { root, version, side };
    let mut document = translation.value(root);
    if let Some(members) = document.as_object_mut() {
        // These members would be read as those of a schema.
        for name in ["$id", "id", "$schema", "jsonSchemaDialect"] {
            members.shift_remove(name);
        }
    }
    document
}

struct Translation<'a> {
    root: &'a Value,
    version: Version,
    side: Side,
}

impl Translation<'_> {
    fn value(&self, value: &Value) -> Value {
        match value {
            Value::Object(members) => self.object(members),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            other => other.clone(),
        }
    }

    fn object(&self, members: &Map<String, Value>) -> Value {
        let mut object = Map::new();
        for (name, value) in members {
            let value = match value {
                Value::Object(named) if NAMED.contains(&name.as_str()) => {
                    named.iter().map(|(name, schema)| (name.clone(), self.value(schema))).collect()
                }
                value if DATA.contains(&name.as_str()) => value.clone(),
                value => self.value(value),
            };
            object.insert(name.clone(), value);
        }
        self.required(&mut object, members);
        if self.version != Version::V31 {
            return old(object);
        }
        object.into()
    }

    /// A member that must not be there on this side cannot be required.
    fn required(&self, object: &mut Map<String, Value>, members: &Map<String, Value>) {
        // For parameters, and for properties in documents that confuse the two.
        if object.get("required").is_some_and(|required| !required.is_array()) && object.contains_key("type") {
            object.shift_remove("required");
        }
        let Some(properties) = members.get("properties").and_then(Value::as_object) else { return };
        let mark = match self.side {
            Side::Request => "readOnly",
            Side::Response => "writeOnly",
        };
        let is_marked = |name: &str| {
            let property = properties.get(name)?;
            let target =
                property.get("$ref").and_then(Value::as_str).and_then(|r| self.root.pointer(r.strip_prefix('#')?));
            [Some(property), target].into_iter().flatten().find_map(|schema| schema.get(mark)?.as_bool())
        };
        if let Some(required) = object.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|name| name.as_str().and_then(is_marked) != Some(true));
        }
    }
}

/// Translates what the versions before 3.1 say in other words.
fn old(mut object: Map<String, Value>) -> Value {
    for (limit, exclusive) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
        match object.get(exclusive) {
            Some(Value::Bool(true)) => {
                if let Some(value) = object.shift_remove(limit) {
                    object.insert(exclusive.to_owned(), value);
                } else {
                    object.shift_remove(exclusive);
                }
            }
            Some(Value::Bool(false)) => {
                object.shift_remove(exclusive);
            }
            _ => {}
        }
    }
    if object.get("type").and_then(Value::as_str) == Some("file") {
        object.shift_remove("type");
    }
    let marks = [object.shift_remove("nullable"), object.get("x-nullable").cloned()];
    if marks.iter().flatten().any(|mark| *mark == Value::Bool(true)) { nullable(object) } else { object.into() }
}

fn nullable(mut object: Map<String, Value>) -> Value {
    if let Some(Value::String(kind)) = object.get("type").cloned() {
        object.insert("type".to_owned(), json!([kind, "null"]));
        if let Some(values) = object.get_mut("enum").and_then(Value::as_array_mut)
            && !values.contains(&Value::Null)
        {
            values.push(Value::Null);
        }
        let composed = ["allOf", "anyOf", "oneOf"].iter().any(|name| object.contains_key(*name));
        if !composed {
            return object.into();
        }
    }
    json!({ "anyOf": [object, { "type": "null" }] })
}
