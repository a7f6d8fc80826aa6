//! Sample values of fields.

use serde_json::{Map, Value, json};

use crate::reference::Field;

/// A sample value of the field, from the closed set if there is one.
pub(super) fn sample(field: &Field, values: &[String]) -> Value {
    let word = values.first().map(String::as_str).or_else(|| field.values().first().copied());
    let word = word.or_else(|| match field.path.as_str() {
        "roles[].name" => Some("member"),
        "emails[].type" => Some("primary"),
        _ => known(&field.name),
    });
    match (field.types().as_slice(), word) {
        (types, word) if types.contains(&"array") => {
            let item = match (field.children.as_slice(), word) {
                ([], word) => json!(word.unwrap_or("example")),
                (_, Some(word)) if types.contains(&"string") => json!({ "name": word }),
                (children, _) => object(children),
            };
            json!([item])
        }
        (["boolean"], _) => json!(true),
        (["integer" | "number"], _) => json!(1),
        (["object"], _) => object(&field.children),
        ([], _) => json!({}),
        (_, word) => json!(word.unwrap_or("example")),
    }
}

/// The most useful members: the required ones, the first two and `is_primary`.
fn object(children: &[Field]) -> Value {
    let members: Map<_, _> = children
        .iter()
        .enumerate()
        .filter(|(index, child)| child.required || *index < 2 || child.name == "is_primary")
        .map(|(_, child)| (child.name.clone(), sample(child, &[])))
        .collect();
    Value::Object(members)
}

/// Words that make an example readable.
fn known(name: &str) -> Option<&'static str> {
    Some(match name {
        "id" | "external_id" => "4d2ab456",
        "name" => "Ada Example",
        "first_name" | "nick_name" => "Ada",
        "last_name" => "Example",
        "username" => "ada.example",
        "email" => "ada@example.com",
        "roles" => "member",
        "title" => "Engineer",
        "avatar" => "https://example.com/ada.png",
        "url" => "https://example.com/ada",
        "number" => "+4512345678",
        "password" => "correct horse battery staple",
        "languages" => "en",
        "timezone" => "Europe/Copenhagen",
        "status" => "active",
        "user_type" => "member",
        "etag" => "1",
        name if name.ends_with("_at") => "2026-01-31T09:30:00Z",
        _ => return None,
    })
}
