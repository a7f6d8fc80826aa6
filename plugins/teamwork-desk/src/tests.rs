use mortise_sdk::mock::{Exchange, Mock, get, page, patch};
use mortise_sdk::{FailureKind, Value};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::UserDirectory)
}

/// The request for a page of users in the order of their numbers.
fn users(number: &str, size: &str) -> Exchange {
    let request = get("/users.json").query("page", number).query("pageSize", size);
    request.query("orderBy", "id").query("orderMode", "asc")
}

fn read(user: Value) -> Value {
    let vendor = mock().on(get("/users/7.json").answers(200, json!({"user": user, "included": {}})));
    vendor.get::<TeamworkDesk>("7").unwrap().unwrap()
}

#[test]
fn an_update_sends_what_is_given_and_nothing_else() {
    for (change, sent) in [
        (json!({}), json!({})),
        (json!({"name": "Ada King"}), json!({"firstName": "Ada", "lastName": "King"})),
        (json!({"name": "Ada King", "last_name": "Byron"}), json!({"firstName": "Ada", "lastName": "Byron"})),
        (
            json!({"emails": [{"email": "b@example.com"}, {"email": "a@example.com", "is_primary": true}]}),
            json!({"email": "a@example.com"}),
        ),
        (json!({"roles": [{"id": "Admin"}]}), json!({"role": "admin"})),
        (json!({"roles": [{"id": "3", "name": "Agent"}]}), json!({"role": "agent"})),
        (json!({"licenses": [{"id": "part_time"}]}), json!({"isPartTime": true})),
        (json!({"licenses": [{"name": "full_time"}]}), json!({"isPartTime": false})),
        (json!({"emails": [], "roles": [], "licenses": []}), json!({})),
    ] {
        let request = patch("/users/7.json").json(json!({ "user": sent }));
        mock().on(request.answers(200, json!({"user": {"id": 7}}))).update::<TeamworkDesk>("7", change).unwrap();
    }
}

#[test]
fn what_desk_cannot_take_is_refused_before_anything_is_sent() {
    for (change, field) in [
        (json!({"emails": null}), "emails"),
        (json!({"first_name": null}), "first_name"),
        (json!({"last_name": null}), "last_name"),
        (json!({"licenses": null}), "licenses"),
        (json!({"licenses": [{"id": "enterprise"}]}), "licenses[0]"),
        (json!({"roles": null}), "roles"),
        (json!({"roles": ["viewer"]}), "roles[0]"),
        (json!({"roles": ["admin", "agent"]}), "roles[1]"),
    ] {
        let errors = [mock().update::<TeamworkDesk>("7", change.clone()), mock().create::<TeamworkDesk>(change)];
        for error in errors.map(Result::unwrap_err) {
            assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
        }
    }
}

#[test]
fn a_user_is_known_by_number() {
    for id in ["ada", "-7", "7.5", ""] {
        assert_eq!(mock().get::<TeamworkDesk>(id).unwrap_err().kind(), FailureKind::NotFound);
        assert_eq!(mock().update::<TeamworkDesk>(id, json!({})).unwrap_err().kind(), FailureKind::NotFound);
    }
}

#[test]
fn roles_licenses_and_states_are_read_in_the_words_that_are_written() {
    let user = read(json!({"id": 7, "role": "Admin", "isPartTime": true, "state": "deleted"}));
    assert_eq!(user["roles"], json!([{"id": "admin", "name": "Admin"}]));
    assert_eq!(user["licenses"], json!([{"id": "part_time", "name": "part_time"}]));
    assert_eq!(user["status"], "deleted");
    assert_eq!(read(json!({"id": 7, "isPartTime": false}))["licenses"][0]["id"], "full_time");
    assert_eq!(read(json!({"id": "7", "role": null, "isPartTime": null, "state": ""})), json!({"id": "7"}));
}

#[test]
fn filters_are_one_json_object() {
    let between = page(100).by("updated_at[gte]", "2024-01-01T00:00:00Z").by("updated_at[lt]", "2024-02-01T00:00:00Z");
    for (asked, filter) in [
        (page(100), None),
        (page(100).by("email", "ada@example.com"), Some(json!({"email": {"$eq": "ada@example.com"}}))),
        (
            between.by("status", "deleted"),
            Some(json!({
                "state": {"$eq": "deleted"},
                "updatedAt": {"$gte": "2024-01-01T00:00:00Z", "$lt": "2024-02-01T00:00:00Z"},
            })),
        ),
    ] {
        let request = users("1", "100");
        let request = filter.map_or(request.clone(), |filter| request.query("filter", &filter.to_string()));
        mock().on(request.answers(200, json!({"users": []}))).list::<TeamworkDesk>(&asked).unwrap();
    }
}

#[test]
fn a_list_goes_on_while_desk_says_so_at_one_of_two_places() {
    for (answer, next) in [
        (json!({"users": [], "pagination": {"hasMorePages": true}}), Some("3")),
        (json!({"users": [], "meta": {"page": {"hasMore": true}}}), Some("3")),
        (json!({"users": [{"id": 7}], "pagination": {"pages": 9, "hasMorePages": false}}), None),
        (json!({"users": [{"id": 7}]}), None),
    ] {
        let listed = mock().on(users("2", "1").answers(200, answer)).list::<TeamworkDesk>(&page(1).at("2")).unwrap();
        assert_eq!(listed.next.as_deref(), next);
    }
}
