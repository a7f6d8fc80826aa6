use mortise_sdk::mock::{Exchange as Played, Mock, get, patch};
use mortise_sdk::{Kind, Level, Value};
use serde_json::json;

use super::*;

const ID: &str = "005000000000001AAA";
const ROLE: &str = "00E000000000001EAA";
const PROFILE: &str = "00e000000000001AAA";

fn written() -> Played {
    patch("/sobjects/User/005000000000001AAA").answers_bytes(204, "")
}

fn queried() -> Played {
    let query = format!("SELECT {FIELDS} FROM User WHERE Id = '{ID}'");
    get("/query").query("q", &query).without_body()
}

/// Plays an update whose request is to be `sent`.
fn update(change: Value, sent: Value) {
    let record = json!({"totalSize": 1, "done": true, "records": [{"Id": ID}]});
    let vendor = Mock::new(Category::UserDirectory).on(written().json(sent)).on(queried().answers(200, record));
    vendor.update::<Salesforce>(ID, change).unwrap();
    assert_eq!(vendor.requests().iter().map(|r| r.primary).collect::<Vec<_>>(), [true, false]);
}

fn refused(change: Value) -> Error {
    Mock::new(Category::UserDirectory).update::<Salesforce>(ID, change).unwrap_err()
}

/// The directory user that a `record` becomes.
fn read(record: Value) -> Value {
    let vendor =
        Mock::new(Category::UserDirectory).on(written()).on(queried().answers(200, json!({ "records": [record] })));
    vendor.update::<Salesforce>(ID, json!({})).unwrap().unwrap()
}

#[test]
fn name_and_address_are_required_in_crm_only() {
    for support in Salesforce::capabilities().operations {
        let required = support.request.iter().filter(|f| f.level == Level::Required).map(|f| f.field);
        let expected =
            if support.category == Category::Crm { vec!["first_name", "last_name", "email"] } else { vec![] };
        assert_eq!(required.collect::<Vec<_>>(), expected);
    }
}

#[test]
fn a_name_stands_in_for_the_parts_that_are_not_given() {
    update(json!({"name": "Ada King Lovelace"}), json!({"FirstName": "Ada King", "LastName": "Lovelace"}));
    update(json!({"name": "Ada Example", "last_name": "E"}), json!({"FirstName": "Ada", "LastName": "E"}));
    update(json!({"name": "Ada"}), json!({"FirstName": "Ada"}));
}

#[test]
fn a_null_clears_what_salesforce_can_be_without() {
    update(json!({"first_name": null}), json!({"FirstName": null}));
    update(json!({"roles": null}), json!({"UserRoleId": null}));
    update(json!({"phones": null}), json!({"Phone": null, "Extension": null, "MobilePhone": null}));
    for field in ["name", "last_name", "username", "emails", "timezone", "languages", "status"] {
        let error = refused(json!({ field: null }));
        assert_eq!((error.kind(), error.field()), (Kind::InvalidInput, Some(field)));
    }
}

#[test]
fn an_absent_field_is_left_alone_and_so_is_an_empty_list() {
    update(json!({}), json!({}));
    update(json!({"emails": [], "phones": [], "languages": [], "roles": []}), json!({}));
    update(json!({"phones": [{"number": "1"}]}), json!({"Phone": "1"}));
}

#[test]
fn the_prefix_of_an_identifier_tells_a_role_from_a_profile() {
    update(json!({"roles": [{"id": PROFILE}, {"id": ROLE}]}), json!({"UserRoleId": ROLE, "ProfileId": PROFILE}));
    update(json!({ "roles": ROLE }), json!({"UserRoleId": ROLE}));
    for role in [json!("CEO"), json!({"id": "00D000000000001"}), json!({}), json!(PROFILE)] {
        let error = refused(json!({"roles": [{"id": PROFILE}, role]}));
        assert_eq!((error.kind(), error.field()), (Kind::InvalidInput, Some("roles[1]")));
    }
}

#[test]
fn an_identifier_that_could_change_the_query_is_not_found() {
    for id in ["005' OR Name != '", "005 ", "../Account", "005\u{e9}"] {
        let error = Mock::new(Category::Crm).update::<Salesforce>(id, json!({})).unwrap_err();
        assert_eq!(error.kind(), Kind::NotFound, "{id:?}");
    }
}

#[test]
fn a_user_that_cannot_be_read_back_is_answered_by_identifier() {
    for answer in [
        queried()
            .answers(403, json!([{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}])),
        queried().answers(200, json!({"totalSize": 0, "done": true, "records": []})),
        queried().answers_bytes(200, "<html>"),
    ] {
        let vendor = Mock::new(Category::UserDirectory).on(written()).on(answer);
        assert_eq!(vendor.update::<Salesforce>(ID, json!({})), Ok(Some(json!({ "id": ID }))));
    }
}

#[test]
fn nothing_is_read_back_for_an_answer_that_nobody_wants() {
    assert!(Mock::new(Category::Crm).without_user().on(written()).update::<Salesforce>(ID, json!({})).is_ok());
}

#[test]
fn an_answer_may_leave_out_or_null_whatever_is_optional() {
    let expected = json!({"id": ID, "phones": [], "roles": []});
    assert_eq!(read(json!({})), expected);
    let nulls = json!({"Id": null, "Name": null, "FirstName": null, "LastName": null, "Username": null, "Email": null,
        "IsActive": null, "Phone": null, "Extension": "7", "MobilePhone": null, "TimeZoneSidKey": null,
        "LanguageLocaleKey": null, "AboutMe": null, "SmallPhotoUrl": null, "UserRoleId": null, "UserRole": null,
        "ProfileId": null, "Profile": null, "CreatedDate": null, "LastModifiedDate": null, "LastLoginDate": null});
    assert_eq!(read(nulls), expected);
    let unnamed = read(json!({"Id": ID, "UserRoleId": ROLE, "ProfileId": PROFILE, "Profile": {"Name": null}}));
    assert_eq!(unnamed["roles"], json!([{"id": ROLE}, {"id": PROFILE}]));
}
