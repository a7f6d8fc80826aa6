use mortise_sdk::FailureKind;
use mortise_sdk::mock::{Mock, delete, get, page, post, put};
use serde_json::{Value, json};

use super::*;

const ID: &str = "2f9d1a8e-0e1c-4a4f-9f53-0d3c2f7c9e01";
const ADA: &str = "/auth/v3/user/ada%40example.com";

fn mock() -> Mock {
    Mock::new(Category::UserDirectory).variable("organization", "ExampleOrg").variable("partner", "ExamplePartner")
}

fn account(spec: Value) -> Value {
    json!({"apiVersion": "system.k8smgmt.io/v3", "kind": "User", "metadata": {"name": "ada@example.com", "id": ID}, "spec": spec})
}

fn sent(spec: Value) -> Value {
    let metadata = json!({"name": "ada@example.com", "organization": "ExampleOrg", "partner": "ExamplePartner"});
    json!({"apiVersion": "system.k8smgmt.io/v3", "kind": "User", "metadata": metadata, "spec": spec})
}

fn change(mut change: Value) -> Value {
    change["emails"] = json!([{"email": "ada@example.com"}]);
    change["first_name"] = "Ada".into();
    change["last_name"] = "Example".into();
    change
}

#[test]
fn an_update_keeps_what_it_does_not_name() {
    let role = |role: &str, project: &str| json!({"role": role, "project": project});
    let of_namespace = json!({"role": "NAMESPACE_ADMIN", "project": "web", "namespace": "shop"});
    let of_group = json!({"role": "ADMIN_READ_ONLY", "group": "All Local Users"});
    let held = json!({
        "firstName": "A", "groups": ["dev"], "idpGroups": ["sso"], "forceReset": true,
        "projectNamespaceRoles": [role("PROJECT_ADMIN", "web"), of_namespace, of_group],
    });
    let all = &held["projectNamespaceRoles"];
    for (body, groups, roles) in [
        (json!({}), json!(["dev"]), all.clone()),
        (json!({"groups": null, "roles": null}), json!([]), json!([])),
        (json!({"groups": [{"name": "ops"}, {"id": "sso"}]}), json!(["ops"]), all.clone()),
        (
            json!({"roles": [
                {"id": "NAMESPACE_ADMIN", "workspace": "web"},
                {"name": "PROJECT_ADMIN", "workspace": "api"},
                {"name": "ADMIN_READ_ONLY", "group": "All Local Users"},
            ]}),
            json!(["dev"]),
            json!([of_namespace, of_group, role("PROJECT_ADMIN", "api")]),
        ),
    ] {
        let spec = json!({
            "firstName": "Ada", "lastName": "Example", "forceReset": true, "groups": groups, "projectNamespaceRoles": roles,
        });
        let vendor = mock()
            .on(get(ADA).answers(200, account(held.clone())))
            .on(put(ADA).json(sent(spec.clone())).answers(200, sent(spec.clone())))
            .on(get(ADA).answers(200, account(spec)));
        assert_eq!(vendor.update::<Paralus>(ID, change(body)).unwrap().unwrap()["id"], ID);
    }
}

#[test]
fn an_update_of_one_user_never_reaches_another() {
    let vendor = mock().on(get(ADA).answers(200, account(json!({}))));
    for id in ["bo@example.com", "00000000-0000-4000-8000-000000000002"] {
        let error = vendor.update::<Paralus>(id, change(json!({}))).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("emails")));
    }
}

#[test]
fn what_paralus_cannot_take_is_refused_before_anything_is_sent() {
    for (body, field) in
        [(json!({"roles": [{"workspace": "web"}]}), "roles[0]"), (json!({"groups": [{}]}), "groups[0].name")]
    {
        let error = mock().update::<Paralus>(ID, change(body)).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn who_is_given_no_password_has_to_change_the_one_that_paralus_makes() {
    for (password, spec) in [
        (
            json!("pass-example"),
            json!({"firstName": "Ada", "lastName": "Example", "forceReset": false, "password": "pass-example"}),
        ),
        (json!(null), json!({"forceReset": true})),
    ] {
        let mut spec: Value = spec;
        spec["firstName"] = "Ada".into();
        spec["lastName"] = "Example".into();
        spec["groups"] = json!([]);
        spec["projectNamespaceRoles"] = json!([]);
        let body = json!({"name": "Ada Example", "emails": [{"email": "ada@example.com"}], "password": password});
        let vendor = mock().on(post("/auth/v3/users").json(sent(spec.clone())).answers(200, sent(spec.clone())));
        assert!(vendor.on(get(ADA).answers(200, account(spec))).create::<Paralus>(body).is_ok());
    }
}

#[test]
fn an_identifier_is_looked_up_and_an_address_is_not() {
    let users = get("/auth/v3/users").query("partner", "ExamplePartner").query("organization", "ExampleOrg");
    let users = users.answers(200, json!({"kind": "UserList", "items": [account(json!({}))]}));
    for (id, vendor) in [(ID, mock().on(users)), ("ada@example.com", mock())] {
        assert!(vendor.clone().on(get(ADA).answers(200, account(json!({})))).get::<Paralus>(id).unwrap().is_some());
        assert!(vendor.on(delete(ADA).answers(200, json!({}))).delete::<Paralus>(id).is_ok());
    }
}

#[test]
fn a_server_error_of_a_write_says_that_a_part_may_be_written() {
    for (status, message) in [(500, PARTIAL), (403, "")] {
        let refused = json!({"code": 2, "message": "unable to find group 'nobody'", "details": []});
        let vendor = mock().on(get(ADA).answers(200, account(json!({})))).on(put(ADA).answers(status, refused));
        let error = vendor.update::<Paralus>(ID, change(json!({"groups": [{"name": "nobody"}]}))).unwrap_err();
        assert_eq!((error.kind(), error.message()), (FailureKind::Vendor, message));
    }
}

#[test]
fn a_server_error_that_means_nobody_is_told_from_the_others() {
    for (message, kind) in [
        ("sql: no rows in result set", FailureKind::NotFound),
        ("no user founnd with username 'ada@example.com'", FailureKind::NotFound),
        ("you cannot delete your own account", FailureKind::Vendor),
    ] {
        let vendor = mock().on(delete(ADA).answers(500, json!({"code": 2, "message": message, "details": []})));
        assert_eq!(vendor.delete::<Paralus>("ada@example.com").unwrap_err().kind(), kind);
    }
}

#[test]
fn a_list_ends_with_a_page_that_is_not_full() {
    let full = json!({"kind": "UserList", "items": [account(json!({}))]});
    for (users, next) in [(full, Some("3")), (json!({"kind": "UserList", "metadata": {}}), None)] {
        let vendor = get("/auth/v3/users").query("partner", "ExamplePartner").query("organization", "ExampleOrg");
        let vendor = vendor.query("orderBy", "email").query("order", "asc").query("limit", "1").query("offset", "2");
        let vendor = mock().on(vendor.answers(200, users));
        assert_eq!(vendor.list::<Paralus>(&page(1).at("2")).unwrap().next.as_deref(), next);
    }
}
