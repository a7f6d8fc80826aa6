//! Fields of bodies, answers and query strings, with each integration's support.

use mortise_model::{Category, JsonType, Level};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::plugin::Capabilities;
use crate::plugin::capabilities::{FieldSupport, OperationSupport};

/// A field of a document or a parameter, with everything below it.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its own name: `email`.
    pub name: String,
    /// Its path, as capabilities and error messages write it: `emails[].email`.
    pub path: String,
    /// What it means, for people. May be empty.
    pub description: String,
    /// Its JSON Schema (draft 2020-12) as the model has it, everything below it included.
    pub schema: Value,
    /// Whether the host itself refuses a request without it. `support` says which integrations require it.
    pub required: bool,
    /// The support of each integration, by slug.
    pub support: Vec<Support>,
    /// The members of its objects, or of the objects in its list.
    pub children: Vec<Field>,
}

/// One integration's support of a field.
#[derive(Debug, Clone)]
pub struct Support {
    /// The integration.
    pub slug: String,
    /// The integration's name for people. Words of the plugin's author.
    pub label: String,
    /// How far the integration supports it.
    pub mark: Mark,
    /// The closed set of values, or empty for any. Words of the plugin's author.
    pub values: Vec<String>,
    /// JSON type of a field that only this integration has.
    pub json_type: Option<JsonType>,
    /// Remark of the plugin's author.
    pub note: Option<String>,
}

/// How far an integration supports a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// A request without it is refused.
    Required,
    /// Used when given.
    Writable,
    /// Accepted and left out of the vendor's request.
    Ignored,
    /// In an answer: the integration returns it. In a request: the integration declares the whole field, not this part.
    Returned,
}

impl Mark {
    /// The word in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Writable => "writable",
            Self::Ignored => "ignored",
            Self::Returned => "returned",
        }
    }
}

impl From<Level> for Mark {
    fn from(level: Level) -> Self {
        match level {
            Level::Required => Self::Required,
            Level::Writable => Self::Writable,
            Level::Ignored => Self::Ignored,
        }
    }
}

impl Field {
    /// A field of the host's own, without support by integrations.
    pub(super) fn new(name: &str, schema: Value, description: &str) -> Self {
        let mut field = Self::read(name, "", &schema);
        description.clone_into(&mut field.description);
        field
    }

    /// The same field, without which the host refuses a request.
    pub(super) fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// Reads a field and everything below it from its JSON Schema.
    fn read(name: &str, parent: &str, schema: &Value) -> Self {
        let path = if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") };
        let description = schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
        let (inner, prefix) = match schema.get("items") {
            Some(items) => (items, format!("{path}[]")),
            None => (schema, path.clone()),
        };
        let children = members(inner, &prefix);
        let schema = schema.clone();
        Self { name: name.to_owned(), path, description, schema, required: false, support: Vec::new(), children }
    }

    /// A field that no schema of the model knows.
    fn unknown(name: &str, parent: &str, is_list: bool) -> Self {
        let schema = if is_list { json!({ "type": "array" }) } else { json!({}) };
        Self::read(name, parent, &schema)
    }

    /// Whether its members are those of the objects in a list.
    pub fn is_list(&self) -> bool {
        self.schema.get("items").is_some() || self.has_type("array")
    }

    /// The JSON types that it takes, without `null`. Empty: any.
    pub fn types(&self) -> Vec<&str> {
        types(&self.schema)
    }

    fn has_type(&self, name: &str) -> bool {
        self.types().contains(&name)
    }

    /// The values that the model knows. Empty if it has no closed set.
    pub fn values(&self) -> Vec<&str> {
        self.schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// What it takes, in words: `list of objects`, `string or integer`, `date and time`.
    pub fn type_text(&self) -> String {
        let words: Vec<String> = self
            .types()
            .into_iter()
            .map(|name| match (name, self.schema.get("items").map(types)) {
                ("array", Some(items)) if !items.is_empty() => {
                    let items: Vec<_> = items.iter().map(|name| format!("{name}s")).collect();
                    format!("list of {}", items.join(" or "))
                }
                ("array", _) => "list".to_owned(),
                ("string", _) => match self.schema.get("format").and_then(Value::as_str) {
                    Some("date-time") => "string, date and time".to_owned(),
                    Some(format) => format!("string, {format}"),
                    None => "string".to_owned(),
                },
                (other, _) => other.to_owned(),
            })
            .collect();
        if words.is_empty() { "any JSON".to_owned() } else { words.join(" or ") }
    }

    /// The support of this integration.
    pub fn support_of(&self, slug: &str) -> Option<&Support> {
        self.support.iter().find(|support| support.slug == slug)
    }

    /// Whether only the integrations that declare it know it.
    pub fn is_own(&self) -> bool {
        self.support.iter().any(|support| support.json_type.is_some())
    }
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => {
            several.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect()
        }
        _ => Vec::new(),
    }
}

