use mortise_sdk::mock::{Mock, get, page, post, put};
use mortise_sdk::{FailureKind, Value};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::UserDirectory)
}

/// The directory user that Torii's `user` becomes.
fn read(user: Value) -> Value {
    mock().on(get("/users/7").answers(200, json!({ "user": user }))).get::<Torii>("7").unwrap().unwrap()
}

#[test]
fn a_user_is_made_by_scim_with_one_role_by_name() {
    let users = format!("{SCIM}/Users");
    let sent = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada@example.com",
        "name": {"givenName": "Ada", "familyName": "Example"}, "userType": "Admin"});
    let told = json!({"id": "7", "userName": "ada@example.com", "userType": "Admin", "active": true});
    let user = json!({"name": "Ada Example", "emails": [{"email": "ada@example.com"}],
        "roles": [{"id": "1", "name": "Admin"}]});
    let vendor = mock().on(post(&users).json(sent).answers(201, told));
    let made = vendor.create::<Torii>(user).unwrap().unwrap();
    assert_eq!((&made["roles"], &made["status"]), (&json!([{"name": "Admin"}]), &json!("active")));
    let sent = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada@example.com",
        "userType": "Admin"});
    let vendor = mock().on(post(&users).json(sent).answers(201, json!({"id": "7"})));
    vendor.create::<Torii>(json!({"emails": [{"email": "ada@example.com"}], "roles": ["admin"]})).unwrap();
    let nameless = json!({"emails": [{"email": "ada@example.com"}], "roles": [{"group": "3"}]});
    assert_eq!(mock().create::<Torii>(nameless).unwrap_err().field(), Some("roles[0].name"));
    let two = json!({"emails": [{"email": "ada@example.com"}], "roles": ["Admin", "Read Only"]});
    assert_eq!(mock().create::<Torii>(two).unwrap_err().field(), Some("roles[1]"));
}

#[test]
fn a_status_is_written_in_toriis_words_to_the_user_of_the_query() {
    for (status, sent) in [("active", "active"), ("inactive", "offboarded"), ("deleted", "offboarded")] {
        let request = put("/users/1000").json(json!({ "lifecycleStatus": sent }));
        let vendor = mock().parameter("user_id", json!("1000")).on(request.answers(200, json!({"user": {"id": 1000}})));
        vendor.update::<Torii>("7", json!({ "status": status })).unwrap();
    }
}

#[test]
fn a_status_that_torii_does_not_have_is_the_callers_mistake() {
    for status in [json!("invited"), json!(null)] {
        let vendor = mock().parameter("user_id", json!("1000"));
        let error = vendor.update::<Torii>("1000", json!({ "status": status })).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("status")));
        assert!(vendor.requests().is_empty());
    }
}

#[test]
fn who_is_on_the_way_out_stays_so() {
    for (theirs, ours) in [("active", "active"), ("offboarding", "offboarding"), ("offboarded", "inactive")] {
        assert_eq!(read(json!({"id": 7, "lifecycleStatus": theirs})), json!({"id": "7", "emails": [], "status": ours}));
    }
}

#[test]
fn an_answer_may_leave_out_or_null_whatever_is_optional() {
    let nulls = json!({"id": "7", "idOrg": null, "firstName": null, "lastName": null, "email": null, "creationTime": null,
        "idRole": null, "role": null, "lifecycleStatus": null, "additionalEmails": null});
    for user in
        [nulls, json!({"id": 7}), json!({"id": 7, "firstName": "", "email": "", "additionalEmails": [null, ""]})]
    {
        assert_eq!(read(user), json!({"id": "7", "emails": []}));
    }
}

#[test]
fn a_page_is_asked_for_as_torii_wants_it_and_says_where_the_next_one_begins() {
    let request = get("/users").query("size", "2").query("cursor", "Mg==").query("email", "ada@example.com");
    let request = request.query("lifecycleStatus", "offboarded").query("sort", "lastName:desc");
    let users = json!([{"id": 1000, "email": "ada@example.com", "lifecycleStatus": "offboarded"}]);
    let vendor = mock().on(request.answers(200, json!({"users": users, "count": 1, "total": 5, "nextCursor": "Mw=="})));
    let asked = page(2).at("Mg==").by("email", "Ada@example.com").by("status", "inactive").sorted("last_name", true);
    let listed = vendor.list::<Torii>(&asked).unwrap();
    assert_eq!((&listed.rows[0]["id"], listed.next.as_deref()), (&json!("1000"), Some("Mw==")));
    let last = get("/users").query("size", "2").answers(200, json!({"users": [], "count": 0, "total": 0}));
    assert_eq!(mock().on(last).list::<Torii>(&page(2)).unwrap().next, None);
}

#[test]
fn an_identifier_cannot_leave_its_place_in_the_path() {
    let error = mock().get::<Torii>("7/../8").unwrap_err();
    assert_eq!(error.kind(), FailureKind::InvalidInput);
}
