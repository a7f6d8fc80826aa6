//! The quotas of callers: by token and by account, and the headers that tell the limits.

use mortise_tests::client::{Answer, Client};
use mortise_tests::host::{Host, Setup, create};
use mortise_tests::vendor::{self, Vendor};
use serde_json::json;
use uuid::Uuid;

use crate::fixtures::{ada, agent};

/// Milliseconds. A window that is longer than any test.
const LONG: u64 = 600_000;

async fn start(tokens: u32, accounts: u32, window_ms: u64) -> (Vendor, Host) {
    let vendor = Vendor::start(agent()).await;
    let limits = |limits: &mut mortise::config::Limits| {
        (limits.token_requests, limits.account_requests, limits.quota_window_ms) = (tokens, accounts, window_ms);
    };
    let host = Setup::new().plugin_at("dixa", &vendor.url()).limits(limits).start().await;
    (vendor, host)
}

async fn call(client: &Client, account: Uuid) -> Answer {
    client.post(&create("ticketing", account, ""), &ada()).await
}

/// Checks the host's own 429: it has the time of the next try and the name of the limit, and is not a remote error.
fn refused(answer: &Answer, limit: &str, longest: u64) {
    assert_eq!(answer.status, 429, "{}", answer.text());
    let seconds: u64 = answer.header("retry-after").expect("always there").parse().expect("whole seconds");
    assert!((1..=longest).contains(&seconds), "{seconds}");
    let body = answer.json();
    let message = body["message"].as_str().unwrap();
    assert!(message.contains(limit) && message.contains(&format!("try again in {seconds} s")), "{message}");
    assert!(body.get("truto_is_remote_error").is_none(), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_has_a_quota_on_every_route_that_asks_for_one() {
    let (vendor, host) = start(3, 0, LONG).await;
    let (account, other) = (host.account("dixa").await, host.call_token(None).await);
    let client = host.client();
    assert_eq!(client.get("/integration").await.status, 200);
    assert_eq!(client.get("/integrated-account").await.status, 200);
    assert_eq!(call(&client, account).await.status, 201);
    for answer in [client.get("/integration").await, client.get("/metrics").await, call(&client, account).await] {
        refused(&answer, "limits.token_requests", LONG / 1_000 / 3);
    }
    assert_eq!(vendor.requests().len(), 1, "a refused call does not reach the vendor");
    assert_eq!(client.get("/healthz").await.status, 200, "no token, no quota");
    assert_eq!(call(&client.clone().token("mrt_wrong"), account).await.status, 401, "an unknown token has no quota");
    assert_eq!(call(&Client::new(host.address).token(&other), account).await.status, 201, "another token has its own");
    let metrics = host.operator().get("/metrics").await.text();
    assert!(metrics.contains("mortise_quota_refusals_total{limit=\"token\"} 3"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_has_a_quota_that_other_accounts_and_tenants_do_not_use_up() {
    let (vendor, host) = start(0, 2, LONG).await;
    let (own, another) = (host.account("dixa").await, host.account("dixa").await);
    let stranger = Client::new(host.address).token(&host.call_token(Some("another tenant")).await);
    for _ in 0..5 {
        assert_eq!(call(&stranger, own).await.status, 404);
    }
    let client = host.client();
    for _ in 0..2 {
        assert_eq!(call(&client, own).await.status, 201);
    }
    refused(&call(&client, own).await, "limits.account_requests", LONG / 1_000 / 2);
    assert_eq!(call(&client, another).await.status, 201);
    assert_eq!(client.get(&format!("/integrated-account/{own}")).await.status, 200, "only unified calls count");
    assert_eq!(vendor.requests().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quota_comes_back_evenly() {
    let (_vendor, host) = start(0, 1, 300).await;
    let (account, client) = (host.account("dixa").await, host.client());
    assert_eq!(call(&client, account).await.status, 201);
    mortise_tests::expect("call after the window", async {
        while call(&client, account).await.status != 201 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_vendors_429_is_told_apart_from_the_hosts() {
    let (vendor, host) = start(0, 1, LONG).await;
    let account = host.account("dixa").await;
    vendor.always(vendor::Answer::json(429, &json!({"message": "slow down"})).header("retry-after", "7"));
    let theirs = call(&host.client(), account).await;
    assert_eq!((theirs.status, theirs.header("retry-after")), (429, Some("7")));
    assert_eq!(theirs.json()["truto_is_remote_error"], true);
    refused(&call(&host.client(), account).await, "limits.account_requests", LONG / 1_000);
}
