use mortise_sdk::mock::{Mock, delete, get, page, patch, post};
use mortise_sdk::{FailureKind, Value};
use serde_json::json;

use super::*;

const USERS: &str = "https://api.datadoghq.eu/api/v2/users";
const USER: &str = "https://api.datadoghq.eu/api/v2/users/7";

fn mock() -> Mock {
    Mock::new(Category::UserDirectory).variable("site", "datadoghq.eu")
}

fn members(role: &str) -> String {
    format!("https://api.datadoghq.eu/api/v2/roles/{role}/users")
}

/// Datadog's document of a user with these roles.
fn person(roles: &[&str], attributes: Value) -> Value {
    let roles: Vec<_> = roles.iter().map(|id| json!({"type": "roles", "id": id})).collect();
    json!({"data": {"type": "users", "id": "7", "attributes": attributes, "relationships": {"roles": {"data": roles}}}})
}

fn change(attributes: Value) -> Value {
    json!({"data": {"type": "users", "id": "7", "attributes": attributes}})
}

/// The directory user that Datadog's document becomes.
fn read(document: Value) -> Value {
    mock().on(get(USER).answers(200, document)).get::<Datadog>("7").unwrap().unwrap()
}

#[test]
fn only_what_is_given_changes() {
    for (given, attributes) in [
        (json!({}), json!({})),
        (json!({"name": "Ada", "emails": []}), json!({"name": "Ada"})),
        (json!({"status": "inactive"}), json!({"disabled": true})),
        (
            json!({"status": "active", "emails": [{"email": "ada@example.com"}]}),
            json!({"disabled": false, "email": "ada@example.com"}),
        ),
    ] {
        let vendor = mock().on(patch(USER).json(change(attributes)).answers(200, person(&[], json!({}))));
        vendor.update::<Datadog>("7", given).unwrap();
    }
}

#[test]
fn what_datadog_cannot_take_is_named_before_anything_is_sent() {
    for (given, field) in [
        (json!({"name": null}), "name"),
        (json!({"emails": null}), "emails"),
        (json!({"status": null}), "status"),
        (json!({"name": "Ada", "roles": [{"id": "a"}, {"name": "Admin"}]}), "roles[1].id"),
    ] {
        let vendor = mock();
        let error = vendor.update::<Datadog>("7", given).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
        assert!(vendor.requests().is_empty());
    }
}

#[test]
fn roles_become_what_is_wanted_once_each() {
    let reference = json!({"data": {"type": "users", "id": "7"}});
    for (wanted, given, taken) in [
        (json!([{"id": "b"}, {"id": "c"}, {"id": "c"}]), Some("c"), Some("a")),
        (json!([{"id": "b"}, {"id": "a"}]), None, None),
        (json!([{"id": "b"}]), None, Some("a")),
    ] {
        let mut vendor = mock().on(get(USER).answers(200, person(&["a", "b"], json!({}))));
        vendor = vendor.on(patch(USER).json(change(json!({}))).answers(200, person(&["a", "b"], json!({}))));
        if let Some(role) = given {
            vendor = vendor.on(post(&members(role)).json(reference.clone()).answers(200, json!({"data": []})));
        }
        if let Some(role) = taken {
            vendor = vendor.on(delete(&members(role)).json(reference.clone()).answers(200, json!({"data": []})));
        }
        if given.or(taken).is_some() {
            vendor = vendor.on(get(USER).answers(200, person(&["b"], json!({}))));
        }
        vendor.update::<Datadog>("7", json!({"roles": wanted})).unwrap();
    }
}

#[test]
fn null_takes_all_roles_away() {
    let vendor = mock()
        .on(get(USER).answers(200, person(&["a"], json!({}))))
        .on(patch(USER).answers(200, person(&["a"], json!({}))))
        .on(delete(&members("a")).answers(200, json!({"data": []})))
        .on(get(USER).answers(200, person(&[], json!({}))));
    let user = vendor.update::<Datadog>("7", json!({"roles": null})).unwrap().unwrap();
    assert_eq!(user["roles"], json!([]));
}

