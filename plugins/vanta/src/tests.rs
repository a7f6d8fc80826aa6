use mortise_sdk::mock::{Exchange, Mock, delete, get, page, patch, post};
use mortise_sdk::{FailureKind, Value};
use serde_json::json;

use super::*;

const PERSON: &str = "https://api.vanta.com/v1/people/p1";

fn mock() -> Mock {
    Mock::new(Category::UserDirectory).variable("host", "api.vanta.com")
}

/// The read of a person with the names Ada and Byron, in groups 1 and 2.
fn read(status: &str) -> Exchange {
    let name = json!({"first": "Ada", "last": "Byron", "display": "Ada Byron"});
    let person = json!({"id": "p1", "name": name, "groupIds": ["1", "2"], "employment": {"status": status}});
    get(PERSON).header("date", "Sun, 06 Nov 1994 08:49:37 GMT").answers(200, person)
}

#[test]
fn an_update_sends_both_names_or_none() {
    let name = |first: &str, last: &str| json!({"name": {"first": first, "last": last}});
    for (change, sent) in [
        (json!({}), json!({})),
        (json!({"first_name": "Bo"}), name("Bo", "Byron")),
        (json!({"last_name": "King"}), name("Ada", "King")),
        (json!({"name": "Bo King"}), name("Bo", "King")),
        (json!({"name": "Bo"}), name("Bo", "Byron")),
        (json!({"name": "Bo King", "first_name": "Cyd"}), name("Cyd", "King")),
        (json!({"created_at": "2021-01-01T00:00:00Z"}), json!({"employment": {"startDate": "2021-01-01T00:00:00Z"}})),
    ] {
        let written = patch(PERSON).json(sent).answers(200, json!({"id": "p1"}));
        mock().on(read("CURRENT")).on(written).update::<Vanta>("p1", change).unwrap();
    }
}

#[test]
fn a_name_that_vanta_does_not_know_must_be_given() {
    let vendor = mock().on(get(PERSON).answers(200, json!({"id": "p1", "name": {"first": null, "last": null}})));
    let error = vendor.update::<Vanta>("p1", json!({"first_name": "Ada"})).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("last_name")));
}

#[test]
fn groups_become_what_is_wanted_one_by_one() {
    let group = |id: &str| format!("https://api.vanta.com/v1/groups/{id}/people");
    let joins = post(&group("3")).json(json!({"id": "p1"})).answers(200, json!({"id": "p1"}));
    let leaves = delete(&format!("{}/p1", group("1"))).without_body().answers(200, json!({"id": "p1"}));
    let vendor = mock().on(read("CURRENT")).on(joins).on(leaves).on(read("CURRENT"));
    vendor.update::<Vanta>("p1", json!({"groups": [{"id": "2"}, {"id": "3"}]})).unwrap();
    assert_eq!(vendor.requests().iter().map(|r| r.primary).collect::<Vec<_>>(), [false, false, false, true]);
    let joins = post(&group("3")).json(json!({"id": "p1"})).answers(200, json!({"id": "p1"}));
    let vendor = mock().on(read("CURRENT")).on(joins).on(read("CURRENT")).parameter("groups", json!([{"id": "3"}]));
    vendor.update::<Vanta>("p1", json!({})).unwrap();
    let many: Vec<_> = (10..23).map(|id| json!({"id": id})).collect();
    let error = mock().on(read("CURRENT")).update::<Vanta>("p1", json!({ "groups": many })).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("groups")));
}

#[test]
fn a_leave_begins_and_ends_if_the_person_is_employed() {
    let begins =
        post(&format!("{PERSON}/set-leave")).json(json!({"startDate": "1994-11-06T08:49:37Z", "endDate": null}));
    let ends = post(&format!("{PERSON}/clear-leave")).without_body();
    for (status, wanted, write, is_ignored) in [
        ("CURRENT", "inactive", Some(begins), false),
        ("ON_LEAVE", "active", Some(ends), false),
        ("CURRENT", "active", None, false),
        ("ON_LEAVE", "inactive", None, false),
        ("INACTIVE", "active", None, true),
        ("FORMER", "active", None, true),
        ("FORMER", "inactive", None, true),
        ("UPCOMING", "inactive", None, true),
    ] {
        let vendor = mock().on(read(status));
        let vendor = write.map_or(vendor.clone(), |write| vendor.on(write.answers(200, json!({"id": "p1"}))));
        let vendor = vendor.on(read(status));
        vendor.update::<Vanta>("p1", json!({ "status": wanted })).unwrap();
        assert_eq!(!vendor.ignored().is_empty(), is_ignored, "{status} {wanted}");
    }
}

#[test]
fn what_vanta_cannot_be_without_is_not_cleared() {
    for field in ["first_name", "last_name", "created_at", "status"] {
        let error = mock().update::<Vanta>("p1", json!({ field: null })).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn an_employment_is_a_status() {
    for (theirs, ours) in [
        ("CURRENT", "active"),
        ("ON_LEAVE", "inactive"),
        ("INACTIVE", "inactive"),
        ("FORMER", "deleted"),
        ("UPCOMING", "invited"),
        ("PAUSED", "PAUSED"),
    ] {
        assert_eq!(mock().on(read(theirs)).get::<Vanta>("p1").unwrap().unwrap()["status"], ours);
    }
    let odd: Value = json!({"id": "p1", "emailAddress": null, "name": null, "groupIds": null, "employment": null});
    assert_eq!(mock().on(get(PERSON).answers(200, odd)).get::<Vanta>("p1"), Ok(Some(json!({"id": "p1"}))));
}

#[test]
fn a_list_goes_on_at_the_cursor_while_there_is_a_next_page() {
    for (has_next, next) in [(json!(true), Some("c2")), (json!(false), None), (json!(null), None)] {
        let asked = get("https://api.vanta.com/v1/people").query("pageSize", "2").query("pageCursor", "c1");
        let info = json!({"startCursor": "c1", "endCursor": "c2", "hasNextPage": has_next});
        let vendor = mock().on(asked.answers(200, json!({"results": {"data": [{"id": "p1"}], "pageInfo": info}})));
        assert_eq!(vendor.list::<Vanta>(&page(2).at("c1")).unwrap().next.as_deref(), next);
    }
}
