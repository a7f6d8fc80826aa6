use mortise_sdk::mock::{Mock, get, page, post, put};
use mortise_sdk::{FailureKind, Value};
use serde_json::json;

use super::*;

const ADMINS: &str = "/orgs/org1/admins";

fn mock() -> Mock {
    Mock::new(Category::UserDirectory).variable("org_id", "org1")
}

/// Updates the administrator `held` by `change`, and asserts that Mist gets `sent`. Returns the ignored fields.
fn update(held: Value, change: Value, sent: Value) -> Vec<String> {
    let read = get(ADMINS).answers(200, json!([{"admin_id": "6", "email": "bo@example.com"}, held]));
    let vendor = mock().on(read).on(put("/orgs/org1/admins/7").json(sent).answers(200, json!({"admin_id": "7"})));
    vendor.update::<Mist>("7", change).unwrap();
    vendor.ignored()
}

fn in_org(role: &str) -> Value {
    json!({"scope": "org", "role": role, "org_id": "org1"})
}

fn in_site(role: &str, site: &str) -> Value {
    json!({"scope": "site", "role": role, "site_id": site})
}

#[test]
fn an_update_writes_back_what_it_does_not_change_and_nothing_that_is_read_only() {
    let held = json!({
        "admin_id": "7", "email": "ada@example.com", "first_name": "Ada", "last_name": "Example", "phone": "15550100",
        "phone2": null, "no_tracking": false, "via_sso": false, "two_factor_verified": true, "tags": ["a"],
        "privileges": [{"scope": "org", "role": "admin", "org_id": "org1", "name": "Example Org", "views": ["reporting"]}]
    });
    let mut sent = json!({
        "email": "ada@example.com", "first_name": "Ada", "last_name": "King", "phone": "15550100", "no_tracking": false,
        "privileges": [{"scope": "org", "role": "admin", "org_id": "org1", "views": ["reporting"]}]
    });
    update(held.clone(), json!({"last_name": "King"}), sent.clone());
    sent["email"] = json!("king@example.com");
    update(held, json!({"last_name": "King", "emails": [{"email": "king@example.com"}]}), sent);
    update(json!({"admin_id": "7"}), json!({}), json!({}));
    let token = json!({"name": "deploy token", "privileges": [in_org("read")]});
    let held = json!({"admin_id": "7", "name": "deploy token", "privileges": [in_org("admin")]});
    update(held, json!({"roles": ["read"]}), token);
}

#[test]
fn roles_replace_the_privileges_in_the_organization_and_its_sites_and_no_others() {
    let viewer = json!({"scope": "org", "role": "read", "org_id": "org1", "views": ["reporting"]});
    let group = json!({"scope": "sitegroup", "role": "write", "org_id": "org1", "sitegroup_ids": ["g1"]});
    let elsewhere = json!({"scope": "org", "role": "admin", "org_id": "org2"});
    let held = json!({"admin_id": "7", "privileges": [viewer, in_site("write", "s1"), group, elsewhere]});
    for (roles, sent) in [
        (json!("admin"), json!([group, elsewhere, in_org("admin")])),
        (
            json!([{"id": "read"}, {"name": "write", "workspace": "s2"}]),
            json!([group, elsewhere, viewer, in_site("write", "s2")]),
        ),
        (
            json!([{"id": "9", "name": "helpdesk", "organization": "org1"}]),
            json!([group, elsewhere, in_org("helpdesk")]),
        ),
        (json!(["write", {"id": "1", "name": "write"}]), json!([group, elsewhere, in_org("write")])),
        (json!([]), json!([group, elsewhere])),
    ] {
        update(held.clone(), json!({ "roles": roles }), json!({ "privileges": sent }));
    }
}

#[test]
fn the_address_of_an_administrator_who_signs_in_by_sso_stays() {
    let held = json!({"admin_id": "7", "email": "ada@example.com", "via_sso": true});
    let change = json!({"emails": [{"email": "other@example.com"}], "first_name": "Ada"});
    assert_eq!(update(held, change, json!({"email": "ada@example.com", "first_name": "Ada"})), ["emails"]);
}

#[test]
fn what_mist_cannot_take_is_refused_before_anything_is_sent() {
    for (change, field) in [
        (json!({"name": null}), "name"),
        (json!({"first_name": null}), "first_name"),
        (json!({"last_name": null}), "last_name"),
        (json!({"emails": null}), "emails"),
        (json!({"roles": null}), "roles"),
        (json!({"roles": ["read", {"id": "read", "organization": "org2"}]}), "roles[1]"),
    ] {
        let error = mock().update::<Mist>("7", change).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
    let nobody = json!({"emails": [{"email": null}], "roles": ["read"]});
    assert_eq!(mock().create::<Mist>(nobody).unwrap_err().field(), Some("emails"));
}

#[test]
fn an_administrator_without_a_privilege_would_be_none() {
    let held = json!([{"admin_id": "7", "privileges": [in_org("admin")]}]);
    let vendor = mock().on(get(ADMINS).answers(200, held));
    assert_eq!(vendor.update::<Mist>("7", json!({"roles": []})).unwrap_err().field(), Some("roles"));
}

#[test]
fn whoever_is_invited_has_no_identifier_yet() {
    let sent = json!({"email": "ada@example.com", "first_name": "Ada", "last_name": "Example", "privileges": [in_org("read")]});
    let body = json!({"emails": [{"email": "ada@example.com"}], "name": "Ada Example", "roles": "read"});
    let invited = mock().on(post("/orgs/org1/invites").json(sent)).create::<Mist>(body).unwrap().unwrap();
    assert_eq!(
        (invited.get("id"), &invited["status"], &invited["name"]),
        (None, &json!("invited"), &json!("Ada Example"))
    );
}

#[test]
fn an_administrator_is_looked_up_in_the_list_by_the_whole_identifier() {
    let list = || get(ADMINS).answers(200, json!([{"admin_id": "71"}, {"admin_id": "7", "name": "deploy token"}]));
    assert_eq!(mock().on(list()).get::<Mist>("7").unwrap(), Some(json!({"id": "7", "name": "deploy token"})));
    assert_eq!(mock().on(list()).get::<Mist>("1").unwrap_err().kind(), FailureKind::NotFound);
    assert_eq!(mock().on(list()).list::<Mist>(&page(100)).unwrap().rows.len(), 2);
}
