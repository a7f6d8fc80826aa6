use mortise_sdk::mock::{Exchange, Mock, page, post};
use mortise_sdk::{FailureKind, Value};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::UserDirectory)
}

/// The query for user 7, which the vendor answers with `user`.
fn reads(user: Value) -> Exchange {
    let document = format!("query($id: Int!) {{ user(id: $id) {{ {USER} }} }}");
    let query = json!({"query": document, "variables": {"id": 7}});
    post("/graphql").json(query).answers(200, json!({"data": {"user": user}}))
}

/// A mutation with these variables, which the vendor answers with the node `answer`.
fn changes(begin: &str, node: &str, variables: Value, answer: Value) -> Exchange {
    let document = format!("mutation{begin} {{ node {{ {node} }} errors {{ field reason placeholders }} }} }}");
    let answer = json!({"data": {"result": {"node": answer, "errors": null}}});
    post("/graphql").json(json!({"query": document, "variables": variables})).answers(200, answer)
}

fn edits(attributes: Value) -> Exchange {
    changes(EDIT, USER, json!({"id": 7, "attributes": attributes}), json!({"id": 7}))
}

fn switches(field: &str) -> Exchange {
    let begin = format!("($ids: [Int!]!) {{ result: {field}(userIds: $ids)");
    changes(&begin, "id", json!({"ids": [7]}), json!([{"id": 7}]))
}

#[test]
fn what_only_the_user_has_is_one_mutation() {
    for (change, attributes) in [
        (json!({}), json!({})),
        (json!({"name": "Ada B. Example"}), json!({"firstName": "Ada B.", "lastName": "Example"})),
        (json!({"name": null}), json!({"firstName": null, "lastName": null})),
        (json!({"phones": [{"number": "1", "type": "mobile"}]}), json!({"mobilePhoneNumber": "1"})),
        (json!({"phones": [{"number": "1", "extension": "2"}]}), json!({"phoneNumber": "1", "extension": "2"})),
        (json!({"phones": [{"number": "1"}]}), json!({"phoneNumber": "1", "extension": null})),
        (json!({"phones": [], "languages": []}), json!({})),
        (json!({"languages": ["en-us", "fr"], "title": null}), json!({"language": "en-us", "jobTitle": null})),
    ] {
        mock().on(edits(attributes)).update::<KnowBe4>("7", change).unwrap();
    }
}

#[test]
fn a_status_or_a_role_is_a_mutation_only_if_it_differs() {
    let held = |archived: bool, admin: bool| json!({"id": 7, "archived": archived, "admin": admin, "securityRoles": [{"id": 12}]});
    for (change, held, mutations) in [
        (json!({"status": "inactive"}), held(false, false), vec!["userArchive"]),
        (json!({"status": "deleted"}), held(true, false), vec![]),
        (json!({"status": "active"}), held(true, false), vec!["userUnarchive"]),
        (json!({"status": "active"}), held(false, false), vec![]),
        (json!({"roles": "Admin"}), held(false, false), vec!["userGrantAdmin"]),
        (json!({"roles": ["admin", "12"]}), held(false, true), vec![]),
        (json!({"roles": [{"id": 12}]}), held(false, true), vec!["userRevokeAdmin"]),
        (json!({"roles": null, "status": "active"}), held(true, true), vec!["userUnarchive", "userRevokeAdmin"]),
    ] {
        let vendor =
            mutations.into_iter().fold(mock().on(reads(held.clone())), |vendor, field| vendor.on(switches(field)));
        vendor.on(reads(held)).update::<KnowBe4>("7", change).unwrap();
    }
}

