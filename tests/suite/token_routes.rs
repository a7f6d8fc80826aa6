//! Tokens that applications make for themselves: API tokens, and tokens for one account.

use jiff::{SignedDuration, Timestamp};
use mortise_tests::client::{Answer as CallersAnswer, Client};
use mortise_tests::database;
use mortise_tests::host::{Host, create, update};
use mortise_tests::logs;
use mortise_tests::vendor::Answer;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixtures::{AGENT_ID, ada, agent, dixa};

fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name].as_str().unwrap_or_else(|| panic!("{name} in {answer}"))
}

fn with(host: &Host, token: &str) -> Client {
    Client::new(host.address).token(token)
}

/// The answer of `POST /api-token` to this body.
async fn make(client: &Client, body: &Value) -> Value {
    let answer = client.post("/api-token", body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

async fn account_token(client: &Client, account: Uuid) -> CallersAnswer {
    client.post("/integrated-account/token", &json!({ "integrated_account_id": account })).await
}

/// A client with a token for this account, made with the host's admin token.
async fn for_account(host: &Host, account: Uuid) -> Client {
    let answer = account_token(&host.client(), account).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    with(host, text(&answer.json(), "integrated_account_token"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_rotates_its_own_token() {
    let (_vendor, host, _) = dixa(agent()).await;
    let old = make(&host.client(), &json!({ "scope": "admin", "name": "billing", "expires_in": 3600 })).await;
    let old_client = with(&host, text(&old, "token"));
    let new = make(&old_client, &json!({ "scope": "admin", "name": "billing" })).await;
    let itself = old_client.delete(&format!("/api-token/{}", text(&old, "id"))).await;
    assert!(itself.status == 409 && itself.text().contains("cannot revoke itself"), "{}", itself.text());
    let new_client = with(&host, text(&new, "token"));
    let path = format!("/api-token/{}", text(&old, "id"));
    let revoked = new_client.delete(&path).await;
    assert_eq!((revoked.status, revoked.json()), (200, json!({ "id": old["id"] })));
    assert_eq!(old_client.get("/integration").await.status, 401, "at once");
    assert_eq!(new_client.delete(&path).await.status, 200, "a revoked token stays revoked");
    let shown = new_client.get(&path).await.json();
    assert!(shown["revoked_at"].is_string() && shown["expires_at"].is_string(), "{shown}");
    assert_eq!(
        (&shown["scope"], &shown["name"], &new["expires_at"]),
        (&json!("admin"), &json!("billing"), &Value::Null)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_told_once_and_is_in_no_log_and_not_in_the_database() {
    let (_vendor, host, account) = dixa(agent()).await;
    let made = make(&host.client(), &json!({ "scope": "call" })).await;
    let for_account = account_token(&host.client(), account).await.json();
    assert!(text(&made, "token").starts_with("mrt_") && text(&made, "hint").len() == 8, "{made}");
    let tokens = [text(&made, "token"), text(&for_account, "integrated_account_token")];
    for path in ["/api-token".to_owned(), format!("/api-token/{}", text(&made, "id"))] {
        let shown = host.client().get(&path).await.text();
        assert!(shown.contains(text(&made, "id")) && tokens.iter().all(|token| !shown.contains(token)), "{shown}");
    }
    let written = database::written(host.data.path()).await;
    let written = String::from_utf8_lossy(&written);
    for token in tokens {
        assert!(!written.contains(token) && !logs::captured().contains(token));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_listed_in_pages_and_only_for_admins() {
    let (_vendor, host, _) = dixa(agent()).await;
    for number in 0..3 {
        make(&host.client(), &json!({ "scope": "call", "name": number.to_string() })).await;
    }
    let mut names = Vec::new();
    let mut next = String::new();
    loop {
        let page = host.client().get(&format!("/api-token?limit=2&next_cursor={next}")).await.json();
        names.extend(page["result"].as_array().expect("a list").iter().map(|token| token["name"].clone()));
        match page["next_cursor"].as_str() {
            Some(cursor) => cursor.clone_into(&mut next),
            None => break,
        }
    }
    assert_eq!(names, [json!("2"), json!("1"), json!("0"), Value::Null], "the newest first");
    for query in ["limit=0", "limit=201", "limit=x", "next_cursor=x", "name=1"] {
        assert_eq!(host.client().get(&format!("/api-token?{query}")).await.status, 400, "{query}");
    }
    let call = with(&host, &host.call_token(None).await);
    assert_eq!(call.get("/api-token").await.status, 403);
    assert_eq!(call.post("/api-token", &json!({ "scope": "call" })).await.status, 403);
    assert_eq!(call.delete(&format!("/api-token/{}", Uuid::new_v4())).await.status, 403);
    for id in [Uuid::new_v4().to_string(), "1".to_owned()] {
        assert_eq!(host.client().get(&format!("/api-token/{id}")).await.status, 404);
        assert_eq!(host.client().delete(&format!("/api-token/{id}")).await.status, 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_wrong_with_a_new_token_is_told_at_once() {
    let (_vendor, host, _) = dixa(agent()).await;
    let wrong = json!({ "scope": "root", "name": "", "tenant_id": "", "expires_in": 0, "expires": "30d" });
    let answer = host.client().post("/api-token", &wrong).await;
    let failures = answer.json()["details"]["failures"].clone();
    let paths: Vec<_> = failures.as_array().expect("a list").iter().map(|failure| text(failure, "path")).collect();
    assert_eq!((answer.status, paths), (400, vec!["scope", "tenant_id", "name", "expires_in", "expires"]));
    let none = host.client().post("/api-token", &json!({})).await.json();
    let missing = &none["truto_error_insight"]["missing_required_body_fields"]["value"];
    assert_eq!(missing, &json!(["scope"]));
    for body in [json!({}), json!({ "integrated_account_id": "1" }), json!({ "integrated_account_id": 1, "a": 1 })] {
        assert_eq!(host.client().post("/integrated-account/token", &body).await.status, 400, "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_admin_makes_sees_and_revokes_that_tenants_tokens_only() {
    let (_vendor, host, _) = dixa(agent()).await;
    let own = make(&host.client(), &json!({ "scope": "admin", "tenant_id": "tenant" })).await;
    let other = make(&host.client(), &json!({ "scope": "call", "tenant_id": "other" })).await;
    let client = with(&host, text(&own, "token"));
    let made = make(&client, &json!({ "scope": "call" })).await;
    assert_eq!(made["tenant_id"], json!("tenant"), "the maker's tenant, if the request names none");
    for body in [json!({ "scope": "call", "tenant_id": "other" }), json!({ "scope": "admin", "tenant_id": "other" })] {
        assert_eq!(client.post("/api-token", &body).await.status, 403, "{body}");
    }
    let listed = client.get("/api-token").await.json();
    let ids: Vec<_> = listed["result"].as_array().expect("a list").iter().map(|token| token["id"].clone()).collect();
    assert_eq!(ids, [made["id"].clone(), own["id"].clone()]);
    let path = format!("/api-token/{}", text(&other, "id"));
    assert_eq!((client.get(&path).await.status, client.delete(&path).await.status), (404, 404));
    assert_eq!(with(&host, text(&other, "token")).get("/integration").await.status, 200);
    assert_eq!(client.delete(&format!("/api-token/{}", text(&made, "id"))).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_token_calls_for_its_account_and_for_no_other() {
    let (vendor, host, account) = dixa(agent()).await;
    let other = host.account("dixa").await;
    let client = for_account(&host, account).await;
    assert_eq!(client.post(&create("ticketing", account, ""), &ada()).await.status, 201);
    assert_eq!(client.patch(&update("ticketing", AGENT_ID, account, ""), &json!({ "name": "Ada" })).await.status, 200);
    vendor.next(Answer::json(200, &json!({})));
    assert_eq!(client.get(&format!("/proxy/agents?integrated_account_id={account}")).await.status, 200);
    let before = vendor.requests().len();
    for answer in [
        client.post(&create("ticketing", other, ""), &ada()).await,
        client.get(&format!("/proxy/agents?integrated_account_id={other}")).await,
        client.get(&format!("/proxy/agents?integrated_account_id={}", Uuid::new_v4())).await,
    ] {
        assert_eq!((answer.status, &answer.json()["message"]), (404, &json!("integrated account not found")));
    }
    assert_eq!(vendor.requests().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_token_is_good_for_no_other_route() {
    let (_vendor, host, account) = dixa(agent()).await;
    let client = for_account(&host, account).await;
    for path in [
        "/integration",
        "/integration/dixa",
        "/integration/dixa/capabilities",
        "/integrated-account",
        &format!("/integrated-account/{account}"),
        &format!("/integrated-account/{account}/capabilities"),
        "/api-token",
        "/log",
        "/metrics",
        "/operator",
    ] {
        assert_eq!(client.get(path).await.status, 403, "{path}");
    }
    assert_eq!(account_token(&client, account).await.status, 403, "an account token makes no further tokens");
    assert_eq!(client.post("/api-token", &json!({ "scope": "call" })).await.status, 403);
    assert_eq!(client.delete(&format!("/integrated-account/{account}")).await.status, 403);
    assert_eq!(client.patch(&format!("/integrated-account/{account}"), &json!({ "context": {} })).await.status, 403);
    assert_eq!(client.send("POST", "/integration/dixa/reload", None).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_token_lasts_a_quarter_of_an_hour_and_an_expired_one_is_a_401() {
    let (_vendor, host, account) = dixa(agent()).await;
    let answer = account_token(&host.client(), account).await.json();
    let left = text(&answer, "expires_at").parse::<Timestamp>().expect("a time").duration_since(Timestamp::now());
    assert!(left > SignedDuration::from_mins(14) && left <= SignedDuration::from_mins(15), "{left:?}");
    assert_eq!(host.sql("UPDATE account_token SET expires_at = 1").await, 1);
    let client = with(&host, text(&answer, "integrated_account_token"));
    assert_eq!(client.post(&create("ticketing", account, ""), &ada()).await.status, 401);
    assert_eq!(client.get(&format!("/proxy/agents?integrated_account_id={account}")).await.status, 401);
    assert_eq!(host.app.service.accounts.tokens().purge().await.expect("purged"), 1);
    assert_eq!(host.sql("DELETE FROM account_token").await, 0);
    // It expires with the token that made it.
    let brief = make(&host.client(), &json!({ "scope": "call", "expires_in": 60.0 })).await;
    let answer = account_token(&with(&host, text(&brief, "token")), account).await.json();
    assert_eq!(answer["expires_at"], brief["expires_at"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_token_ends_with_its_account_and_with_the_token_that_made_it() {
    let (_vendor, host, account) = dixa(agent()).await;
    let maker = make(&host.client(), &json!({ "scope": "call", "tenant_id": "tenant" })).await;
    let maker_client = with(&host, text(&maker, "token"));
    let made = account_token(&maker_client, account).await.json();
    let client = with(&host, text(&made, "integrated_account_token"));
    let target = create("ticketing", account, "");
    assert_eq!(client.post(&target, &ada()).await.status, 201);
    // The token stays bound to the tenant of its maker when the account moves.
    let moved = json!({ "tenant_id": "other" });
    host.client().patch(&format!("/integrated-account/{account}"), &moved).await;
    assert_eq!(client.post(&target, &ada()).await.status, 404);
    assert_eq!(account_token(&maker_client, account).await.status, 404, "another tenant's account");
    host.client().delete(&format!("/api-token/{}", text(&maker, "id"))).await;
    assert_eq!(client.post(&target, &ada()).await.status, 401);

    let client = for_account(&host, account).await;
    assert_eq!(client.post(&target, &ada()).await.status, 201);
    host.client().delete(&format!("/integrated-account/{account}")).await;
    assert_eq!(client.post(&target, &ada()).await.status, 404);
    assert_eq!(host.sql("DELETE FROM account_token").await, 0, "they went with the account");
    assert_eq!(account_token(&host.client(), account).await.status, 404);
}
