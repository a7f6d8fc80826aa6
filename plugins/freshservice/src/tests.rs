use mortise_sdk::FailureKind;
use mortise_sdk::mock::{Mock, delete, get, page, post, put};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::UserDirectory)
}

/// The body that Freshservice gets for a change of an agent whose record is `now`.
fn changed(now: Value, change: Value) -> Value {
    let vendor = mock()
        .on(get("/agents/7").answers(200, json!({ "agent": now })))
        .on(put("/agents/7").answers(200, json!({"agent": {"id": 7}})));
    vendor.update::<Freshservice>("7", change).unwrap();
    serde_json::from_slice(vendor.requests()[1].body.as_ref().unwrap()).unwrap()
}

#[test]
fn an_update_keeps_what_freshservice_would_take_away() {
    let now = json!({"id": 7, "can_see_all_tickets_from_associated_departments": true});
    let sent = changed(now, json!({"title": "Engineer"}));
    assert_eq!(sent, json!({"job_title": "Engineer", "can_see_all_tickets_from_associated_departments": true}));
    assert_eq!(changed(json!({"id": 7}), json!({"title": null})), json!({"job_title": null}));
}

#[test]
fn a_role_that_is_held_keeps_its_scope_and_a_new_one_is_for_the_whole_help_desk() {
    let held = json!([
        {"role_id": 7, "assignment_scope": "specified_groups", "groups": [3]},
        {"role_id": 7, "assignment_scope": "assigned_items", "workspace_id": 2},
        {"role_id": 9, "assignment_scope": "entire_helpdesk"},
    ]);
    let sent = changed(json!({"id": 7, "roles": held}), json!({"roles": ["7", "8"]}));
    let expected = json!([held[0], held[1], {"role_id": 8, "assignment_scope": "entire_helpdesk"}]);
    assert_eq!(sent["roles"], expected);
    // A role without a usable id does not prevent a change of another field.
    let odd = json!({"id": 7, "roles": [{"role_id": null}, {"role_id": "7"}]});
    assert_eq!(changed(odd, json!({"title": "Engineer"})), json!({"job_title": "Engineer"}));
}

#[test]
fn groups_are_replaced_by_those_of_the_body_and_of_the_query() {
    assert_eq!(changed(json!({"id": 7}), json!({"groups": null}))["member_of"], json!([]));
    let vendor = mock()
        .parameter("groups", json!([{"id": "8"}]))
        .on(get("/agents/7").answers(200, json!({"agent": {"id": 7}})))
        .on(put("/agents/7").json(json!({"member_of": [7, 8]})).answers(200, json!({"agent": {"id": 7}})));
    vendor.update::<Freshservice>("7", json!({"groups": [{"id": 7}]})).unwrap();
}

#[test]
fn a_status_is_a_call_of_its_own_unless_the_agent_stands_there() {
    for (status, active, expected) in [
        ("inactive", true, Some(delete("/agents/7"))),
        ("deleted", true, Some(delete("/agents/7"))),
        ("active", false, Some(put("/agents/7/reactivate"))),
        ("active", true, None),
        ("inactive", false, None),
    ] {
        let agent = json!({"agent": {"id": 7, "active": active}});
        let write = expected.map_or_else(|| put("/agents/7").json(json!({})), |switch| switch.without_body());
        let vendor =
            mock().on(get("/agents/7").answers(200, agent)).on(write.answers(200, json!({"agent": {"id": 7}})));
        vendor.update::<Freshservice>("7", json!({"status": status})).unwrap();
        assert_eq!(vendor.requests().iter().map(|request| request.primary).collect::<Vec<_>>(), [false, true]);
    }
}

#[test]
fn what_freshservice_cannot_take_is_refused_before_anything_is_written() {
    for (change, field) in [
        (json!({"emails": null}), "emails"),
        (json!({"first_name": null}), "first_name"),
        (json!({"roles": ["Admin"]}), "roles[0]"),
        (json!({"groups": [{"id": "Support"}]}), "groups[0]"),
        (json!({"licenses": [{"id": "trial"}]}), "licenses[0]"),
    ] {
        let vendor = mock().on(get("/agents/7").answers(200, json!({"agent": {"id": 7}})));
        let error = vendor.update::<Freshservice>("7", change).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
    let error = mock().create::<Freshservice>(json!({"emails": [{"email": "ada@example.com"}]})).unwrap_err();
    assert_eq!(error.field(), Some("first_name"));
}

#[test]
fn a_new_agent_is_written_in_freshservices_words() {
    let agent = json!({"first_name": "Ada", "last_name": "Example", "email": "ada@example.com", "occasional": true,
        "work_phone_number": "5564436", "mobile_phone_number": "664346", "language": "en", "time_zone": "Edinburgh"});
    let vendor = mock().on(post("/agents").json(agent).answers(201, json!({"agent": {"id": 7}})));
    let body = json!({"name": "Ada Example", "emails": [{"email": "ada@example.com"}], "licenses": [{"id": "occasional"}],
        "phones": [{"number": "664346", "type": "mobile"}, {"number": "5564436"}], "languages": ["en", "da"],
        "timezone": "Edinburgh"});
    vendor.create::<Freshservice>(body).unwrap();
}

#[test]
fn a_time_that_is_the_word_null_is_no_time() {
    let agent = json!({"agent": {"id": 7, "last_active_at": "null", "last_login_at": "2020-07-01T07:46:41Z"}});
    let user = mock().on(get("/agents/7").answers(200, agent)).get::<Freshservice>("7").unwrap().unwrap();
    assert_eq!((user.get("last_active_at"), &user["last_login_at"]), (None, &json!("2020-07-01T07:46:41Z")));
}

#[test]
fn a_page_goes_on_where_the_link_leads() {
    let request = || get("/agents").query("page", "2").query("per_page", "30").query("active", "false");
    let answer = request().answers(200, json!({"agents": [{"id": 7}]}));
    let linked = answer.header("link", "<https://acme.freshservice.com/api/v2/agents?page=3>;rel=\"next\"");
    let asked = page(30).at("2").by("status", "inactive");
    assert_eq!(mock().on(linked).list::<Freshservice>(&asked).unwrap().next.as_deref(), Some("3"));
    let last = request().answers(200, json!({"agents": [{"id": 7}]}));
    assert_eq!(mock().on(last).list::<Freshservice>(&asked).unwrap().next, None);
}
