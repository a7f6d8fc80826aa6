use mortise_sdk::mock::{Mock, get, page, patch};
use mortise_sdk::{FailureKind, Level, Operation, Value};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::Ticketing)
}

/// The result of an update that SurveySparrow answers with `answer`.
fn answered(answer: Value) -> Result<Option<Value>> {
    mock().on(patch("/users/7").answers(200, answer)).update::<TicketManagement>("7", json!({"name": "Ada"}))
}

#[test]
fn nothing_is_required() {
    let capabilities = TicketManagement::capabilities();
    let support = capabilities.support(Category::Ticketing, Operation::UpdateUser).unwrap();
    assert!(support.request.iter().all(|field| field.level != Level::Required));
}

#[test]
fn only_the_name_changes_and_only_if_it_is_given() {
    for (change, sent) in [
        (json!({"name": "Ada", "first_name": "Ada", "emails": []}), json!({"name": "Ada"})),
        (json!({"status": "inactive"}), json!({})),
    ] {
        let vendor = mock().on(patch("/users/7").json(sent).answers(200, json!({"data": {"id": 7}})));
        vendor.update::<TicketManagement>("7", change).unwrap();
    }
}

#[test]
fn a_name_cannot_be_cleared() {
    let error = mock().update::<TicketManagement>("7", json!({"name": null})).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("name")));
}

#[test]
fn whoever_has_no_number_is_not_found() {
    for id in ["ada", "4.2", "-1", "../roles", ""] {
        let update = mock().update::<TicketManagement>(id, json!({})).unwrap_err();
        for error in [update, mock().get::<TicketManagement>(id).unwrap_err()] {
            assert_eq!(error.kind(), FailureKind::NotFound, "{id:?}");
        }
    }
}

#[test]
fn a_user_is_read_with_and_without_an_envelope() {
    let member = json!({"id": 7, "name": "Ada", "role_id": 3, "role": {"id": 3, "name": "Agent"}});
    for answer in [json!({ "data": member }), member] {
        let user = json!({"id": "7", "name": "Ada", "roles": [{"id": "3", "name": "Agent"}]});
        assert_eq!(answered(answer), Ok(Some(user)));
    }
}

#[test]
fn the_picture_has_either_of_two_names() {
    for (answer, avatar) in [
        (json!({"id": 7, "profile_pic": "https://example.com/1.png", "picture": "https://example.com/2.png"}), "1"),
        (json!({"id": 7, "profile_pic": null, "picture": "https://example.com/2.png"}), "2"),
    ] {
        let user = answered(answer).unwrap().unwrap();
        assert_eq!(user["avatar"], format!("https://example.com/{avatar}.png"));
    }
}

#[test]
fn an_answer_may_leave_out_or_null_whatever_is_optional() {
    let nulls = json!({"id": "7", "name": null, "email": null, "profile_pic": null, "picture": null, "role_id": null,
        "role": null, "created_at": null, "verified": null});
    for answer in [json!({ "data": nulls }), json!({"id": 7})] {
        assert_eq!(answered(answer), Ok(Some(json!({"id": "7"}))));
    }
}

#[test]
fn a_user_who_is_not_in_the_answer_to_an_update_is_read() {
    for answer in [json!({"data": {"name": "Ada"}}), json!({"data": null}), json!({"message": "done"}), json!(null)] {
        let updated = || mock().on(patch("/users/7").answers(200, answer.clone()));
        let vendor = updated().on(get("/users/7").answers(200, json!({"data": {"id": 7, "name": "Ada"}})));
        let user = vendor.update::<TicketManagement>("7", json!({"name": "Ada"}));
        assert_eq!(user, Ok(Some(json!({"id": "7", "name": "Ada"}))));

        for status in [200, 403] {
            let vendor = updated().on(get("/users/7").answers(status, json!({})));
            let error = vendor.update::<TicketManagement>("7", json!({"name": "Ada"})).unwrap_err();
            assert!(
                error.kind() == FailureKind::Internal && error.message().starts_with("the write is done"),
                "{error}"
            );
        }
    }
}

#[test]
fn pages_are_counted_and_a_flag_tells_of_the_next() {
    for (flag, next) in [(json!(true), Some("3")), (json!(false), None), (json!(null), None)] {
        let asked = get("/users").query("page", "2").query("limit", "50");
        let vendor = mock().on(asked.answers(200, json!({"data": [{"id": 7, "name": "Ada"}], "has_next_page": flag})));
        let listed = vendor.list::<TicketManagement>(&page(50).at("2")).unwrap();
        assert_eq!((&listed.rows[0]["name"], listed.next.as_deref()), (&json!("Ada"), next));
    }
}
