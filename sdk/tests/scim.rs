//! Users of SCIM 2.0 (RFC 7643, RFC 7644), in requests and in answers.

use mortise_sdk::mock::{Mock, get, page, patch, post};
use mortise_sdk::{Category, Email, FailureKind, Field, Roles, Status, User, scim};
use serde::Deserialize;
use serde_json::{Value, json};

fn mock() -> Mock {
    Mock::new(Category::UserDirectory)
}

fn user(document: Value) -> User {
    serde_json::from_value(document).unwrap_or_default()
}

/// The full user of RFC 7643 §8.2, with the attributes that the unified user knows.
fn example() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": "2819c223-7f76-453a-919d-413861904646",
        "externalId": "701984",
        "userName": "bjensen@example.com",
        "name": {"formatted": "Ms. Barbara J Jensen, III", "familyName": "Jensen", "givenName": "Barbara"},
        "displayName": "Babs Jensen",
        "nickName": "Babs",
        "profileUrl": "https://login.example.com/bjensen",
        "emails": [
            {"value": "bjensen@example.com", "type": "work", "primary": true},
            {"value": "babs@jensen.org", "type": "home"},
        ],
        "phoneNumbers": [{"value": "555-555-5555", "type": "work"}, {"value": "555-555-4444", "type": "mobile"}],
        "photos": [{"value": "https://photos.example.com/profilephoto/72930000000Ccne/F", "type": "photo"}],
        "userType": "Employee",
        "title": "Tour Guide",
        "preferredLanguage": "en-US",
        "locale": "en-US",
        "timezone": "America/Los_Angeles",
        "active": true,
        "groups": [{"value": "e9e30dba", "$ref": "../Groups/e9e30dba", "display": "Tour Guides"}],
        "roles": [{"value": "7", "display": "Guide"}, "8"],
        "meta": {
            "resourceType": "User",
            "created": "2010-01-23T04:56:22Z",
            "lastModified": "2011-05-13T04:42:34Z",
            "version": "W/\"a330bc54f0671c9\"",
        },
    })
}

#[test]
fn the_user_of_the_standard_is_read() {
    let vendor = mock().on(get("/Users/1").answers(200, example()));
    let read = vendor.call().get("/Users/1").send().unwrap().user::<scim::UserRead>().unwrap().unwrap();
    let expected = json!({
        "id": "2819c223-7f76-453a-919d-413861904646",
        "external_id": "701984",
        "name": "Babs Jensen",
        "first_name": "Barbara",
        "last_name": "Jensen",
        "nick_name": "Babs",
        "username": "bjensen@example.com",
        "emails": [
            {"email": "bjensen@example.com", "type": "work", "is_primary": true},
            {"email": "babs@jensen.org", "type": "home"},
        ],
        "phones": [{"number": "555-555-5555", "type": "phone"}, {"number": "555-555-4444", "type": "mobile"}],
        "urls": [{"url": "https://login.example.com/bjensen", "type": "profile"}],
        "avatar": "https://photos.example.com/profilephoto/72930000000Ccne/F",
        "title": "Tour Guide",
        "languages": ["en-US"],
        "timezone": "America/Los_Angeles",
        "user_type": "Employee",
        "status": "active",
        "roles": [{"id": "7", "name": "Guide"}, {"id": "8", "name": "8"}],
        "groups": [{"id": "e9e30dba", "name": "Tour Guides"}],
        "created_at": "2010-01-23T04:56:22Z",
        "updated_at": "2011-05-13T04:42:34Z",
        "etag": "W/\"a330bc54f0671c9\"",
    });
    assert_eq!(serde_json::to_value(read).unwrap(), expected);
}

#[test]
fn what_a_vendor_leaves_out_is_absent() {
    let vendor =
        mock().on(get("/Users/1").answers(200, json!({"id": 1, "name": {"givenName": "Ada"}, "active": "False"})));
    let read = vendor.call().get("/Users/1").send().unwrap().user::<scim::UserRead>().unwrap().unwrap();
    let status = Field::Value(Status::Inactive);
    assert_eq!(read, User { id: "1".into(), name: "Ada".into(), first_name: "Ada".into(), status, ..User::default() });
}

#[test]
fn an_attribute_of_one_vendor_is_read_beside_those_of_the_standard() {
    #[derive(Deserialize)]
    struct Member {
        role: Roles,
        #[serde(flatten)]
        user: scim::UserRead,
    }

    impl From<Member> for User {
        fn from(member: Member) -> Self {
            User { roles: member.role.into(), ..member.user.into() }
        }
    }

    let vendor = mock().on(get("/Users/1").answers(200, json!({"id": "1", "role": "Member", "userName": "ada"})));
    let read = vendor.call().get("/Users/1").send().unwrap().user::<Member>().unwrap();
    assert_eq!(read.map(|user| user.roles.value().map(Vec::len)), Some(Some(1)));
}

