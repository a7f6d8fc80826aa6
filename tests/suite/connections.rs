//! Connections to vendors: how long and how many are kept, and what becomes of a write on one that the vendor has closed.

use std::process::Stdio;

use mortise_tests::client::Client;
use mortise_tests::expect;
use mortise_tests::host::{Setup, create, mortise_binary};
use mortise_tests::vendor::{Behaviour, Vendor};
use serde_json::{Value, json};
use tokio::process::Command;
use uuid::Uuid;

use crate::fixtures::{AGENT_ID, ada, agent};
use crate::process::Operator;

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_connection_the_vendor_has_closed_goes_out_on_a_new_one() {
    // It closes after each answer, and does not say so before.
    let vendor = Vendor::start(Behaviour::raw(agent().to_bytes())).await;
    let host = Setup::new().limits(|limits| limits.vendor_retries = 0).plugin_at("dixa", &vendor.url()).start().await;
    let account = host.account("dixa").await;
    for number in 1..=40 {
        let answer = host.client().post(&create("ticketing", account, ""), &ada()).await;
        assert_eq!(answer.status, 201, "{number}: {}", answer.text());
        vendor.wait_for_closed(number).await;
    }
    assert_eq!((vendor.requests().len(), vendor.connections()), (40, 40), "each write arrived once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_kept_whether_or_not_the_answer_tells_its_length() {
    let vendor = Vendor::start(agent()).await;
    let host = Setup::new().plugin_at("dixa", &vendor.url()).start().await;
    let account = host.account("dixa").await;
    for _ in 0..3 {
        let (in_chunks, gate) = Behaviour::gated([json!({"data": {"id": AGENT_ID}}).to_string()]);
        gate.release();
        gate.release();
        vendor.next(in_chunks);
        for _ in 0..2 {
            let answer = host.client().post(&create("ticketing", account, ""), &ada()).await;
            assert_eq!(answer.status, 201, "{}", answer.text());
        }
    }
    assert_eq!((vendor.requests().len(), vendor.connections()), (6, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_given_up_before_the_vendor_does() {
    let vendor = Vendor::start(agent()).await;
    let host = Setup::new().plugin_at("dixa", &vendor.url()).start().await;
    let account = host.account("dixa").await;
    let call = async |keep_alive: &str| {
        vendor.next(agent().header("keep-alive", keep_alive));
        assert_eq!(host.client().post(&create("ticketing", account, ""), &ada()).await.status, 201);
    };
    // Not kept at all: there is no time that is less than a second.
    call("timeout=1").await;
    call("timeout=1").await;
    assert_eq!(vendor.connections(), 2);
    call("timeout=60").await;
    call("timeout=2, max=100").await;
    assert_eq!(vendor.connections(), 3, "a connection is kept");
    vendor.wait_for_closed(3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_of_many_accounts_stay_below_the_limit_of_open_files() {
    let vendor = Vendor::start(agent()).await;
    let configuration = format!(
        "listen = \"127.0.0.1:0\"\nadmin_listen = \"off\"\n[limits]\nconcurrent_calls = 8\ntoken_requests = 0\n\
         concurrent_calls_per_integration = 8\ninterpreter_concurrent_calls = 8\n\
         interpreter_concurrent_calls_per_integration = 8\n[integrations.dixa]\norigin = \"{}\"\n",
        vendor.url()
    );
    let operator = Operator::new(&configuration, &["dixa"]);
    operator.run(&["key", "init"]).await;
    operator.run(&["grant", "dixa", "--yes"]).await;
    let token = operator.run(&["token", "create", "--scope", "admin"]).await;
    let limited = |command: &str| {
        let line = format!("ulimit -n 200; exec {} {command}", mortise_binary().display());
        let mut shell = Command::new("sh");
        shell.args(["-c", &line]).current_dir(operator.directory()).env_clear().stdin(Stdio::null()).kill_on_drop(true);
        shell
    };
    // 200, less 16 connections of callers, 8 of calls and 128 for the rest.
    const IDLE: usize = 48;
    let output = expect("end of the command", limited("check-config --show").output()).await.expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("open files: 200; calls may need 160; idle connections to vendors: at most 48"), "{said}");

    let (_serving, client) = operator.serve_with(limited("serve")).await;
    let client: Client = client.token(&token);
    for number in 1..=100 {
        let body = json!({"integration": "dixa", "tenant_id": "t", "context": {"api_token": "placeholder-value"}});
        let account: Value = client.post("/integrated-account", &body).await.json();
        let account: Uuid = account["id"].as_str().expect("an id").parse().expect("an id");
        let answer = client.post(&create("ticketing", account, ""), &ada()).await;
        assert_eq!(answer.status, 201, "{number}: {}", answer.text());
    }
    assert_eq!(vendor.connections(), 100, "no account uses the connection of another");
    vendor.wait_for_closed(100 - IDLE).await;
}
