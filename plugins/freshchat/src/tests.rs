use mortise_sdk::mock::{Mock, delete, get, page, post, put};
use mortise_sdk::{FailureKind, Level};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::Ticketing)
}

/// The ticketing user that Freshchat's `answer` to an update becomes.
fn read(answer: Value) -> Value {
    let vendor = mock().on(get("/agents/7").answers(200, json!({}))).on(put("/agents/7").answers(200, answer));
    vendor.update::<Freshchat>("7", json!({})).unwrap().unwrap()
}

#[test]
fn nothing_is_required() {
    for support in Freshchat::capabilities().operations {
        assert!(support.request.iter().all(|field| field.level != Level::Required));
    }
}

#[test]
fn a_name_is_split_for_what_is_not_given_in_parts() {
    for (given, first_name, last_name) in [
        (json!({"name": "Ada Mary Example"}), json!("Ada Mary"), json!("Example")),
        (json!({"name": "Ada Example", "first_name": "A."}), json!("A."), json!("Example")),
        (json!({"name": "Ada King", "first_name": "Ada", "last_name": "Example"}), json!("Ada"), json!("Example")),
    ] {
        let agent = json!({"email": "ada@example.com", "first_name": first_name, "last_name": last_name});
        let mut body = given;
        body["emails"] = json!([{"email": "ada@example.com"}]);
        mock().on(post("/agents").json(agent).answers(200, json!({"id": "7"}))).create::<Freshchat>(body).unwrap();
    }
}

#[test]
fn no_agent_is_created_without_an_address_and_a_first_name() {
    let emails = json!([{"email": "ada@example.com"}]);
    for (body, field) in [
        (json!({"name": "Ada Example"}), "emails"),
        (json!({"name": "Ada Example", "emails": []}), "emails"),
        (json!({"last_name": "Example", "emails": emails}), "first_name"),
        (json!({"name": " ", "emails": emails}), "first_name"),
    ] {
        let error = mock().create::<Freshchat>(body).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn a_change_is_laid_over_the_agent_as_read() {
    let before = json!({"id": "7", "email": "ada@example.com", "first_name": "Ada", "last_name": "Example",
        "avatar": {"url": "https://example.com/ada.png"}, "groups": ["1"], "role_id": "AGENT", "role_name": "Agent",
        "biography": "", "phone": "+441632960123", "locale": "en-us", "timezone": "Europe/London", "skill_id": 5,
        "routing_type": "OCR", "availability_status": "AVAILABLE", "social_profiles": [{"type": "skype", "id": "ada"}],
        "is_deactivated": false, "login_status": true});
    let mut sent = before.clone();
    for read_only in ["id", "role_name", "is_deactivated", "login_status"] {
        sent.as_object_mut().unwrap().remove(read_only);
    }
    for (change, changed) in [
        (json!({}), json!({})),
        (json!({"name": "Ada King", "emails": []}), json!({})),
        (json!({"last_name": "King"}), json!({"last_name": "King"})),
        (json!({"avatar": "https://example.com/a.png"}), json!({"avatar": {"url": "https://example.com/a.png"}})),
        (json!({"team_ids": ["2"]}), json!({"groups": ["2"]})),
        (json!({"team_ids": []}), json!({"groups": []})),
        (json!({"team_ids": null}), json!({"groups": []})),
    ] {
        let mut sent = sent.clone();
        sent.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
        let vendor = mock()
            .on(get("/agents/7").without_body().answers(200, before.clone()))
            .on(put("/agents/7").json(sent).answers(200, before.clone()));
        vendor.update::<Freshchat>("7", change).unwrap();
        assert_eq!(vendor.requests().iter().map(|r| r.primary).collect::<Vec<_>>(), [false, true]);
    }
}

#[test]
fn what_cannot_be_cleared_is_refused_before_anything_is_sent() {
    for field in ["first_name", "last_name", "emails", "avatar"] {
        let vendor = mock();
        let error = vendor.update::<Freshchat>("7", json!({ field: null })).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
        assert!(vendor.requests().is_empty());
    }
    let error = mock().create::<Freshchat>(json!({"name": null, "first_name": "Ada"})).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("name")));
}

#[test]
fn whoever_is_deactivated_or_deleted_is_not_active() {
    for (is_deactivated, is_deleted, is_active) in [
        (json!(null), json!(null), true),
        (json!(false), json!(false), true),
        (json!(true), json!(false), false),
        (json!(null), json!(true), false),
    ] {
        let answer = json!({"id": "7", "is_deactivated": is_deactivated, "is_deleted": is_deleted});
        assert_eq!(read(answer), json!({"id": "7", "is_active": is_active}));
    }
}

#[test]
fn an_empty_part_of_a_name_leaves_no_blank() {
    for (first_name, last_name) in [("Ada", ""), ("", "Ada")] {
        let user = read(json!({"id": "7", "first_name": first_name, "last_name": last_name}));
        assert_eq!(user["name"], "Ada");
    }
}

#[test]
fn a_picture_or_a_role_may_be_half_told() {
    let user = read(json!({"id": "7", "avatar": {"url": null}, "role_id": "AGENT", "role_name": null}));
    assert_eq!(user, json!({"id": "7", "is_active": true, "roles": [{"id": "AGENT"}]}));
}

#[test]
fn a_page_goes_on_by_the_number_in_the_link_to_the_next_one() {
    let answer = |next: Value| json!({"agents": [{"id": "7"}], "links": {"next_page": next}});
    let link = json!({"href": "/v2/agents?items_per_page=2&page=3", "rel": "", "type": "GET"});
    let request = || get("/agents").query("items_per_page", "2").query("page", "2");
    let listed = mock().on(request().answers(200, answer(link))).list::<Freshchat>(&page(2).at("2")).unwrap();
    assert_eq!((&listed.rows[0]["id"], listed.next.as_deref()), (&json!("7"), Some("3")));
    for none in [json!(null), json!({"href": ""}), json!({"href": "/v2/agents"})] {
        let listed = mock().on(request().answers(200, answer(none))).list::<Freshchat>(&page(2).at("2")).unwrap();
        assert_eq!(listed.next, None);
    }
    let error = mock().list::<Freshchat>(&page(2).at("x")).unwrap_err();
    assert_eq!(error.kind(), FailureKind::InvalidCursor);
}

#[test]
fn filters_are_asked_for_in_freshchats_words() {
    let time = "2026-01-01T00:00:00Z";
    for (name, value, theirs, asked) in [
        ("is_active", "true", "is_deactivated", "false"),
        ("is_active", "false", "is_deactivated", "true"),
        ("created_at[gt]", time, "created_from", time),
        ("created_at[gte]", time, "created_from", time),
    ] {
        let request = get("/agents").query("items_per_page", "50").query("page", "1").query(theirs, asked);
        let vendor = mock().on(request.answers(200, json!({"agents": []})));
        assert_eq!(vendor.list::<Freshchat>(&page(50).by(name, value)).unwrap().rows.len(), 0);
    }
}

#[test]
fn an_agent_is_read_and_deleted_by_one_request() {
    let found = mock().on(get("/agents/7").answers(200, json!({"id": "7", "first_name": "Ada"})));
    assert_eq!(found.get::<Freshchat>("7").unwrap().unwrap()["name"], "Ada");
    for status in [200, 202, 204] {
        mock().on(delete("/agents/7").without_body().answers_bytes(status, "")).delete::<Freshchat>("7").unwrap();
    }
}
