use mortise_sdk::FailureKind;
use mortise_sdk::mock::{Mock, get, page, post, put};

use super::*;

fn mock() -> Mock {
    Mock::new(Category::UserDirectory)
}

/// A person in Webex's answers, with the members that cannot be written.
fn person() -> Value {
    json!({
        "id": "P1", "emails": ["jane@example.com"], "displayName": "Jane Doe", "firstName": "Jane", "lastName": "Doe",
        "nickName": "Jane", "avatar": "https://example.com/jane.png", "roles": ["R1"], "licenses": ["L1"], "extension": "133",
        "phoneNumbers": [{"type": "work", "value": "+1 555 0100"}, {"type": "work_extension", "value": "8133"}],
        "loginEnabled": "true", "invitePending": "false", "status": "call", "type": "person",
    })
}

/// The members of [`person`] that an update sends back.
fn record() -> Value {
    json!({
        "emails": ["jane@example.com"], "displayName": "Jane Doe", "firstName": "Jane", "lastName": "Doe",
        "avatar": "https://example.com/jane.png", "roles": ["R1"], "licenses": ["L1"], "extension": "133",
        "phoneNumbers": [{"type": "work", "value": "+1 555 0100"}], "loginEnabled": true,
    })
}

#[test]
fn an_update_sends_the_record_with_the_change_over_it() {
    for (change, over) in [
        (json!({}), json!({})),
        (json!({"title": "GM", "name": "Jane King"}), json!({"title": "GM", "displayName": "Jane King"})),
        (json!({"first_name": "J", "last_name": null}), json!({"firstName": "J", "lastName": null})),
        (json!({"avatar": null}), json!({"avatar": null})),
        (json!({"roles": null, "licenses": null}), json!({"roles": [], "licenses": []})),
        (json!({"roles": ["R2", {"id": "R3"}]}), json!({"roles": ["R2", "R3"]})),
        (
            json!({"licenses": [{"id": "L2"}], "organizations": [{"id": "O1"}]}),
            json!({"licenses": ["L2"], "orgId": "O1"}),
        ),
        (
            json!({"emails": [{"email": "a@example.com"}, {"email": "b@example.com", "is_primary": true}]}),
            json!({"emails": ["b@example.com", "a@example.com"]}),
        ),
        (json!({"status": "inactive"}), json!({"loginEnabled": false})),
        (json!({"status": "deleted"}), json!({"loginEnabled": false})),
    ] {
        let read = get("/people/P1").query("callingData", "true").answers(200, person());
        let write = put("/people/P1").json(patched(&record(), &over).unwrap()).answers(200, person());
        mock().on(read).on(write).update::<Webex>("P1", change).unwrap();
    }
}

#[test]
fn a_record_without_a_name_gets_one_and_an_answer_without_addresses_is_no_record() {
    let read = |record: Value| get("/people/P1").query("callingData", "true").answers(200, record);
    let sent =
        json!({"emails": ["jane@example.com"], "displayName": "Jane King", "firstName": "Jane", "lastName": "King"});
    let change = json!({"first_name": "Jane", "last_name": "King"});
    let vendor = mock().on(read(json!({"emails": ["jane@example.com"], "extension": null})));
    let vendor = vendor.on(put("/people/P1").json(sent).answers(200, person()));
    assert!(vendor.update::<Webex>("P1", change.clone()).is_ok());
    let error = mock().on(read(json!({"id": "P1"}))).update::<Webex>("P1", change).unwrap_err();
    assert_eq!(error.kind(), FailureKind::Internal);
}

#[test]
fn what_webex_cannot_be_without_is_refused_before_anything_is_sent() {
    for (change, field) in [
        (json!({"emails": null}), "emails"),
        (json!({"name": null}), "name"),
        (json!({"status": null}), "status"),
        (json!({"organizations": null}), "organizations"),
        (json!({"organizations": [{"name": "Acme"}]}), "organizations[0].id"),
        (json!({"organizations": [{"id": "O1"}, {"id": "O2"}]}), "organizations[1]"),
        (json!({"licenses": [{"name": "Calling"}]}), "licenses[0].id"),
        (json!({"roles": [{}]}), "roles[0]"),
    ] {
        let error = mock().update::<Webex>("P1", change).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
    let error = mock().create::<Webex>(json!({"emails": [{"email": "jane@example.com"}]})).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("name")));
}

#[test]
fn a_new_person_has_what_is_given_and_no_null() {
    let sent = json!({"emails": ["jane@example.com"], "displayName": "Jane Doe", "firstName": "Jane", "lastName": "Doe", "roles": []});
    let vendor = mock().on(post("/people").json(sent).answers(200, person()));
    let emails = json!([{"email": "jane@example.com"}]);
    let new = json!({"emails": emails, "first_name": "Jane", "last_name": "Doe", "title": null, "roles": null});
    assert!(vendor.create::<Webex>(new).is_ok());
}

#[test]
fn a_status_is_told_by_two_flags_and_not_by_presence() {
    for (pending, enabled, status) in [
        (json!("true"), json!("true"), json!("invited")),
        (json!(true), json!(false), json!("invited")),
        (json!(false), json!("false"), json!("inactive")),
        (json!("false"), json!(true), json!("active")),
        (json!(null), json!(null), json!(null)),
    ] {
        let answer = json!({"id": "P1", "invitePending": pending, "loginEnabled": enabled, "status": "inactive"});
        let user = mock().on(get("/people/P1").answers(200, answer)).get::<Webex>("P1").unwrap().unwrap();
        assert_eq!(user.get("status").cloned().unwrap_or_default(), status);
    }
}

#[test]
fn a_list_goes_on_by_the_parameter_of_the_link_and_with_its_filters() {
    let request = || get("/people").query("max", "2").query("excludeStatus", "true").query("displayName", "Jane");
    let list = |link: &str| {
        let request =
            request().query("after", "a1").header("link", link).answers(200, json!({"items": [{"id": "P1"}]}));
        mock().on(request).list::<Webex>(&page(2).at("after=a1").by("name", "Jane"))
    };
    for (link, next) in [
        ("<https://webexapis.com/v1/people?max=2&cursor=b%3D2>; rel=\"next\"", Some("cursor=b=2")),
        ("<https://webexapis.com/v1/people?displayName=Jane&max=2&before&after=b2>; rel=\"next\"", Some("after=b2")),
        ("<https://webexapis.com/v1/people?max=2&cursor=b2>; rel=\"prev\"", None),
    ] {
        assert_eq!(list(link).unwrap().next.as_deref(), next);
    }
    let unknown = list("<https://webexapis.com/v1/people?max=2&page=2>; rel=\"next\"");
    assert_eq!(unknown.unwrap_err().kind(), FailureKind::Internal);
    for cursor in ["garbage", "max=1000"] {
        assert_eq!(mock().list::<Webex>(&page(2).at(cursor)).unwrap_err().kind(), FailureKind::InvalidCursor);
    }
}
