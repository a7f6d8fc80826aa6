use mortise_sdk::mock::{Mock, get, put};
use mortise_sdk::{Kind, Level, Value};
use serde_json::json;

use super::*;

fn crm() -> Mock {
    Mock::new(Category::Crm)
}

fn directory() -> Mock {
    Mock::new(Category::UserDirectory)
}

/// The directory user that Pipedrive's `answer` to an update becomes.
fn read(answer: Value) -> Value {
    let vendor = directory().on(put("/users/2").answers(200, json!({"success": true, "data": answer})));
    vendor.update::<Pipedrive>("2", json!({"status": "active"})).unwrap().unwrap()
}

#[test]
fn nothing_is_required() {
    for support in Pipedrive::capabilities().operations {
        assert!(support.request.iter().all(|field| field.level != Level::Required));
    }
}

#[test]
fn both_categories_switch_the_same_flag() {
    for (vendor, change, active_flag) in [
        (crm(), json!({"is_active": true}), true),
        (crm(), json!({"is_active": false}), false),
        (directory(), json!({"status": "active"}), true),
        (directory(), json!({"status": "inactive"}), false),
    ] {
        let sent = json!({ "active_flag": active_flag });
        let vendor = vendor.on(put("/users/2").json(sent).answers(200, json!({"data": {"id": 2}})));
        vendor.update::<Pipedrive>("2", change).unwrap();
    }
}

#[test]
fn a_flag_that_is_left_alone_is_read_and_written_back() {
    for active_flag in [true, false] {
        let flag = json!({ "active_flag": active_flag });
        let vendor = crm()
            .on(get("/users/2").without_body().answers(200, json!({ "data": flag })))
            .on(put("/users/2").json(flag).answers(200, json!({"data": {"id": 2}})));
        vendor.update::<Pipedrive>("2", json!({"name": "Ada King"})).unwrap();
        assert_eq!(vendor.requests().iter().map(|r| r.primary).collect::<Vec<_>>(), [false, true]);
    }
}

#[test]
fn nothing_is_written_where_the_flag_cannot_be_read() {
    for data in [json!({"id": 2}), json!({"active_flag": null})] {
        let vendor = crm().on(get("/users/2").answers(200, json!({ "data": data })));
        assert_eq!(vendor.update::<Pipedrive>("2", json!({})).unwrap_err().kind(), Kind::Internal);
    }
}

#[test]
fn a_user_is_active_or_not() {
    for (vendor, field) in [(crm(), "is_active"), (directory(), "status")] {
        let error = vendor.update::<Pipedrive>("2", json!({ field: null })).unwrap_err();
        assert_eq!((error.kind(), error.field()), (Kind::InvalidInput, Some("status")));
    }
}

#[test]
fn whoever_has_no_number_is_not_found() {
    for id in ["ada", "4.2", "-1", "me", "../roles", ""] {
        let error = crm().update::<Pipedrive>(id, json!({"is_active": true})).unwrap_err();
        assert_eq!(error.kind(), Kind::NotFound, "{id:?}");
    }
}

#[test]
fn who_was_deleted_is_neither_active_nor_inactive() {
    for (flags, status) in [
        (json!({"active_flag": true, "is_deleted": false}), "active"),
        (json!({"active_flag": false, "is_deleted": null}), "inactive"),
        (json!({"active_flag": false, "is_deleted": true}), "deleted"),
        (json!({"active_flag": true, "is_deleted": true}), "deleted"),
    ] {
        let mut answer = json!({"id": 2});
        answer.as_object_mut().unwrap().extend(flags.as_object().unwrap().clone());
        assert_eq!(read(answer)["status"], status);
    }
}

#[test]
fn times_are_in_utc() {
    let (created, never) = ("2019-01-22 10:43:47", "0000-00-00 00:00:00");
    let user = read(json!({"id": 2, "created": created, "modified": "", "last_login": never}));
    assert_eq!(user, json!({"id": "2", "phones": [], "created_at": "2019-01-22T10:43:47Z"}));
}

#[test]
fn an_answer_may_leave_out_or_null_whatever_is_optional() {
    let nulls = json!({"id": "2", "name": null, "email": null, "phone": null, "icon_url": null, "timezone_name": null,
        "active_flag": null, "is_deleted": null, "access": null, "created": null, "modified": null, "last_login": null});
    for answer in [nulls, json!({"id": 2})] {
        assert_eq!(read(answer), json!({"id": "2", "phones": []}));
    }
    let access = json!([{"app": "sales"}, {"app": null, "permission_set_id": "p1"}, {"permission_set_id": 7}, {}]);
    let user = read(json!({"id": 2, "phone": "", "access": access}));
    assert_eq!(user, json!({"id": "2", "phones": [], "licenses": [{"name": "sales"}, {"id": "p1"}, {"id": "7"}, {}]}));
}

#[test]
fn an_answer_that_tells_no_user_is_no_success() {
    for (answer, kind) in [
        (json!({"success": true}), Kind::Internal),
        (json!({"success": true, "data": null}), Kind::Internal),
        (json!({"success": false, "error": "Scope and URL mismatch"}), Kind::Refused),
        (json!({"success": false, "error": "no", "data": {"id": 2}}), Kind::Refused),
    ] {
        let vendor = crm().on(put("/users/2").answers(200, answer));
        assert_eq!(vendor.update::<Pipedrive>("2", json!({"is_active": true})).unwrap_err().kind(), kind);
    }
    let vendor = crm().on(get("/users/2").answers(200, json!({"success": false, "data": {"active_flag": true}})));
    assert_eq!(vendor.update::<Pipedrive>("2", json!({})).unwrap_err().kind(), Kind::Refused);
}
