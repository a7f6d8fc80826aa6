//! `docs/fields.md`: every field of every category, compared with the shapes, their schemas and their conversions.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::{env, fs};

use mortise_model::{Category, User};
use serde_json::{Map, Value, json};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/fields.md");
const BEGIN: &str = "<!-- generated: MORTISE_WRITE_DOCS=1 cargo test -p mortise-model --features schema page -->\n";
const END: &str = "<!-- end of generated -->\n";

/// Members of the canonical user, with the helpers of the Rust SDK that read and write them beside the helpers for any
/// field.
const HELPERS: [(&str, &[&str]); 20] = [
    ("id", &["Id", "numeric_id", "numeric_ids"]),
    ("name", &["full_name", "names", "named"]),
    ("first_name", &["names"]),
    ("last_name", &["names"]),
    ("emails", &["primary_email", "other_emails", "Email::only", "Email::primary", "Email::other"]),
    (
        "phones",
        &["main_phone", "mobile_phone", "phone_number", "Phone::main", "Phone::main_and_mobile", "Phone::mobile"],
    ),
    ("languages", &["language"]),
    ("status", &["is_active", "active_unless"]),
    ("roles", &["role_words", "single", "Role::named", "Role::known_by_name", "Role::only", "Roles", "IdAndName"]),
    ("groups", &["group_ids", "groups_to_join", "group_names", "Group::with_id"]),
    ("licenses", &["license_of", "License::only"]),
    ("urls", &["Url::only"]),
    ("organizations", &[]),
    ("workspaces", &[]),
    ("created_at", TIMES),
    ("updated_at", TIMES),
    ("activated_at", TIMES),
    ("last_active_at", TIMES),
    ("last_login_at", TIMES),
    ("status_changed_at", TIMES),
];
const TIMES: &[&str] = &["DateTime", "Millis"];

#[test]
fn the_page_of_fields_is_current() {
    let written = fs::read_to_string(PAGE).unwrap_or_default();
    let (before, rest) = written.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let current = format!("{before}{BEGIN}{}{END}{after}", tables());
    if env::var_os("MORTISE_WRITE_DOCS").is_some() {
        fs::write(PAGE, &current).unwrap();
    }
    let stands = fs::read_to_string(PAGE).unwrap();
    assert!(stands == current, "docs/fields.md is out of date: run the command in it");
}

#[test]
fn the_helpers_of_the_page_exist() {
    let sources: String = ["/../src", "/src"]
        .iter()
        .flat_map(|folder| fs::read_dir(format!("{}{folder}", env!("CARGO_MANIFEST_DIR"))).unwrap())
        .filter_map(|file| fs::read_to_string(file.unwrap().path()).ok())
        .collect();
    for helper in HELPERS.iter().flat_map(|(_, helpers)| *helpers) {
        let name = helper.rsplit("::").next().unwrap();
        let defined = [format!("fn {name}("), format!("fn {name}<"), format!("struct {name}")];
        assert!(defined.iter().any(|definition| sources.contains(definition)), "{helper}");
    }
}

fn tables() -> String {
    let mut text = String::new();
    for category in Category::ALL {
        writeln!(text, "\n## {category}\n").unwrap();
        text.push_str(
            "| field | type | in | member of `User` | helpers | meaning |\n| --- | --- | --- | --- | --- | --- |\n",
        );
        let (request, answer) = (category.request_schema(), category.response_schema());
        let answered = category.response_fields().iter().filter(|field| !category.request_fields().contains(field));
        for field in category.request_fields().iter().chain(answered) {
            row(&mut text, *category, field, (&request["properties"][field], &answer["properties"][field]));
        }
    }
    text.push('\n');
    text
}

fn row(text: &mut String, category: Category, field: &str, (request, answer): (&Value, &Value)) {
    let place = match (request.is_object(), answer.is_object()) {
        (true, true) => "both",
        (true, false) => "request",
        _ => "answer",
    };
    let (asked, told) = (type_of(request), type_of(answer));
    let kind = match (asked.as_str(), told.as_str()) {
        ("", only) | (only, "") => only.to_owned(),
        (asked, told) if asked == told => asked.to_owned(),
        (asked, told) => format!("{asked}; in answers {told}"),
    };
    let members = members(category, field, request, answer);
    let helpers: BTreeSet<_> = members.iter().flat_map(|member| helpers(member)).collect();
    let meaning = [request, answer].iter().find_map(|schema| schema["description"].as_str()).unwrap();
    writeln!(
        text,
        "| `{field}` | {kind} | {place} | {} | {} | {} |",
        quoted(members.iter().map(String::as_str)),
        quoted(helpers.into_iter()),
        meaning.replace('\n', " ")
    )
    .unwrap();
}

fn helpers(member: &str) -> impl Iterator<Item = &'static str> {
    HELPERS.iter().find(|(name, _)| *name == member).into_iter().flat_map(|(_, helpers)| helpers.iter().copied())
}

fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The members of the canonical user in which the conversions carry the field.
fn members(category: Category, field: &str, request: &Value, answer: &Value) -> BTreeSet<String> {
    let mut members = BTreeSet::new();
    if request.is_object() {
        let body = Map::from_iter([(field.to_owned(), sample(request))]);
        let user = serde_json::to_value(category.to_canonical(body).unwrap()).unwrap();
        members.extend(user.as_object().unwrap().keys().cloned());
    }
    if answer.is_object() {
        let canonical: BTreeMap<String, Value> = serde_json::from_value(User::schema()["properties"].clone()).unwrap();
        for (member, schema) in canonical {
            let user = serde_json::from_value::<User>(json!({ member.as_str(): sample(&schema) })).unwrap();
            if category.project(user).names(|_| true).contains(&field) {
                members.insert(member);
            }
        }
    }
    members
}

/// A value that a schema allows.
fn sample(schema: &Value) -> Value {
    if let Some(word) = schema["enum"].get(0).or(schema["examples"].get(0)) {
        return word.clone();
    }
    match types(schema).last().copied() {
        Some("array") => json!([sample(&schema["items"])]),
        Some("object") if schema["properties"].is_object() => {
            let properties = schema["properties"].as_object().unwrap();
            properties.iter().map(|(name, schema)| (name.clone(), sample(schema))).collect()
        }
        Some("object") => json!({"a": "b"}),
        Some("boolean") => json!(true),
        Some("integer" | "number") => json!(1),
        _ => json!("text"),
    }
}

/// The types of a schema without `null`.
fn types(schema: &Value) -> Vec<&str> {
    let types = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    types.into_iter().filter(|kind| *kind != "null").collect()
}

/// The type in words for readers.
fn type_of(schema: &Value) -> String {
    if schema.is_null() {
        return String::new();
    }
    if let Some(words) = schema["enum"].as_array() {
        return quoted(words.iter().filter_map(Value::as_str)).replace("`, `", "` or `");
    }
    let names = types(schema).into_iter().map(|kind| match kind {
        "array" => format!("list of {}", type_of(&schema["items"])),
        "object" => match schema["properties"].as_object() {
            // In order of names: the features of the build decide whether a map keeps its order.
            Some(properties) => {
                let names: BTreeSet<_> = properties.keys().map(String::as_str).collect();
                format!("object of {}", quoted(names.into_iter()))
            }
            None => "object".to_owned(),
        },
        "string" if schema["format"] == "date-time" => "time of RFC 3339".to_owned(),
        kind => kind.to_owned(),
    });
    let names: Vec<_> = names.collect();
    if names.is_empty() { "any".to_owned() } else { names.join(" or ") }
}
