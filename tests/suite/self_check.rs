//! `mortise self-check`: its findings about this machine for an operator.

use std::process::Stdio;

use mortise_tests::components::component;
use mortise_tests::database;
use mortise_tests::expect;
use mortise_tests::host::mortise_binary;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::process::Operator;

const PARTS: [&str; 9] = [
    "kernel",
    "sandbox",
    "open files",
    "certificates",
    "data directory",
    "database",
    "master key",
    "plugins",
    "public URL",
];

/// An operator whose host would start.
async fn ready(slug: &str) -> Operator {
    let operator = Operator::new("", &[slug]);
    operator.run(&["key", "init"]).await;
    operator.run(&["grant", slug, "--yes"]).await;
    operator
}

/// The command's JSON output, and its exit status.
async fn checked(mut command: Command) -> (Value, Option<i32>) {
    let output = expect("end of the command", command.output()).await.expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    (serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}")), output.status.code())
}

/// The state and the message of the first finding about a part.
fn finding<'a>(said: &'a Value, part: &str) -> (&'a str, &'a str) {
    let found = said["findings"].as_array().unwrap().iter().find(|finding| finding["part"] == part);
    let found = found.unwrap_or_else(|| panic!("{part}: {said}"));
    (found["state"].as_str().unwrap(), found["message"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_part_of_a_machine_that_works_has_one_line_and_nothing_is_made() {
    let operator = ready("dixa").await;
    let names = || {
        let mut names: Vec<_> = std::fs::read_dir(operator.directory().join("data")).unwrap().flatten().collect();
        names.sort_by_key(std::fs::DirEntry::file_name);
        names.into_iter().map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let before = names();
    let (said, code) = checked(operator.command(&["self-check", "--json"])).await;
    let parts: Vec<_> = said["findings"].as_array().unwrap().iter().map(|f| f["part"].as_str().unwrap()).collect();
    assert_eq!((parts.as_slice(), &said["ok"], code), (&PARTS[..], &json!(true), Some(0)), "{said}");
    for part in PARTS.into_iter().filter(|part| *part != "open files") {
        assert_eq!(finding(&said, part).0, "ok", "{said}");
    }
    assert!(finding(&said, "plugins").1.starts_with("1 in plugins"), "{said}");
    assert!(finding(&said, "master key").1.ends_with("data/master.key"), "{said}");
    assert_eq!(names(), before, "no database and no other compile cache was made");

    let lines = operator.run(&["self-check"]).await;
    for (line, part) in lines.lines().skip(1).zip(PARTS) {
        assert!(line.split_whitespace().nth(1) == part.split_whitespace().next(), "{part}: {line}");
    }
    assert_eq!(lines.lines().count(), 1 + PARTS.len(), "{lines}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_work_is_named_with_what_to_do_and_the_exit_status_says_who_must_act() {
    let operator = ready("dixa").await;
    // No certificate authority, an unreachable database, and a changed component.
    let mut command = operator.command(&["self-check", "--json"]);
    command.env("SSL_CERT_FILE", "/dev/null").env("SSL_CERT_DIR", "/dev/null");
    command.env("DATABASE_URL", "postgres://mortise:canary-password@127.0.0.1:1/mortise");
    let (said, code) = checked(command).await;
    let (state, message) = finding(&said, "certificates");
    assert!(state == "fail" && message.contains("apt-get install ca-certificates"), "{said}");
    let (state, message) = finding(&said, "database");
    assert!(state == "fail" && message.contains("postgres://127.0.0.1:1/mortise"), "{said}");
    assert!(!said.to_string().contains("canary"), "{said}");
    assert_eq!((&said["ok"], code), (&json!(false), Some(1)), "another start may succeed");

    std::fs::write(operator.directory().join("plugins/dixa.wasm"), component("planhat")).unwrap();
    std::fs::remove_file(operator.directory().join("data/master.key")).unwrap();
    let mut command = operator.command(&["self-check"]);
    let output = expect("end of the command", command.output()).await.expect("it starts");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(out.lines().any(|line| line.starts_with("warn") && line.contains("`mortise grant dixa`")), "{out}");
    assert!(out.lines().any(|line| line.starts_with("fail") && line.contains("`mortise key init`")), "{out}");
    assert_eq!(err, "error: no host can serve here: master key, plugins\n");
    assert_eq!(output.status.code(), Some(2), "the configuration must change");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_without_address_space_for_its_pool_works_with_a_warning() {
    let operator = ready("dixa").await;
    let line = format!("ulimit -v 3000000; exec {} self-check --json", mortise_binary().display());
    let mut shell = Command::new("sh");
    shell.args(["-c", &line]).current_dir(operator.directory()).env_clear().stdin(Stdio::null());
    let (said, code) = checked(shell).await;
    let (state, message) = finding(&said, "sandbox");
    assert!(state == "warn" && message.contains("ulimit -v"), "{said}");
    assert_eq!(code, Some(0), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_written_fails() {
    if !database::is_postgres() {
        return;
    }
    let operator = ready("dixa").await;
    let url = database::url(operator.directory()).await;
    let with = |url: &str, command: &str| {
        let mut command = operator.command(&[command, "--json"]);
        command.env("DATABASE_URL", url);
        command
    };
    // Any command that opens the database makes its tables.
    let mut create = operator.command(&["token", "create", "--scope", "admin"]);
    create.env("DATABASE_URL", url.expose_secret());
    assert!(expect("end of the command", create.output()).await.expect("it starts").status.success());
    let parameter = if url.expose_secret().contains('?') { '&' } else { '?' };
    let read_only = format!("{}{parameter}options=-c%20default_transaction_read_only%3Don", url.expose_secret());
    for command in ["self-check", "check-config"] {
        let (said, code) = checked(with(&read_only, command)).await;
        assert!(said.to_string().contains("read-only"), "{command}: {said}");
        assert_eq!((&said["ok"], code), (&json!(false), Some(1)), "{command}");
        let (said, code) = checked(with(url.expose_secret(), command)).await;
        assert_eq!((&said["ok"], code), (&json!(true), Some(0)), "{command}: {said}");
    }
}
