use mortise_sdk::FailureKind;
use mortise_sdk::mock::{Mock, delete, get, page, post, put};
use serde_json::json;

use super::*;

const USER: &str = "https://api.smartsheet.com/2.0/users/7";

fn mock() -> Mock {
    Mock::new(Category::UserDirectory).variable("domain", "smartsheet.com")
}

/// A user with every right and this status of Smartsheet's.
fn account(status: &str) -> Value {
    json!({"id": 7, "admin": true, "groupAdmin": true, "resourceViewer": true, "licensedSheetCreator": true, "status": status})
}

#[test]
fn rights_that_the_caller_does_not_name_are_written_as_they_are() {
    for (body, [admin, group_admin, resource_viewer, licensed]) in [
        (json!({"first_name": "Ada"}), [true; 4]),
        (json!({"roles": ["admin"]}), [true, false, false, true]),
        (json!({"roles": [{"name": "group_admin"}, {"id": "resource_viewer"}]}), [false, true, true, true]),
        (json!({"roles": null}), [false, false, false, true]),
        (json!({"licenses": []}), [true, true, true, false]),
        (json!({"licenses": null}), [true, true, true, false]),
        (
            json!({"licensed_sheet_creator": false, "licenses": [{"id": "licensed_sheet_creator"}]}),
            [true, true, true, false],
        ),
    ] {
        let mut change = json!({"admin": admin, "groupAdmin": group_admin, "resourceViewer": resource_viewer,
            "licensedSheetCreator": licensed});
        if let Some(name) = body.get("first_name") {
            change["firstName"] = name.clone();
        }
        let read = get(USER).answers(200, account("ACTIVE"));
        let vendor = mock().on(read.clone()).on(put(USER).json(change).answers(200, json!({"resultCode": 0}))).on(read);
        assert!(vendor.update::<Smartsheet>("7", body.clone()).is_ok(), "{body}");
    }
}

#[test]
fn a_status_is_switched_only_if_it_is_another_one() {
    for (theirs, ours, switch) in [
        ("ACTIVE", "active", None),
        ("ACTIVE", "inactive", Some("deactivate")),
        ("DEACTIVATED", "active", Some("reactivate")),
        ("DEACTIVATED", "inactive", None),
        ("DECLINED", "inactive", None),
        ("PENDING", "active", Some("reactivate")),
        ("PENDING", "inactive", Some("deactivate")),
    ] {
        let read = get(USER).answers(200, account(theirs));
        let mut vendor = mock().on(read.clone());
        if let Some(switch) = switch {
            vendor = vendor.on(post(&format!("{USER}/{switch}")).without_body().answers(200, json!({"resultCode": 0})));
        }
        assert!(vendor.on(read).update::<Smartsheet>("7", json!({ "status": ours })).is_ok(), "{theirs} to {ours}");
    }
}

#[test]
fn what_smartsheet_cannot_clear_is_refused_before_anything_is_sent() {
    for field in ["first_name", "last_name", "status", "licensed_sheet_creator"] {
        let error = mock().update::<Smartsheet>("7", json!({ field: null })).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn whoever_has_no_number_is_nobody() {
    for id in ["me", "4.2", "-1", "../groups", ""] {
        let update = mock().update::<Smartsheet>(id, json!({})).unwrap_err();
        let errors = [update, mock().get::<Smartsheet>(id).unwrap_err(), mock().delete::<Smartsheet>(id).unwrap_err()];
        assert!(errors.iter().all(|error| error.kind() == FailureKind::NotFound), "{id:?}");
    }
}

#[test]
fn who_takes_over_gets_groups_and_items() {
    let request = delete(USER).query("transferTo", "8").query("transferSheets", "true");
    let vendor = mock().on(request.answers(200, json!({"resultCode": 0})));
    assert_eq!(vendor.parameter("reassign_to", json!("8")).delete::<Smartsheet>("7"), Ok(()));
}

#[test]
fn a_list_ends_with_its_last_page_which_smartsheet_would_repeat() {
    for (number, pages, next) in [("1", json!(3), Some("2")), ("3", json!(3), None), ("1", json!("2"), Some("2"))] {
        let asked = get("https://api.smartsheet.com/2.0/users").query("include", "lastLogin").query("page", number);
        let answer = json!({"totalPages": pages, "data": [{"id": 7}]});
        let vendor = mock().on(asked.query("pageSize", "1").answers(200, answer));
        assert_eq!(vendor.list::<Smartsheet>(&page(1).at(number)).unwrap().next.as_deref(), next);
    }
}
