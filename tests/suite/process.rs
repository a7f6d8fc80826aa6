//! The `mortise` executable as an operator runs it: commands in their own directory, and a running host.

use std::path::Path;
use std::process::Stdio;

use mortise_tests::client::{Answer, Client};
use mortise_tests::components::component;
use mortise_tests::expect;
use mortise_tests::host::{create, mortise_binary};
use mortise_tests::running::Running;
use mortise_tests::signal::{self, Signal};
use mortise_tests::vendor::{Answer as VendorAnswer, Behaviour, Vendor};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{ChildStderr, Command};
use uuid::Uuid;

use crate::fixtures::{AGENT_ID, ada, agent};

/// A directory with `mortise.toml`, plugins, and the files of the commands.
pub(crate) struct Operator(TempDir);

impl Operator {
    pub(crate) fn new(configuration: &str, slugs: &[&str]) -> Self {
        let directory = TempDir::new().unwrap();
        std::fs::write(directory.path().join("mortise.toml"), configuration).unwrap();
        std::fs::create_dir(directory.path().join("plugins")).unwrap();
        let operator = Self(directory);
        slugs.iter().for_each(|slug| operator.install(slug, &component(slug)));
        operator
    }

    fn install(&self, slug: &str, bytes: &[u8]) {
        std::fs::write(self.0.path().join("plugins").join(slug).with_extension("wasm"), bytes).unwrap();
    }