/// The members of an object, in the order of its schema.
pub(super) fn members(schema: &Value, parent: &str) -> Vec<Field> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let required: Vec<_> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let read = |(name, schema): (&String, &Value)| {
        let field = Field::read(name, parent, schema);
        Field { required: required.contains(&name.as_str()), ..field }
    };
    properties.into_iter().flatten().map(read).collect()
}

/// The fields that a request of this category may have, as the integrations declare them.
pub(super) fn request(category: Category, declared: &[(&Capabilities, &[FieldSupport])]) -> Vec<Field> {
    let mut fields = members(&category.request_schema(), "");
    for (capabilities, support) in declared {
        mark(&mut fields, capabilities, support);
    }
    fields
}

/// The fields that an answer of this category may have, and the integrations that return them.
pub(super) fn response(category: Category, declared: &[(&Capabilities, &OperationSupport)]) -> Vec<Field> {
    let mut fields = members(&category.response_schema(), "");
    for (capabilities, operation) in declared {
        for name in operation.response.iter() {
            let support = Support {
                slug: capabilities.slug.clone(),
                label: capabilities.label.clone(),
                mark: Mark::Returned,
                values: Vec::new(),
                json_type: operation.own.get(name).copied(),
                note: None,
            };
            add(&mut fields, name, support);
        }
    }
    fields
}

/// Adds the declarations of an integration to the fields.
pub(super) fn mark(fields: &mut Vec<Field>, capabilities: &Capabilities, declared: &[FieldSupport]) {
    for field in declared {
        let support = Support {
            slug: capabilities.slug.clone(),
            label: capabilities.label.clone(),
            mark: field.level.into(),
            values: field.values.clone(),
            json_type: field.json_type,
            note: field.note.clone(),
        };
        add(fields, &field.field, support);
    }
}

fn add(fields: &mut Vec<Field>, path: &str, support: Support) {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    add_below(fields, "", first, rest, support);
}

/// Finds the field of a declared path, or makes it if the model does not have it, and adds the support.
fn add_below(fields: &mut Vec<Field>, parent: &str, step: &str, rest: Option<&str>, support: Support) {
    let (name, is_list) = step.strip_suffix("[]").map_or((step, false), |name| (name, true));
    let index = fields.iter().position(|field| field.name == name).unwrap_or(fields.len());
    if index == fields.len() {
        fields.push(Field::unknown(name, parent, is_list));
    }
    let Some(field) = fields.get_mut(index) else { return };
    match rest {
        Some(rest) => {
            let (next, rest) = rest.split_once('.').map_or((rest, None), |(next, rest)| (next, Some(rest)));
            let prefix = if is_list { format!("{}[]", field.path) } else { field.path.clone() };
            add_below(&mut field.children, &prefix, next, rest, support);
        }
        None => {
            if let Some(json_type) = support.json_type {
                admit(&mut field.schema, json_type);
            }
            field.support.push(support);
        }
    }
}

/// Sets a member of a schema that is written as an object.
pub(super) fn set(schema: &mut Value, key: &str, value: Value) {
    if let Some(schema) = schema.as_object_mut() {
        schema.insert(key.to_owned(), value);
    }
}

/// Adds a vendor's type to a field that only some vendors have. The field also takes `null`, which clears it.
fn admit(schema: &mut Value, json_type: JsonType) {
    let Some(schema) = schema.as_object_mut() else { return };
    let name = json!(json_type);
    let types = schema.entry("type").or_insert_with(|| json!(["null"]));
    if let Some(types) = types.as_array_mut().filter(|types| !types.contains(&name)) {
        types.insert(types.len().saturating_sub(1), name);
    }
}

/// The JSON Schema of an object with these fields, each with the support of the integrations.
///
/// A field is required if the host requires it, or if all of the `offering` integrations do. For a single integration the
/// schema is therefore exact. A text has a closed set if each of them has one.
pub(super) fn schema(fields: &[Field], offering: usize) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in fields {
        if field.required || is_required_by_all(field, offering) {
            required.push(Value::String(field.name.clone()));
        }
        properties.insert(field.name.clone(), property(field, offering));
    }
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("properties".to_owned(), Value::Object(properties));
    if !required.is_empty() {
        schema.insert("required".to_owned(), Value::Array(required));
    }
    schema
}

