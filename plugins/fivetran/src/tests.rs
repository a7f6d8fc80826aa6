use mortise_sdk::mock::{Mock, get, patch, post};
use mortise_sdk::{FailureKind, Value};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::UserDirectory)
}

fn read(account: Value) -> Value {
    let answer = json!({"code": "Success", "data": account});
    mock().on(get("/users/nozzle_eat").answers(200, answer)).get::<Fivetran>("nozzle_eat").unwrap().unwrap()
}

fn sent(body: Value, change: Value) {
    let answer = json!({"code": "Success", "data": {"id": "nozzle_eat"}});
    let vendor = mock().on(patch("/users/nozzle_eat").json(change).answers(200, answer));
    vendor.update::<Fivetran>("nozzle_eat", body).unwrap();
}

#[test]
fn a_user_is_invited_or_active_or_neither() {
    for (active, invited, status) in
        [(true, false, "active"), (true, true, "invited"), (false, true, "inactive"), (false, false, "inactive")]
    {
        let user = read(json!({"id": "nozzle_eat", "active": active, "invited": invited}));
        assert_eq!(user["status"], status);
    }
    assert_eq!(
        read(json!({"id": "nozzle_eat", "active": null})),
        json!({"id": "nozzle_eat", "phones": [], "roles": []})
    );
}

#[test]
fn a_change_has_what_is_given_and_a_null_clears_phone_and_picture() {
    sent(json!({"name": "Ada B. Example"}), json!({"given_name": "Ada B.", "family_name": "Example"}));
    sent(json!({"phones": null, "avatar": null}), json!({"phone": null, "picture": null}));
    sent(json!({"phones": [], "roles": [], "emails": []}), json!({}));
    sent(json!({"phones": [{"number": "+1", "type": "mobile"}]}), json!({"phone": "+1"}));
    sent(json!({"roles": [{"id": "Account Analyst"}]}), json!({"role": "Account Analyst"}));
}

#[test]
fn what_fivetran_cannot_be_without_is_not_cleared() {
    for (field, body) in [
        ("first_name", json!({"first_name": null})),
        ("last_name", json!({"last_name": null})),
        ("roles", json!({"roles": null})),
        ("roles[1]", json!({"roles": ["Account Analyst", "Account Reviewer"]})),
    ] {
        let error = mock().update::<Fivetran>("nozzle_eat", body).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn nobody_is_invited_without_both_names() {
    let email = json!([{"email": "ada@example.com"}]);
    let error = mock().create::<Fivetran>(json!({"emails": email, "name": "Ada"})).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("last_name")));
    let new = json!({"email": "ada@example.com", "given_name": "Ada", "family_name": "Example"});
    let vendor = mock().on(post("/users").json(new).answers(201, json!({"data": {"id": "nozzle_eat"}})));
    vendor.create::<Fivetran>(json!({"emails": email, "name": "Ada Example", "avatar": null})).unwrap();
}
