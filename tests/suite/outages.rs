//! The database is unreachable, locked, full or read-only. Callers get a 503 that says so, no data is damaged, and the
//! host recovers by itself.

use std::process::{Command, Stdio};
use std::time::Instant;

use mortise_tests::cable::Cable;
use mortise_tests::client::{Answer as CallersAnswer, Client};
use mortise_tests::host::{Host, Setup, create};
use mortise_tests::spawned::Spawned;
use mortise_tests::vendor::Vendor;
use mortise_tests::{database, expect};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sqlx::Connection;
use tempfile::TempDir;
use url::Url;

use crate::fixtures::{ada, agent};

fn new_account() -> Value {
    json!({"integration": "dixa", "tenant_id": "t", "context": {"api_token": "secret-value"}})
}

async fn make_account(client: &Client) -> CallersAnswer {
    client.post("/integrated-account", &new_account()).await
}

fn reasons(answer: &CallersAnswer) -> String {
    assert_eq!(answer.status, 503, "{}", answer.text());
    answer.json()["reasons"].to_string()
}

fn assert_unavailable(answer: &CallersAnswer, why: &str) {
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")), "{}", answer.text());
    let message = answer.json()["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("the host's database ") && message.contains(why), "{message}");
}

/// Asks until the host is ready again.
async fn ready_again(host: &Host) {
    expect("ready host", async { while host.client().get("/readyz").await.status != 200 {} }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_be_reached_is_a_503_until_it_can() {
    if !database::is_postgres() {
        return;
    }
    let (vendor, data) = (Vendor::start(agent()).await, TempDir::new().unwrap());
    let mut cable = Cable::to(&database::url(data.path()).await).await;
    let setup = Setup::new().plugin_at("dixa", &vendor.url()).database(&cable.url());
    let host = setup.start_in(data).await;
    let account = host.account("dixa").await;
    let target = create("ticketing", account, "");
    let keyed = host.client().header("idempotency-key", "through-the-outage");
    assert_eq!(keyed.post(&target, &ada()).await.status, 201);

    cable.cut().await;
    assert!(reasons(&host.client().get("/readyz").await).contains("cannot be reached"));
    assert_eq!(host.client().get("/healthz").await.status, 200);
    assert_unavailable(&make_account(&host.client()).await, "cannot be reached");
    assert_unavailable(&keyed.post(&target, &ada()).await, "cannot be reached");

    cable.mend().await;
    ready_again(&host).await;
    assert_eq!(make_account(&host.client()).await.status, 201);
    assert_eq!(keyed.post(&target, &ada()).await.header("idempotent-replayed"), Some("true"));
    assert_eq!(vendor.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_file_that_another_process_locks_is_a_503_until_it_lets_go() {
    let (vendor, data) = (Vendor::start(agent()).await, TempDir::new().unwrap());
    let file = format!("sqlite://{}", data.path().join("mortise.db").display());
    let setup = Setup::new().plugin_at("dixa", &vendor.url()).database(&format!("{file}?mode=rwc"));
    let host = setup.start_in(data).await;
    let account = host.account("dixa").await;
    let mut other = sqlx::AnyConnection::connect(&file).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();

    let (client, target) = (host.client(), create("ticketing", account, ""));
    let keyed = client.clone().header("idempotency-key", "locked");
    let body = ada();
    let (made, called, ready) = tokio::join!(make_account(&client), keyed.post(&target, &body), client.get("/readyz"));
    assert_unavailable(&made, "is locked by another process");
    assert_unavailable(&called, "is locked by another process");
    assert!(reasons(&ready).contains("does not answer in time"));
    assert_eq!(vendor.requests().len(), 0, "without its key in the database, the host makes no call");
    assert_eq!(client.post(&target, &ada()).await.status, 201, "a call without a key only reads");

    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    ready_again(&host).await;
    assert_eq!((make_account(&client).await.status, keyed.post(&target, &ada()).await.status), (201, 201));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_another_process_locks_is_a_503_well_inside_the_calls_time() {
    if !database::is_postgres() {
        return;
    }
    let vendor = Vendor::start(agent()).await;
    let host = Setup::new().plugin_at("dixa", &vendor.url()).start().await;
    let target = create("ticketing", host.account("dixa").await, "");
    let url = host.app.service.config.database_url.as_ref().unwrap();
    let mut other = sqlx::AnyConnection::connect(url.expose_secret()).await.unwrap();
    sqlx::query("BEGIN").execute(&mut other).await.unwrap();
    sqlx::query("LOCK TABLE idempotency_key IN ACCESS EXCLUSIVE MODE").execute(&mut other).await.unwrap();

    let keyed = host.client().header("idempotency-key", "locked");
    let begun = Instant::now();
    assert_unavailable(&keyed.post(&target, &ada()).await, "is locked by another process");
    assert!(begun.elapsed() < host.app.service.config.limits.call_deadline() / 2, "{:?}", begun.elapsed());
    assert_eq!(vendor.requests().len(), 0);
    assert_eq!(host.client().post(&target, &ada()).await.status, 201, "a call without a key is served");

    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    assert_eq!(keyed.post(&target, &ada()).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_database_is_a_503_for_what_writes_and_serves_the_rest() {
    let vendor = Vendor::start(agent()).await;
    let host = Setup::new().plugin_at("dixa", &vendor.url()).start().await;
    let (account, token) = (host.account("dixa").await, host.admin_token().to_owned());
    if database::is_postgres() {
        for (setting, is_read_only) in [("SET default_transaction_read_only = on", true), ("RESET ALL", false)] {
            set_database(&host, setting).await;
            if is_read_only {
                check_read_only(&host, host.client(), &create("ticketing", account, "")).await;
            }
        }
        ready_again(&host).await;
        assert_eq!(make_account(&host.client()).await.status, 201);
        return;
    }
    let data = host.shut_down().await;
    let file = data.path().join("mortise.db").display().to_string();
    let start = |mode: &str, data| {
        let url = format!("sqlite://{file}?mode={mode}");
        Setup::new().plugin_at("dixa", &vendor.url()).database(&url).admin(&token).start_in(data)
    };
    let host = start("ro", data).await;
    let client = Client::new(host.address).token(&token);
    check_read_only(&host, client.clone(), &create("ticketing", account, "")).await;
    let host = start("rw", host.shut_down().await).await;
    let client = Client::new(host.address).token(&token);
    assert_eq!(make_account(&client).await.status, 201);
}

/// Changes a setting of the host's PostgreSQL database, and ends the connections that have the old one.
async fn set_database(host: &Host, setting: &str) {
    let url = Url::parse(host.app.service.config.database_url.as_ref().unwrap().expose_secret()).unwrap();
    let name = url.path().trim_start_matches('/');
    let mut server = sqlx::AnyConnection::connect(&std::env::var(database::VARIABLE).unwrap()).await.unwrap();
    let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    for statement in [format!("ALTER DATABASE {name} {setting}"), end] {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut server).await.unwrap();
    }
}

async fn check_read_only(host: &Host, client: Client, target: &str) {
    assert_unavailable(&make_account(&client).await, "is read-only");
    assert_unavailable(&client.clone().header("idempotency-key", "k").post(target, &ada()).await, "is read-only");
    assert!(reasons(&Client::new(host.address).get("/readyz").await).contains("is read-only"));
    assert_eq!(client.post(target, &ada()).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_a_503_and_leaves_everything_whole() {
    if database::is_postgres() {
        return;
    }
    let vendor = Vendor::start(agent()).await;
    let host = Spawned::start("dixa", &vendor.url(), &[]).await;
    let (client, target) = (host.client(), create("ticketing", host.account, ""));
    // The limit is the present size of the file, so the kernel refuses to let it grow, as on a full disk.
    let limit = |bytes: &str| {
        let limit = ["--pid", &host.id().to_string(), &format!("--fsize={bytes}:")];
        let set = Command::new("prlimit").args(limit).stdin(Stdio::null()).status().expect("prlimit starts");
        assert!(set.success());
    };
    limit("400000");
    let mut kept = Vec::new();
    let refused = expect("full disk", async {
        loop {
            let key = format!("call-{}", kept.len());
            let answer = client.clone().header("idempotency-key", &key).post(&target, &ada()).await;
            if answer.status != 201 {
                break answer;
            }
            kept.push((key, answer.body));
        }
    })
    .await;
    assert_unavailable(&refused, "its disk");
    assert_eq!(vendor.requests().len(), kept.len(), "the host sends no call that it cannot store");

    limit("unlimited");
    let again = client.clone().header("idempotency-key", "afterwards").post(&target, &ada()).await;
    assert_eq!(again.status, 201, "{}", again.text());
    // The limit may have been reached between the host's mark for the call and the stored answer.
    let last = kept.len() - 1;
    for (number, (key, body)) in kept.iter().enumerate() {
        let answer = client.clone().header("idempotency-key", key).post(&target, &ada()).await;
        let replayed = answer.header("idempotent-replayed") == Some("true") && &answer.body == body;
        assert!(replayed || (number == last && answer.status == 409), "{key}: {}", answer.text());
    }
    let mut connection = sqlx::AnyConnection::connect(host.database.expose_secret()).await.unwrap();
    let checked: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap();
    assert_eq!(checked, "ok");
}
