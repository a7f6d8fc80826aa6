//! The routes on a host without integrations: who may call them, the form of an error, and the headers of every answer.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "helpers of tests fail their test")]

use std::sync::Arc;

use axum::body::Body;
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use http_body_util::BodyExt;
use mortise::account::{MasterKey, NewAccount, Scope, Secrets};
use mortise::api::{self, Api};
use mortise::app::{Admission, App};
use mortise::config::{Config, Limits};
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use uuid::Uuid;

/// A host on an empty directory, with one token of each scope.
struct House {
    app: Arc<App>,
    api: Api,
    call: String,
    admin: String,
    _directory: TempDir,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl House {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let plugins_dir = directory.path().join("plugins");
        std::fs::create_dir(&plugins_dir).unwrap();
        let limits = Limits { concurrent_calls: 4, caller_body_bytes: 1_000, ..Limits::default() };
        let config = Config { data_dir: directory.path().join("data"), plugins_dir, limits, ..Config::default() };
        let key = MasterKey::from_text(&"ab".repeat(32)).unwrap();
        let app = App::start(config, key, Admission::AsDeclared).await.unwrap();
        let (call, admin) = (token(&app, Scope::Call, None).await, token(&app, Scope::Admin, None).await);
        Self { api: api::router(app.clone()), app, call, admin, _directory: directory }
    }

    async fn send(&self, mut request: Request<Body>) -> Answer {
        request.headers_mut().insert("host", HeaderValue::from_static("localhost"));
        let response = self.api.clone().answer(request).await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        assert!(parts.headers.contains_key("x-request-id"));
        assert_eq!(parts.headers["content-type"], "application/json");
        Answer { status: parts.status, headers: parts.headers, body: serde_json::from_slice(&bytes).unwrap() }
    }

    async fn ask(&self, token: &str, method: &str, path: &str, body: Value) -> Answer {
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        self.send(request(token, method, path).body(body).unwrap()).await
    }

    async fn account(&self, tenant: &str) -> Uuid {
        let new = NewAccount {
            tenant_id: tenant.to_owned(),
            integration: "absent".to_owned(),
            authentication_method: None,
            is_sandbox: false,
            context: Map::new(),
            secrets: Secrets::new(),
            application_id: None,
        };
        self.app.service.accounts.create(new).await.unwrap().id
    }
}

async fn token(app: &App, scope: Scope, tenant: Option<&str>) -> String {
    let (plain, _) = app.service.accounts.tokens().create(scope, tenant, None, None).await.unwrap();
    plain.expose_secret().to_owned()
}

fn request(token: &str, method: &str, path: &str) -> http::request::Builder {
    Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"))
}

#[tokio::test]
async fn every_route_asks_for_a_token() {
    let house = House::new().await;
    for (method, path) in [
        ("POST", "/unified/ticketing/users"),
        ("PATCH", "/unified/ticketing/users/1"),
        ("GET", "/proxy/users"),
        ("DELETE", "/proxy/users/1"),
        ("GET", "/api-token"),
        ("POST", "/api-token"),
        ("GET", "/api-token/1"),
        ("DELETE", "/api-token/1"),
        ("POST", "/integrated-account/token"),
        ("GET", "/integrated-account"),
        ("POST", "/integrated-account"),
        ("GET", "/integrated-account/1"),
        ("PATCH", "/integrated-account/1"),
        ("DELETE", "/integrated-account/1"),
        ("POST", "/integrated-account/1/validate"),
        ("GET", "/integrated-account/1/capabilities"),
        ("GET", "/app"),
        ("GET", "/app/x"),
        ("PUT", "/app/x"),
        ("DELETE", "/app/x"),
        ("GET", "/link-token"),
        ("POST", "/link-token"),
        ("GET", "/integration"),
        ("GET", "/integration/x"),
        ("GET", "/integration/x/capabilities"),
    ] {
        let naked = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        for answer in [house.send(naked).await, house.ask("mrt_wrong", method, path, Value::Null).await] {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}");
            assert_eq!(answer.headers["www-authenticate"], "Bearer");
            assert_eq!((&answer.body["statusCode"], &answer.body["error"]), (&json!(401), &json!("Unauthorized")));
            assert!(answer.body.get("truto_is_remote_error").is_none());
        }
    }
}

