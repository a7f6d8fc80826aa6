use mortise_sdk::mock::{Mock, delete, get, page, post, put};
use mortise_sdk::{FailureKind, Value};
use serde_json::json;

use super::*;

const MEMBERSHIPS: &str = "/orgs/o1/memberships";
const ROLE: &str = "https://api.snyk.io/v1/org/o1/members/update/u1";

fn mock() -> Mock {
    Mock::new(Category::UserDirectory).variable("api_host", "api").parameter("organization_id", json!("o1"))
}

fn member() -> Value {
    json!({"id": "m1", "relationships": {"user": {"data": {"id": "u1"}}, "role": {"data": {"id": "r1"}}}})
}

/// A read of the membership, which the vendor answers with `memberships`.
fn read(memberships: Value) -> mortise_sdk::mock::Exchange {
    let asked = get(MEMBERSHIPS).query("version", VERSION).query("user_id", "u1");
    asked.answers(200, json!({ "data": memberships }))
}

#[test]
fn a_role_changes_by_its_public_id_and_the_member_is_read() {
    let change = put(ROLE).json(json!({"rolePublicId": "r1"})).answers(200, json!({}));
    let vendor = mock().on(change.clone()).on(read(json!([member()])));
    let user = json!({"id": "u1", "roles": [{"id": "r1"}]});
    assert_eq!(vendor.update::<Snyk>("u1", json!({"roles": [{"id": "r1"}]})), Ok(Some(user)));
    // The user has left the organization since the write.
    let error =
        mock().on(change).on(read(json!([]))).update::<Snyk>("u1", json!({"roles": [{"id": "r1"}]})).unwrap_err();
    assert!(error.kind() == FailureKind::Internal && error.message().starts_with("the write is done"), "{error}");
}

#[test]
fn an_update_without_a_role_reads() {
    for body in [json!({}), json!({"name": "Ada", "roles": []})] {
        assert!(mock().on(read(json!([member()]))).update::<Snyk>("u1", body).is_ok());
    }
}

#[test]
fn a_role_that_snyk_cannot_take_is_refused_before_anything_is_sent() {
    for (roles, field) in [
        (json!(null), "roles"),
        (json!(["admin"]), "roles[0].id"),
        (json!([{"name": "Org Admin"}]), "roles[0].id"),
        (json!([{"id": "r1"}, {"id": "r2"}]), "roles[1]"),
    ] {
        let body = json!({"emails": [{"email": "ada@example.com"}], "roles": roles});
        for error in [mock().update::<Snyk>("u1", body.clone()), mock().create::<Snyk>(body)].map(Result::unwrap_err) {
            assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
        }
    }
}

#[test]
fn whoever_is_invited_has_no_identifier() {
    let attributes = json!({"email": "ada@example.com", "role": "r1"});
    let request = post("/orgs/o1/invites").query("version", "2024-06-21");
    let request = request.json(json!({"data": {"type": "org_invitation", "attributes": attributes}}));
    let vendor = mock().on(request.answers(201, json!({"data": {"id": "i1", "attributes": attributes}})));
    let user = vendor.create::<Snyk>(json!({"emails": [{"email": "ada@example.com"}], "roles": [{"id": "r1"}]}));
    let expected = json!({"emails": [{"email": "ada@example.com", "is_primary": true}], "roles": [{"id": "r1"}], "status": "invited"});
    assert_eq!(user, Ok(Some(expected)));
}

#[test]
fn who_is_no_member_is_nobody() {
    let errors = [
        mock().on(read(json!([]))).get::<Snyk>("u1").unwrap_err(),
        mock().on(read(json!([]))).delete::<Snyk>("u1").unwrap_err(),
    ];
    assert!(errors.iter().all(|error| error.kind() == FailureKind::NotFound));
}

#[test]
fn a_membership_is_deleted_by_its_own_identifier() {
    let request = delete("/orgs/o1/memberships/m1").query("version", VERSION).without_body();
    let vendor = mock().on(read(json!([member()]))).on(request.answers_bytes(204, ""));
    assert_eq!(vendor.delete::<Snyk>("u1"), Ok(()));
}

#[test]
fn the_next_page_begins_where_the_link_says_however_it_is_written() {
    let link = "/orgs/o1/memberships?limit=10&starting_after=a%3D%3D&version=2024-08-25";
    for (links, next) in [
        (json!({ "next": link }), Some("a==")),
        (json!({"next": {"href": format!("https://api.snyk.io/rest{link}")}}), Some("a==")),
        (json!({"next": null}), None),
        (json!({"prev": link}), None),
    ] {
        let asked = get(MEMBERSHIPS).query("version", VERSION).query("limit", "10");
        let vendor = mock().on(asked.answers(200, json!({"data": [member()], "links": links})));
        assert_eq!(vendor.list::<Snyk>(&page(10)).unwrap().next.as_deref(), next);
    }
}

#[test]
fn a_page_has_a_multiple_of_ten() {
    for (size, asked) in [(10, "10"), (11, "20"), (99, "100"), (100, "100")] {
        let request = get(MEMBERSHIPS).query("version", VERSION).query("limit", asked);
        assert!(mock().on(request.answers(200, json!({"data": []}))).list::<Snyk>(&page(size)).is_ok());
    }
}
