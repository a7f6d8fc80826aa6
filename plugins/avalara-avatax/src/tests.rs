use mortise_sdk::FailureKind;
use mortise_sdk::mock::{Mock, delete, get, page, post, put};
use serde_json::json;

use super::*;

const USER: &str = "/accounts/123456789/users/12345";
const USERS: &str = "/accounts/123456789/users";

fn mock() -> Mock {
    Mock::new(Category::UserDirectory).variable("account_id", "123456789")
}

/// The user that AvaTax's `answer` becomes.
fn read(answer: Value) -> Value {
    mock().on(get(USER).answers(200, answer)).get::<AvaTax>("12345").unwrap().unwrap()
}

/// Updates a `record` and expects that `sent` replaces it.
fn replaced(record: Value, body: Value, sent: Value) {
    let vendor = mock().on(get(USER).answers(200, record)).on(put(USER).json(sent).answers(200, json!({"id": 12345})));
    vendor.update::<AvaTax>("12345", body).unwrap();
}

#[test]
fn a_change_is_laid_over_the_record_and_all_of_it_goes_back() {
    let record = json!({"id": 12345, "companyId": 7, "firstName": "Bob", "postalCode": null, "newMember": {"a": [1]}});
    let kept = json!({"id": 12345, "companyId": 7, "firstName": "Ada B.", "lastName": "Byron", "postalCode": null,
        "newMember": {"a": [1]}});
    replaced(record.clone(), json!({"name": "Ada B. Byron"}), kept);
    let freed =
        json!({"id": 12345, "firstName": "Bob", "postalCode": null, "newMember": {"a": [1]}, "isActive": false});
    replaced(record.clone(), json!({"workspaces": null, "status": "inactive"}), freed);
    let same = json!({"workspaces": [], "roles": [], "emails": [], "organizations": [{"id": "123456789"}]});
    replaced(record.clone(), same, record);
}

#[test]
fn what_is_no_record_is_not_written_back() {
    for answer in [json!({}), json!({"error": {"message": "no"}}), json!([]), json!({"id": null})] {
        let vendor = mock().on(get(USER).answers(200, answer));
        assert!(vendor.update::<AvaTax>("12345", json!({"username": "ada"})).is_err());
    }
}

#[test]
fn what_avatax_cannot_take_is_the_callers_mistake_and_nothing_is_sent() {
    for (field, body) in [
        ("first_name", json!({"name": null})),
        ("last_name", json!({"last_name": null})),
        ("username", json!({"username": null})),
        ("emails", json!({"emails": null})),
        ("status", json!({"status": null})),
        ("roles", json!({"roles": null})),
        ("roles[1]", json!({"roles": ["AccountUser", "CompanyUser"]})),
        ("organizations", json!({"organizations": null})),
        ("organizations[1].id", json!({"organizations": [{"id": 123456789}, {"id": 7}]})),
        ("organizations[0].id", json!({"organizations": [{"name": "Example"}]})),
        ("workspaces[0].id", json!({"workspaces": [{"name": "Example"}]})),
        ("workspaces[0]", json!({"workspaces": [{"id": "one"}]})),
        ("workspaces[1]", json!({"workspaces": [{"id": 1}, {"id": 2}]})),
    ] {
        let error = mock().update::<AvaTax>("12345", body).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn nobody_is_created_without_both_names() {
    let mut body = json!({"emails": [{"email": "ada@example.com"}], "username": "ada", "roles": ["AccountUser"],
        "workspaces": [{"id": 7}], "name": "Ada"});
    let error = mock().create::<AvaTax>(body.clone()).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("last_name")));
    body["name"] = "Ada Byron".into();
    let new = json!([{"companyId": 7, "userName": "ada", "firstName": "Ada", "lastName": "Byron",
        "email": "ada@example.com", "securityRoleId": "AccountUser"}]);
    mock().on(post(USERS).json(new).answers(201, json!([{"id": 12345}]))).create::<AvaTax>(body).unwrap();
}

#[test]
fn what_is_missing_null_or_empty_is_nothing_and_a_deleted_user_is_deleted() {
    let nothing = json!({"id": "12345", "workspaces": []});
    for told in [
        json!({"id": 12345}),
        json!({"id": "12345", "accountId": null, "companyId": null, "userName": "", "firstName": null, "email": "",
            "securityRoleId": null, "isActive": null, "isDeleted": false, "createdDate": null, "modifiedDate": ""}),
    ] {
        assert_eq!(read(told), nothing);
    }
    for (is_active, is_deleted, status) in
        [(true, json!(null), "active"), (false, json!(false), "inactive"), (true, json!(true), "deleted")]
    {
        assert_eq!(read(json!({"id": 1, "isActive": is_active, "isDeleted": is_deleted}))["status"], status);
    }
}

#[test]
fn filters_hold_together_and_apostrophes_are_doubled() {
    let asked = page(10).by("email", "o'b@example.com").by("status", "inactive");
    let request = get(USERS)
        .query("$top", "10")
        .query("$skip", "0")
        .query("$orderBy", "id ASC")
        .query("$filter", "email eq 'o''b@example.com' and isActive eq false");
    mock().on(request.answers(200, json!({"value": []}))).list::<AvaTax>(&asked).unwrap();
}

#[test]
fn a_deletion_that_avatax_tells_an_error_of_is_refused() {
    for (severity, is_done) in [("Error", false), ("Exception", false), ("Success", true)] {
        let answer = json!([{"code": "X", "message": "told", "severity": severity}]);
        let vendor = mock().on(delete(USER).answers(200, answer));
        assert_eq!(vendor.delete::<AvaTax>("12345").is_ok(), is_done, "{severity}");
    }
}
