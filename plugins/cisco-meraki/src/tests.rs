use mortise_sdk::mock::{Mock, get, page, post, put};
use mortise_sdk::{FailureKind, Value};
use serde_json::json;

use super::*;

const ADMINS: &str = "https://api.meraki.com/api/v1/organizations/1/admins";
const ADMIN: &str = "https://api.meraki.com/api/v1/organizations/1/admins/7";

fn mock() -> Mock {
    Mock::new(Category::UserDirectory).variable("api_host", "api.meraki.com").parameter("organization_id", json!("1"))
}

/// The user that an entry of the list of administrators becomes.
fn read(admin: Value) -> Value {
    mock().on(get(ADMINS).answers(200, json!([{"id": "6"}, admin]))).get::<Meraki>("7").unwrap().unwrap()
}

#[test]
fn a_role_is_of_its_workspace_or_its_organization_or_the_network_of_the_call() {
    let network = |id: &str, access: &str| json!({"id": id, "access": access});
    let held = json!([{"id": "7", "networks": [network("N1", "full"), network("N2", "full")]}]);
    for (roles, sent) in [
        (json!(["read-only"]), json!({"networks": [network("N2", "full"), network("N1", "read-only")]})),
        (
            json!([{"id": "full", "workspace": "N3"}]),
            json!({"networks": [network("N1", "full"), network("N2", "full"), network("N3", "full")]}),
        ),
        (
            json!([{"name": "none", "organization": "1"}, {"id": "full", "workspace": "N2"}]),
            json!({"orgAccess": "none", "networks": [network("N1", "full"), network("N2", "full")]}),
        ),
    ] {
        let vendor =
            mock()
                .parameter("workspace_id", json!("N1"))
                .on(get(ADMINS).answers(200, held.clone()))
                .on(put(ADMIN).json(sent).answers(200, json!({"id": "7"})));
        vendor.update::<Meraki>("7", json!({ "roles": roles })).unwrap();
    }
    let changed = put(ADMIN).json(json!({"orgAccess": "none"})).answers(200, json!({"id": "7"}));
    let roles = json!({"roles": [{"id": "none", "organization": "1"}]});
    mock().parameter("workspace_id", json!("N1")).on(changed).update::<Meraki>("7", roles).unwrap();
}

#[test]
fn a_new_administrator_has_no_access_to_the_organization_unless_a_role_says_so() {
    for (roles, access) in [
        (json!(["full"]), json!({"orgAccess": "full"})),
        (
            json!([{"id": "full", "workspace": 5}]),
            json!({"orgAccess": "none", "networks": [{"id": "5", "access": "full"}]}),
        ),
    ] {
        let mut sent = json!({"email": "ada@example.com", "name": "Ada"});
        sent.as_object_mut().unwrap().extend(access.as_object().unwrap().clone());
        let vendor = mock().on(post(ADMINS).json(sent).answers(201, json!({"id": "7"})));
        let body = json!({"emails": [{"email": "ada@example.com"}], "name": "Ada", "roles": roles});
        vendor.create::<Meraki>(body).unwrap();
    }
}

#[test]
fn what_meraki_cannot_take_is_the_callers_mistake_and_nothing_is_sent() {
    for (body, field) in [
        (json!({"name": null}), "name"),
        (json!({"roles": null}), "roles"),
        (json!({"roles": [{"group": "1"}]}), "roles[0]"),
        (json!({"roles": ["full", {"id": "full", "organization": "2"}]}), "roles[1]"),
        (json!({"roles": [{"id": "full", "organization": "2", "workspace": "N1"}]}), "roles[0]"),
    ] {
        let error = mock().update::<Meraki>("7", body).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
    assert_eq!(
        mock().variable("api_host", "example.com").delete::<Meraki>("7").unwrap_err().kind(),
        FailureKind::InvalidInput
    );
}

#[test]
fn nobody_is_found_who_is_not_in_the_list() {
    let listed = || get(ADMINS).answers(200, json!([{"id": "6"}]));
    assert_eq!(mock().on(listed()).get::<Meraki>("7").unwrap_err().kind(), FailureKind::NotFound);
    assert_eq!(mock().without_user().on(listed()).get::<Meraki>("7").unwrap_err().kind(), FailureKind::NotFound);
    let vendor = mock().parameter("workspace_id", json!("N1")).on(listed());
    assert_eq!(vendor.update::<Meraki>("7", json!({"roles": ["full"]})).unwrap_err().kind(), FailureKind::NotFound);
}

#[test]
fn an_account_stands_where_meraki_says() {
    for (theirs, ours, verified) in [
        ("ok", "active", true),
        ("pending", "invited", true),
        ("unverified", "invited", false),
        ("locked", "inactive", true),
        ("dormant", "dormant", true),
    ] {
        let user = read(json!({"id": "7", "accountStatus": theirs}));
        assert_eq!((&user["status"], &user["is_email_verified"]), (&json!(ours), &json!(verified)));
    }
}

#[test]
fn roles_say_where_they_hold_and_what_is_missing_is_nothing() {
    let networks = json!([{"id": 5, "access": "full"}, {"id": null, "access": "full"}]);
    let user = read(json!({"id": 7, "orgAccess": "none", "networks": networks, "lastActive": ""}));
    let roles =
        json!([{"id": "none", "name": "none", "organization": "1"}, {"id": "full", "name": "full", "workspace": "5"}]);
    let (organizations, workspaces) = (json!([{"id": "1"}]), json!([{"id": "5"}]));
    assert_eq!(user, json!({"id": "7", "roles": roles, "organizations": organizations, "workspaces": workspaces}));
}

#[test]
fn a_list_is_all_administrators_at_once() {
    let listed =
        mock().on(get(ADMINS).answers(200, json!([{"id": "6"}, {"id": "7"}]))).list::<Meraki>(&page(100)).unwrap();
    assert_eq!((listed.rows.len(), listed.next), (2, None));
}
