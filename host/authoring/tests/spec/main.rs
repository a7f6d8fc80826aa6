//! Recorded exchanges against OpenAPI documents of each version: the findings, their places, and the exceptions that an
//! author can declare.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "test helpers may panic as tests do")]

use mortise_authoring::cassette::Cassette;
use mortise_authoring::spec::{Exchanges, Finding, Spec, Version, exceptions};
use serde_json::{Value, json};

const V30: &str = include_str!("openapi-3.0.yaml");
const V31: &str = include_str!("openapi-3.1.json");
const V2: &str = include_str!("swagger-2.0.yaml");

fn cassette(request: &Value, response: &Value, exceptions: &Value) -> Cassette {
    let cassette = json!({
        "description": "an exchange",
        "call": {"category": "crm", "operation": "create-user", "body": {}},
        "exchanges": [{"request": request, "response": response, "spec_exceptions": exceptions}],
        "answer": {"status": 201},
    });
    serde_json::from_str(&cassette.to_string()).expect("a cassette")
}

/// One cassette, without exceptions of the project.
fn check(spec: &Spec, cassette: &Cassette, base: &str) -> Vec<Finding> {
    spec.check(&[Exchanges { cassette, base: base.to_owned() }], &[], true)
}

/// The place and the message of each finding.
fn found(document: &str, base: &str, request: Value, response: Value) -> Vec<(String, String)> {
    let spec = Spec::read(document).expect("a document");
    check(&spec, &cassette(&request, &response, &json!([])), base)
        .into_iter()
        .map(|finding| (finding.at, finding.message))
        .collect()
}

/// Compares findings in any order.
#[track_caller]
fn assert_found(found: &[(String, String)], expected: &[(&str, &str)]) {
    let (mut found, mut expected) = (found.to_vec(), expected.to_vec());
    found.sort();
    expected.sort_unstable();
    let fits = found.len() == expected.len()
        && found.iter().zip(&expected).all(|(found, expected)| found.0 == expected.0 && found.1.contains(expected.1));
    assert!(fits, "{found:#?}");
}

fn post(body: Value) -> Value {
    json!({"method": "POST", "path": "/users", "query": [["workspace", "3"]], "body": body})
}

fn user() -> Value {
    json!({"email": "ada@example.com", "password": "x"})
}

fn answered() -> Value {
    json!({"status": 200, "body": {"id": "1", "email": "ada@example.com", "nickname": null, "manager": null, "score": 10}})
}

#[test]
fn every_version_is_read_and_nothing_else() {
    for (document, version, operations) in [(V30, Version::V30, 4), (V31, Version::V31, 1), (V2, Version::V2, 2)] {
        let spec = Spec::read(document).expect("a document");
        assert_eq!((spec.version(), spec.operations().count()), (version, operations));
    }
    for (text, reason) in [
        ("openapi: [", "neither JSON nor YAML"),
        ("type Query { user: User }", "not an OpenAPI document"),
        ("openapi: 4.0.0\npaths: {}", "not an OpenAPI document"),
        ("openapi: 3.0.0", "not an OpenAPI document"),
        ("swagger: \"1.2\"\npaths: {}", "not an OpenAPI document"),
    ] {
        let refused = Spec::read(text).expect_err(text).to_string();
        assert!(refused.contains(reason), "{text}: {refused}");
    }
}

#[test]
fn a_right_exchange_of_3_0_has_no_findings() {
    assert_found(&found(V30, "/api/v1", post(user()), answered()), &[]);
    let refused = json!({"status": 404, "body": {"message": "no"}});
    assert_found(&found(V30, "/api/v1", post(user()), refused), &[]);
    // No finding: a document need not describe every failure.
    assert_found(&found(V30, "/api/v1", post(user()), json!({"status": 500})), &[]);
    let silent = json!({"status": 404, "body": {}});
    assert_found(&found(V30, "/api/v1", post(user()), silent), &[("response.body", "\"message\" is a required")]);
    let form = json!({"method": "POST", "path": "/users", "query": [["workspace", "3"], ["notify", "true"]],
        "headers": {"content-type": "application/x-www-form-urlencoded", "x-trace": "7"},
        "body": {"email": "a@example.com", "age": "36", "tags": ["a", "b"]}});
    assert_found(&found(V30, "/api/v1", form.clone(), answered()), &[]);
    let mut text = form;
    text["body"] = json!("email=a%40example.com&age=36");
    assert_found(&found(V30, "/api/v1", text, answered()), &[]);
    let me = json!({"method": "GET", "path": "/users/me"});
    let plain = json!({"status": 200, "headers": {"content-type": "text/plain; charset=utf-8"}, "body": "you"});
    assert_found(&found(V30, "/api/v1", me, plain), &[]);
    let absolute = json!({"method": "GET", "path": "https://us.acme.example/api/v1/users/7"});
    assert_found(&found(V30, "/elsewhere", absolute, json!({"status": 204})), &[]);
}

