//! The operator's commands while a host runs: accounts, tokens and calls.

use std::process::{Output, Stdio};

use mortise_tests::expect;
use mortise_tests::host::mortise_binary;
use mortise_tests::vendor::Vendor;
use serde_json::{Value, json};
use sqlx::Connection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::fixtures::{AGENT_ID, ada, agent};
use crate::process::Operator;

/// Exit code and output of a command that must fail.
async fn refused(operator: &Operator, arguments: &[&str]) -> (Option<i32>, String) {
    let output = expect("end of the command", operator.command(arguments).output()).await.expect("it starts");
    assert!(output.stdout.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Runs a command with this standard input.
async fn fed(operator: &Operator, arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Output {
    let mut command = operator.command(arguments);
    command.envs(variables.iter().copied()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // A command that does not read may have ended already.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    expect("end of the command", child.wait_with_output()).await.expect("it is a child")
}

/// A command line in a shell on a terminal of `script`.
struct Terminal {
    child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
    shown: Vec<u8>,
}

impl Terminal {
    /// Starts the line, and waits until it asks this question.
    async fn start(operator: &Operator, line: &str, question: &str) -> Self {
        let mut command = Command::new("script");
        command.args(["-q", "-E", "always", "-e", "-c", line, "/dev/null"]).current_dir(operator.directory());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("script of util-linux");
        let (stdin, mut stdout) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
        let mut shown = Vec::new();
        expect("question", async {
            while !shown.ends_with(question.as_bytes()) {
                assert!(stdout.read_buf(&mut shown).await.expect("text") > 0, "{}", String::from_utf8_lossy(&shown));
            }
        })
        .await;
        Self { child, stdin, stdout, shown }
    }

    /// Types this answer, and returns all that the terminal showed until the end of the line.
    async fn answer(mut self, input: &str) -> String {
        self.stdin.write_all(input.as_bytes()).await.expect("it waits");
        expect("end of the command", self.stdout.read_to_end(&mut self.shown)).await.expect("text");
        expect("end of the terminal", self.child.wait()).await.expect("it is a child");
        String::from_utf8_lossy(&self.shown).into_owned()
    }
}

fn object(printed: &[u8]) -> Value {
    serde_json::from_slice(printed).unwrap_or_else(|_| panic!("no JSON: {}", String::from_utf8_lossy(printed)))
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_and_tokens_made_by_commands_serve_calls_of_a_running_host() {
    let vendor = Vendor::start(agent()).await;
    // No quota, because the test makes many calls to see a change.
    let configuration = format!(
        "listen = \"127.0.0.1:0\"\nadmin_listen = \"off\"\n[limits]\naccount_requests = 0\n\
         [integrations.dixa]\norigin = \"{}\"\n",
        vendor.url()
    );
    let operator = Operator::new(&configuration, &["dixa", "planhat"]);
    operator.run(&["key", "init"]).await;
    operator.run(&["grant", "dixa", "--yes"]).await;
    let token = operator.run(&["token", "create", "--scope", "admin"]).await;
    let (serving, nobody) = operator.serve().await;
    let client = nobody.token(&token);

    let listed = object(operator.run(&["integration", "list", "--json"]).await.as_bytes());
    assert_eq!(listed, client.get("/integration").await.json(), "the command and the API show the same");
    let shown = object(operator.run(&["integration", "show", "dixa", "--json"]).await.as_bytes());
    assert_eq!(shown["capabilities"], client.get("/integration/dixa/capabilities").await.json());

    let described = object(operator.run(&["openapi"]).await.as_bytes());
    assert_eq!(described, client.get("/openapi.json").await.json());

    let create = ["account", "create", "dixa", "--tenant", "t", "--secret", "api_token=-", "--json"];
    let made = fed(&operator, &create, &[], "first-credential\n").await;
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let account = object(&made.stdout);
    let id = account["id"].as_str().expect("an id").to_owned();
    assert_eq!(client.get(&format!("/integrated-account/{id}")).await.json(), account, "as the API shows it");
    // These commands load no integration, so they know its slug alone.
    let mut bare = account.clone();
    bare["integration"] = json!({"name": account["integration"]["name"]});
    assert_eq!(object(operator.run(&["account", "show", &id, "--json"]).await.as_bytes()), bare);
    let listed = object(operator.run(&["account", "list", "--tenant", "t", "--json"]).await.as_bytes());
    assert_eq!(listed, json!({"result": [bare], "next_cursor": null}));

    // A call by the command: the body goes to standard output, the status to standard error.
    let url = client.url();
    let call = ["call", "create", "ticketing", "--account", &id, "--data", "-", "--url", &url];
    let answer = fed(&operator, &call, &[("MORTISE_TOKEN", &token)], &ada().to_string()).await;
    let said = String::from_utf8_lossy(&answer.stderr).into_owned();
    assert!(answer.status.success() && said.contains("HTTP 201 Created"), "{said}");
    assert_eq!(object(&answer.stdout)["id"], AGENT_ID);
    assert_eq!(vendor.requests()[0].header("authorization"), Some("first-credential"));

    let dry = [&call[..], &["--dry-run", "--strict", "--format", "debug", "--param", "remote_query[a b]=c&d"]].concat();
    let answer = fed(&operator, &dry, &[("MORTISE_TOKEN", &token)], &ada().to_string()).await;
    let planned = object(&answer.stdout);
    assert_eq!(planned["dry_run"], true, "{planned}");
    assert!(planned["requests"][0]["url"].as_str().is_some_and(|url| url.ends_with("?a+b=c%26d")), "{planned}");
    assert_eq!(vendor.requests().len(), 1, "nothing was sent");

    let answer = fed(&operator, &call, &[("MORTISE_TOKEN", &token)], "{}").await;
    assert_eq!(answer.status.code(), Some(1), "an HTTP error");
    assert_eq!(object(&answer.stdout)["statusCode"], 400);
    assert!(String::from_utf8_lossy(&answer.stderr).contains("error: HTTP 400 Bad Request"));
    let update =
        ["call", "update", "ticketing", "a b ü", "--account", &id, "--data", r#"{"name":"Ada"}"#, "--url", &url];
    let answer = fed(&operator, &[&update[..], &["--dry-run"]].concat(), &[("MORTISE_TOKEN", &token)], "").await;
    let planned = object(&answer.stdout);
    assert!(
        planned["requests"][0]["url"].as_str().is_some_and(|url| url.ends_with("/agents/a%20b%20%C3%BC")),
        "{planned}"
    );

    // The running host uses new credentials within 1 s.
    let (variable, value) = ("NEW_CREDENTIAL", "second-credential");
    let set = ["account", "set", &id, "--secret", "api_token=env:NEW_CREDENTIAL", "--sandbox", "false"];
    let changed = fed(&operator, &set, &[(variable, value)], "").await;
    assert!(changed.status.success(), "{}", String::from_utf8_lossy(&changed.stderr));
    expect("call with the new credential", async {
        loop {
            let answer = fed(&operator, &call, &[("MORTISE_TOKEN", &token)], &ada().to_string()).await;
            assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
            if vendor.requests().last().and_then(|r| r.header("authorization")) == Some(value) {
                break;
            }
        }
    })
    .await;

    let (code, message) = refused(&operator, &["account", "delete", &id]).await;
    assert!(code == Some(2) && message.contains("--yes"), "{message}");
    operator.run(&["account", "delete", &id, "--yes"]).await;
    let (code, message) = refused(&operator, &["account", "show", &id]).await;
    assert!(code == Some(1) && message.contains("there is no account"), "{message}");

    let tokens = object(operator.run(&["token", "list", "--json"]).await.as_bytes());
    let token_id = tokens["result"][0]["id"].as_str().expect("an id").to_owned();
    operator.run(&["token", "revoke", &token_id, "--yes"]).await;
    expect("refusal of the revoked token", async { while client.get("/integration").await.status != 401 {} }).await;
    serving.terminate();
    assert_eq!(serving.ended().await.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_checked_as_by_the_api_and_nothing_is_half_written() {
    let operator = Operator::new("", &["solarwinds-service-desk", "clickup"]);
    operator.run(&["key", "init"]).await;
    operator.run(&["grant", "solarwinds-service-desk", "--yes"]).await;
    let create = ["account", "create", "solarwinds-service-desk", "--tenant", "t"];
    let bad: [(&[&str], &[&str]); 9] = [
        (&[], &["--secret api_token is required"]),
        (&["--set", "api_token=canary"], &["api_token is a secret: use --secret api_token"]),
        (&["--secret", "api_token=canary"], &["a secret is never an argument"]),
        (&["--secret", "api_token"], &["standard input is not a terminal"]),
        (&["--secret", "api_token=env:ABSENT"], &["environment variable ABSENT"]),
        (&["--set", "api_host=a.b"], &["--secret api_token is required", "--set api_host must be one of api, apieu"]),
        (&["--set", "colour=red"], &["--secret api_token is required", "--set colour is not a variable"]),
        (&["--method", "basic"], &["--secret api_token is required", "--method must be"]),
        (&["--set", "api_host=a", "--set", "api_host=b"], &["the variable api_host is named more than once"]),
    ];
    for (arguments, says) in bad {
        let (code, message) = refused(&operator, &[&create[..], arguments].concat()).await;
        assert_eq!(code, Some(2), "{arguments:?}: {message}");
        assert!(says.iter().all(|text| message.contains(text)), "{arguments:?}: {message}");
        assert!(!message.contains("canary"), "{message}");
    }
    // The command refuses a value with surrounding white space, from every source.
    let file = operator.directory().join("credential");
    let from_file = format!("api_token=@{}", file.display());
    for (from, value, character) in [
        ("api_token=-", "canary \n", "U+0020"),
        ("api_token=-", "\u{feff}canary\n", "U+FEFF"),
        ("api_token=env:CREDENTIAL", "\tcanary", "U+0009"),
        (from_file.as_str(), "canary\u{a0}\r\n", "U+00A0"),
    ] {
        std::fs::write(&file, value).expect("a writable directory");
        let made = fed(&operator, &[&create[..], &["--secret", from]].concat(), &[("CREDENTIAL", value)], value).await;
        let said = String::from_utf8_lossy(&made.stderr).into_owned();
        assert_eq!(made.status.code(), Some(2), "{from}: {said}");
        assert!(said.contains("--secret api_token ") && said.contains(character) && !said.contains("canary"), "{said}");
    }
    for (slug, reason) in [("clickup", "run `mortise grant clickup`"), ("absent", "absent.wasm does not exist")] {
        let (code, message) = refused(&operator, &["account", "create", slug, "--tenant", "t"]).await;
        assert!(code == Some(1) && message.contains(reason), "{message}");
    }
    let listed = object(operator.run(&["account", "list", "--json"]).await.as_bytes());
    assert_eq!(listed, json!({"result": [], "next_cursor": null}));

    let made = fed(&operator, &[&create[..], &["--secret", "api_token=-", "--json"]].concat(), &[], "value").await;
    let mut account = object(&made.stdout);
    // `account show` does not load the integration, so it has the slug alone.
    account["integration"] = json!({"name": "solarwinds-service-desk"});
    let id = account["id"].as_str().expect("an id").to_owned();
    let set: [(&[&str], &str); 4] = [
        (&[], "name what to change"),
        (&["--unset", "api_token"], "--secret api_token is required"),
        (&["--status", "odd"], "--status"),
        (&["--tenant", ""], "--tenant must be 1 to 256 "),
    ];
    for (arguments, says) in set {
        let (code, message) = refused(&operator, &[&["account", "set", &id], arguments].concat()).await;
        assert!(code == Some(2) && message.contains(says), "{arguments:?}: {message}");
    }
    assert_eq!(object(operator.run(&["account", "show", &id, "--json"]).await.as_bytes()), account, "unchanged");
    operator.run(&["account", "set", &id, "--set", "api_host=apieu", "--status", "needs_reauth"]).await;
    let changed = object(operator.run(&["account", "show", &id, "--json"]).await.as_bytes());
    assert_eq!((&changed["context"], &changed["status"]), (&json!({"api_host": "apieu"}), &json!("needs_reauth")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_asked_for_without_echo_and_the_terminal_is_put_back() {
    let operator = Operator::new("", &["planhat"]);
    operator.run(&["key", "init"]).await;
    operator.run(&["grant", "planhat", "--yes"]).await;
    let mortise = mortise_binary();
    // The interrupt also reaches the shell. Its trap lets any shell continue. `cat` shows the text that the shell would
    // run.
    let line = format!(
        "trap : INT; {} account create planhat --tenant t --secret api_token --json; stty -a; stty -icanon min 0 time 0; cat",
        mortise.display()
    );
    let long = "x".repeat(5_000) + "\n";
    for (input, outcome) in [
        ("typed-credential\n", "\"integration\":{\"name\":\"planhat\""),
        ("typed-credential\u{3}", "interrupted"),
        ("-----BEGIN\ntyped-credential\n-----END", "more than one line was typed: write api_token=@FILE"),
        ("-----BEGIN\ntyped-credential", "more than one line was typed: write api_token=@FILE"),
        (&long, "the line is longer than a terminal takes: write api_token=@FILE"),
    ] {
        let shown = Terminal::start(&operator, &line, "api_token: ").await.answer(input).await;
        assert!(shown.contains(outcome), "{shown}");
        assert!(!shown.contains("typed-credential") && !shown.contains("-----END"), "{shown}");
        assert!(shown.contains(" echo ") && !shown.contains("-echo "), "the terminal is as it was: {shown}");
    }
    let listed = object(operator.run(&["account", "list", "--json"]).await.as_bytes());
    assert_eq!(listed["result"].as_array().map(Vec::len), Some(1), "the others were not made");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_is_thought_over_keeps_those_that_are_given_meanwhile() {
    let operator = Operator::new("", &["planhat", "dixa"]);
    let line = format!("{} grant planhat", mortise_binary().display());
    let asks = Terminal::start(&operator, &line, "[y/N] ").await;
    operator.run(&["grant", "dixa", "--yes"]).await;
    let shown = asks.answer("y\n").await;
    assert!(shown.contains("granted planhat"), "{shown}");
    let granted = std::fs::read_to_string(operator.directory().join("mortise.lock")).expect("grants");
    assert!(granted.contains("[plugins.planhat]") && granted.contains("[plugins.dixa]"), "{granted}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_account_is_listed_where_that_is_asked_for_and_more_are_hinted_at_elsewhere() {
    let operator = Operator::new("", &["planhat"]);
    operator.run(&["key", "init"]).await;
    operator.run(&["grant", "planhat", "--yes"]).await;
    let create = ["account", "create", "planhat", "--tenant", "t", "--secret", "api_token=-"];
    assert!(fed(&operator, &create, &[], "secret-value").await.status.success());
    let url = format!("sqlite://{}", operator.directory().join("data/mortise.db").display());
    let mut database = sqlx::AnyConnection::connect(&url).await.expect("the database");
    // 500 accounts: two and a half of the API's largest pages.
    let copies = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 499) \
                  INSERT INTO integrated_account (id, tenant_id, integration, status, is_sandbox, context, secrets, \
                  created_at, updated_at, version) SELECT printf('00000000-0000-4000-8000-%012d', i), tenant_id, integration, \
                  status, 0, context, secrets, created_at + i / 3, updated_at, 1 FROM integrated_account, n";
    assert_eq!(sqlx::query(copies).execute(&mut database).await.expect("it is writable").rows_affected(), 499);
    database.close().await.expect("it ends well");
    for json in [&["--json"][..], &[]] {
        let list = async |arguments: &[&str]| {
            let output = fed(&operator, &[&["account", "list"], arguments, json].concat(), &[], "").await;
            (String::from_utf8(output.stdout).expect("text"), String::from_utf8(output.stderr).expect("text"))
        };
        let (few, hint) = list(&[]).await;
        assert!(hint.contains("there are more accounts: add --cursor") && hint.contains("--all"), "{hint}");
        let (all, hint) = list(&["--all"]).await;
        assert_eq!(hint, "");
        let count = |text: &str| text.matches("planhat").count();
        assert_eq!((count(&few), count(&all)), (50, 500));
        if !json.is_empty() {
            assert_eq!(object(all.as_bytes())["next_cursor"], Value::Null);
        }
    }
    let (code, message) = refused(&operator, &["account", "list", "--all", "--limit", "5"]).await;
    assert!(code == Some(2) && message.contains("--all"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_takes_all_the_open_files_that_it_may_and_says_where_they_are_too_few() {
    let operator = Operator::new("listen = \"127.0.0.1:0\"\nadmin_listen = \"off\"\n", &[]);
    operator.run(&["key", "init"]).await;
    // The shell sets other limits, and replaces itself with the command.
    let limited = |limits: &str| {
        let line = format!("ulimit {limits}; exec {} serve", mortise_binary().display());
        let mut command = Command::new("sh");
        command.args(["-c", &line]).current_dir(operator.directory()).env_clear();
        command
    };
    let (serving, before) = operator.start(limited("-Sn 200"), r#""message":"serving""#).await;
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", serving.id())).expect("Linux");
    let files = limits.lines().find(|line| line.starts_with("Max open files")).expect("a limit");
    let mut numbers = files.split_whitespace().filter_map(|word| word.parse::<u64>().ok());
    assert_eq!(numbers.next(), numbers.next(), "the soft limit is the hard one: {files}");
    let cores = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a limit");
    assert!(
        cores.split_whitespace().filter(|word| *word == "0").count() == 2,
        "no core dump holds its memory: {cores}"
    );
    assert!(!before.contains("open files"), "{before}");
    serving.terminate();
    serving.ended().await;

    let (serving, before) = operator.start(limited("-n 1000"), r#""message":"serving""#).await;
    assert!(before.contains("may need 2176 open files, and the system allows 1000"), "{before}");
    serving.terminate();
    serving.ended().await;
}
