use mortise_sdk::FailureKind;
use mortise_sdk::mock::{Mock, delete, get, page, patch};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::UserDirectory)
}

fn sent(body: Value, change: Value) {
    let vendor = mock().on(patch("/users/1").json(change).answers(200, json!({"id": 1})));
    vendor.update::<FilesCom>("1", body).unwrap();
}

fn read(account: Value) -> Value {
    mock().on(get("/users/1").answers(200, account)).get::<FilesCom>("1").unwrap().unwrap()
}

#[test]
fn roles_are_flags_of_which_all_are_written() {
    let flags = |site: bool, readonly: bool, workspace: bool, billing: bool| json!({"site_admin": site, "readonly_site_admin": readonly, "workspace_admin": workspace, "billing_permission": billing});
    for (roles, change) in [
        (json!(["admin"]), flags(true, false, false, false)),
        (json!([{"id": "site_admin"}, {"name": "billing_permission"}]), flags(true, false, false, true)),
        (json!(["readonly_site_admin", "workspace_admin"]), flags(false, true, true, false)),
        (json!(["member"]), flags(false, false, false, false)),
        (json!(null), flags(false, false, false, false)),
    ] {
        sent(json!({ "roles": roles }), change);
    }
    let error = mock().update::<FilesCom>("1", json!({"roles": ["member", "group_admin"]})).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("roles[1]")));
}

#[test]
fn roles_of_groups_are_told_beside_the_users_own() {
    let user = read(json!({"id": 1, "site_admin": true, "admin_group_ids": [3, 4]}));
    let of_group = |group: &str| json!({"id": "group_admin", "name": "group_admin", "group": group});
    assert_eq!(user["roles"], json!([{"id": "site_admin", "name": "site_admin"}, of_group("3"), of_group("4")]));
    assert_eq!(read(json!({"id": 1}))["roles"], json!([{"id": "member", "name": "member"}]));
}

#[test]
fn groups_are_identifiers_with_commas_between_them() {
    sent(json!({"groups": [{"id": "1"}, {"id": 2}]}), json!({"group_ids": "1,2"}));
    sent(json!({"groups": null}), json!({"group_ids": ""}));
    for (theirs, ours) in
        [(json!("1, 2"), json!([{"id": "1"}, {"id": "2"}])), (json!(""), json!([])), (json!(null), json!([]))]
    {
        assert_eq!(read(json!({"id": 1, "group_ids": theirs}))["groups"], ours);
    }
}

#[test]
fn an_empty_text_clears_what_can_be_without_a_value() {
    let body = json!({"name": null, "emails": null, "description": null, "languages": null, "timezone": null});
    sent(body, json!({"name": "", "email": "", "notes": "", "language": "", "time_zone": ""}));
    for field in ["username", "password", "status"] {
        let error = mock().update::<FilesCom>("1", json!({ field: null })).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn a_filter_or_an_order_goes_to_the_vendor_with_the_cursor() {
    let at = || page(2).at("c1").by("email", "ada@example.com");
    for (asked, name, value) in [
        (at(), "filter[email]", "ada@example.com"),
        (at().by("username", "ada").sorted("username", true), "filter[username]", "ada"),
        (at().sorted("username", true), "sort_by[username]", "desc"),
    ] {
        let request = get("/users").query("per_page", "2").query("cursor", "c1").query(name, value);
        let vendor = mock().on(request.answers(200, json!([{"id": 1}])).header("x-files-cursor", "c2"));
        assert_eq!(vendor.list::<FilesCom>(&asked).unwrap().next.as_deref(), Some("c2"), "{name}");
    }
}

#[test]
fn the_next_page_is_named_by_one_of_two_headers() {
    let next = |names: &[(&str, &str)]| {
        let answer = get("/users").query("per_page", "2").answers(200, json!([{"id": 1}]));
        let answer = names.iter().fold(answer, |answer, (name, value)| answer.header(name, value));
        mock().on(answer).list::<FilesCom>(&page(2)).unwrap().next
    };
    assert_eq!(next(&[("x-files-cursor-next", "c2")]).as_deref(), Some("c2"));
    assert_eq!(next(&[("x-files-cursor", "c3"), ("x-files-cursor-next", "c2")]).as_deref(), Some("c3"));
    assert_eq!(next(&[]), None);
}

#[test]
fn notes_are_the_description() {
    assert_eq!(read(json!({"id": 1, "notes": "knows Ada"}))["description"], "knows Ada");
    assert_eq!(read(json!({"id": 1, "notes": ""})).get("description"), None);
}

#[test]
fn who_is_deleted_can_leave_things_to_somebody() {
    let request = delete("/users/1").query("new_owner_id", "2").answers(204, json!(null));
    assert_eq!(mock().parameter("reassign_to", json!("2")).on(request).delete::<FilesCom>("1"), Ok(()));
    assert_eq!(mock().delete::<FilesCom>("me").unwrap_err().kind(), FailureKind::NotFound);
}
