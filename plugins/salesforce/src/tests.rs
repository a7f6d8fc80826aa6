use mortise_sdk::mock::{Exchange as Played, Mock, get, page, patch};
use mortise_sdk::{FailureKind, Level, Operation, Value};
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

/// Plays an update, and asserts that its request has the body `sent`.
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
    let writes = |support: &Support| support.operation == Operation::UpdateUser;
    for support in Salesforce::capabilities().operations.into_iter().filter(writes) {
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
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
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
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("roles[1]")));
    }
}

#[test]
fn an_identifier_that_could_change_the_query_is_not_found() {
    for id in ["005' OR Name != '", "005", "005000000000001AA", "../Account/00100", "00500000000000\u{e9}"] {
        let error = Mock::new(Category::Crm).update::<Salesforce>(id, json!({})).unwrap_err();
        assert_eq!(error.kind(), FailureKind::NotFound, "{id:?}");
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

fn select(which: &str) -> String {
    format!("SELECT {FIELDS} FROM User {which}")
}

#[test]
fn a_list_goes_on_behind_the_last_identifier() {
    let vendor = Mock::new(Category::UserDirectory);
    let records =
        |ids: &[&str]| json!({"done": true, "records": ids.iter().map(|id| json!({"Id": id})).collect::<Vec<_>>()});
    let full = get("/query").query("q", &select("ORDER BY Id LIMIT 2")).answers(200, records(&["0051", "0052"]));
    assert_eq!(vendor.clone().on(full).list::<Salesforce>(&page(2)).unwrap().next.as_deref(), Some("0052"));
    let which = "WHERE Id > '0052' AND Email = 'o\\'neil\\\\@x.io' AND LastModifiedDate >= 2026-01-31T09:30:00Z AND IsActive = true \
                 ORDER BY Id LIMIT 2";
    let last = get("/query").query("q", &select(which)).answers(200, records(&["0053"]));
    let asked = page(2)
        .at("0052")
        .by("email", "o'neil\\@x.io")
        .by("updated_at[gte]", "2026-01-31T09:30:00Z")
        .by("status", "active");
    let listed = vendor.clone().on(last).list::<Salesforce>(&asked).unwrap();
    assert_eq!((listed.rows.len(), listed.next), (1, None));
    let rest =
        json!({"done": false, "nextRecordsUrl": "/services/data/v64.0/query/01g-1", "records": [{"Id": "0051"}]});
    let cut = get("/query").query("q", &select("ORDER BY Id LIMIT 2")).answers(200, rest);
    assert_eq!(vendor.on(cut).list::<Salesforce>(&page(2)).unwrap().next.as_deref(), Some("0051"));
}

#[test]
fn a_user_that_no_query_finds_is_none() {
    let found = |records: Value| {
        get("/query").query("q", &select(&format!("WHERE Id = '{ID}'"))).answers(200, json!({"records": records}))
    };
    let vendor = Mock::new(Category::Crm);
    assert_eq!(vendor.clone().on(found(json!([]))).get::<Salesforce>(ID), Ok(None));
    let user = vendor.clone().on(found(json!([{"Id": ID, "IsActive": false}]))).get::<Salesforce>(ID).unwrap();
    assert_eq!(user, Some(json!({"id": ID, "is_active": false})));
    for error in [vendor.get::<Salesforce>("a' OR '").unwrap_err(), vendor.delete::<Salesforce>("a' OR '").unwrap_err()]
    {
        assert_eq!(error.kind(), FailureKind::NotFound);
    }
}

#[test]
fn a_deletion_deactivates() {
    let change = patch(&format!("/sobjects/User/{ID}")).json(json!({"IsActive": false})).answers_bytes(204, "");
    Mock::new(Category::Crm).on(change).delete::<Salesforce>(ID).unwrap();
}
