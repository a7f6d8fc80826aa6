//! The JSON Schema of the canonical user as named types. If the host reads a member leniently (a number for an
//! identifier, one role for a list), the type is the one that the host writes.

use mortise_model::User;
use serde_json::{Map, Value};

/// One object type.
pub(crate) struct Object {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) members: Vec<Member>,
}

/// One member of an object.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) kind: Kind,
}

pub(crate) enum Kind {
    String,
    Boolean,
    Any,
    Object,
    Words(Vec<String>),
    Strings,
    /// A list of objects of this name.
    List(String),
}

/// All types. A type comes before the types that use it.
pub(crate) fn read() -> Vec<Object> {
    let mut objects = Vec::new();
    let schema = User::schema();
    object("User", schema.as_object().expect("an object"), &mut objects);
    objects
}

fn object(name: &str, schema: &Map<String, Value>, objects: &mut Vec<Object>) {
    let properties = schema["properties"].as_object().expect("an object");
    let mut members = Vec::new();
    for (name, property) in properties {
        let kind = kind(name, property, objects);
        members.push(Member { name: name.clone(), description: described(property), kind });
    }
    let description = described(&Value::Object(schema.clone()));
    objects.push(Object { name: name.to_owned(), description, members });
}

/// The description of a schema, without its line breaks.
pub(crate) fn described(schema: &Value) -> String {
    schema["description"]
        .as_str()
        .expect("everything is described")
        .replace("\n\n", "\u{b6}")
        .replace('\n', " ")
        .replace('\u{b6}', "\n\n")
}

fn kind(name: &str, schema: &Value, objects: &mut Vec<Object>) -> Kind {
    let types: Vec<_> = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return Kind::Any,
    };
    if types.contains(&"array") {
        let item = schema["items"].as_object().expect("a list has items");
        if !item.contains_key("properties") {
            return Kind::Strings;
        }
        let mut singular = name.strip_suffix('s').expect("a list is called by a plural").to_owned();
        singular[..1].make_ascii_uppercase();
        object(&singular, item, objects);
        return Kind::List(singular);
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return Kind::Words(words.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    }
    match types.first().copied() {
        Some("string") => Kind::String,
        Some("boolean") => Kind::Boolean,
        Some("object") => Kind::Object,
        other => panic!("{name}: {other:?} has no counterpart"),
    }
}

/// Breaks a text into lines of at most `width` characters. An empty line separates paragraphs.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for (index, paragraph) in text.split("\n\n").enumerate() {
        if index > 0 {
            lines.push(String::new());
        }
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}