#[test]
fn groups_are_joined_at_once_and_left_one_by_one_unless_a_rule_says_who_is_in_them() {
    let group = |id: u64, kind: &str| json!({"id": id, "name": "x", "groupType": kind});
    let held = json!({"id": 7, "groups": [group(1, "CLASSIC"), group(2, "CLASSIC"), group(3, "SMART"), {"id": 4}]});
    let left = |id: u64| changes(LEAVE, "id", json!({"ids": [7], "groupId": id}), json!([{"id": 7}]));
    let joined = changes(JOIN, "id", json!({"ids": [7], "groupIds": [5, 6]}), json!([{"id": 7}]));
    let vendor = mock().on(reads(held.clone())).on(joined).on(left(1)).on(reads(held.clone()));
    vendor.update::<KnowBe4>("7", json!({"groups": [{"id": "5"}, {"id": "2"}, {"id": "6"}]})).unwrap();
    let vendor = mock().on(reads(held.clone())).on(left(1)).on(left(2)).on(reads(held));
    vendor.update::<KnowBe4>("7", json!({"groups": null})).unwrap();
    let many: Vec<_> = (1..=15).map(|id| group(id, "CLASSIC")).collect();
    let error = mock().on(reads(json!({"id": 7, "groups": many}))).update::<KnowBe4>("7", json!({"groups": []}));
    assert_eq!(error.unwrap_err().field(), Some("groups"), "a call has 16 requests");
}

#[test]
fn what_knowbe4_cannot_take_is_refused_before_anything_is_sent() {
    for (change, field) in [
        (json!({"emails": null}), "emails"),
        (json!({"status": null}), "status"),
        (json!({"groups": [{"id": "Sales"}]}), "groups[0]"),
        (json!({"roles": [{}]}), "roles[0]"),
    ] {
        let error = mock().update::<KnowBe4>("7", change).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
    let unknown = mock().on(reads(json!({"id": 7}))).update::<KnowBe4>("7", json!({"roles": ["Owner"]}));
    assert_eq!(unknown.unwrap_err().field(), Some("roles"), "only a read is sent");
}

#[test]
fn a_failure_under_the_status_200_is_one_and_says_what_is_done() {
    let failed = json!({"data": {"result": {"node": null, "errors": [{"field": "base", "reason": "no"}]}}});
    let vendor = mock().on(reads(json!({"id": 7}))).on(edits(json!({"jobTitle": "Poet"})));
    let vendor = vendor.on(switches("userArchive").answers(200, failed));
    let error = vendor.update::<KnowBe4>("7", json!({"title": "Poet", "status": "inactive"})).unwrap_err();
    assert_eq!((error.kind(), error.message()), (FailureKind::Refused, "the user is changed"));
}

#[test]
fn a_mutation_that_did_nothing_is_a_failure() {
    let switched = |result: Value| mock().on(reads(json!({"id": 7}))).on(switches("userArchive").answers(200, result));
    for (result, done, deleted) in [
        (json!({"data": {"result": null}}), Err(FailureKind::Refused), Err(FailureKind::Refused)),
        (json!({"data": {"result": {"node": null}}}), Err(FailureKind::Refused), Err(FailureKind::Refused)),
        (json!({"data": {"result": {"node": []}}}), Err(FailureKind::Refused), Err(FailureKind::NotFound)),
        (json!({"data": {"result": {"node": [{"id": 7}]}}}), Ok(()), Ok(())),
    ] {
        let vendor = switched(result.clone());
        let vendor = if done.is_ok() { vendor.on(reads(json!({"id": 7}))) } else { vendor };
        let updated = vendor.update::<KnowBe4>("7", json!({"status": "inactive"}));
        assert_eq!(updated.map(drop).map_err(|error| error.kind()), done, "{result}");
        let vendor = mock().on(switches("userArchive").answers(200, result));
        assert_eq!(vendor.delete::<KnowBe4>("7").map_err(|error| error.kind()), deleted);
    }
    let vendor = mock().on(edits(json!({})).answers(200, json!({"data": {"result": {"node": null, "errors": []}}})));
    assert_eq!(vendor.update::<KnowBe4>("7", json!({})).unwrap_err().kind(), FailureKind::Refused);
}

#[test]
fn a_list_ends_with_the_last_of_its_pages_and_an_empty_list_at_once() {
    for (number, pages, next) in [(1, 3, Some("2")), (3, 3, None), (1, 0, None)] {
        let pagination = json!({"page": number, "pages": pages, "per": 25, "totalCount": 60});
        let answer = json!({"data": {"users": {"nodes": [{"id": 7}], "pagination": pagination}}});
        let listed =
            mock().on(post("/graphql").answers(200, answer)).list::<KnowBe4>(&page(25).at(&number.to_string()));
        assert_eq!(listed.unwrap().next.as_deref(), next);
    }
}
