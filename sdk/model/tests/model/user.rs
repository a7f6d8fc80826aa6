//! The canonical user as a mapping uses it, and its projections.

use mortise_model::{Category, Email, Field, Group, Password, Phone, ReadError, Role, Status, Url, User};
use serde_json::{Value, json};

use crate::documents::object;

fn with_emails(emails: Vec<Email>) -> User {
    User { emails: Field::Value(emails), ..User::default() }
}

fn project(category: Category, user: User) -> Value {
    Value::Object(category.project(user).into())
}

#[test]
fn what_a_vendor_tells_of_one_thing_becomes_a_list() {
    assert_eq!(Url::only("https://a.example", "photo").into_value().map(|urls| urls.len()), Some(1));
    let role = Role { id: "7".into(), name: "Admin".into(), ..Role::default() };
    assert_eq!(Role::only("7", "Admin"), Field::Value(vec![role]));
    assert_eq!(Role::only("7", ""), Field::Value(vec![Role { id: "7".into(), ..Role::default() }]));
    for nothing in [Field::Absent, Field::Null, "".into()] {
        assert_eq!(Url::only(nothing.clone(), "photo"), Field::Absent);
        assert_eq!(Role::only(nothing.clone(), "Admin"), Field::Absent);
        assert_eq!(Phone::main_and_mobile(nothing.clone(), nothing.clone()), Field::Value(vec![]));
        assert_eq!(Phone::main_and_mobile(nothing, "2"), Field::Value(vec![Phone::mobile("2")]));
    }
    assert_eq!(Phone::main_and_mobile("1", "2"), Field::Value(vec![Phone::main("1"), Phone::mobile("2")]));
}

#[test]
fn who_has_no_sign_against_them_is_active() {
    for (signs, expected) in [
        ([None, None], Status::Active),
        ([Some(false), None], Status::Active),
        ([None, Some(true)], Status::Inactive),
        ([Some(false), Some(true)], Status::Inactive),
    ] {
        assert_eq!(Status::active_unless(signs), expected);
    }
}

#[test]
fn the_primary_address_is_the_marked_one_else_the_first() {
    let plain = |address: &str| Email { email: address.into(), ..Email::default() };
    let typed = |address: &str| Email { kind: "primary".into(), ..plain(address) };
    for (emails, primary, others) in [
        (vec![Email::other("b"), Email::primary("a")], "a", vec!["b"]),
        (vec![plain("b"), typed("a"), plain("c")], "a", vec!["b", "c"]),
        (vec![plain("a"), plain("a")], "a", vec!["a"]),
    ] {
        let user = with_emails(emails);
        assert_eq!(user.primary_email(), primary.into());
        assert_eq!(user.other_emails(), Field::Value(others.into_iter().map(str::to_owned).collect()));
    }
}

#[test]
fn an_empty_list_of_addresses_clears_no_address() {
    assert_eq!(with_emails(vec![]).primary_email(), Field::Absent);
    assert_eq!(User { emails: Field::Null, ..User::default() }.primary_email(), Field::Null);
    assert_eq!(User::default().primary_email(), Field::Absent);
}

#[test]
fn only_an_active_user_is_active() {
    for (status, is_active) in [
        (Status::Active, Field::Value(true)),
        (Status::Inactive, Field::Value(false)),
        (Status::Deleted, Field::Value(false)),
        (Status::Invited, Field::Value(false)),
        (Status::Other("on leave".to_owned()), Field::Absent),
    ] {
        assert_eq!(User { status: Field::Value(status), ..User::default() }.is_active(), is_active);
    }
    assert_eq!(User { status: Field::Null, ..User::default() }.is_active(), Field::Null);
}

#[test]
fn a_vendor_with_one_address_tells_one_or_none() {
    assert_eq!(Email::only(Some("a".to_owned())), Field::Value(vec![Email::primary("a")]));
    assert_eq!(Email::only(Field::Absent), Field::Absent);
    assert_eq!(Email::only(Some(String::new())), Field::Absent);
}

#[test]
fn a_role_without_an_identifier_has_its_name_for_one() {
    let role = Role::known_by_name("Agent");
    assert_eq!((role.id_or_name(), role.name.as_deref()), (Some("Agent"), Field::Value("Agent")));
}

#[test]
fn a_name_of_two_parts_leaves_out_what_is_blank() {
    let named = |first: &str, last: &str| User::named(Some(first.to_owned()), Some(last.to_owned()));
    assert_eq!(named("Ada", "Lovelace").name, "Ada Lovelace".into());
    assert_eq!(named("Ada", " ").name, "Ada".into());
    assert_eq!((named("", "").name, named("", "").first_name), (Field::Absent, "".into()));
    assert_eq!(User::named(Field::Absent, Field::Absent), User::default());
}

#[test]
fn a_caller_reads_the_names_of_their_category() {
    for (category, field, name) in [
        (Category::Crm, "emails[0].email", "email"),
        (Category::Crm, "status", "is_active"),
        (Category::Crm, "name", "name"),
        (Category::Ticketing, "groups", "team_ids"),
        (Category::Ticketing, "groups[1].id", "team_ids[1]"),
        (Category::Ticketing, "emails[0].email", "emails[0].email"),
        (Category::Ticketing, "team_ids[1]", "team_ids[1]"),
        (Category::UserDirectory, "groups[1].id", "groups[1].id"),
        (Category::Crm, "", ""),
    ] {
        assert_eq!(category.name_for_caller(field), name, "{category} {field}");
    }
}

