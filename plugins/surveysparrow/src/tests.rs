use mortise_sdk::mock::{Mock, get, page, patch};
use mortise_sdk::{FailureKind, Value};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::UserDirectory)
}

/// The result of an update that SurveySparrow answers with `answer`.
fn answered(answer: Value) -> Result<Option<Value>> {
    mock().on(patch("/users/7").answers(200, answer)).update::<SurveySparrow>("7", json!({"name": "Ada"}))
}

#[test]
fn an_update_has_what_the_caller_gives_and_no_more() {
    for (change, sent) in [
        (
            json!({"emails": [{"email": "b@example.com"}, {"email": "a@example.com", "is_primary": true}]}),
            json!({"email": "a@example.com"}),
        ),
        (json!({"phones": [{"number": "1", "type": "mobile"}]}), json!({"phone": "1"})),
        (
            json!({"phones": [{"number": "1", "type": "mobile"}, {"number": "2", "type": "phone"}]}),
            json!({"phone": "2"}),
        ),
        (
            json!({"roles": ["3"], "avatar": "https://example.com/1.png"}),
            json!({"role_id": 3, "profile_pic": "https://example.com/1.png"}),
        ),
        (json!({"emails": [], "phones": [], "roles": [], "created_at": "2024-02-03T10:00:00Z"}), json!({})),
    ] {
        let vendor = mock().on(patch("/users/7").json(sent).answers(200, json!({"data": {"id": 7}})));
        vendor.update::<SurveySparrow>("7", change).unwrap();
    }
}

#[test]
fn what_surveysparrow_cannot_take_is_refused_before_anything_is_sent() {
    for (change, field) in [
        (json!({"name": null}), "name"),
        (json!({"emails": null}), "emails"),
        (json!({"phones": null}), "phones"),
        (json!({"roles": null}), "roles"),
        (json!({"avatar": null}), "avatar"),
        (json!({"roles": ["Agent"]}), "roles[0]"),
        (json!({"roles": [{"id": "1"}, {"id": "2"}]}), "roles[1]"),
    ] {
        let error = mock().update::<SurveySparrow>("7", change).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn whoever_has_no_number_is_nobody() {
    for id in ["ada", "4.2", "-1", "../roles", ""] {
        let update = mock().update::<SurveySparrow>(id, json!({})).unwrap_err();
        for error in [update, mock().get::<SurveySparrow>(id).unwrap_err()] {
            assert_eq!(error.kind(), FailureKind::NotFound, "{id:?}");
        }
    }
}

#[test]
fn a_user_is_read_with_and_without_an_envelope() {
    let member = json!({"id": 7, "name": "Ada", "phone": "1", "verified": true, "role_id": 3, "role": {"id": 3, "name": "Agent"}});
    let user = json!({"id": "7", "name": "Ada", "phones": [{"number": "1", "type": "phone"}], "is_email_verified": true,
        "roles": [{"id": "3", "name": "Agent"}]});
    for answer in [json!({ "data": member }), member] {
        assert_eq!(answered(answer), Ok(Some(user.clone())));
    }
}

#[test]
fn picture_and_role_stand_in_either_of_two_places() {
    for (answer, expected) in [
        (
            json!({"profile_pic": "https://example.com/1.png", "picture": "https://example.com/2.png"}),
            json!({"avatar": "https://example.com/1.png"}),
        ),
        (
            json!({"profile_pic": null, "picture": "https://example.com/2.png"}),
            json!({"avatar": "https://example.com/2.png"}),
        ),
        (json!({"role_id": "3"}), json!({"roles": [{"id": "3"}]})),
        (
            json!({"role": {"id": 3, "name": "Agent", "label": "Agent"}}),
            json!({"roles": [{"id": "3", "name": "Agent"}]}),
        ),
        (json!({"role_id": null, "role": null, "picture": null, "phone": null, "verified": null}), json!({})),
    ] {
        let (mut answer, mut user) = (answer, expected);
        (answer["id"], user["id"]) = (7.into(), "7".into());
        assert_eq!(answered(answer), Ok(Some(user)));
    }
}

#[test]
fn a_user_who_is_not_in_the_answer_to_an_update_is_read() {
    for answer in [json!({"data": {"name": "Ada"}}), json!({"data": null}), json!({"message": "done"}), json!(null)] {
        let updated = || mock().on(patch("/users/7").answers(200, answer.clone()));
        let vendor = updated().on(get("/users/7").answers(200, json!({"data": {"id": 7}})));
        let user = vendor.update::<SurveySparrow>("7", json!({"name": "Ada"}));
        assert_eq!(user, Ok(Some(json!({"id": "7"}))));

        let vendor = updated().on(get("/users/7").answers(403, json!({})));
        let error = vendor.update::<SurveySparrow>("7", json!({"name": "Ada"})).unwrap_err();
        assert!(error.kind() == FailureKind::Internal && error.message().starts_with("the write is done"), "{error}");
    }
}

#[test]
fn pages_are_counted_and_a_flag_tells_of_the_next() {
    for (flag, next) in [(json!(true), Some("3")), (json!(false), None), (json!(null), None)] {
        let asked = get("/users").query("page", "2").query("limit", "50");
        let vendor = mock().on(asked.answers(200, json!({"data": [{"id": 7}], "has_next_page": flag})));
        assert_eq!(vendor.list::<SurveySparrow>(&page(50).at("2")).unwrap().next.as_deref(), next);
    }
}
