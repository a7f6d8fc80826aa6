use mortise_sdk::mock::{Mock, delete, get, page, post};
use mortise_sdk::{FailureKind, Level, Operation, Value};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::Ticketing)
}

/// The body that Gorgias gets for a new user with `ada@example.com` and `fields`.
fn written(fields: Value) -> Value {
    let mut body = fields;
    body["emails"] = json!([{"email": "ada@example.com"}]);
    let vendor = mock().on(post("/users").answers(201, json!({"id": 7})));
    vendor.create::<Gorgias>(body).unwrap();
    serde_json::from_slice(vendor.requests()[0].body.as_ref().unwrap()).unwrap()
}

/// The user that Gorgias's `answer` becomes.
fn read(answer: Value) -> Value {
    let vendor = mock().on(post("/users").answers(201, answer));
    vendor.create::<Gorgias>(json!({"emails": [{"email": "ada@example.com"}]})).unwrap().unwrap()
}

fn refusal(body: Value) -> (FailureKind, Option<String>) {
    let error = mock().create::<Gorgias>(body).unwrap_err();
    (error.kind(), error.field().map(str::to_owned))
}

#[test]
fn only_the_address_is_required() {
    let capabilities = Gorgias::capabilities();
    let support = capabilities.support(Category::Ticketing, Operation::CreateUser).unwrap();
    let required = support.request.iter().filter(|field| field.level == Level::Required);
    assert_eq!(required.map(|field| field.field).collect::<Vec<_>>(), ["emails"]);
}

#[test]
fn the_name_is_the_one_given_or_put_together_or_taken_from_the_address() {
    for (fields, name) in [
        (json!({"name": "Ada Example", "first_name": "A", "last_name": "E"}), "Ada Example"),
        (json!({"first_name": "Ada", "last_name": "Example"}), "Ada Example"),
        (json!({"first_name": null, "last_name": "Example"}), "Example"),
        (json!({"first_name": "Ada"}), "Ada"),
        (json!({"name": "", "first_name": "Ada", "last_name": "Example"}), "Ada Example"),
        (json!({"name": "  ", "first_name": "Ada"}), "Ada"),
        (json!({"name": "", "first_name": "", "last_name": null}), "ada"),
        (json!({}), "ada"),
    ] {
        assert_eq!(written(fields)["name"], name);
    }
}

#[test]
fn a_role_is_one_of_gorgias_or_becomes_one() {
    for (roles, name) in [
        (json!("owner"), "admin"),
        (json!("member"), "agent"),
        (json!("viewer"), "observer-agent"),
        (json!("basic-agent"), "basic-agent"),
        (json!([{"name": "lite-agent"}]), "lite-agent"),
        (json!([{"id": "43728", "name": "admin"}]), "admin"),
        (json!([{"id": "admin"}]), "admin"),
        (json!([]), "agent"),
    ] {
        assert_eq!(written(json!({ "roles": roles }))["role"], json!({ "name": name }));
    }
}

#[test]
fn what_is_no_role_is_named() {
    for (roles, field) in [
        (json!(["admin", "agent"]), "roles[1]"),
        (json!([{}]), "roles[0]"),
        (json!([{"id": null, "name": null}]), "roles[0]"),
        (json!(null), "roles"),
    ] {
        let body = json!({"emails": [{"email": "ada@example.com"}], "roles": roles});
        assert_eq!(refusal(body), (FailureKind::InvalidInput, Some(field.to_owned())));
    }
}

#[test]
fn without_a_name_or_an_address_nobody_is_created() {
    for (body, field) in [
        (json!({"name": null, "first_name": "Ada", "emails": [{"email": "ada@example.com"}]}), "name"),
        (json!({"name": "Ada", "emails": []}), "emails"),
        (json!({"name": "Ada", "emails": null}), "emails"),
    ] {
        assert_eq!(refusal(body), (FailureKind::InvalidInput, Some(field.to_owned())));
    }
}

#[test]
fn times_are_in_utc() {
    let user = read(json!({"id": 7, "created_datetime": "2024-04-13T03:27:56.973873", "updated_datetime": "soon"}));
    assert_eq!(user, json!({"id": "7", "created_at": "2024-04-13T03:27:56.973873Z"}));
}

#[test]
fn an_answer_may_leave_out_or_null_whatever_is_optional() {
    let nulls = json!({"id": "7", "active": null, "name": null, "firstname": null, "lastname": null, "email": null,
        "role": null, "created_datetime": null, "updated_datetime": null, "meta": null});
    for answer in [nulls, json!({"id": 7}), json!({"id": 7, "name": "", "firstname": "", "lastname": ""})] {
        assert_eq!(read(answer), json!({"id": "7"}));
    }
}

#[test]
fn a_role_is_read_however_it_is_told() {
    let named = json!([{"id": "agent", "name": "agent"}]);
    for (role, roles) in [
        (json!({"name": "agent"}), named.clone()),
        (json!("agent"), named),
        (json!({"id": 3, "name": "agent"}), json!([{"id": "3", "name": "agent"}])),
    ] {
        assert_eq!(read(json!({"id": 7, "role": role}))["roles"], roles);
    }
}

#[test]
fn a_page_is_asked_for_in_the_vendors_words() {
    let answer = json!({"data": [{"id": 7, "email": "ada@example.com"}], "meta": {"next_cursor": "abc"}});
    let request = get("/users").query("limit", "30").query("cursor", "x+y").query("email", "ada@example.com");
    let vendor = mock().on(request.query("order_by", "created_datetime:desc").answers(200, answer));
    let listed =
        vendor.list::<Gorgias>(&page(30).at("x+y").by("email", "ada@example.com").sorted("created_at", true)).unwrap();
    assert_eq!((&listed.rows[0]["id"], listed.next.as_deref()), (&json!("7"), Some("abc")));
    for end in [json!({"next_cursor": null}), json!({"next_cursor": ""}), json!({})] {
        let vendor = mock().on(get("/users").query("limit", "30").answers(200, json!({"data": [], "meta": end})));
        assert_eq!(vendor.list::<Gorgias>(&page(30)).unwrap().next, None);
    }
}

#[test]
fn the_number_that_means_the_caller_is_nobody() {
    for error in [mock().get::<Gorgias>("0").unwrap_err(), mock().delete::<Gorgias>("0").unwrap_err()] {
        assert_eq!(error.kind(), FailureKind::NotFound);
    }
    mock().on(delete("/users/7").without_body().answers_bytes(204, "")).delete::<Gorgias>("7").unwrap();
    let user = mock().on(get("/users/7").answers(200, json!({"id": 7}))).get::<Gorgias>("7").unwrap();
    assert_eq!(user.unwrap()["id"], "7");
}