#[test]
fn more_changes_of_roles_than_a_call_can_send_change_nothing() {
    let wanted: Vec<_> = (0..13).map(|id| json!({"id": id.to_string()})).collect();
    for (held, is_taken) in [(vec![], true), (vec!["0"], true), (vec!["a"], false)] {
        let mut vendor = mock().on(get(USER).answers(200, person(&held, json!({}))));
        if is_taken {
            // The vendor refuses the first role, so the test need not script the requests for the other roles.
            vendor = vendor.on(patch(USER).answers(200, person(&held, json!({}))));
            let first = held.len().to_string();
            vendor = vendor.on(post(&members(&first)).answers(404, json!({"errors": ["Not Found"]})));
        }
        let error = vendor.update::<Datadog>("7", json!({"roles": wanted})).unwrap_err();
        assert_eq!(error.kind(), if is_taken { FailureKind::Vendor } else { FailureKind::InvalidInput });
    }
}

#[test]
fn a_user_whose_roles_are_not_told_keeps_them() {
    for document in
        [json!({"data": {"id": "7"}}), json!({"data": {"id": "7", "relationships": {"roles": {"data": null}}}})]
    {
        let vendor = mock().on(get(USER).answers(200, document));
        let error = vendor.update::<Datadog>("7", json!({"roles": []})).unwrap_err();
        assert_eq!(error.kind(), FailureKind::Internal);
    }
}

#[test]
fn a_site_is_one_of_datadogs() {
    for site in ["datadoghq.example.com", "", "evil.example.com/"] {
        let vendor = Mock::new(Category::UserDirectory).variable("site", site);
        assert_eq!(vendor.get::<Datadog>("7").unwrap_err().kind(), FailureKind::InvalidInput, "{site}");
    }
    let vendor = Mock::new(Category::UserDirectory).variable("site", "us2.ddog-gov.com");
    let there = get("https://api.us2.ddog-gov.com/api/v2/users/7").answers(200, person(&[], json!({})));
    vendor.on(there).get::<Datadog>("7").unwrap();
}

#[test]
fn a_status_is_told_in_one_word_of_datadogs_two() {
    for (attributes, status) in [
        (json!({"disabled": true, "status": "Active"}), json!("inactive")),
        (json!({"disabled": false, "status": "Disabled"}), json!("inactive")),
        (json!({"disabled": false, "status": "Pending"}), json!("invited")),
        (json!({"status": "Active"}), json!("active")),
        (json!({"disabled": false}), json!("active")),
        (json!({"disabled": false, "status": "Suspended"}), json!("Suspended")),
        (json!({"disabled": null, "status": null}), json!(null)),
    ] {
        assert_eq!(read(person(&[], attributes))["status"], status);
    }
}

#[test]
fn a_role_is_named_by_what_stands_beside_the_user() {
    let mut document = person(&["a", "b"], json!({}));
    document["included"] =
        json!([{"type": "roles", "id": "a", "attributes": {"name": "Admin"}}, {"type": "orgs", "id": "b"}]);
    assert_eq!(read(document)["roles"], json!([{"id": "a", "name": "Admin"}, {"id": "b"}]));
}

#[test]
fn an_answer_may_leave_out_or_null_whatever_is_optional() {
    let nulls = json!({"name": null, "handle": null, "email": null, "icon": null, "title": null, "status": null,
        "disabled": null, "verified": null, "created_at": null, "modified_at": null, "last_login_time": null});
    for data in [json!({"id": "7", "attributes": nulls, "relationships": {"roles": null}}), json!({"id": 7})] {
        assert_eq!(read(json!({"data": data, "included": null})), json!({"id": "7"}));
    }
}

#[test]
fn pages_are_counted_from_zero_and_end_by_the_number_of_those_that_are_found() {
    for (cursor, number, next) in [(None, "0", Some("2")), (Some("2"), "1", None)] {
        let request = get(USERS).query("page[size]", "2").query("page[number]", number).query("sort", "-modified_at");
        let request = request.query("filter", "ada@example.com").query("filter[status]", "Disabled");
        let answer = json!({"data": [person(&["a"], json!({"disabled": true}))["data"]],
            "included": [{"type": "roles", "id": "a", "attributes": {"name": "Reader"}}],
            "meta": {"page": {"total_count": 9, "total_filtered_count": 4}}});
        let mut asked = page(2).by("email", "ada@example.com").by("status", "inactive").sorted("updated_at", true);
        if let Some(cursor) = cursor {
            asked = asked.at(cursor);
        }
        let listed = mock().on(request.answers(200, answer)).list::<Datadog>(&asked).unwrap();
        assert_eq!(listed.rows[0]["roles"], json!([{"id": "a", "name": "Reader"}]));
        assert_eq!(listed.next.as_deref(), next);
    }
    assert_eq!(mock().list::<Datadog>(&page(2).at("x")).unwrap_err().kind(), FailureKind::InvalidCursor);
}
