use mortise_sdk::FailureKind;
use mortise_sdk::mock::{Mock, delete, get, page, patch, post};
use serde_json::{Value, json};

use super::*;

const CLIENTS: &str = "/spaces/ex_Space/entities/Clients";
const ADA: &str = "/spaces/ex_Space/entities/Clients/00000000-0000-4000-8000-000000000001";
const ID: &str = "00000000-0000-4000-8000-000000000001";

fn mock() -> Mock {
    Mock::new(Category::UserDirectory).variable("space_id", "ex_Space")
}

fn client(more: Value) -> Value {
    let mut client = json!({"id": ID});
    client.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"success": true, "data": client})
}

#[test]
fn a_new_user_is_a_member_of_each_sales_unit_and_the_first_is_the_default_one() {
    let body = json!({
        "emails": [{"email": "ada@example.com"}], "title": "Manager",
        "roles": [{"id": "role-1"}], "groups": [{"id": "unit-1"}, {"id": "unit-2"}],
    });
    let sent = json!({
        "email": "ada@example.com", "position": "Manager", "master_right_id": "role-1", "default_unit_id": "unit-1",
        "unit_membership": [{"unit_id": "unit-1", "unit_role": 1}, {"unit_id": "unit-2", "unit_role": 1}],
    });
    let vendor = mock().on(post(CLIENTS).json(sent).answers(201, client(json!({}))));
    assert!(vendor.create::<Pipeliner>(body).is_ok());
}

#[test]
fn an_update_sends_what_is_given_and_nothing_else() {
    for (change, sent) in [
        (json!({}), json!({})),
        (json!({"title": "Manager"}), json!({"position": "Manager"})),
        (json!({"title": null}), json!({"position": ""})),
        (json!({"roles": "role-2"}), json!({"master_right_id": "role-2"})),
        (json!({"first_name": "Ada", "status": "inactive"}), json!({})),
    ] {
        let vendor = mock().on(patch(ADA).json(sent).answers(200, client(json!({}))));
        vendor.update::<Pipeliner>(ID, change).unwrap();
    }
}

#[test]
fn what_pipeliner_cannot_take_is_refused_before_anything_is_sent() {
    for (change, field) in [
        (json!({"roles": null}), "roles"),
        (json!({"roles": [{}]}), "roles[0]"),
        (json!({"roles": ["role-1", "role-2"]}), "roles[1]"),
    ] {
        let error = mock().update::<Pipeliner>(ID, change).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
    let body = |groups: Value| json!({"emails": [{"email": "ada@example.com"}], "roles": "role-1", "groups": groups});
    for (groups, field) in
        [(json!([]), "groups"), (json!(null), "groups"), (json!([{"name": "Sales"}]), "groups[0].id")]
    {
        let error = mock().create::<Pipeliner>(body(groups)).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn a_user_is_read_from_the_better_of_two_members() {
    for (told, ours) in [
        (json!({"name": "Ada Example", "formatted_name": "Example, Ada"}), json!({"name": "Ada Example"})),
        (json!({"name": "", "formatted_name": "Example, Ada"}), json!({"name": "Example, Ada"})),
        (json!({"timezone": "-5", "timezone_name": "America/New_York"}), json!({"timezone": "America/New_York"})),
        (json!({"timezone": "-5", "timezone_name": null}), json!({"timezone": "-5"})),
        (json!({"is_deleted": true}), json!({"status": "deleted"})),
        (json!({"created": "2024-07-09 12:51:48.050108+00:00"}), json!({"created_at": "2024-07-09T12:51:48.050108Z"})),
        (
            json!({"default_unit_id": "u1", "unit_member_ids": ["u1", "u2"], "unit_manager_ids": ["u3"]}),
            json!({"groups": [{"id": "u1"}, {"id": "u2"}, {"id": "u3"}]}),
        ),
    ] {
        let user = mock().on(get(ADA).answers(200, client(told))).get::<Pipeliner>(ID).unwrap().unwrap();
        for (field, value) in ours.as_object().unwrap() {
            assert_eq!(&user[field], value);
        }
    }
}

#[test]
fn a_list_goes_on_as_long_as_pipeliner_says_that_there_is_more() {
    for (more, cursor, next) in
        [(true, json!("WyIwMSJd"), Some("WyIwMSJd")), (false, json!("WyIwMSJd"), None), (false, json!(null), None)]
    {
        let answer = json!({
            "success": true, "total": 3, "data": [{"id": ID}],
            "page_info": {"end_cursor": cursor, "has_next_page": more},
        });
        let request = get(CLIENTS).query("first", "1").query("after", "WyIwMCJd").query("order-by", "created");
        let vendor = mock().on(request.answers(200, answer));
        assert_eq!(vendor.list::<Pipeliner>(&page(1).at("WyIwMCJd")).unwrap().next.as_deref(), next);
    }
}

#[test]
fn a_filter_says_what_is_compared_and_how() {
    for (name, value, field, operator, sent) in [
        ("email", "ada@example.com", "email", "ieq", "ada@example.com"),
        ("updated_at[gte]", "2024-07-01T00:00:00Z", "modified", "gte", "2024-07-01 00:00:00"),
        ("updated_at[gt]", "2024-07-01T00:00:00.5Z", "modified", "gte", "2024-07-01 00:00:00.5"),
    ] {
        let (filter, compares) = (format!("filter[{field}]"), format!("filter-op[{field}]"));
        let request = get(CLIENTS).query("first", "1").query(&filter, sent).query(&compares, operator);
        let vendor = mock().on(request.query("order-by", "created").answers(200, json!({"data": []})));
        assert!(vendor.list::<Pipeliner>(&page(1).by(name, value)).is_ok());
    }
}

#[test]
fn a_deletion_that_did_not_happen_is_a_failure() {
    mock().on(delete(ADA).answers(200, json!({"success": true, "data": ID}))).delete::<Pipeliner>(ID).unwrap();
    let vendor = mock().on(delete(ADA).answers(200, json!({"success": false, "message": "protected"})));
    assert_eq!(vendor.delete::<Pipeliner>(ID).unwrap_err().kind(), FailureKind::Refused);
}