#[test]
fn a_new_user_has_what_was_given_and_nothing_else() {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "ada",
        "name": {"givenName": "Ada"},
        "active": true,
        "emails": [
            {"value": "home@example.com", "type": "work", "primary": false},
            {"value": "ada@example.com", "type": "home", "primary": true},
        ],
        "phoneNumbers": [{"value": "1", "type": "work"}],
        "roles": [{"value": "7"}],
    });
    let vendor = mock().on(post("/Users").json(body).answers(201, example()));
    let user = User {
        emails: Field::Value(vec![
            Email { email: "home@example.com".into(), ..Email::default() },
            Email { kind: "home".into(), ..Email::primary("ada@example.com") },
        ]),
        ..user(json!({
            "username": "ada", "first_name": "Ada", "last_name": null, "title": null, "status": "active",
            "phones": [{"number": "1", "type": "phone"}], "roles": [{"id": "7"}], "groups": [{"id": "3"}],
        }))
    };
    vendor.call().post("/Users").scim(&scim::NewUser::from(user)).send().unwrap();
    let sent = vendor.requests().remove(0);
    assert_eq!(
        sent.headers,
        ["accept", "content-type"].map(|name| (name.to_owned(), "application/scim+json".to_owned()))
    );
}

#[test]
fn a_change_is_an_operation_for_each_attribute() {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [
            {"op": "replace", "path": "displayName", "value": "Ada"},
            {"op": "remove", "path": "title"},
            {"op": "replace", "path": "active", "value": false},
            {"op": "replace", "path": "emails", "value": [{"value": "a@example.com", "type": "work", "primary": true}]},
            {"op": "replace", "path": "role", "value": "Admin"},
            {"op": "add", "path": "members", "value": [{"value": "7"}]},
        ],
    });
    let vendor = mock().on(patch("/Users/1").json(body).answers(204, Value::Null));
    let emails = json!([{"email": "a@example.com"}]);
    let change = user(json!({"name": "Ada", "title": null, "status": "inactive", "emails": emails}));
    let patch = scim::Patch::from(change).set("role", Field::Value("Admin")).set("locale", Field::<String>::Absent);
    let patch = patch.add("members", [json!({"value": "7"})]);
    vendor.call().patch("/Users/1").scim(&patch).send().unwrap();

    assert!(scim::Patch::from(User::default()).is_empty() && !patch.is_empty());
}

#[test]
fn an_error_under_a_status_of_success_is_one() {
    let error = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "detail": "no", "status": "409"});
    let vendor = mock().on(post("/Users").answers(200, error));
    let answer = vendor.call().post("/Users").send().unwrap().user::<scim::UserRead>();
    assert_eq!(answer.unwrap_err().kind(), FailureKind::Refused);
}

#[test]
fn a_list_goes_on_behind_the_users_that_came() {
    let users = |ids: &[u64]| ids.iter().map(|id| json!({ "id": id })).collect::<Vec<_>>();
    // The requested page, the `startIndex` of its request, the vendor's answer, and the cursor of the next page.
    let pages = [
        (page(100), "1", json!({"totalResults": 5, "Resources": users(&[1, 2])}), Some("2")),
        (
            page(100).at("2"),
            "3",
            json!({"totalResults": 5, "itemsPerPage": 100, "Resources": users(&[3, 4])}),
            Some("4"),
        ),
        (page(100).at("4"), "5", json!({"totalResults": 5, "Resources": users(&[5])}), None),
        (page(100).at("4"), "5", json!({"itemsPerPage": 1, "Resources": users(&[5])}), Some("5")),
        (page(100).at("5"), "6", json!({"totalResults": 9, "Resources": []}), None),
        (page(100), "1", json!({"totalResults": 0}), None),
    ];
    for (asked, start, answer, next) in pages {
        let request = get("/Users").query("startIndex", start).query("count", "100");
        let vendor = mock().on(request.header("accept", "application/scim+json").answers(200, answer));
        let listed = scim::list::<scim::UserRead>(vendor.call().get("/Users"), &asked).unwrap();
        assert_eq!(listed.next.as_deref(), next, "{asked:?}");
    }
    for cursor in ["x", "-1", "1.5", "9223372036854775808"] {
        let error = scim::list::<scim::UserRead>(mock().call().get("/Users"), &page(1).at(cursor)).unwrap_err();
        assert_eq!(error.kind(), FailureKind::InvalidCursor, "{cursor}");
    }
    let request = get("/Users").query("startIndex", "1").query("count", "1").header("accept", "application/scim+json");
    let vendor = mock().on(request.answers(200, json!({"detail": "no"})));
    assert!(scim::list::<scim::UserRead>(vendor.call().get("/Users"), &page(1)).is_err(), "an error is not the end");
}
