use mortise_sdk::FailureKind;
use mortise_sdk::mock::{Mock, get, page, post, put};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::UserDirectory)
}

#[test]
fn a_new_agent_sees_all_tickets_unless_it_is_said_otherwise() {
    for (given, scope) in [(json!({}), 1), (json!({"ticket_scope": 3}), 3)] {
        let agent = json!({"email": "ada@example.com", "ticket_scope": scope});
        let vendor = mock().on(post("/agents").json(agent).answers(201, json!({"id": 7})));
        let mut body = given;
        body["emails"] = json!([{"email": "ada@example.com"}]);
        vendor.create::<Freshdesk>(body).unwrap();
    }
}

#[test]
fn an_update_sends_what_is_given_and_nothing_else() {
    for (change, sent) in [
        (json!({}), json!({})),
        (json!({"roles": [{"id": "5"}, {"id": 6}]}), json!({"role_ids": [5, 6]})),
        (json!({"phones": [{"number": "1", "type": "mobile"}]}), json!({"mobile": "1"})),
        (json!({"phones": null}), json!({"phone": null, "mobile": null})),
        (json!({"licenses": [{"id": "full_time"}]}), json!({"occasional": false})),
        (json!({"languages": ["da"], "timezone": "Copenhagen"}), json!({"language": "da", "time_zone": "Copenhagen"})),
        (json!({"emails": []}), json!({})),
    ] {
        mock().on(put("/agents/7").json(sent).answers(200, json!({"id": 7}))).update::<Freshdesk>("7", change).unwrap();
    }
}

#[test]
fn what_cannot_be_cleared_or_is_no_number_is_refused_before_anything_is_sent() {
    for (change, field) in [
        (json!({"emails": null}), "emails"),
        (json!({"name": null}), "name"),
        (json!({"roles": null}), "roles"),
        (json!({"licenses": null}), "licenses"),
        (json!({"roles": ["Admin"]}), "roles[0]"),
    ] {
        let error = mock().update::<Freshdesk>("7", change).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn an_agent_is_inactive_invited_or_active() {
    for (deactivated, active, status) in [
        (json!(true), json!(true), json!("inactive")),
        (json!(false), json!(false), json!("invited")),
        (json!(null), json!(true), json!("active")),
        (json!(null), json!(null), json!(null)),
    ] {
        let agent = json!({"id": 7, "deactivated": deactivated, "contact": {"active": active}});
        let user = mock().on(get("/agents/7").answers(200, agent)).get::<Freshdesk>("7").unwrap().unwrap();
        assert_eq!(user.get("status").cloned().unwrap_or_default(), status);
    }
}

#[test]
fn an_agent_without_a_contact_is_still_one() {
    let agent = json!({"id": 7, "contact": null, "occasional": true});
    let user = mock().on(get("/agents/7").answers(200, agent)).get::<Freshdesk>("7").unwrap().unwrap();
    assert_eq!(user["licenses"], json!([{"id": "occasional", "name": "Occasional"}]));
}

#[test]
fn a_page_goes_on_where_the_link_leads() {
    let request = get("/agents").query("page", "1").query("per_page", "30").query("email", "ada@example.com");
    let answer = request.answers(200, json!([{"id": 7}]));
    let linked = answer.header("link", "<https://acme.freshdesk.com/api/v2/agents?page=2>; rel=\"next\"");
    let listed = mock().on(linked).list::<Freshdesk>(&page(30).by("email", "ada@example.com")).unwrap();
    assert_eq!(listed.next.as_deref(), Some("2"));
}
