use mortise_sdk::mock::{Mock, delete, get, page, post, put};
use mortise_sdk::{FailureKind, Value};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::UserDirectory)
}

/// Reads user 7. HubSpot answers with `user`, and with these statuses and bodies for the owner and the logins.
fn read(user: Value, owner: (u16, Value), logins: (u16, Value)) -> Result<Value> {
    let of_user = || get("/crm/v3/owners/7").query("idProperty", "userId");
    let mut vendor = mock().on(get("/settings/v3/users/7").answers(200, user));
    if owner.0 == 404 {
        vendor =
            vendor.on(of_user().answers(404, json!({}))).on(of_user().query("archived", "true").answers(404, owner.1));
    } else {
        vendor = vendor.on(of_user().answers(owner.0, owner.1));
    }
    let asked = get("/account-info/v3/activity/login").query("userId", "7");
    vendor.on(asked.answers(logins.0, logins.1)).get::<HubSpot>("7").map(Option::unwrap)
}

#[test]
fn a_user_is_created_with_a_welcome_and_changed_without() {
    let created = post("/settings/v3/users/").json(json!({"email": "ada@example.com", "sendWelcomeEmail": true}));
    let vendor = mock().on(created.answers(201, json!({"id": "7"})));
    vendor.create::<HubSpot>(json!({"emails": [{"email": "ada@example.com"}]})).unwrap();
    let changed = put("/settings/v3/users/7").json(json!({"roleId": "1"})).answers(200, json!({"id": "7"}));
    let vendor = mock().without_user().on(changed);
    assert_eq!(vendor.update::<HubSpot>("7", json!({"roles": ["1"]})), Ok(None));
}

#[test]
fn what_hubspot_cannot_clear_is_the_callers_mistake_and_nothing_is_sent() {
    for (body, field) in [
        (json!({"first_name": null}), "first_name"),
        (json!({"last_name": null}), "last_name"),
        (json!({"roles": null}), "roles"),
        (json!({"roles": ["1", "2"]}), "roles[1]"),
        (json!({"roles": [{"group": "1"}]}), "roles[0]"),
    ] {
        let error = mock().update::<HubSpot>("7", body).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn the_last_login_is_the_latest_that_succeeded_in_whatever_order() {
    let login = |day: u8, succeeded: Value| json!({"loginAt": format!("2026-01-{day:02}T00:00:00Z"), "loginSucceeded": succeeded});
    let logins = json!({"results": [login(1, json!(true)), login(3, json!(true)), login(2, json!(null)), login(4, json!(false))]});
    let user = read(json!({"id": 7}), (200, json!({"createdAt": "2020-01-01T00:00:00Z"})), (200, logins)).unwrap();
    assert_eq!(
        (&user["last_login_at"], &user["created_at"]),
        (&json!("2026-01-03T00:00:00Z"), &json!("2020-01-01T00:00:00Z"))
    );
}

#[test]
fn whoever_is_no_owner_has_no_times_and_any_other_failure_is_one() {
    let plain = json!({"id": "7", "roles": [], "status": "active"});
    assert_eq!(read(json!({"id": 7}), (404, json!({})), (403, json!({}))), Ok(plain));
    let error = read(json!({"id": 7}), (404, json!({})), (500, json!({}))).unwrap_err();
    assert_eq!(error.kind(), FailureKind::Vendor);
}

#[test]
fn a_user_whose_owner_is_archived_has_left_the_account() {
    let of_user = || get("/crm/v3/owners/7").query("idProperty", "userId");
    let archived = json!({"archived": true, "createdAt": "2020-01-01T00:00:00Z"});
    let vendor = mock()
        .on(get("/settings/v3/users/7").answers(200, json!({"id": 7})))
        .on(of_user().answers(404, json!({})))
        .on(of_user().query("archived", "true").answers(200, archived))
        .on(get("/account-info/v3/activity/login").query("userId", "7").answers(403, json!({})));
    let user = vendor.get::<HubSpot>("7").unwrap().unwrap();
    assert_eq!((&user["status"], &user["created_at"]), (&json!("deleted"), &json!("2020-01-01T00:00:00Z")));
}

#[test]
fn roles_are_identifiers_and_a_super_admin_is_above_them() {
    let admin = json!({"id": "super_admin", "name": "Super Admin"});
    for (told, roles) in [
        (json!({"id": 7, "roleIds": ["1", 2, null]}), json!([{"id": "1"}, {"id": "2"}])),
        (json!({"id": 7, "roleIds": ["1"], "superAdmin": true}), json!([{"id": "1"}, admin])),
        (json!({"id": 7, "roleIds": null, "superAdmin": "true"}), json!([admin])),
        (json!({"id": 7, "superAdmin": null}), json!([])),
    ] {
        assert_eq!(read(told, (404, json!({})), (403, json!({}))).unwrap()["roles"], roles);
    }
}

#[test]
fn a_page_says_where_the_next_one_begins() {
    let next = json!({"results": [{"id": 7}], "paging": {"next": {"after": "Mg", "link": "?after=Mg"}}});
    let vendor = mock().on(get("/settings/v3/users/").query("limit", "1").answers(200, next));
    assert_eq!(vendor.list::<HubSpot>(&page(1)).unwrap().next.as_deref(), Some("Mg"));
    let last = get("/settings/v3/users/").query("limit", "1").query("after", "Mg").answers(200, json!({"results": []}));
    assert_eq!(mock().on(last).list::<HubSpot>(&page(1).at("Mg")).unwrap().next, None);
}

#[test]
fn an_identifier_is_a_number_so_that_it_names_no_other_resource() {
    for id in ["roles", "teams", "ada@example.com", "07", "7/../8"] {
        assert_eq!(mock().delete::<HubSpot>(id).unwrap_err().kind(), FailureKind::NotFound, "{id}");
    }
    mock().on(delete("/settings/v3/users/7").answers_bytes(204, "")).delete::<HubSpot>("7").unwrap();
}
