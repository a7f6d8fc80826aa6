//! Two hosts on one database: each sees the other's changes within 1 s.

use std::time::{Duration, Instant};

use mortise::account::Scope;
use mortise_tests::client::Client;
use mortise_tests::expect;
use mortise_tests::host::{Host, Setup, create};
use mortise_tests::vendor::Vendor;
use secrecy::ExposeSecret;
use serde_json::json;
use uuid::Uuid;

use crate::fixtures::{ada, agent, dixa};

/// 1 s, and additional time for a busy machine.
const SOON: Duration = Duration::from_millis(2_500);

async fn two() -> (Vendor, Host, Host, Uuid) {
    let (vendor, host, account) = dixa(agent()).await;
    let other = Setup::new().plugin_at("dixa", &vendor.url()).beside(&host).start().await;
    (vendor, host, other, account)
}

#[tokio::test(flavor = "multi_thread")]
async fn new_credentials_count_everywhere_within_a_second() {
    let (vendor, host, other, account) = two().await;
    let target = create("ticketing", account, "");
    assert_eq!(other.client().post(&target, &ada()).await.status, 201);
    let change = json!({"context": {"api_token": "the-new-token"}});
    assert_eq!(host.client().patch(&format!("/integrated-account/{account}"), &change).await.status, 200);
    let changed = Instant::now();
    let uses_new = || vendor.requests().last().unwrap().header("authorization") == Some("the-new-token");
    expect("new credentials", async {
        while !uses_new() {
            assert_eq!(other.client().post(&target, &ada()).await.status, 201);
        }
    })
    .await;
    assert!(changed.elapsed() < SOON, "{:?}", changed.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_made_or_deleted_is_so_everywhere() {
    let (_vendor, host, other, account) = two().await;
    let new = json!({"integration": "dixa", "tenant_id": "t", "context": {"api_token": "secret-value"}});
    let made = other.client().post("/integrated-account", &new).await.json()["id"].as_str().unwrap().to_owned();
    let made = create("ticketing", made.parse().unwrap(), "");
    assert_eq!(host.client().post(&made, &ada()).await.status, 201, "at once: no caller has used the account before");

    let target = create("ticketing", account, "");
    assert_eq!(other.client().post(&target, &ada()).await.status, 201);
    assert_eq!(host.client().delete(&format!("/integrated-account/{account}")).await.status, 200);
    let deleted = Instant::now();
    expect("missing account", async { while other.client().post(&target, &ada()).await.status != 404 {} }).await;
    assert!(deleted.elapsed() < SOON, "{:?}", deleted.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_vendor_stops_calls_everywhere() {
    let (vendor, host, other, account) = two().await;
    let target = create("ticketing", account, "");
    assert_eq!(other.client().post(&target, &ada()).await.status, 201);
    vendor.always(mortise_tests::vendor::Answer::json(401, &json!({"message": "no"})));
    assert_eq!(host.client().post(&target, &ada()).await.status, 401);
    vendor.always(agent());
    let stopped = async { while other.client().post(&target, &ada()).await.status != 401 {} };
    expect("end of the calls", stopped).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_refused_everywhere_within_a_second() {
    let (_vendor, host, other, _) = two().await;
    let (token, record) = host.app.service.accounts.tokens().create(Scope::Call, None, None, None).await.unwrap();
    let client = Client::new(other.address).token(token.expose_secret());
    assert_eq!(client.get("/integration").await.status, 200, "at once: no caller has used the token before");
    assert!(host.app.service.accounts.tokens().revoke(record.id).await.unwrap());
    let revoked = Instant::now();
    expect("refusal", async { while client.get("/integration").await.status != 401 {} }).await;
    assert!(revoked.elapsed() < SOON, "{:?}", revoked.elapsed());
}
