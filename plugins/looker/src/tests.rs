use mortise_sdk::FailureKind;
use mortise_sdk::mock::{Exchange, Mock, get, page, patch, post, put};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::UserDirectory)
}

/// The request that sets the only role of user 7 to 2.
fn sets_roles() -> Exchange {
    put("/users/7/roles").json(json!(["2"])).answers(200, json!([{"id": "2", "name": "Admin"}]))
}

fn reads() -> Exchange {
    get("/users/7").answers(200, json!({"id": "7", "display_name": "Ada", "role_ids": ["2"]}))
}

/// The read before an update that changes more than the roles.
fn held(credentials: Value, is_external: bool) -> Exchange {
    let request = get("/users/7").query("fields", "credentials_email,roles_externally_managed");
    request.answers(200, json!({"credentials_email": credentials, "roles_externally_managed": is_external}))
}

fn search(name: &str) -> Exchange {
    get("/roles/search").query("name", name)
}

#[test]
fn roles_alone_are_one_request_that_replaces_all_of_them() {
    let user = mock().on(sets_roles()).update::<Looker>("7", json!({"roles": [{"id": "2"}]})).unwrap();
    assert_eq!(user, Some(json!({"id": "7", "roles": [{"id": "2", "name": "Admin"}]})));
}

#[test]
fn a_role_is_looked_up_by_its_whole_name_before_anything_is_written() {
    let found = json!([{"id": "5", "name": "Administrator"}, {"id": 2, "name": "Admin"}]);
    let vendor = mock().on(search("admin").answers(200, found.clone())).on(sets_roles());
    vendor.update::<Looker>("7", json!({"roles": "admin"})).unwrap();
    for found in [json!([]), json!([{"id": "5", "name": "Administrator"}]), json!([{"name": "Admin"}])] {
        let vendor = mock().on(search("Admin").answers(200, found));
        let error = vendor.update::<Looker>("7", json!({"roles": ["Admin"], "name": "Ada"})).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("roles[0].name")));
    }
}

#[test]
fn the_user_and_the_address_have_requests_of_their_own_that_come_first() {
    let roles = json!(["2"]);
    for (change, user) in [
        (json!({"status": "inactive"}), json!({"is_disabled": true})),
        (json!({"name": "Ada Example"}), json!({"first_name": "Ada", "last_name": "Example"})),
        (json!({"first_name": null}), json!({"first_name": null})),
    ] {
        let mut body = change;
        body["roles"] = json!([{"id": "2"}]);
        let vendor = mock().on(held(json!(null), false));
        let vendor = vendor.on(patch("/users/7").json(user).answers(200, json!({"id": "7"})));
        vendor
            .on(put("/users/7/roles").json(roles.clone()).answers(200, json!([{"id": "2"}])))
            .on(reads())
            .update::<Looker>("7", body)
            .unwrap();
    }
    for (has, login) in [(json!({"email": "b@example.com"}), patch as fn(&str) -> Exchange), (json!(null), post)] {
        let login = login("/users/7/credentials_email").json(json!({"email": "a@example.com"})).answers(200, json!({}));
        let body = json!({"emails": [{"email": "a@example.com"}], "roles": [{"id": "2"}]});
        let vendor = mock().on(held(has, false)).on(login).on(sets_roles()).on(reads());
        let user = vendor.update::<Looker>("7", body).unwrap().unwrap();
        assert_eq!(user["roles"], json!([{"id": "2", "name": "Admin"}]));
    }
}

#[test]
fn nothing_is_written_if_looker_would_refuse_the_roles() {
    let vendor = mock().on(held(json!(null), true));
    let error = vendor.update::<Looker>("7", json!({"first_name": "Ada", "roles": [{"id": "2"}]})).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("roles")));
}

#[test]
fn a_later_request_that_fails_says_what_is_done() {
    let refused = |exchange: Exchange| exchange.answers(422, json!({"message": "Validation Failed"}));
    let changed = || mock().on(held(json!({}), false)).on(patch("/users/7").answers(200, json!({"id": "7"})));
    let body = json!({"first_name": "Ada", "emails": [{"email": "a@example.com"}], "roles": [{"id": "2"}]});
    let error = changed().on(refused(patch("/users/7/credentials_email"))).update::<Looker>("7", body.clone());
    assert_eq!(error.unwrap_err().message(), "the user is changed");
    let addressed = changed().on(patch("/users/7/credentials_email").answers(200, json!({})));
    let error = addressed.on(refused(put("/users/7/roles"))).update::<Looker>("7", body.clone()).unwrap_err();
    assert_eq!((error.kind(), error.message()), (FailureKind::Vendor, "the user is changed, the address is changed"));
    let created = mock().on(post("/users").answers(200, json!({"id": "7"})));
    let error = created.on(refused(post("/users/7/credentials_email"))).create::<Looker>(body).unwrap_err();
    assert_eq!(error.message(), "user 7 is created");
}

#[test]
fn what_looker_cannot_take_is_refused_before_anything_is_sent() {
    let with = |field: &str, value: Value| {
        let mut body = json!({"roles": [{"id": "2"}]});
        body[field] = value;
        mock().update::<Looker>("7", body).unwrap_err()
    };
    assert_eq!(with("emails", json!(null)).field(), Some("emails"));
    assert_eq!(with("status", json!(null)).field(), Some("status"));
    assert_eq!(with("roles", json!([{"id": "2"}, {}])).field(), Some("roles[1]"));
    assert_eq!(mock().create::<Looker>(json!({"roles": null})).unwrap_err().field(), Some("roles"));
}

#[test]
fn an_answer_without_the_roles_is_no_success() {
    for answer in [json!([]), json!([{}])] {
        let vendor = mock().on(put("/users/7/roles").answers(200, answer));
        assert_eq!(
            vendor.update::<Looker>("7", json!({"roles": [{"id": "2"}]})).unwrap_err().kind(),
            FailureKind::Internal
        );
    }
}

#[test]
fn a_filter_searches_and_a_short_page_is_the_last() {
    let rows = |count: usize| json!((0..count).map(|id| json!({"id": id})).collect::<Vec<_>>());
    for (count, next) in [(2, Some("4")), (1, None), (0, None)] {
        let request = get("/users").query("limit", "2").query("offset", "2").query("sorts", "id");
        let listed = mock().on(request.answers(200, rows(count))).list::<Looker>(&page(2).at("2"));
        assert_eq!(listed.unwrap().next.as_deref(), next);
    }
    let search = get("/users/search").query("limit", "2").query("offset", "0").query("sorts", "id");
    let search = search.query("email", "a_b@example.com").query("is_disabled", "true");
    let asked = page(2).by("email", "a_b@example.com").by("status", "inactive");
    mock().on(search.answers(200, rows(0))).list::<Looker>(&asked).unwrap();
}
