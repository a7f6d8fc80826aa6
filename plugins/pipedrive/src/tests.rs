use mortise_sdk::mock::{Mock, get, page, post, put};
use mortise_sdk::{FailureKind, Level, Operation, Value};
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
fn only_the_address_of_who_is_invited_is_required() {
    for support in Pipedrive::capabilities().operations {
        let required = support.request.iter().filter(|field| field.level == Level::Required).map(|field| field.field);
        let expected = match (support.operation, support.category) {
            (Operation::CreateUser, Category::Crm) => vec!["email"],
            (Operation::CreateUser, _) => vec!["emails"],
            _ => vec![],
        };
        assert_eq!(required.collect::<Vec<_>>(), expected);
    }
}

#[test]
fn an_invitation_has_what_is_given_and_leaves_the_rest_to_pipedrive() {
    let sales = json!({"app": "sales", "permission_set_id": "p1"});
    let both = json!([{"name": "sales", "id": "p1"}, {"name": "projects", "id": null}]);
    let with = |mut record: Value, more: &Value| {
        record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        record
    };
    let (one, list) = (json!({"email": "ada@example.com"}), json!({"emails": [{"email": "ada@example.com"}]}));
    for (vendor, address, given, sent) in [
        (crm(), one.clone(), json!({}), json!({})),
        (crm(), one, json!({"is_active": false}), json!({"active_flag": false})),
        (
            directory(),
            list.clone(),
            json!({"status": "active", "licenses": []}),
            json!({"active_flag": true, "access": []}),
        ),
        (directory(), list, json!({ "licenses": both }), json!({"access": [sales, {"app": "projects"}]})),
    ] {
        let body = with(address, &given);
        let invitation = with(json!({"email": "ada@example.com"}), &sent);
        let vendor = vendor.on(post("/users").json(invitation).answers(200, json!({"data": {"id": 2}})));
        assert_eq!(vendor.create::<Pipedrive>(body).unwrap().unwrap()["id"], "2");
    }
}

#[test]
fn nobody_is_invited_to_an_app_that_is_not_named() {
    for (field, value, place) in [
        ("licenses", json!([{"name": "sales"}, {"id": "p1"}]), "licenses[1].name"),
        ("licenses", json!([{"name": null}]), "licenses[0].name"),
        ("licenses", json!(null), "licenses"),
        ("status", json!(null), "status"),
        ("emails", json!([]), "emails"),
    ] {
        let mut body = json!({"emails": [{"email": "ada@example.com"}]});
        body.as_object_mut().unwrap().insert(field.to_owned(), value);
        let error = directory().create::<Pipedrive>(body).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(place)));
    }
}

#[test]
fn the_company_is_one_page_of_which_the_host_picks() {
    let users = json!([{"id": 2, "active_flag": false}, {"id": 3, "email": "bo@example.com"}]);
    for vendor in [crm(), directory()] {
        let vendor = vendor.on(get("/users").answers(200, json!({"success": true, "data": users})));
        let listed = vendor.list::<Pipedrive>(&page(1).by("email", "bo@example.com")).unwrap();
        assert_eq!((listed.rows.len(), listed.next), (2, None));
    }
}

#[test]
fn a_user_is_read_by_one_request_and_deleted_by_being_deactivated() {
    let found = crm().on(get("/users/2").answers(200, json!({"data": {"id": 2, "name": "Ada", "active_flag": true}})));
    assert_eq!(found.get::<Pipedrive>("2").unwrap(), Some(json!({"id": "2", "name": "Ada", "is_active": true})));
    let switched = put("/users/2").json(json!({"active_flag": false}));
    directory()
        .on(switched.answers(200, json!({"success": true, "data": {"id": 2}})))
        .delete::<Pipedrive>("2")
        .unwrap();
}

#[test]
fn a_refusal_under_a_status_of_success_is_a_failure_of_every_operation() {
    let no = || json!({"success": false, "error": "Scope and URL mismatch", "data": [{"id": 2}]});
    let one = crm().on(get("/users/2").answers(200, no())).get::<Pipedrive>("2").map(drop);
    let all = crm().on(get("/users").answers(200, no())).list::<Pipedrive>(&page(100)).map(drop);
    let gone = crm().on(put("/users/2").answers(200, no())).delete::<Pipedrive>("2");
    let new = crm().on(post("/users").answers(200, no())).create::<Pipedrive>(json!({"email": "a@example.com"}));
    for done in [one, all, gone, new.map(drop)] {
        assert_eq!(done.unwrap_err().kind(), FailureKind::Refused);
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
        assert_eq!(vendor.update::<Pipedrive>("2", json!({})).unwrap_err().kind(), FailureKind::Internal);
    }
}

#[test]
fn a_user_is_active_or_not() {
    for (vendor, field) in [(crm(), "is_active"), (directory(), "status")] {
        let error = vendor.update::<Pipedrive>("2", json!({ field: null })).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("status")));
    }
}

#[test]
fn whoever_has_no_number_is_not_found() {
    for id in ["ada", "4.2", "-1", "me", "../roles", ""] {
        let update = crm().update::<Pipedrive>(id, json!({"is_active": true})).map(drop);
        for done in [update, crm().get::<Pipedrive>(id).map(drop), crm().delete::<Pipedrive>(id)] {
            assert_eq!(done.unwrap_err().kind(), FailureKind::NotFound, "{id:?}");
        }
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
        (json!({"success": true}), FailureKind::Internal),
        (json!({"success": true, "data": null}), FailureKind::Internal),
        (json!({"success": false, "error": "Scope and URL mismatch"}), FailureKind::Refused),
        (json!({"success": false, "error": "no", "data": {"id": 2}}), FailureKind::Refused),
    ] {
        let vendor = crm().on(put("/users/2").answers(200, answer));
        assert_eq!(vendor.update::<Pipedrive>("2", json!({"is_active": true})).unwrap_err().kind(), kind);
    }
    let vendor = crm().on(get("/users/2").answers(200, json!({"success": false, "data": {"active_flag": true}})));
    assert_eq!(vendor.update::<Pipedrive>("2", json!({})).unwrap_err().kind(), FailureKind::Refused);
}
