use mortise_sdk::FailureKind;
use mortise_sdk::mock::{Mock, delete, get, page, post, put};
use serde_json::json;

use super::*;

const USERS: &str = "/sites/s1/users";
const USER: &str = "/sites/s1/users/u1";

fn mock() -> Mock {
    Mock::new(Category::UserDirectory).variable("site_id", "s1")
}

/// The users of the page with this number and size.
fn listed(size: u32, number: &str, answer: Value) -> Result<mortise_sdk::mock::Listed> {
    let asked = get(USERS).query("pageNumber", number).query("pageSize", &size.to_string()).query("sort", "name:asc");
    let asked = asked.query("fields", "id,name,fullName,email,siteRole,lastLogin");
    mock().on(asked.answers(200, answer)).list::<Tableau>(&page(size).at(number))
}

#[test]
fn role_and_status_become_one_site_role() {
    for (body, site_role) in [
        (json!({"roles": ["Viewer"]}), "Viewer"),
        (json!({"roles": [{"id": "Creator", "name": "Author"}], "status": "active"}), "Creator"),
        (json!({"roles": ["admin"]}), "SiteAdministratorExplorer"),
        (json!({"roles": ["Creator"], "status": "inactive"}), "Unlicensed"),
    ] {
        let told = json!({"user": {"name": "ada@example.com", "siteRole": site_role}});
        let change = put(USER).json(json!({"user": {"siteRole": site_role}})).answers(200, told.clone());
        let vendor = mock().on(change).on(get(USER).answers(200, told.clone()));
        assert_eq!(vendor.update::<Tableau>("u1", body.clone()).unwrap().unwrap()["id"], "u1");

        let (mut new, mut body) = (json!({"name": "ada@example.com"}), body);
        new["siteRole"] = site_role.into();
        body["emails"] = json!([{"email": "ada@example.com"}]);
        let vendor = mock().on(post(USERS).json(json!({ "user": new })).answers(201, told));
        assert!(vendor.create::<Tableau>(body).is_ok());
    }
}

#[test]
fn a_role_or_status_that_tableau_cannot_take_is_refused_before_anything_is_sent() {
    for (body, field) in [
        (json!({"roles": null}), "roles"),
        (json!({"roles": [{"group": "7"}]}), "roles[0]"),
        (json!({"roles": ["Viewer", "Creator"]}), "roles[1]"),
        (json!({"roles": ["Viewer"], "status": null}), "status"),
    ] {
        let error = mock().update::<Tableau>("u1", body).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn a_site_role_tells_license_and_status() {
    for (role, license, status) in [
        ("SiteAdministratorCreator", json!([{"id": "Creator", "name": "Creator"}]), "active"),
        ("ExplorerCanPublish", json!([{"id": "Explorer", "name": "Explorer"}]), "active"),
        ("Viewer", json!([{"id": "Viewer", "name": "Viewer"}]), "active"),
        ("Unlicensed", json!([]), "inactive"),
        ("UnlicensedWithPublish", json!([]), "inactive"),
        ("SupportUser", json!(null), "active"),
    ] {
        let user =
            mock().on(get(USER).answers(200, json!({"user": {"id": "u1", "siteRole": role}}))).get::<Tableau>("u1");
        let user = user.unwrap().unwrap();
        assert_eq!(
            (user.get("licenses").unwrap_or(&Value::Null), &user["status"]),
            (&license, &json!(status)),
            "{role}"
        );
    }
}

#[test]
fn the_address_is_the_name_if_there_is_no_other() {
    for (name, email, address) in [
        ("ada@example.com", json!(""), Some("ada@example.com")),
        ("ada@example.com", json!("lovelace@example.com"), Some("lovelace@example.com")),
        ("ada", json!(null), None),
    ] {
        let answer = json!({"user": {"id": "u1", "name": name, "email": email}});
        let user = mock().on(get(USER).answers(200, answer)).get::<Tableau>("u1").unwrap().unwrap();
        let told = user.get("emails").and_then(|emails| emails[0]["email"].as_str());
        assert_eq!((told, &user["name"]), (address, &json!(name)));
    }
}

#[test]
fn the_users_of_a_page_are_read_however_they_stand_in_it() {
    let user = json!({"id": "u1"});
    for (users, rows) in [
        (json!({"user": [user]}), vec![user.clone()]),
        (json!({ "user": user }), vec![user.clone()]),
        (json!([user]), vec![user.clone()]),
        (json!({"user": []}), vec![]),
        (json!({}), vec![]),
        (json!([]), vec![]),
    ] {
        let answer = json!({"pagination": {"totalAvailable": "1"}, "users": users});
        assert_eq!(listed(100, "1", answer).unwrap().rows, rows);
    }
    let answer = json!({"pagination": {"totalAvailable": "1"}, "users": {"user": [7]}});
    assert!(listed(100, "1", answer).unwrap_err().message().contains("`/users/user/0`"));
}

#[test]
fn a_list_ends_when_all_users_came() {
    for (number, total, next) in
        [("1", json!("3"), Some("2")), ("2", json!("3"), None), ("1", json!(2), None), ("1", json!("0"), None)]
    {
        let answer = json!({"pagination": {"totalAvailable": total}, "users": {"user": [{"id": "u1"}, {"id": "u2"}]}});
        assert_eq!(listed(2, number, answer).unwrap().next.as_deref(), next);
    }
}

#[test]
fn whoever_gets_the_content_is_named() {
    let vendor = mock().on(delete(USER).query("mapAssetsTo", "u2").answers_bytes(204, ""));
    assert_eq!(vendor.parameter("reassign_to", json!("u2")).delete::<Tableau>("u1"), Ok(()));
}

#[test]
fn whoever_owns_content_stays_without_a_license() {
    let refused = json!({"error": {"summary": "Resource Conflict", "code": "409003"}});
    let error = mock().on(delete(USER).answers(409, refused.clone())).delete::<Tableau>("u1").unwrap_err();
    assert!(error.kind() == FailureKind::Vendor && error.message().contains("Unlicensed"), "{error}");
    let vendor = mock().on(delete(USER).query("mapAssetsTo", "u2").answers(409, refused));
    let error = vendor.parameter("reassign_to", json!("u2")).delete::<Tableau>("u1").unwrap_err();
    assert_eq!((error.kind(), error.message()), (FailureKind::Vendor, ""));
}
