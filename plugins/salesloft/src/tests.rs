use mortise_sdk::FailureKind;
use mortise_sdk::mock::{Mock, get, page, put};
use serde_json::{Value, json};

use super::*;

fn mock() -> Mock {
    Mock::new(Category::UserDirectory)
}

#[test]
fn an_update_sends_what_is_given_and_nothing_else() {
    for (change, sent) in [
        (json!({}), json!({})),
        (json!({"status": "inactive"}), json!({"active": false})),
        (json!({"status": "active"}), json!({"active": true})),
        (json!({"roles": "User"}), json!({"role_id": "User"})),
        (
            json!({"roles": [{"id": "00000000-0000-4000-8000-000000000009", "name": "Closer"}]}),
            json!({"role_id": "00000000-0000-4000-8000-000000000009"}),
        ),
        (json!({"groups": [{"id": 501, "name": "East"}]}), json!({"group_id": 501})),
        (json!({"licenses": [{"id": "1", "name": "premier"}]}), json!({"seat_package": "premier"})),
        (json!({"licenses": [{"id": "premier"}]}), json!({"seat_package": "premier"})),
        (json!({"first_name": "Ada", "title": "Lead"}), json!({})),
    ] {
        let vendor = mock().on(put("/users/7").json(sent).answers(200, json!({"data": {"id": 7}})));
        vendor.update::<Salesloft>("7", change).unwrap();
    }
}

#[test]
fn what_salesloft_cannot_take_is_refused_before_anything_is_sent() {
    for (change, field) in [
        (json!({"status": null}), "status"),
        (json!({"roles": null}), "roles"),
        (json!({"roles": ["Admin", "User"]}), "roles[1]"),
        (json!({"groups": null}), "groups"),
        (json!({"groups": [{"id": "East"}]}), "groups[0]"),
        (json!({"groups": [{"id": "1"}, {"id": "2"}]}), "groups[1]"),
        (json!({"licenses": null}), "licenses"),
        (json!({"licenses": [{}]}), "licenses[0]"),
    ] {
        let error = mock().update::<Salesloft>("7", change).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn a_group_of_the_query_counts_where_the_body_names_the_same_or_none() {
    for (body, done) in
        [(json!({}), true), (json!({"groups": [{"id": "501"}]}), true), (json!({"groups": [{"id": "502"}]}), false)]
    {
        let vendor = mock().parameter("groups", json!([{"id": "501"}]));
        let vendor = vendor.on(put("/users/7").json(json!({"group_id": 501})).answers(200, json!({"data": {"id": 7}})));
        assert_eq!(vendor.update::<Salesloft>("7", body).is_ok(), done);
    }
}

#[test]
fn roles_groups_and_licenses_are_told_from_what_there_is() {
    for (told, field, ours) in [
        (json!({"role": {"id": "User"}, "team_admin": true}), "roles", json!([{"id": "User", "name": "User"}])),
        (json!({"role": null, "team_admin": true}), "roles", json!([{"id": "Admin", "name": "Admin"}])),
        (json!({"role": null, "team_admin": false}), "roles", json!(null)),
        (
            json!({"group": {"id": 501, "_href": "https://api.salesloft.com/v2/groups/501"}}),
            "groups",
            json!([{"id": "501"}]),
        ),
        (json!({"group": null}), "groups", json!([])),
        (json!({"seat_package": "premier"}), "licenses", json!([{"id": "premier", "name": "premier"}])),
        (json!({"seat_package": null}), "licenses", json!(null)),
    ] {
        let mut told: Value = told;
        told["id"] = 7.into();
        let user =
            mock().on(get("/users/7").answers(200, json!({ "data": told }))).get::<Salesloft>("7").unwrap().unwrap();
        assert_eq!(user.get(field).cloned().unwrap_or_default(), ours);
    }
}

#[test]
fn a_list_goes_on_as_its_paging_says_or_until_a_page_is_empty() {
    for (metadata, rows, next) in [
        (json!({"paging": {"per_page": 2, "current_page": 2, "next_page": 3, "prev_page": 1}}), 1, Some("3")),
        (json!({"paging": {"per_page": 2, "current_page": 2, "next_page": null, "prev_page": 1}}), 2, None),
        (json!({"filtering": {}}), 2, Some("3")),
        (json!({"filtering": {}}), 1, Some("3")),
        (json!({"filtering": {}}), 0, None),
    ] {
        let rows: Vec<_> = (0..rows).map(|id| json!({ "id": id })).collect();
        let request = get("/users")
            .query("page", "2")
            .query("per_page", "2")
            .query("sort_by", "id")
            .query("sort_direction", "ASC")
            .query("visible_only", "false");
        let vendor = mock().on(request.answers(200, json!({"metadata": metadata, "data": rows})));
        assert_eq!(vendor.list::<Salesloft>(&page(2).at("2")).unwrap().next.as_deref(), next);
    }
}

#[test]
fn a_deletion_that_leaves_the_user_active_is_a_failure() {
    for (active, done) in [(json!(false), true), (json!(null), true), (json!(true), false)] {
        let request = put("/users/7").json(json!({"active": false}));
        let vendor = mock().on(request.answers(200, json!({"data": {"id": 7, "active": active}})));
        assert_eq!(
            vendor.delete::<Salesloft>("7").map_err(|error| error.kind()),
            if done { Ok(()) } else { Err(FailureKind::Refused) }
        );
    }
}

#[test]
fn an_identifier_is_a_number_so_that_it_names_no_other_resource() {
    for id in ["me", "ada@example.com", "07", "7.json"] {
        assert_eq!(mock().get::<Salesloft>(id).unwrap_err().kind(), FailureKind::NotFound, "{id}");
    }
}
