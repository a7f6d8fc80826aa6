use mortise_sdk::FailureKind;
use mortise_sdk::mock::{Exchange, Mock, get, page, patch, post};
use serde_json::json;

use super::*;

const USERS: &str = "https://api.opsgenie.com/v2/users";
const USER: &str = "https://api.opsgenie.com/v2/users/u7";

fn mock() -> Mock {
    Mock::new(Category::UserDirectory).variable("region", "us")
}

fn reads() -> Exchange {
    get(USER).answers(200, json!({"data": {"id": "u7", "username": "ada@example.com"}}))
}

#[test]
fn an_update_sends_what_is_given_and_reads_the_user_then() {
    for (change, sent) in [
        (json!({}), json!({})),
        (json!({"emails": [{"email": "a@example.com"}]}), json!({"username": "a@example.com"})),
        (
            json!({"username": "b@example.com", "emails": [{"email": "a@example.com"}]}),
            json!({"username": "b@example.com"}),
        ),
        (json!({"roles": "admin"}), json!({"role": {"name": "admin"}})),
        (json!({"roles": [{"id": "r1", "name": "On call"}]}), json!({"role": {"name": "On call"}})),
        (json!({"roles": [{"id": "r1"}]}), json!({"role": {"id": "r1"}})),
        (json!({"roles": [], "languages": []}), json!({})),
        (
            json!({"languages": ["en_US", "de_DE"], "timezone": "Europe/Berlin"}),
            json!({"locale": "en_US", "timeZone": "Europe/Berlin"}),
        ),
    ] {
        let vendor = mock().on(patch(USER).json(sent).answers(200, json!({"result": "Updated"}))).on(reads());
        let user = vendor.update::<Opsgenie>("u7", change).unwrap().unwrap();
        assert_eq!(user["emails"], json!([{"email": "ada@example.com", "type": "primary", "is_primary": true}]));
    }
}

#[test]
fn who_is_named_by_an_address_that_changes_is_read_by_the_new_one() {
    let at = |address: &str| format!("{USERS}/{}", address.replace('@', "%40"));
    for (change, read) in [
        (json!({"username": "b@example.com"}), at("b@example.com")),
        (json!({"emails": [{"email": "c@example.com"}]}), at("c@example.com")),
        (json!({"name": "Ada"}), at("ada@example.com")),
    ] {
        let vendor = mock().on(patch(&at("ada@example.com")).answers(200, json!({"result": "Updated"})));
        let vendor = vendor.on(get(&read).answers(200, json!({"data": {"id": "u7"}})));
        assert_eq!(vendor.update::<Opsgenie>("ada@example.com", change).unwrap().unwrap()["id"], "u7");
    }
}

#[test]
fn a_new_user_is_read_by_the_identifier_that_opsgenie_tells() {
    let sent = json!({"username": "ada@example.com", "fullName": "Ada", "role": {"name": "user"}});
    let created = post(USERS)
        .json(sent)
        .answers(201, json!({"result": "Created", "data": {"id": "u7", "name": "ada@example.com"}}));
    let body = json!({"name": "Ada", "username": "ada@example.com", "roles": "user"});
    let user = mock().on(created.clone()).on(reads()).create::<Opsgenie>(body.clone()).unwrap().unwrap();
    assert_eq!(user["username"], "ada@example.com");
    let unread = mock().on(created).on(get(USER).answers(503, json!({"message": "later"})));
    assert_eq!(unread.create::<Opsgenie>(body).unwrap(), Some(json!({"id": "u7"})));
}

#[test]
fn what_opsgenie_cannot_take_is_refused_before_anything_is_sent() {
    for (change, field) in [
        (json!({"username": null}), "username"),
        (json!({"emails": null}), "emails"),
        (json!({"name": null}), "name"),
        (json!({"roles": null}), "roles"),
        (json!({"roles": [{}]}), "roles[0]"),
        (json!({"roles": ["user", "admin"]}), "roles[1]"),
        (json!({"languages": null}), "languages"),
        (json!({"timezone": null}), "timezone"),
    ] {
        let error = mock().update::<Opsgenie>("u7", change).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
    let nobody = mock().create::<Opsgenie>(json!({"name": "Ada", "roles": "user"})).unwrap_err();
    assert_eq!(nobody.field(), Some("emails"));
}

#[test]
fn each_region_has_a_host_of_its_own() {
    let eu = get("https://api.eu.opsgenie.com/v2/users/u7").answers(200, json!({"data": {"id": "u7"}}));
    assert!(mock().variable("region", "eu").on(eu).get::<Opsgenie>("u7").is_ok());
    assert_eq!(mock().variable("region", "ap").get::<Opsgenie>("u7").unwrap_err().kind(), FailureKind::InvalidInput);
}

#[test]
fn the_next_page_is_the_offset_of_the_address_and_never_the_address() {
    for (paging, next) in [
        (json!({"next": "https://api.opsgenie.com/v2/users?limit=2&offset=4&order=asc"}), Ok(Some("4"))),
        (json!({"next": "https://attacker.example/users"}), Err(FailureKind::Internal)),
        (json!({"first": "https://api.opsgenie.com/v2/users?limit=2&offset=0"}), Ok(None)),
        (json!(null), Ok(None)),
    ] {
        let request = get(USERS).query("limit", "2").query("offset", "2").query("sort", "createdAt");
        let request = request.query("order", "asc").query("query", "username:a@example.com");
        let vendor =
            mock().on(request.answers(200, json!({"data": [{"id": "u7"}], "totalCount": 9, "paging": paging})));
        let listed = vendor.list::<Opsgenie>(&page(2).at("2").by("email", "a@example.com"));
        assert_eq!(
            listed.map(|page| page.next).map_err(|error| error.kind()),
            next.map(|next| next.map(str::to_owned))
        );
    }
}
