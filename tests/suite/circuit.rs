//! The host pauses calls to a plugin whose calls all break, and no caller can use this to lock others out.

use mortise_tests::client::Answer;
use mortise_tests::host::{Host, Setup, create, update};
use mortise_tests::vendor::{self, Vendor};
use serde_json::{Value, json};
use uuid::Uuid;

/// Milliseconds. Longer than a test runs.
const LONG: u64 = 600_000;

async fn start(slug: &str, failures: u32, open_ms: u64) -> (Vendor, Host) {
    let vendor = Vendor::start(vendor::Answer::json(200, &json!({ "id": "1", "name": "Ada" }))).await;
    let limits = |limits: &mut mortise::config::Limits| {
        (limits.circuit_failures, limits.circuit_open_ms, limits.circuit_open_max_ms) = (failures, open_ms, open_ms);
    };
    let setup = Setup::new().plugin_at(slug, &vendor.url()).plugin_at("egress-prober", &vendor.url());
    (vendor, setup.limits(limits).start().await)
}

/// Calls `create-user`, in which these components attack.
async fn attack(host: &Host, account: Uuid, name: &str) -> Answer {
    host.client().post(&create("ticketing", account, ""), &json!({ "name": name })).await
}

/// Calls `update-user`, in which these components are honest.
async fn honest(host: &Host, account: Uuid) -> Answer {
    host.client().patch(&update("ticketing", "1", account, ""), &json!({ "name": "Ada" })).await
}

async fn circuit(host: &Host, slug: &str) -> Value {
    host.client().get(&format!("/integration/{slug}")).await.json()["circuit"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_only_breaks_is_given_a_rest_until_another_account_finds_it_well() {
    let (vendor, host) = start("trap", 3, LONG).await;
    let (account, another) = (host.account("trap").await, host.account("trap").await);
    for name in ["none", "panic", "exit-1"] {
        assert_eq!(circuit(&host, "trap").await, "closed");
        assert_eq!(attack(&host, account, name).await.status, 502);
    }
    assert_eq!(circuit(&host, "trap").await, "open");
    let answer = honest(&host, account).await;
    assert_eq!(answer.status, 503, "{}", answer.text());
    let seconds: u64 = answer.header("retry-after").expect("always there").parse().expect("whole seconds");
    assert!((1..=LONG / 1_000).contains(&seconds), "{seconds}");
    assert!(answer.json().get("truto_is_remote_error").is_none());
    assert_eq!(vendor.requests().len(), 0, "the host does not call the plugin");

    let metrics = host.operator().get("/metrics").await.text();
    let gauge = |slug: &str, state: &str| format!("mortise_circuit{{integration=\"{slug}\",state=\"{state}\"}} 1");
    assert!(metrics.contains(&gauge("trap", "open")), "{metrics}");
    assert!(metrics.contains(&gauge("egress-prober", "closed")), "{metrics}");
    let bystander = host.account("egress-prober").await;
    assert_eq!(honest(&host, bystander).await.status, 200, "another integration still serves");

    // The probe is a call of an account whose calls did not break.
    assert_eq!(honest(&host, another).await.status, 200);
    assert_eq!(circuit(&host, "trap").await, "closed");
    assert_eq!(honest(&host, account).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_tried_again_by_itself() {
    let (_vendor, host) = start("trap", 2, 50).await;
    let account = host.account("trap").await;
    for _ in 0..2 {
        assert_eq!(attack(&host, account, "none").await.status, 502);
    }
    mortise_tests::expect("call after the rest", async {
        while honest(&host, account).await.status != 200 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    })
    .await;
    assert_eq!(circuit(&host, "trap").await, "closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_vendor_or_the_caller_does_wrong_is_not_the_plugins_breaking() {
    let (vendor, host) = start("trap", 2, LONG).await;
    let account = host.account("trap").await;
    for status in [500, 401, 403, 404, 429, 503] {
        vendor.next(vendor::Answer::json(status, &json!({ "message": "no" })));
        let answer = honest(&host, account).await;
        assert_eq!(answer.status, status);
        // A refused credential would stop the account's calls, so the test makes the account active again.
        host.client().patch(&format!("/integrated-account/{account}"), &json!({ "status": "active" })).await;
    }
    vendor.next(vendor::Behaviour::drop_before_answer());
    assert!(honest(&host, account).await.status >= 500);
    assert_eq!(circuit(&host, "trap").await, "closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_no_user_and_used_up_cpu_time_are_its_breaking() {
    let (_vendor, host) = start("liar-answer", 2, LONG).await;
    let account = host.account("liar-answer").await;
    for name in ["array", "string"] {
        assert_eq!(attack(&host, account, name).await.status, 502);
    }
    assert_eq!(circuit(&host, "liar-answer").await, "open");

    let (_vendor, host) = start("endless-loop", 1, LONG).await;
    let account = host.account("endless-loop").await;
    assert_eq!(attack(&host, account, "none").await.status, 502);
    assert_eq!(circuit(&host, "endless-loop").await, "open");
}
