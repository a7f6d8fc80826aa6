//! Documents to test with: all that a category can express, and the bodies that the API's reference prints.

use mortise_model::Category;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// The example bodies of the reference pages, one for each category. Callers copy them unchanged.
pub(crate) fn printed_examples() -> Vec<(Category, Map<String, Value>)> {
    let crm = json!({ "name": "your_name", "is_active": true, "email": "your_email", "remote_data": {} });
    let ticketing = json!({
        "name": "your_name", "emails": [], "first_name": "your_first_name", "last_name": "your_last_name",
        "avatar": "your_avatar", "team_ids": [], "roles": "owner", "nick_name": "your_nick_name",
        "username": "your_username", "user_type": "your_user_type", "password": "your_password", "languages": [],
        "status": "active", "remote_data": {}
    });
    let user_directory = json!({
        "name": "your_name", "password": "your_password", "group": 0, "roles": [], "first_name": "your_first_name",
        "last_name": "your_last_name", "username": "your_username", "emails": [], "workspaces": [], "status": "active",
        "phones": [], "title": "your_title", "groups": [], "timezone": "your_timezone", "avatar": "your_avatar",
        "languages": [], "user_type": "your_user_type", "licensed_sheet_creator": true, "organizations": [],
        "created_at": "your_created_at", "licenses": [], "id": "your_id", "urls": [], "remote_data": {}
    });
    vec![
        (Category::Crm, object(crm)),
        (Category::Ticketing, object(ticketing)),
        (Category::UserDirectory, object(user_directory)),
    ]
}

/// The members of a JSON object.
pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => panic!("not an object: {other}"),
    }
}

/// Any request body of a category in its plain form: roles as objects, identifiers as text.
pub(crate) fn request(category: Category) -> BoxedStrategy<Map<String, Value>> {
    let fields = match category {
        Category::Ticketing => vec![
            ("name", text()),
            ("first_name", text()),
            ("last_name", text()),
            ("nick_name", text()),
            ("username", text()),
            ("password", text()),
            ("emails", list(entry(vec![("email", text()), ("type", word(&["primary", "other"]))]))),
            ("avatar", text()),
            ("team_ids", list(text())),
            ("roles", list(entry(vec![("id", text()), ("name", text())]))),
            ("status", word(&["active", "inactive"])),
            ("user_type", text()),
            ("languages", list(text())),
            ("custom_fields", any_json()),
        ],
        Category::UserDirectory => {
            let mut fields = directory();
            fields.extend([
                ("password", text()),
                ("status", word(&["active", "inactive", "deleted", "invited"])),
                ("created_at", text()),
            ]);
            fields
        }
        Category::Crm => vec![
            ("name", text()),
            ("first_name", text()),
            ("last_name", text()),
            ("email", text()),
            ("is_active", flag()),
            ("custom_fields", any_json()),
        ],
    };
    document(fields)
}

/// Any answer of a category.
pub(crate) fn response(category: Category) -> BoxedStrategy<Map<String, Value>> {
    let times = [("created_at", text()), ("updated_at", text())];
    let mut fields = match category {
        Category::Ticketing => vec![
            ("id", text()),
            ("name", text()),
            ("first_name", text()),
            ("last_name", text()),
            ("username", text()),
            (
                "emails",
                list(entry(vec![
                    ("email", text()),
                    ("type", prop_oneof![text(), word(&["primary", "other"])].boxed()),
                ])),
            ),
            ("is_active", flag()),
            ("team_ids", list(text())),
            ("avatar", text()),
            ("roles", list(entry(vec![("id", text()), ("name", text())]))),
            ("etag", text()),
        ],
        Category::UserDirectory => {
            let mut fields = directory();
            fields.extend([
                ("external_id", text()),
                ("identifiers", entry(vec![("ssn", any_json())])),
                ("bio", text()),
                ("status", prop_oneof![text(), word(&["active", "inactive", "deleted", "invited"])].boxed()),
                ("is_2fa_enabled", flag()),
                ("is_email_verified", flag()),
                ("activated_at", text()),
                ("last_active_at", text()),
                ("last_login_at", text()),
                ("status_changed_at", text()),
            ]);
            fields
        }
        Category::Crm => vec![
            ("id", text()),
            ("name", text()),
            ("email", text()),
            ("is_active", flag()),
            ("urls", list(entry(vec![("url", text()), ("type", text())]))),
        ],
    };
    fields.extend(times);
    document(fields)
}

/// The fields that requests and answers of directories share.
fn directory() -> Vec<(&'static str, BoxedStrategy<Value>)> {
    let named = || vec![("id", text()), ("name", text())];
    let with = |more: &[&'static str]| {
        let mut fields = named();
        fields.extend(more.iter().map(|name| (*name, text())));
        list(entry(fields))
    };
    vec![
        ("id", text()),
        ("name", text()),
        ("first_name", text()),
        ("last_name", text()),
        ("username", text()),
        ("emails", list(entry(vec![("email", text()), ("type", text()), ("is_primary", flag())]))),
        ("phones", numbered()),
        ("urls", list(entry(vec![("url", text()), ("type", text())]))),
        ("avatar", text()),
        ("title", text()),
        ("languages", list(text())),
        ("timezone", text()),
        ("user_type", text()),
        ("roles", with(&["group", "organization", "workspace"])),
        ("groups", with(&["organization"])),
        ("organizations", with(&[])),
        ("workspaces", with(&[])),
        ("licenses", with(&["organization", "last_active_at"])),
    ]
}

/// Phones, which always have a number.
fn numbered() -> BoxedStrategy<Value> {
    let rest = entry(vec![("type", text()), ("extension", text())]);
    let phone = (text(), rest).prop_map(|(number, mut phone)| {
        phone["number"] = number;
        phone
    });
    list(phone.boxed())
}

/// An object whose fields are each absent, null or given. It may have a member that only some vendors know.
fn document(mut fields: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Map<String, Value>> {
    fields.push(("vendor_only", any_json()));
    entry(fields).prop_map(object).boxed()
}

fn entry(fields: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let (names, values): (Vec<_>, Vec<_>) = fields
        .into_iter()
        .map(|(name, value)| {
            (name, prop_oneof![1 => Just(None), 1 => Just(Some(Value::Null)), 3 => value.prop_map(Some)])
        })
        .unzip();
    values
        .prop_map(move |values| {
            names.iter().zip(values).filter_map(|(name, value)| Some(((*name).to_owned(), value?))).collect()
        })
        .boxed()
}

fn list(item: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    prop::collection::vec(item, 0..3).prop_map(Value::Array).boxed()
}

fn text() -> BoxedStrategy<Value> {
    "\\PC{0,6}".prop_map(Value::String).boxed()
}

fn flag() -> BoxedStrategy<Value> {
    any::<bool>().prop_map(Value::Bool).boxed()
}

fn word(words: &'static [&'static str]) -> BoxedStrategy<Value> {
    prop::sample::select(words).prop_map(Value::from).boxed()
}

/// Any JSON, two levels deep.
pub(crate) fn any_json() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        flag(),
        any::<i32>().prop_map(Value::from),
        Just(json!(1.5)),
        text(),
        word(&["active", "primary"])
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        let name = prop::sample::select(&["id", "name", "email", "type", "is_primary", "x"][..]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            prop::collection::btree_map(name, inner, 0..3)
                .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
    .boxed()
}
