//! Connections to vendors: how many the host keeps, for how long, and its handling of a write on a connection that the
//! vendor has closed.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::process::Stdio;
use std::sync::{Arc, mpsc};
use std::thread;

use http::Method;
use mortise::config::{EgressConfig, Limits};
use mortise::egress::{Network, SystemResolver, Transport};
use mortise_tests::client::{Client, Connection};
use mortise_tests::expect;
use mortise_tests::host::{Setup, create, mortise_binary};
use mortise_tests::tls::Authority;
use mortise_tests::vendor::{Behaviour, Vendor};
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use serde_json::{Value, json};
use tokio::process::Command;
use uuid::Uuid;

use crate::fixtures::{AGENT_ID, ada, agent};
use crate::process::Operator;

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_connection_the_vendor_has_closed_goes_out_on_a_new_one() {
    // The vendor closes the connection after each answer, and its answers do not announce that.
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

// One thread, so that the host cannot notice the end of the connection before the next write.
#[tokio::test]
async fn a_connection_that_the_vendor_has_closed_is_not_used_even_if_nobody_has_heard_of_it() {
    const WRITES: usize = 100;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback");
    let url = format!("http://{}/", listener.local_addr().expect("a bound socket"));
    let ((read, is_read), (closed, is_closed)) = (mpsc::channel(), mpsc::channel());
    let vendor = thread::spawn(move || {
        for _ in 0..WRITES {
            let (mut stream, _) = listener.accept().expect("a connection");
            assert_ne!(stream.read(&mut [0; 4096]).expect("a request"), 0);
            stream.write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}").expect("it takes the answer");
            is_read.recv().expect("the host reads the answer");
            drop(stream);
            closed.send(()).expect("the test listens");
        }
    });
    let network = Network::new(&Limits::default(), &EgressConfig::default(), Arc::new(SystemResolver));
    let network = network.expect("a network");
    let account = Uuid::now_v7();
    for number in 1..=WRITES {
        let write = reqwest::Request::new(Method::POST, url.parse().expect("a URL"));
        let answer = network.send(account, true, write).await;
        let answer = answer.unwrap_or_else(|error| panic!("write {number}: {error:?}"));
        let answer = reqwest::Response::from(answer);
        assert_eq!(answer.text().await.expect("a body"), "{}");
        read.send(()).expect("the vendor listens");
        is_closed.recv().expect("the vendor closes the connection");
    }
    vendor.join().expect("the vendor got each write once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tls_connection_is_used_again() {
    let (vendor, authority) = (Vendor::start(agent()).await, Authority::new());
    let front = authority.in_front_of(vendor.address(), "127.0.0.1", 2100).await;
    let egress = EgressConfig { proxy: None, ca_file: Some(authority.file()) };
    let origin = format!("https://127.0.0.1:{}", front.address.port());
    let host = Setup::new().plugin_at("dixa", &origin).egress(egress).start().await;
    let account = host.account("dixa").await;
    for _ in 0..20 {
        assert_eq!(host.client().post(&create("ticketing", account, ""), &ada()).await.status, 201);
    }
    assert_eq!((vendor.requests().len(), vendor.connections()), (20, 1));
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
    // The host gives a connection up 1 s before the vendor's time ends, so it does not keep this one.
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
    let (operator, token) = operator_of(&vendor, 8).await;
    let limited = |command: &str| {
        let line = format!("ulimit -n 200; exec {} {command}", mortise_binary().display());
        let mut shell = Command::new("sh");
        shell.args(["-c", &line]).current_dir(operator.directory()).env_clear().stdin(Stdio::null()).kill_on_drop(true);
        shell
    };
    // 200 files, minus 16 for callers' connections, 8 for calls and 128 for other uses.
    const IDLE: usize = 48;
    let output = expect("end of the command", limited("check-config --show").output()).await.expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("open files: 200; calls may need 160; idle connections to vendors: at most 48"), "{said}");

    let (_serving, client) = operator.serve_with(limited("serve")).await;
    let client: Client = client.token(&token);
    for number in 1..=100 {
        let account = new_account(&client).await;
        let answer = client.post(&create("ticketing", account, ""), &ada()).await;
        assert_eq!(answer.status, 201, "{number}: {}", answer.text());
    }
    assert_eq!(vendor.connections(), 100, "no account uses the connection of another");
    vendor.wait_for_closed(100 - IDLE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_without_open_files_gives_up_idle_connections_and_then_says_what_it_lacks() {
    let vendor = Vendor::start(agent()).await;
    let (operator, token) = operator_of(&vendor, 200).await;
    let (serving, client) = operator.serve().await;
    let client = client.token(&token);
    let mut accounts = Vec::new();
    for _ in 0..9 {
        accounts.push(new_account(&client).await);
    }
    let [idle @ .., first, second] = accounts.as_slice() else { panic!("nine accounts") };
    for account in idle {
        assert_eq!(client.post(&create("ticketing", *account, ""), &ada()).await.status, 201);
    }
    assert_eq!(vendor.connections(), idle.len());
    // These callers' connections exist before the limit, so the host needs no new file for them.
    let (mut one, mut two) = (accepted(&client).await, accepted(&client).await);

    let mut callers = take_every_file(serving.id(), &client).await;
    one.send(client.request("POST", &create("ticketing", *first, ""), Some(&ada()))).await;
    let answer = one.answer().await.expect("an answer");
    assert_eq!(answer.status, 201, "{}", answer.text());
    vendor.wait_for_closed(idle.len()).await;

    // Callers take the numbers that are free again.
    loop {
        tokio::select! {
            () = vendor.wait_for_closed(idle.len() + 1) => break,
            caller = accepted(&client) => callers.push(caller),
        }
    }

    limit_files(serving.id(), 0);
    two.send(client.request("POST", &create("ticketing", *second, ""), Some(&ada()))).await;
    let answer = two.answer().await.expect("an answer");
    assert_eq!(answer.status, 503, "{}", answer.text());
    let told = answer.json()["message"].as_str().expect("a message").to_owned();
    assert!(told.contains("this host") && told.contains("open files") && told.contains("LimitNOFILE"), "{told}");
    assert!(answer.header("retry-after").is_some());
    drop(callers);
}

/// A caller's connection that the host has accepted.
async fn accepted(client: &Client) -> Connection {
    let address = client.url().trim_start_matches("http://").to_owned();
    let mut connection = Connection::open(address.parse().expect("an address")).await;
    connection.send(format!("GET /healthz HTTP/1.1\r\nhost: {address}\r\n\r\n")).await;
    assert_eq!(connection.answer().await.expect("an answer").status, 200);
    connection
}

/// An operator whose host takes this many calls at a time, of callers with twice as many connections, and sends those of `dixa` to
/// this vendor; an API token. The number of the database's open files is constant: the host has one connection to it, and writes no
/// log of calls.
async fn operator_of(vendor: &Vendor, calls: u32) -> (Operator, String) {
    let configuration = format!(
        "listen = \"127.0.0.1:0\"\nadmin_listen = \"off\"\n[limits]\nconcurrent_calls = {calls}\ntoken_requests = 0\nlog_account_entries = 0\n\
         database_connections = 1\n\
         concurrent_calls_per_integration = 8\ninterpreter_concurrent_calls = 8\n\
         interpreter_concurrent_calls_per_integration = 8\n[integrations.dixa]\norigin = \"{}\"\n",
        vendor.url()
    );
    let operator = Operator::new(&configuration, &["dixa"]);
    operator.run(&["key", "init"]).await;
    operator.run(&["grant", "dixa", "--yes"]).await;
    let token = operator.run(&["token", "create", "--scope", "admin"]).await;
    (operator, token)
}

async fn new_account(client: &Client) -> Uuid {
    let body = json!({"integration": "dixa", "tenant_id": "t", "context": {"api_token": "placeholder-value"}});
    let account: Value = client.post("/integrated-account", &body).await.json();
    account["id"].as_str().expect("an id").parse().expect("an id")
}

/// Takes every file that a process may open: callers connect until the kernel enlarges its table of open files, which it does
/// when all numbers of the table are taken. The limit of the process is then the next number. The kernel shows this size to
/// everybody, and the open files of a `mortise` to root alone.
async fn take_every_file(process: u32, client: &Client) -> Vec<Connection> {
    let (size, mut callers) = (table_of_files(process), Vec::new());
    while table_of_files(process) == size {
        callers.push(accepted(client).await);
    }
    limit_files(process, size + 1);
    callers
}

/// How many open files the kernel's table for a process has room for.
fn table_of_files(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("Linux");
    let size = status.lines().find_map(|line| line.strip_prefix("FDSize:")).expect("a process has a table");
    size.trim().parse().expect("a number")
}

/// Lets a process open no file with this number or a larger one.
fn limit_files(process: u32, number: u64) {
    let limit = Rlimit { current: Some(number), ..getrlimit(Resource::Nofile) };
    prlimit(Pid::from_raw(process.cast_signed()), Resource::Nofile, limit).expect("the limit can be lowered");
}