#[test]
fn what_3_0_objects_to_is_told_with_its_place() {
    let missing = post(json!({"nickname": "c", "manager": {}, "score": 0}));
    assert_found(
        &found(V30, "/api/v1", missing, answered()),
        &[
            ("request.body/manager", "\"name\" is a required property"),
            ("request.body/nickname", "\"c\" is not one of"),
            ("request.body/score", "0 is less than or equal to the minimum of 0"),
            ("request.body", "\"email\" is a required property"),
            ("request.body", "\"password\" is a required property"),
        ],
    );
    let query =
        json!({"method": "POST", "path": "/users", "query": [["workspace", "0"], ["page", "1"]], "body": user()});
    assert_found(
        &found(V30, "/api/v1", query, answered()),
        &[("request.query/workspace", "0 is less than or equal"), ("request.query/page", "knows no such parameter")],
    );
    let bare = json!({"method": "POST", "path": "/users"});
    assert_found(
        &found(V30, "/api/v1", bare, json!({"status": 202})),
        &[
            ("request.query/workspace", "requires this parameter"),
            ("request.body", "requires a body"),
            ("response.status", "describes 200, 4XX and not 202"),
        ],
    );
    let xml = json!({"status": 200, "headers": {"content-type": "application/xml"}, "body": "<a/>"});
    let mut sent = post(json!("<a/>"));
    sent["headers"] = json!({"content-type": "application/xml", "x-trace": "often"});
    assert_found(
        &found(V30, "/api/v1", sent, xml),
        &[
            ("request.headers/x-trace", "is not of type \"integer\""),
            ("request.headers/content-type", "and not application/xml"),
            ("response.headers/content-type", "and not application/xml"),
        ],
    );
    let form = json!({"method": "POST", "path": "/users", "query": [["workspace", "3"]],
        "headers": {"content-type": "application/x-www-form-urlencoded"}, "body": {"age": "old"}});
    assert_found(
        &found(V30, "/api/v1", form, answered()),
        &[("request.body/age", "not of type \"integer\""), ("request.body", "\"email\" is a required property")],
    );
    let get = |path: &str| json!({"method": "GET", "path": path});
    let nothing = || json!({"status": 204});
    assert_found(&found(V30, "/api/v1", get("/teams"), nothing()), &[("request.path", "no path for /api/v1/teams")]);
    assert_found(&found(V30, "/api/v1", get("/users"), nothing()), &[("request.path", "has POST for")]);
    assert_found(&found(V30, "", get("/users/7"), nothing()), &[("request.path", "no path for /users/7")]);
    assert_found(
        &found(V30, "/api/v1", get("/users/ada"), nothing()),
        &[("request.path/id", "not of type \"integer\"")],
    );
    let body = json!({"status": 204, "body": {}});
    assert_found(&found(V30, "/api/v1", get("/users/7"), body), &[("response.body", "describes no body")]);
}

#[test]
fn a_documented_failure_without_content_can_have_any_body() {
    let delete = json!({"method": "DELETE", "path": "/users/7"});
    for status in [404, 503] {
        let refused = json!({"status": status, "body": {"message": "no"}});
        assert_found(&found(V30, "/api/v1", delete.clone(), refused), &[]);
    }
}