pub(super) fn is_required_by_all(field: &Field, offering: usize) -> bool {
    let requiring = field.support.iter().filter(|support| support.mark == Mark::Required).count();
    offering > 0 && requiring == offering
}

/// The JSON Schema of one field, with the support of the integrations.
pub(super) fn property(field: &Field, offering: usize) -> Value {
    let mut schema = field.schema.as_object().cloned().unwrap_or_default();
    if !field.description.is_empty() {
        schema.insert("description".to_owned(), json!(field.description));
    }
    if !field.children.is_empty() {
        let inner = match field.is_list() {
            true => schema.entry("items").or_insert_with(|| json!({})).as_object_mut(),
            false => Some(&mut schema),
        };
        let members = inner.map(|inner| inner.entry("properties").or_insert_with(|| json!({})));
        if let Some(members) = members.and_then(Value::as_object_mut) {
            for child in &field.children {
                members.insert(child.name.clone(), property(child, offering));
            }
        }
    }
    if is_required_by_all(field, offering) {
        say_something(&mut schema);
        if field.path == "emails" {
            // An entry without an address is not an address.
            let items = schema.get_mut("items").and_then(Value::as_object_mut);
            if let Some(items) = items {
                items.insert("required".to_owned(), json!(["email"]));
                if let Some(email) = items.get_mut("properties").and_then(|members| members.get_mut("email")) {
                    set(email, "type", json!("string"));
                }
            }
        }
    }
    if let Some(mut values) = closed_by_all(field, offering) {
        if field.types().contains(&"array") {
            schema.insert("anyOf".to_owned(), entries_of(&values, is_required_by_all(field, offering)));
        } else {
            if !is_required_by_all(field, offering) {
                values.push(Value::Null);
            }
            schema.insert("enum".to_owned(), json!(values));
        }
    }
    if !field.support.is_empty() {
        let support: Map<_, _> =
            field.support.iter().map(|support| (support.slug.clone(), support_value(support))).collect();
        schema.insert("x-mortise-integrations".to_owned(), Value::Object(support));
    }
    Value::Object(schema)
}

/// A required field cannot be `null`, an empty text or an empty list.
fn say_something(schema: &mut Map<String, Value>) {
    if let Some(types) = schema.get_mut("type").and_then(Value::as_array_mut) {
        types.retain(|name| name != "null");
    }
    if let Some(values) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        values.retain(|value| !value.is_null());
    }
    let least = [("string", "minLength"), ("array", "minItems")];
    let takes: Vec<_> =
        least.into_iter().filter(|(name, _)| types(&Value::Object(schema.clone())).contains(name)).collect();
    for (_, rule) in takes {
        schema.insert(rule.to_owned(), json!(1));
    }
}

/// A word of a closed set, or a list of words and of objects whose `id` or `name` is a word, as `unified/values.rs` reads it.
fn entries_of(values: &[Value], is_required: bool) -> Value {
    let by = |name: &str| json!({ "required": [name], "properties": { name: { "enum": values } } });
    let entry = json!({ "anyOf": [{ "enum": values }, { "type": "object", "anyOf": [by("id"), by("name")] }] });
    let mut kinds = vec![json!({ "enum": values }), json!({ "type": "array", "items": entry })];
    if !is_required {
        kinds.push(json!({ "type": "null" }));
    }
    Value::Array(kinds)
}

/// The values of a field for which every integration declares a closed set.
fn closed_by_all(field: &Field, offering: usize) -> Option<Vec<Value>> {
    let closed = |support: &&Support| support.mark <= Mark::Writable && !support.values.is_empty();
    let types = field.types();
    let is_of_words = types == ["string"] || types.contains(&"array");
    if offering == 0 || !is_of_words || field.support.iter().filter(closed).count() != offering {
        return None;
    }
    let mut values: Vec<Value> = Vec::new();
    for value in field.support.iter().flat_map(|support| &support.values) {
        let value = json!(value);
        if !values.contains(&value) {
            values.push(value);
        }
    }
    // The host refuses a value that the model does not know before it calls an integration.
    let known = field.schema.get("enum").and_then(Value::as_array);
    values.retain(|value| known.is_none_or(|known| known.contains(value)));
    Some(values)
}

fn support_value(support: &Support) -> Value {
    let mut value = Map::new();
    value.insert("level".to_owned(), json!(support.mark));
    if !support.values.is_empty() {
        value.insert("values".to_owned(), json!(support.values));
    }
    if let Some(json_type) = support.json_type {
        value.insert("json_type".to_owned(), json!(json_type));
    }
    if let Some(note) = &support.note {
        value.insert("note".to_owned(), json!(note));
    }
    Value::Object(value)
}
