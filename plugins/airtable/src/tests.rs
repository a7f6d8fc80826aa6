use mortise_sdk::FailureKind;
use mortise_sdk::mock::{Mock, get, page, patch, post};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::UserDirectory).variable("enterprise_account_id", "ent1")
}

const USERS: &str = "/meta/enterpriseAccounts/ent1/users";
const USER: &str = "/meta/enterpriseAccounts/ent1/users/usr1";

/// The user that Airtable's `answer` becomes.
fn read(answer: Value) -> Value {
    mock().on(get(USER).answers(200, answer)).get::<Airtable>("usr1").unwrap().unwrap()
}

#[test]
fn an_address_is_taken_in_every_spelling_the_primary_one_first() {
    for given in [
        json!({"email_addresses": ["a@b.c", "d@e.f"]}),
        json!({"email_addresses": ["d@e.f", {"email": "a@b.c", "is_primary": true}]}),
        json!({"email_addresses": [{"email": "a@b.c"}], "emails": [{"email": "d@e.f"}]}),
        json!({"emails": [{"email": "a@b.c"}]}),
    ] {
        let changed = patch(USER).json(json!({"email": "a@b.c"}));
        mock().without_user().on(changed).update::<Airtable>("usr1", given).unwrap();
    }
}

#[test]
fn what_airtable_cannot_take_is_the_callers_mistake_and_nothing_is_sent() {
    for (body, field) in [
        (json!({"email_addresses": null}), "email_addresses"),
        (json!({"email_addresses": [{"email": null}]}), "email_addresses"),
        (json!({"emails": null}), "emails"),
        (json!({"email_addresses": ["a@b.c", 7]}), "email_addresses[1]"),
        (json!({"first_name": null}), "first_name"),
        (json!({"last_name": null}), "last_name"),
        (json!({"status": null}), "status"),
    ] {
        let error = mock().update::<Airtable>("usr1", body).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn a_change_is_read_back_and_is_done_if_it_cannot_be() {
    let changed = || patch(USER).json(json!({"state": "deactivated"}));
    let vendor = mock().on(changed()).on(get(USER).answers(200, json!({"id": "usr1", "state": "deactivated"})));
    let user = vendor.update::<Airtable>("usr1", json!({"status": "inactive"})).unwrap();
    assert_eq!(user, Some(json!({"id": "usr1", "status": "inactive"})));
    let vendor = mock().on(changed()).on(get(USER).answers(500, json!({})));
    assert_eq!(vendor.update::<Airtable>("usr1", json!({"status": "inactive"})), Ok(Some(json!({"id": "usr1"}))));
}

#[test]
fn a_user_is_created_by_scim_under_the_address() {
    let created = post("https://airtable.com/scim/v2/Users")
        .json(json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "a@b.c", "active": false}));
    let vendor = mock().on(created.answers(201, json!({"id": "usr1", "userName": "a@b.c"})));
    let user = vendor.create::<Airtable>(json!({"emails": [{"email": "a@b.c"}], "status": "inactive"})).unwrap();
    let emails = json!([{"email": "a@b.c", "is_primary": true}]);
    assert_eq!(user, Some(json!({"id": "usr1", "username": "a@b.c", "emails": emails})));
}

#[test]
fn what_is_missing_null_or_empty_is_nothing_and_an_unknown_state_stays() {
    for told in [
        json!({"id": "usr1"}),
        json!({"id": "usr1", "name": "", "email": null, "state": null, "licenseType": "", "groups": null,
            "isTwoFactorAuthEnabled": null, "lastActivityTime": "", "createdTime": null}),
    ] {
        assert_eq!(read(told), json!({"id": "usr1"}));
    }
    for (state, status) in
        [("provisioned", "active"), ("deactivated", "inactive"), ("invited", "invited"), ("odd", "odd")]
    {
        assert_eq!(read(json!({"id": "usr1", "state": state}))["status"], status);
    }
}

#[test]
fn a_page_is_of_the_next_identifiers_and_the_last_one_ends_with_them() {
    let enterprise = || get("/meta/enterpriseAccounts/ent1").answers(200, json!({"userIds": ["usr1", "usr2", "usr3"]}));
    // A user who was deleted since the list was read is missing from the page. The next page skips no other user.
    let first = get(USERS).query("id", "usr1").query("id", "usr2").answers(200, json!({"users": [{"id": "usr1"}]}));
    let listed = mock().on(enterprise()).on(first).list::<Airtable>(&page(2)).unwrap();
    assert_eq!(listed.next.as_deref(), Some("2"));
    let last = get(USERS).query("id", "usr3").answers(200, json!({"users": [{"id": "usr3"}]}));
    assert_eq!(mock().on(enterprise()).on(last).list::<Airtable>(&page(2).at("2")).unwrap().next, None);
    assert!(mock().on(enterprise()).list::<Airtable>(&page(2).at("3")).unwrap().rows.is_empty());
    let found = get(USERS).query("email", "a@b.c").answers(200, json!({"users": []}));
    assert!(mock().on(found).list::<Airtable>(&page(2).by("email", "a@b.c")).unwrap().rows.is_empty());
}