/// A document with a union of a person, a team and a word, as the answer to `GET /owner`.
fn union(keyword: &str) -> String {
    let person = json!({"type": "object", "required": ["kind", "email", "age"], "properties": {
        "kind": {"const": "person"}, "email": {"type": "string"}, "age": {"type": "integer"}}});
    let team = json!({"type": "object", "required": ["kind", "lead"], "properties": {
        "kind": {"const": "team"}, "lead": {keyword: [{"type": "string"}, {"$ref": "#/components/schemas/Person"}]}}});
    let owner = json!({keyword: [{"$ref": "#/components/schemas/Person"}, team, {"type": "string"}]});
    let answer = json!({"description": "", "content": {"application/json": {"schema": owner}}});
    json!({"openapi": "3.1.0", "info": {"title": "Acme", "version": "1"},
        "paths": {"/owner": {"get": {"responses": {"200": answer}}}},
        "components": {"schemas": {"Person": person}}})
    .to_string()
}

#[test]
fn of_a_union_the_closest_branch_is_told_with_the_member() {
    let get = json!({"method": "GET", "path": "/owner"});
    let owner =
        |keyword: &str, body: Value| found(&union(keyword), "", get.clone(), json!({"status": 200, "body": body}));
    for keyword in ["anyOf", "oneOf"] {
        // The constant `kind` decides which branch is meant, although another branch has fewer errors.
        let person = owner(keyword, json!({"kind": "person", "lead": "Ada"}));
        let missing =
            |name: &str| format!("\"{name}\" is a required property (branch 1 of 3, the closest of {keyword})");
        let (age, email) = (missing("age"), missing("email"));
        assert_found(&person, &[("response.body", &age), ("response.body", &email)]);
        let age = owner(keyword, json!({"kind": "person", "email": "a@example.com", "age": "36"}));
        assert_found(&age, &[("response.body/age", "is not of type \"integer\"")]);
        let lead = owner(keyword, json!({"kind": "team", "lead": {"kind": "person", "email": 7, "age": 36}}));
        assert_found(&lead, &[("response.body/lead/email", "7 is not of type \"string\" (branch 2 of 2")]);
        assert!(lead[0].1.contains("(branch 2 of 3"), "{lead:#?}");
    }
}

#[test]
fn equal_findings_are_one_that_names_where() {
    let spec = Spec::read(V30).expect("a document");
    let wrong = json!({"status": 200, "body": {"id": 1, "email": "ada@example.com"}});
    let named = |name: &str| Cassette { file: name.into(), ..cassette(&post(user()), &wrong, &json!([])) };
    let cassettes = ["a", "b", "c", "d"].map(named);
    let exchanges: Vec<_> =
        cassettes.iter().map(|cassette| Exchanges { cassette, base: "/api/v1".to_owned() }).collect();
    let findings = spec.check(&exchanges, &[], true);
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!(findings[0].exchanges.len(), 4);
    let told = findings[0].to_string();
    assert!(told.starts_with("a exchange 1, b exchange 1, c exchange 1, and 1 more, response.body/id: "), "{told}");
}

#[test]
fn an_exception_of_the_project_covers_all_cassettes_and_must_be_needed() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let file = folder.path().join("spec-exceptions.json");
    assert!(exceptions(&file).expect("nothing to read").is_empty());
    let write = |text: &str| std::fs::write(&file, text).expect("writable");
    write("[\n{\"at\": \"response.body/id\"}]");
    let refused = exceptions(&file).expect_err("without a reason").to_string();
    assert!(refused.contains("spec-exceptions.json:2: missing field `reason`"), "{refused}");

    let exceptions = |at: &str| {
        write(&json!([{"at": at, "reason": "the guide shows a number"}]).to_string());
        exceptions(&file).expect("a list")
    };
    let spec = Spec::read(V30).expect("a document");
    let wrong = json!({"status": 200, "body": {"id": 1, "email": "ada@example.com"}});
    let cassettes = [cassette(&post(user()), &wrong, &json!([])), cassette(&post(user()), &answered(), &json!([]))];
    let exchanges: Vec<_> =
        cassettes.iter().map(|cassette| Exchanges { cassette, base: "/api/v1".to_owned() }).collect();
    assert_eq!(spec.check(&exchanges, &exceptions("response.body/id"), true), []);
    let unneeded = spec.check(&exchanges, &exceptions("response.body/nobody"), true);
    assert_eq!(unneeded.len(), 2, "{unneeded:#?}");
    assert!(unneeded[1].exchanges.is_empty() && unneeded[1].to_string().starts_with("response.body/nobody: "));
    assert_eq!(
        spec.check(&exchanges, &exceptions("response.body/nobody"), false).len(),
        1,
        "other cassettes may need it"
    );
}