#[test]
fn the_full_name_is_the_name_else_its_parts() {
    let named = |name, first_name, last_name| User { name, first_name, last_name, ..User::default() }.full_name();
    assert_eq!(named("Ada L".into(), "Ada".into(), "Lovelace".into()), "Ada L".into());
    assert_eq!(named(Field::Absent, "Ada".into(), "Lovelace".into()), "Ada Lovelace".into());
    assert_eq!(named(Field::Absent, Field::Null, "Lovelace".into()), "Lovelace".into());
    assert_eq!(named(Field::Null, "Ada".into(), Field::Absent), Field::Null);
    assert_eq!(named(" ".into(), "Ada".into(), Field::Absent), "Ada".into());
    assert_eq!(named(Field::Absent, Field::Absent, Field::Absent), Field::Absent);
}

#[test]
fn each_category_tells_the_same_user_in_its_words() {
    let user = || User {
        id: "7".into(),
        emails: Field::Value(vec![Email::other("b@x.example"), Email::primary("a@x.example")]),
        status: Field::Value(Status::Invited),
        groups: Field::Value(vec![Group::with_id("g1"), Group { name: "No id".into(), ..Group::default() }]),
        roles: Field::Value(vec![Role { group: "g1".into(), ..Role::named("owner") }]),
        bio: Field::Null,
        extra: object(json!({ "seat": 3 })),
        ..User::default()
    };
    assert_eq!(
        project(Category::Ticketing, user()),
        json!({
            "id": "7",
            "emails": [{ "email": "b@x.example", "type": "other" }, { "email": "a@x.example", "type": "primary" }],
            "is_active": false, "team_ids": ["g1"], "roles": [{ "name": "owner" }], "seat": 3
        })
    );
    assert_eq!(
        project(Category::UserDirectory, user()),
        json!({
            "id": "7", "bio": null, "status": "invited", "seat": 3,
            "emails": [{ "email": "b@x.example", "is_primary": false }, { "email": "a@x.example", "is_primary": true }],
            "groups": [{ "id": "g1" }, { "name": "No id" }], "roles": [{ "name": "owner", "group": "g1" }]
        })
    );
    assert_eq!(
        project(Category::Crm, user()),
        json!({ "id": "7", "email": "a@x.example", "is_active": false, "seat": 3 })
    );
}

#[test]
fn a_vendor_field_never_replaces_a_field_of_the_category() {
    let extra = object(json!({ "email": "vendor@x.example", "seat": 3 }));
    let user = User { extra, ..with_emails(vec![Email::primary("a@x.example")]) };
    assert_eq!(project(Category::Crm, user), json!({ "email": "a@x.example", "seat": 3 }));
}

#[test]
fn a_password_is_in_the_document_and_in_no_debug_output() {
    let user = User { password: Field::Value(Password::from("hunter2".to_owned())), ..User::default() };
    assert_eq!(serde_json::to_value(&user).unwrap(), json!({ "password": "hunter2" }));
    assert!(!format!("{user:?}").contains("hunter2"));
}

#[test]
fn no_category_answers_with_a_password() {
    for category in Category::ALL {
        let user = User { password: Field::Value(Password::from("hunter2".to_owned())), ..User::default() };
        assert_eq!(project(*category, user), json!({}));
    }
}

#[test]
fn every_time_of_a_user_is_held_against_the_rule_and_named_by_its_path() {
    for path in Category::UserDirectory.date_fields() {
        let document = match path.split_once("[].") {
            None => json!({ *path: "soon" }),
            Some((list, field)) => json!({ list: [{ field: "2026-01-31T09:30:00Z" }, { field: "soon" }] }),
        };
        let user = User::from_json(&document.to_string()).expect("a user");
        assert_eq!(user.wrong_time(|time| time != "soon"), Some(path.replace("[]", "[1]")));
        assert_eq!(user.wrong_time(|_| true), None);
    }
}

#[test]
fn a_text_that_is_no_user_is_told_from_one_that_is_no_json() {
    assert!(matches!(User::from_json("{"), Err(ReadError::Json(_))));
    let wrong = User::from_json(r#"{"emails": [{}, {"email": 7}]}"#).expect_err("an address is a text");
    assert!(matches!(wrong, ReadError::Model(error) if error.path == "emails[1].email"));
    let twice = User::from_json(r#"{"name": "Ada", "\u006eame": "Bo\u0062", "own": 1, "own": 2}"#).expect("a user");
    assert_eq!((twice.name, twice.extra["own"].as_u64()), ("Bob".into(), Some(2)));
}

#[test]
fn every_time_of_an_answer_is_visited_also_those_in_lists() {
    let mut answer = object(json!({
        "created_at": "t", "updated_at": null, "name": "t",
        "licenses": [{ "last_active_at": "t", "name": "t" }, { "name": "t" }]
    }));
    Category::UserDirectory.visit_dates(&mut answer, |time| *time = json!("seen"));
    assert_eq!(
        Value::Object(answer),
        json!({
            "created_at": "seen", "updated_at": "seen", "name": "t",
            "licenses": [{ "last_active_at": "seen", "name": "t" }, { "name": "t" }]
        })
    );
}