    /// The working directory of the commands.
    pub(crate) fn directory(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(mortise_binary());
        command.args(arguments).current_dir(self.0.path()).env_clear().stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Runs a command to its end and returns its output.
    pub(crate) async fn run(&self, arguments: &[&str]) -> String {
        let output = expect("end of the command", self.command(arguments).output()).await.expect("it starts");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// Starts a long-running command, and reads its output until a line has this text. Returns the output before that
    /// line.
    pub(crate) async fn start(&self, command: Command, wanted: &str) -> (Running, String) {
        let mut running = Running::start(command);
        let mut before = String::new();
        let read = async {
            while let Some(line) = running.err.recv().await {
                if line.contains(wanted) {
                    return;
                }
                before = std::mem::take(&mut before) + &line + "\n";
            }
            panic!("no `{wanted}` in:\n{before}");
        };
        expect("line of a running command", read).await;
        (running, before)
    }

    /// `mortise serve`, and a client without a token.
    pub(crate) async fn serve(&self) -> (Running, Client) {
        self.serve_with(self.command(&["serve"])).await
    }

    /// Starts a command that serves, and returns a client without a token.
    pub(crate) async fn serve_with(&self, command: Command) -> (Running, Client) {
        let mut serving = Running::start(command);
        let line = expect("line of a host that serves", serving.line(r#""message":"serving""#)).await;
        let line: Value = serde_json::from_str(&line).expect("the log of a service is JSON");
        (serving, Client::new(line["address"].as_str().unwrap().parse().unwrap()))
    }
}

/// Reads the lines of a log until a line has this text.
async fn logged(log: &mut Lines<BufReader<ChildStderr>>, wanted: &str) -> Value {
    let found = async {
        loop {
            let line = log.next_line().await.expect("a log").expect("a line");
            if line.contains(wanted) {
                return serde_json::from_str(&line).expect("JSON");
            }
        }
    };
    expect("line of a log", found).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_nobody_reads_holds_up_neither_requests_nor_the_end_and_lines_left_out_are_counted() {
    /// Requests whose lines fill the pipe and the queue: each writes several kilobytes.
    const MOST: usize = 20_000;
    let operator = Operator::new("listen = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\n", &[]);
    operator.run(&["key", "init"]).await;
    let mut command = operator.command(&["serve"]);
    let mut host = command.env("MORTISE_LOG", "trace").stderr(Stdio::piped()).spawn().expect("it starts");
    let mut log = BufReader::new(host.stderr.take().unwrap()).lines();
    let serving = logged(&mut log, r#""message":"serving""#).await;
    let client = Client::new(serving["admin_address"].as_str().unwrap().parse().unwrap());
    let dropped = async || {
        let metrics = client.get("/metrics").await.text();
        let line = metrics.lines().find_map(|line| line.strip_prefix("mortise_log_lines_dropped_total "));
        line.expect("a metric").parse::<u64>().expect("a number")
    };
    // Nobody reads the log.
    let overflow = async |before: u64| {
        for request in 0..MOST {
            assert_eq!(client.get("/healthz").await.status, 200);
            if request % 50 == 0 && dropped().await > before {
                return;
            }
        }
        panic!("no line was left out in {MOST} requests");
    };
    overflow(0).await;
    // The test reads again: first come the queued lines, then one line with the number of lost lines.
    let told = logged(&mut log, "log lines were left out").await;
    assert_eq!((&told["level"], told["lines"].as_u64()), (&json!("WARN"), Some(dropped().await)), "{told}");
    overflow(dropped().await).await;
    signal::send(host.id().unwrap(), Signal::TERM);
    assert_eq!(expect("end of the host", host.wait()).await.expect("a child").code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_serves_what_is_granted_and_finishes_its_calls_before_it_ends() {
    let vendor = Vendor::start(agent()).await;
    let configuration = format!(
        "listen = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\n[integrations.dixa]\norigin = \"{}\"\n",
        vendor.url()
    );
    let operator = Operator::new(&configuration, &["dixa", "planhat"]);
    operator.run(&["key", "init"]).await;
    operator.run(&["grant", "dixa", "--yes"]).await;
    let admin = operator.run(&["token", "create", "--scope", "admin", "--expires", "1d"]).await;
    let call = operator.run(&["token", "create", "--scope", "call"]).await;

    let (mut serving, nobody) = operator.serve().await;
    let (admin_client, caller) = (nobody.clone().token(&admin), nobody.token(&call));
    let body = json!({"integration": "dixa", "tenant_id": "t", "context": {"api_token": "placeholder-value"}});
    let account = admin_client.post("/integrated-account", &body).await;
    assert_eq!(account.status, 201, "{}", account.text());
    let account: Uuid = account.json()["id"].as_str().unwrap().parse().unwrap();
    let target = create("ticketing", account, "");
    let answer = caller.post(&target, &ada()).await;
    assert_eq!((answer.status, &answer.json()["id"]), (201, &json!(AGENT_ID)), "{}", answer.text());
    assert_eq!(vendor.requests()[0].header("authorization"), Some("placeholder-value"));

    // The host does not serve a component without a grant, and only the operator sees the reason.
    let refused = async |client: &Client, slug: &str| {
        let plugin = client.get(&format!("/integration/{slug}")).await.json();
        assert_eq!(plugin["state"], "refused", "{plugin}");
        plugin["reason"].as_str().map(str::to_owned)
    };
    let reason = refused(&admin_client, "planhat").await.expect("a reason");
    assert!(reason.contains("not granted") && reason.contains("`mortise grant planhat`"), "{reason}");
    assert_eq!(refused(&caller, "planhat").await, None);
    assert_eq!(admin_client.get("/integration/dixa").await.json()["state"], "active");
    let body = json!({"integration": "planhat", "tenant_id": "t", "context": {"api_token": "x"}});
    assert_eq!(admin_client.post("/integrated-account", &body).await.status, 400);

    // SIGTERM arrives while the vendor works.
    let (held, gate) = Behaviour::from(agent()).held();
    vendor.next(held);
    let mut in_flight = caller.open("POST", &target, Some(&ada())).await;
    vendor.wait_for_requests(2).await;
    serving.terminate();
    expect("line of a shutdown", serving.line("shutting down")).await;
    assert!(!serving.has_ended(), "the host waits for the call");
    gate.release();
    let answer: Answer = in_flight.answer().await.expect("an answer");
    assert_eq!((answer.status, answer.complete), (201, true), "{}", answer.text());
    assert_eq!(serving.ended().await.code(), Some(0));

    // The same component with an additional custom section: its bytes differ, so it needs another grant.
    let changed = [component("dixa").as_slice(), b"\x00\x05\x04note"].concat();
    operator.install("dixa", &changed);
    let (serving, nobody) = operator.serve().await;
    let (admin_client, caller) = (nobody.clone().token(&admin), nobody.clone().token(&call));
    let reason = refused(&admin_client, "dixa").await.expect("a reason");
    assert!(reason.contains("has changed") && reason.contains("`mortise grant dixa`"), "{reason}");
    let answer = caller.post(&target, &ada()).await;
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert!(answer.header("retry-after").is_some());
    assert_eq!(nobody.get("/readyz").await.status, 503, "no integration is served");
    assert_eq!(vendor.requests().len(), 2);
    serving.terminate();
    assert_eq!(serving.ended().await.code(), Some(0));

    operator.run(&["grant", "dixa", "--yes"]).await;
    let (serving, nobody) = operator.serve().await;
    assert_eq!(nobody.token(&call).post(&target, &ada()).await.status, 201);
    serving.terminate();
    assert_eq!(serving.ended().await.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_in_little_address_space_serves_as_many_calls_as_fit_or_says_why_it_does_not_start() {
    let vendor = Vendor::start(Behaviour::from(VendorAnswer::json(200, &json!({ "id": "1", "name": "Ada" })))).await;
    let configuration = format!(
        "listen = \"127.0.0.1:0\"\nadmin_listen = \"off\"\n[limits]\ncall_deadline_ms = 4000\naccount_requests = 0\n\
         [integrations.waits-on-vendor]\norigin = \"{}\"\n",
        vendor.url()
    );
    let operator = Operator::new(&configuration, &["waits-on-vendor"]);
    operator.run(&["key", "init"]).await;
    operator.run(&["grant", "waits-on-vendor", "--yes"]).await;
    let token = operator.run(&["token", "create", "--scope", "admin"]).await;
    let limited = |kibibytes: u32, command: &str| {
        let line = format!("ulimit -v {kibibytes}; exec {} {command}", mortise_binary().display());
        let mut shell = Command::new("sh");
        shell.args(["-c", &line]).current_dir(operator.directory()).env_clear().stdin(Stdio::null()).kill_on_drop(true);
        shell
    };
    for command in ["serve", "check-config"] {
        let output = expect("end of the command", limited(1_000_000, command).output()).await.expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{command}: {said}");
        assert!(said.contains("may use 1024000000 bytes of address space"), "{command}: {said}");
    }
    let output = expect("end of the command", limited(3_000_000, "check-config").output()).await.expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("`limits.concurrent_calls` (default): the address space of this process"), "{said}");

    let (_serving, client) = operator.serve_with(limited(3_000_000, "serve")).await;
    let client = client.token(&token);
    let account = client
        .post(
            "/integrated-account",
            &json!({
                "integration": "waits-on-vendor", "tenant_id": "t", "context": { "api_token": "placeholder-value" },
            }),
        )
        .await;
    assert_eq!(account.status, 201, "{}", account.text());
    let target = create("ticketing", account.json()["id"].as_str().unwrap().parse().unwrap(), "");
    let call = async || client.post(&target, &json!({ "name": "Ada" })).await;
    assert_eq!(call().await.status, 201);

    vendor.always(Behaviour::never());
    let statuses = futures_util::future::join_all((0..60).map(|_| async { call().await.status })).await;
    let count = |status: u16| statuses.iter().filter(|found| **found == status).count();
    // At most 23 calls fit at a time. On a slow machine, some calls come after the first have ended.
    assert!(count(504) >= 23 && count(503) > 0 && count(504) + count(503) == 60, "{statuses:?}");
    vendor.always(VendorAnswer::json(200, &json!({ "id": "1", "name": "Ada" })));
    assert_eq!(call().await.status, 201);
    assert_eq!(client.get("/integration/waits-on-vendor").await.json()["circuit"], "closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_in_use_is_named_with_its_setting_and_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    for (setting, other) in [("listen", "admin_listen"), ("admin_listen", "listen")] {
        let operator = Operator::new(&format!("{setting} = \"{address}\"\n{other} = \"127.0.0.1:0\"\n"), &[]);
        operator.run(&["key", "init"]).await;
        let output = expect("end of the command", operator.command(&["serve"]).output()).await.expect("it starts");
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(message.contains(&format!("{address} ({setting}) is in use: stop the process")), "{message}");
        assert_eq!(output.status.code(), Some(1), "{message}");
    }
}