#[test]
fn a_schema_that_leads_nowhere_is_told_and_harms_nothing_else() {
    let delete = json!({"method": "DELETE", "path": "/users/7"});
    assert_found(
        &found(V30, "/api/v1", delete, json!({"status": 200, "body": {}})),
        &[("response.body", "cannot be used")],
    );
}

#[test]
fn a_document_of_3_1_is_held_as_json_schema_has_it() {
    let patch = |body: Value| json!({"method": "PATCH", "path": "/users/7.json", "body": body});
    let right = json!({"status": 200, "body": {"id": null, "score": 1}});
    assert_found(&found(V31, "/v1", patch(json!({"kind": "user"})), right), &[]);
    let wrong = json!({"status": 200, "body": {"id": 7, "score": 0, "name": "Ada"}});
    let found = found(V31, "/v1", patch(json!({"kind": "robot"})), wrong);
    let mut places: Vec<_> = found.iter().map(|(at, _)| at.as_str()).collect();
    places.sort_unstable();
    assert_eq!(places, ["request.body/kind", "response.body", "response.body/id", "response.body/score"], "{found:#?}");
}

#[test]
fn a_document_of_swagger_2_0_is_held_with_its_base_path_bodies_and_forms() {
    let users = |body: Value, limit: &str| json!({"method": "POST", "path": "/users", "query": [["limit", limit]], "body": body});
    let made = json!({"status": 201, "body": {"id": 1, "name": null}});
    assert_found(&found(V2, "/v1", users(json!({"name": "Ada"}), "5"), made.clone()), &[]);
    assert_found(
        &found(V2, "/v1", users(json!({}), "many"), json!({"status": 400, "body": {}})),
        &[
            ("request.query/limit", "not of type \"integer\""),
            ("request.body", "\"name\" is a required property"),
            ("response.body", "\"error\" is a required property"),
        ],
    );
    assert_found(
        &found(V2, "/v1", users(json!({"name": "Ada"}), "5"), json!({"status": 201, "body": {"name": "Ada"}})),
        &[("response.body", "\"id\" is a required property")],
    );
    let photo = |body: Value| json!({"method": "POST", "path": "/photos", "body": body});
    let done = || json!({"status": 200});
    assert_found(&found(V2, "/v1", photo(json!({"title": "me", "size": "3", "file": "bytes"})), done()), &[]);
    assert_found(
        &found(V2, "/v1", photo(json!({"size": "big", "colour": "red"})), done()),
        &[
            ("request.body/size", "not of type \"integer\""),
            ("request.body/colour", "knows no such field"),
            ("request.body/title", "requires this field"),
        ],
    );
    assert_found(
        &found(V2, "/v1", json!({"method": "POST", "path": "/users"}), made),
        &[("request.body", "requires a body")],
    );
}

#[test]
fn an_exception_covers_its_place_and_must_be_needed() {
    let spec = Spec::read(V30).expect("a document");
    let response = json!({"status": 200, "body": {"id": 1, "email": "ada@example.com"}});
    let check =
        |at: &str| check(&spec, &cassette(&post(user()), &response, &json!([{"at": at, "reason": "seen"}])), "/api/v1");
    assert_eq!(check("response.body/id"), []);
    assert_eq!(check("response.body"), []);
    let findings = check("response.body/i");
    let places: Vec<_> = findings.iter().map(|finding| finding.at.as_str()).collect();
    assert_eq!(places, ["response.body/i", "response.body/id"], "{findings:#?}");
    assert!(findings[0].message.contains("does not object"), "{findings:#?}");
    assert_eq!(findings[1].document, "/components/schemas/Id/type");
}