#[tokio::test]
async fn a_call_token_changes_no_account() {
    let house = House::new().await;
    let id = house.account("t1").await;
    for (method, path) in [
        ("POST", "/integrated-account".to_owned()),
        ("PATCH", format!("/integrated-account/{id}")),
        ("DELETE", format!("/integrated-account/{id}")),
        ("POST", format!("/integrated-account/{id}/validate")),
    ] {
        let answer = house.ask(&house.call, method, &path, json!({})).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path}");
    }
    assert_eq!(
        house.ask(&house.call, "GET", &format!("/integrated-account/{id}"), Value::Null).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn another_tenants_account_is_as_a_missing_one() {
    let house = House::new().await;
    let (own, foreign) = (house.account("t1").await, house.account("t2").await);
    let caller = token(&house.app, Scope::Admin, Some("t1")).await;
    for (method, rest) in [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/capabilities")] {
        let path = |id: Uuid| format!("/integrated-account/{id}{rest}");
        let of_another = house.ask(&caller, method, &path(foreign), json!({})).await;
        let missing = house.ask(&caller, method, &path(Uuid::nil()), json!({})).await;
        assert_eq!((of_another.status, &of_another.body), (StatusCode::NOT_FOUND, &missing.body), "{method} {rest}");
    }
    let path = |id: Uuid| format!("/unified/ticketing/users?integrated_account_id={id}");
    assert_eq!(house.ask(&caller, "POST", &path(foreign), json!({})).await.status, StatusCode::NOT_FOUND);
    assert_eq!(house.ask(&caller, "POST", &path(own), json!({})).await.status, StatusCode::SERVICE_UNAVAILABLE);

    let list = house.ask(&caller, "GET", "/integrated-account", Value::Null).await.body;
    assert_eq!((list["result"].as_array().unwrap().len(), &list["result"][0]["id"]), (1, &json!(own)));
    let list = house.ask(&caller, "GET", "/integrated-account?tenant_id=t2", Value::Null).await.body;
    assert_eq!(list, json!({"result": [], "next_cursor": null}));
}

#[tokio::test]
async fn all_violations_of_a_call_are_reported_at_once() {
    let house = House::new().await;
    let path = "/unified/ticketing/users?truto_response_format=xml&mortise_strict=7";
    let answer = house.ask(&house.call, "POST", path, json!({"name": 5, "avatar": []})).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let failures = answer.body["details"]["failures"].as_array().unwrap();
    let paths: Vec<_> =
        failures.iter().map(|failure| (failure["in"].as_str().unwrap(), failure["path"].as_str().unwrap())).collect();
    assert_eq!(
        paths,
        [
            ("query", "integrated_account_id"),
            ("query", "truto_response_format"),
            ("query", "mortise_strict"),
            ("body", "name"),
            ("body", "avatar"),
        ]
    );
    let insight = &answer.body["truto_error_insight"]["missing_required_query_parameters"]["value"];
    assert_eq!(insight, &json!(["integrated_account_id"]));
}

#[tokio::test]
async fn a_body_has_a_type_a_size_and_a_form() {
    let house = House::new().await;
    let path = "/unified/ticketing/users";
    let typed = |content_type: &str| request(&house.call, "POST", path).header("content-type", content_type);
    let form = typed("application/x-www-form-urlencoded").body(Body::from("a=1")).unwrap();
    assert_eq!(house.send(form).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let large = || Body::from(vec![b' '; 1_001]);
    let announced = request(&house.call, "POST", path).header("content-length", "1001").body(large()).unwrap();
    assert_eq!(house.send(announced).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let unannounced = request(&house.call, "POST", path).body(large()).unwrap();
    assert_eq!(house.send(unannounced).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_path_or_method_without_a_route_is_answered_in_json() {
    let house = House::new().await;
    for (method, path, status) in [
        ("GET", "/nowhere", StatusCode::NOT_FOUND),
        ("POST", "/unified/hris/users", StatusCode::NOT_FOUND),
        ("PATCH", "/unified/ticketing/users/", StatusCode::NOT_FOUND),
        ("PUT", "/unified/ticketing/users", StatusCode::METHOD_NOT_ALLOWED),
        ("POST", "/unified/ticketing/users/1", StatusCode::METHOD_NOT_ALLOWED),
        ("PATCH", "/unified/ticketing/users/%00", StatusCode::BAD_REQUEST),
        ("PATCH", "/unified/ticketing/users/%FF", StatusCode::BAD_REQUEST),
    ] {
        let answer = house.ask(&house.call, method, path, Value::Null).await;
        assert_eq!((answer.status, &answer.body["statusCode"]), (status, &json!(status.as_u16())), "{method} {path}");
        assert_eq!(answer.headers.contains_key("allow"), status == StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
    }
    let long = format!("/unified/ticketing/users/{}", "x".repeat(513));
    assert_eq!(house.ask(&house.call, "PATCH", &long, Value::Null).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn leading_slashes_collapse() {
    let house = House::new().await;
    let answer = house.ask(&house.call, "POST", "///unified/ticketing/users?integrated_account_id=1", json!({})).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.body["message"], "query parameter integrated_account_id must be a uuid");
}

#[tokio::test]
async fn a_sane_request_id_is_echoed_and_another_replaced() {
    let house = House::new().await;
    let with =
        |id: &str| request(&house.call, "GET", "/nowhere").header("x-request-id", id).body(Body::empty()).unwrap();
    assert_eq!(house.send(with("abc-123")).await.headers["x-request-id"], "abc-123");
    for id in ["", "a b", &"x".repeat(129)] {
        let echoed = house.send(with(id)).await.headers["x-request-id"].to_str().unwrap().to_owned();
        assert!(Uuid::parse_str(&echoed).is_ok(), "{id}");
    }
}

#[tokio::test]
async fn an_account_is_created_only_for_a_loaded_integration_and_with_known_members() {
    let house = House::new().await;
    let body = json!({"integration": "absent", "tenant_id": 7, "region": "eu", "context": []});
    let answer = house.ask(&house.admin, "POST", "/integrated-account", body).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let failures = answer.body["details"]["failures"].as_array().unwrap();
    let paths: Vec<_> = failures.iter().map(|failure| failure["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["tenant_id", "context", "integration", "region"]);
}

#[tokio::test]
async fn lists_refuse_filters_that_mean_nothing() {
    let house = House::new().await;
    let answer = house.ask(&house.admin, "GET", "/integrated-account?status=x&limit=many", Value::Null).await;
    assert_eq!(answer.body["details"]["failures"].as_array().unwrap().len(), 2);
    let answer = house.ask(&house.admin, "GET", "/integrated-account?next_cursor=x", Value::Null).await;
    assert_eq!(
        (answer.status, &answer.body["details"]["failures"][0]["path"]),
        (StatusCode::BAD_REQUEST, &json!("next_cursor"))
    );
}

#[tokio::test]
async fn a_host_without_integrations_lives_but_is_not_ready() {
    let house = House::new().await;
    assert_eq!(house.ask("", "GET", "/healthz", Value::Null).await.status, StatusCode::OK);
    let ready = house.ask("", "GET", "/readyz", Value::Null).await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ready.body["reasons"], json!(["no integration is loaded"]));
    assert_eq!(house.ask(&house.call, "GET", "/integration", Value::Null).await.body, json!({"result": []}));
}

#[tokio::test]
async fn a_list_refuses_filters_that_it_does_not_know() {
    let house = House::new().await;
    let refused = house
        .ask(&house.call, "GET", "/integrated-account?integration=acme&created_at[gt]=2020&limit=1", Value::Null)
        .await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    let failures = refused.body["details"]["failures"].as_array().unwrap();
    let paths: Vec<_> = failures.iter().map(|failure| failure["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["integration", "created_at"]);
    let empty = "/integrated-account?next_cursor=&sort_by=&tenant_id=None";
    assert_eq!(house.ask(&house.call, "GET", empty, Value::Null).await.status, StatusCode::OK);
}
