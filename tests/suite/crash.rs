//! The test kills the host at random moments under load, and checks its promises afterwards.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use mortise_tests::client::{Answer as CallersAnswer, Client};
use mortise_tests::host::{create, update};
use mortise_tests::spawned::Spawned;
use mortise_tests::vendor::{Answer, Behaviour, Recorded, Vendor};
use rand::RngExt;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection};
use tokio::task::JoinSet;
use uuid::Uuid;

/// The number of kills.
const ROUNDS: usize = 6;
/// The number of concurrent callers.
const CALLERS: usize = 8;

/// One request with a key, and its answer if one arrived.
struct Sent {
    method: &'static str,
    target: String,
    key: String,
    body: Value,
    answer: Option<CallersAnswer>,
}

impl Sent {
    async fn again(&self, client: &Client) -> CallersAnswer {
        keyed(client, &self.key).send(self.method, &self.target, Some(&self.body)).await
    }
}

#[derive(Default)]
struct Promised {
    sent: Vec<Sent>,
    accounts: Vec<Uuid>,
}

fn keyed(client: &Client, key: &str) -> Client {
    client.clone().header("idempotency-key", key)
}

/// A vendor's answer with the name in the request.
fn namesake(request: &Recorded) -> Answer {
    let name = if request.method == "GET" { json!("as it was") } else { request.json()["displayName"].clone() };
    Answer::json(200, &json!({"data": {"id": "7", "displayName": name, "email": "ada@example.com"}}))
}

/// The number of writes that the vendor got, by name.
fn writes(vendor: &Vendor) -> BTreeMap<String, usize> {
    let mut writes = BTreeMap::new();
    for request in vendor.requests().iter().filter(|request| request.method != "GET") {
        *writes.entry(request.json()["displayName"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    writes
}

/// Sends calls with keys and makes accounts until the host does not answer.
async fn load(client: Client, account: Uuid, caller: String, promised: Arc<Mutex<Promised>>) {
    for number in 0.. {
        let key = format!("{caller}-{number}");
        // Clears a field, so that the integration reads before it writes.
        let (method, target, body) = match number % 3 {
            0 => ("PATCH", update("ticketing", "7", account, ""), json!({"name": key, "first_name": null})),
            _ => {
                ("POST", create("ticketing", account, ""), json!({"name": key, "emails": [{"email": "a@example.com"}]}))
            }
        };
        let answer = keyed(&client, &key).try_send(method, &target, Some(&body)).await;
        let gone = answer.is_none();
        promised.lock().unwrap().sent.push(Sent { method, target, key, body, answer });
        if gone {
            return;
        }
        let new = json!({"integration": "dixa", "tenant_id": caller, "context": {"api_token": "secret-value"}});
        match client.try_send("POST", "/integrated-account", Some(&new)).await {
            Some(made) => {
                assert_eq!(made.status, 201, "{}", made.text());
                promised.lock().unwrap().accounts.push(made.json()["id"].as_str().unwrap().parse().unwrap());
            }
            None => return,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_killed_under_load_breaks_no_promise() {
    let vendor = Vendor::start(Behaviour::by(namesake)).await;
    let mut host = Spawned::start("dixa", &vendor.url(), &[]).await;
    let (admin, account) = (host.admin_client(), host.account);
    let promised: Arc<Mutex<Promised>> = Arc::default();
    let mut all = Promised::default();
    for round in 0..ROUNDS {
        let mut callers = JoinSet::new();
        for caller in 0..CALLERS {
            callers.spawn(load(admin.clone(), account, format!("{round}-{caller}"), promised.clone()));
        }
        let moment = vendor.requests().len() + rand::rng().random_range(1..60);
        vendor.wait_for_requests(moment).await;
        host.kill();
        callers.join_all().await;
        host.restart().await;

        let Promised { sent, accounts } = std::mem::take(&mut *promised.lock().unwrap());
        check_keys(&vendor, &host, &admin, &sent).await;
        all.sent.extend(sent);
        all.accounts.extend(accounts);
    }
    // All promises since the first kill hold after the last kill.
    check_keys(&vendor, &host, &admin, &all.sent).await;
    check_accounts(&admin, &all.accounts).await;
}

/// Checks that every key repeats its first answer, and that no key has written twice.
async fn check_keys(vendor: &Vendor, host: &Spawned, client: &Client, sent: &[Sent]) {
    let before = writes(vendor);
    for call in sent {
        let again = call.again(client).await;
        let replayed = again.header("idempotent-replayed") == Some("true");
        let written = before.get(&call.key).copied().unwrap_or_default();
        match &call.answer {
            Some(first) => {
                assert!(first.status < 300, "{}", first.text());
                assert_eq!((again.status, &again.body, replayed), (first.status, &first.body, true), "{}", call.key);
                assert_eq!(again.json()["name"], call.key, "it is the answer of this call");
                assert_eq!(written, 1, "{}", call.key);
            }
            // The caller did not get the answer: either the host has kept it, or the call never began, or its outcome
            // is unknown until its lease ends.
            None => match again.status {
                200 | 201 => assert_eq!(written, usize::from(replayed), "{}", call.key),
                409 => {}
                _ => panic!("{}: {}", call.key, again.text()),
            },
        }
    }
    let mut database = AnyConnection::connect(host.database.expose_secret()).await.unwrap();
    sqlx::query("UPDATE idempotency_key SET lease_until = 0 WHERE state <> 'kept'")
        .execute(&mut database)
        .await
        .unwrap();
    let before = writes(vendor);
    for call in sent.iter().filter(|call| call.answer.is_none()) {
        let again = call.again(client).await;
        let replayed = again.header("idempotent-replayed") == Some("true");
        let written = before.get(&call.key).copied().unwrap_or_default();
        match again.status {
            200 | 201 => assert_eq!(written, usize::from(replayed), "{}", call.key),
            409 => {
                let text = again.text();
                assert!(again.header("retry-after").is_none() && text.contains("unknown") && written <= 1, "{text}");
            }
            _ => panic!("{}: {}", call.key, again.text()),
        }
    }
    for (name, count) in writes(vendor) {
        assert_eq!(count, 1, "{name} was written more than once");
    }
}

/// Checks that every promised account exists, and that every existing account is complete.
async fn check_accounts(client: &Client, promised: &[Uuid]) {
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = client.get(&format!("/integrated-account?limit=200{cursor}")).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let page = page.json();
        let ids = page["result"]
            .as_array()
            .unwrap()
            .iter()
            .map(|account| account["id"].as_str().unwrap().parse::<Uuid>().unwrap());
        found.extend(ids);
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&next_cursor={next}"),
            None => break,
        }
    }
    for account in promised {
        assert!(found.contains(account), "{account} is lost");
    }
    // A dry run opens the account's credentials and sends nothing.
    for account in found {
        let body = json!({"name": "whole", "emails": [{"email": "a@example.com"}]});
        let answer = client.post(&create("ticketing", account, "&mortise_dry_run=true"), &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}
