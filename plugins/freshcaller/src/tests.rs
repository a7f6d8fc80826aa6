use mortise_sdk::mock::{Mock, get, page, put};
use mortise_sdk::{FailureKind, Value};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::UserDirectory)
}

#[test]
fn an_update_sends_what_is_given_and_nothing_else() {
    for (change, sent) in [
        (json!({}), json!({})),
        (json!({"status": "deleted"}), json!({"deleted": true})),
        (json!({"status": "active"}), json!({"deleted": false})),
        (json!({"roles": "Supervisor"}), json!({"role": "Supervisor"})),
        (json!({"roles": [{"id": "Agent", "name": "Agent"}]}), json!({"role": "Agent"})),
        (json!({"roles": [{"id": "3", "name": "Admin"}]}), json!({"role": "Admin"})),
        (json!({"groups": [{"id": "7"}]}), json!({"team_ids": [7]})),
        (json!({"groups": null}), json!({"team_ids": []})),
        (json!({"phones": [{"number": "1", "type": "mobile"}]}), json!({"phone": "1"})),
        (json!({"phones": null, "languages": ["en"]}), json!({"phone": null, "language": "en"})),
    ] {
        let vendor = mock().on(put("/users/7").json(sent).answers(200, json!({"user": {"id": 7}})));
        vendor.update::<Freshcaller>("7", change).unwrap();
    }
}

#[test]
fn what_freshcaller_cannot_take_is_refused_before_anything_is_sent() {
    for (change, field) in [
        (json!({"emails": null}), "emails"),
        (json!({"name": null}), "name"),
        (json!({"roles": [{}]}), "roles[0]"),
        (json!({"roles": ["Agent", "Admin"]}), "roles[1]"),
        (json!({"groups": [{"id": "Sales"}]}), "groups[0]"),
    ] {
        let error = mock().update::<Freshcaller>("7", change).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn the_user_stands_in_an_envelope_or_without_one() {
    for answer in [json!({"user": {"id": 7, "name": "Ada"}}), json!({"id": 7, "name": "Ada"})] {
        let user = mock().on(get("/users/7").answers(200, answer)).get::<Freshcaller>("7").unwrap().unwrap();
        assert_eq!(user["name"], "Ada");
    }
}

#[test]
fn who_is_deleted_or_has_not_confirmed_is_told() {
    for (deleted, confirmed, status) in [
        (json!(true), json!(true), json!("deleted")),
        (json!(false), json!(false), json!("invited")),
        (json!(false), json!(null), json!("active")),
        (json!(null), json!(null), json!(null)),
    ] {
        let answer = json!({"user": {"id": 7, "status": 1, "deleted": deleted, "confirmed": confirmed}});
        let user = mock().on(get("/users/7").answers(200, answer)).get::<Freshcaller>("7").unwrap().unwrap();
        assert_eq!(user.get("status").cloned().unwrap_or_default(), status);
    }
}

#[test]
fn a_deletion_that_freshcaller_passes_over_is_a_failure() {
    let deletion = |answer: Value| {
        let request = put("/users/7").json(json!({"deleted": true}));
        mock().on(request.answers(200, answer)).delete::<Freshcaller>("7")
    };
    let user = |deleted: bool| json!({"id": 7, "deleted": deleted});
    for done in [json!({"user": user(true)}), user(true)] {
        assert!(deletion(done).is_ok());
    }
    for undone in [json!({"user": user(false)}), user(false)] {
        assert_eq!(deletion(undone).unwrap_err().kind(), FailureKind::Refused);
    }
}

#[test]
fn a_list_ends_with_the_last_of_its_pages() {
    for (meta, next) in [(json!({"total_pages": 3, "current": 2}), Some("3")), (json!({"total_pages": 2}), None)] {
        let request = get("/users").query("page", "2").query("per_page", "25");
        let vendor = mock().on(request.answers(200, json!({"users": [{"id": 7}], "meta": meta})));
        assert_eq!(vendor.list::<Freshcaller>(&page(25).at("2")).unwrap().next.as_deref(), next);
    }
}
