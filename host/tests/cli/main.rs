//! The `mortise` command from outside: its help, its exit codes, and its output on each stream.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "test helpers may panic as tests do")]

mod build;
mod configuration;
mod drafts;
mod new;
mod standalone;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The command in an empty directory of its own, without any of our variables.
pub(crate) fn mortise(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mortise"));
    command.args(arguments).current_dir(directory).env_clear().stdin(Stdio::null());
    command
}

pub(crate) fn run(directory: &TempDir, arguments: &[&str]) -> Output {
    mortise(directory.path(), arguments).output().expect("the binary runs")
}

pub(crate) fn directory() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the output is text")
}

#[track_caller]
pub(crate) fn assert_refused(output: &Output, message: &str) {
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains(message), "{stderr}");
    assert!(output.stdout.is_empty(), "only answers go to standard output");
}

/// Every command that does something, from the lists in the helps.
fn commands(directory: &TempDir, prefix: &[&str]) -> Vec<Vec<String>> {
    let output = run(directory, &[prefix, &["--help"]].concat());
    let help = text(&output.stdout);
    let Some((_, listed)) = help.split_once("\nCommands:\n") else {
        return vec![prefix.iter().map(|name| (*name).to_owned()).collect()];
    };
    let names = listed.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.split_whitespace().next());
    let found: Vec<_> = names
        .filter(|name| *name != "help")
        .flat_map(|name| commands(directory, &[prefix, &[name]].concat()))
        .collect();
    assert!(!found.is_empty(), "{help}");
    found
}

#[test]
fn help_teaches_every_subcommand() {
    let directory = directory();
    let output = run(&directory, &["--help"]);
    assert!(output.status.success());
    let help = text(&output.stdout);
    for subcommand in [
        "serve",
        "check-config",
        "self-check",
        "demo",
        "new",
        "sdk",
        "build",
        "test",
        "record",
        "vendor",
        "grant",
        "integration",
        "account",
        "app",
        "token",
        "key",
        "call",
        "openapi",
        "completions",
    ] {
        assert!(help.lines().any(|l| l.trim_start().starts_with(subcommand)), "{help}");
    }
    assert!(!help.contains("compile-component"), "the host's own subcommand is hidden");
    for subcommand in commands(&directory, &[]) {
        let subcommand: Vec<&str> = subcommand.iter().map(String::as_str).collect();
        let output = run(&directory, &[&subcommand, &["--help"][..]].concat());
        let help = text(&output.stdout);
        assert!(
            help.contains("Examples:\n  mortise ") || help.contains("Examples:\n  export "),
            "{subcommand:?}: {help}"
        );
    }
}

#[test]
fn an_unknown_flag_is_a_usage_error() {
    assert_refused(&run(&directory(), &["serve", "--lisen", "127.0.0.1:0"]), "--listen");
}

#[test]
fn an_origin_that_is_no_url_is_a_usage_error() {
    let directory = directory();
    for origin in ["acme", "=http://127.0.0.1:1", "acme=ftp://127.0.0.1", "acme=http://user@127.0.0.1:1"] {
        assert_refused(&run(&directory, &["serve", "--origin", origin]), "--origin");
    }
}

#[test]
fn the_master_key_is_private_and_never_overwritten() {
    let directory = directory();
    assert!(run(&directory, &["key", "init"]).status.success());
    let path = directory.path().join("data/master.key");
    let before = fs::read(&path).expect("the key file");
    assert_eq!(fs::metadata(&path).expect("the key file").permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(directory.path().join("data")).expect("the data directory").mode() & 0o777, 0o700);

    let again = run(&directory, &["key", "init"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("never overwritten"), "{}", text(&again.stderr));
    assert_eq!(fs::read(&path).expect("the key file"), before);
}

#[test]
fn a_new_master_key_is_named_in_json_without_being_shown() {
    let directory = directory();
    let output = run(&directory, &["key", "init", "--json"]);
    let made: Value = serde_json::from_str(text(&output.stdout)).expect("JSON");
    assert_eq!(made["path"], "data/master.key");
    let key = fs::read_to_string(directory.path().join("data/master.key")).expect("the key file");
    assert_eq!(made["key"].as_str().map(str::len), Some(8));
    assert!(!text(&output.stdout).contains(key.trim()));
}

#[test]
fn serving_without_a_master_key_says_how_to_make_one() {
    assert_refused(&run(&directory(), &["serve"]), "mortise key init");
}

#[test]
fn a_flag_is_stronger_than_a_variable_and_a_variable_than_the_file() {
    let directory = directory();
    fs::write(directory.path().join("mortise.toml"), "data_dir = \"file\"").expect("writable");
    let make = |arguments: &[&str], variable: Option<&str>| {
        let mut command = mortise(directory.path(), &[&["key", "init"], arguments].concat());
        command.envs(variable.map(|value| ("MORTISE_DATA_DIR", value)));
        assert!(command.output().expect("the binary runs").status.success());
    };
    make(&[], None);
    make(&[], Some("variable"));
    make(&["--data-dir", "flag"], Some("unused"));
    for (folder, made) in [("file", true), ("variable", true), ("flag", true), ("unused", false)] {
        assert_eq!(directory.path().join(folder).join("master.key").exists(), made, "{folder}");
    }
}

#[test]
fn a_command_offers_those_flags_of_the_configuration_that_it_uses() {
    const FLAGS: [&str; 5] = ["--config", "--data-dir", "--plugins-dir", "--lock-file", "--master-key-file"];
    let directory = directory();
    for (command, used) in [
        ("record", 1),
        ("push", 2),
        ("package", 2),
        ("check", 2),
        ("docs", 2),
        ("pull", 4),
        ("grant", 4),
        ("openapi", 4),
        ("serve", 5),
    ] {
        let output = run(&directory, &[command, "--help"]);
        let help = text(&output.stdout);
        let offered: Vec<_> = FLAGS.into_iter().filter(|flag| help.contains(&format!("{flag} <"))).collect();
        assert_eq!(offered, FLAGS[..used], "{command}");
    }
}

#[test]
fn a_token_is_printed_once_and_its_text_is_stored_nowhere() {
    let directory = directory();
    let output = run(&directory, &["token", "create", "--scope", "call", "--tenant", "acme", "--expires", "30d"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let stdout = text(&output.stdout);
    let token = stdout.strip_suffix('\n').expect("a line");
    assert!(token.starts_with("mrt_") && token.len() > 40 && !token.contains(char::is_whitespace), "{stdout}");
    assert!(!text(&output.stderr).contains(token));

    let files: Vec<_> = fs::read_dir(directory.path().join("data")).expect("the data directory").flatten().collect();
    assert!(files.iter().any(|f| f.file_name() == "mortise.db"));
    for file in files {
        let bytes = fs::read(file.path()).expect("readable");
        let random = token.trim_start_matches("mrt_").get(8..).expect("long enough").as_bytes();
        assert!(!bytes.windows(random.len()).any(|w| w == random), "{:?} holds the token", file.file_name());
    }
}

#[test]
fn a_token_in_json_says_what_it_may_do() {
    let directory = directory();
    let arguments =
        ["token", "create", "--scope", "admin", "--name", "ci", "--expires", "2999-01-01T00:00:00Z", "--json"];
    let output = run(&directory, &arguments);
    let stdout = text(&output.stdout);
    assert_eq!(stdout.lines().count(), 1);
    let answer: Value = serde_json::from_str(stdout).expect("JSON");
    assert!(answer["token"].as_str().is_some_and(|t| t.starts_with("mrt_")));
    assert_eq!(answer["scope"], "admin");
    assert_eq!(answer["name"], "ci");
    assert_eq!(answer["tenant_id"], Value::Null);
    assert_eq!(answer["expires_at"], "2999-01-01T00:00:00Z");
}

#[test]
fn a_token_cannot_end_in_the_past_or_at_no_time() {
    let directory = directory();
    for when in ["2020-01-01T00:00:00Z", "soon", "-3d"] {
        let expires = format!("--expires={when}");
        assert_refused(&run(&directory, &["token", "create", "--scope", "call", &expires]), "--expires");
    }
}

#[test]
fn a_token_is_confined_to_a_tenant_that_there_can_be() {
    let directory = directory();
    for tenant in ["", "a\nb", &"x".repeat(257)] {
        let arguments = ["token", "create", "--scope", "call", "--tenant", tenant];
        assert_refused(&run(&directory, &arguments), "must be 1 to 256 characters without control characters");
    }
    assert!(!directory.path().join("data/mortise.db").exists(), "the command made no database");
}

#[test]
fn the_demo_needs_a_checkout() {
    assert_refused(&run(&directory(), &["demo"]), "inside a clone");
}

#[test]
fn granting_what_is_not_there_says_where_it_was_looked_for() {
    let directory = directory();
    fs::create_dir(directory.path().join("plugins")).expect("a directory");
    let output = run(&directory, &["grant", "acme", "--yes"]);
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("acme.wasm"), "{}", text(&output.stderr));
    assert!(!directory.path().join("mortise.lock").exists());
}

#[test]
fn a_token_is_listed_without_its_text_and_revoked_after_a_yes() {
    let directory = directory();
    let json = |arguments: &[&str]| -> Value {
        let output = run(&directory, &[arguments, &["--json"]].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(text(&output.stdout).lines().count(), 1);
        serde_json::from_str(text(&output.stdout)).expect("JSON")
    };
    let made = json(&["token", "create", "--scope", "call", "--name", "billing \u{1b}[2J"]);
    let (id, token) = (made["id"].as_str().expect("an id"), made["token"].as_str().expect("a token"));
    let listed = json(&["token", "list"]);
    let names: Vec<_> = listed["result"][0].as_object().expect("a token").keys().collect();
    assert_eq!(names, ["id", "hint", "name", "scope", "tenant_id", "created_at", "expires_at", "revoked_at"]);
    assert!(!listed.to_string().contains(token));
    let table = run(&directory, &["token", "list"]);
    let table = text(&table.stdout);
    assert!(table.starts_with("ID ") && table.contains(id) && table.contains(" valid"), "{table}");
    assert!(!table.contains(token) && !table.contains('\u{1b}'), "{table}");

    assert_refused(&run(&directory, &["token", "revoke", id]), "--yes");
    assert_eq!(json(&["token", "list"])["result"][0]["revoked_at"], Value::Null, "the token is not revoked");
    let revoked = json(&["token", "revoke", id, "--yes"]);
    assert!(revoked["revoked_at"].is_string(), "{revoked}");
    assert_eq!(json(&["token", "revoke", id]), revoked, "once more changes nothing");
    let unknown = run(&directory, &["token", "revoke", "00000000-0000-4000-8000-000000000000", "--yes"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert_refused(&run(&directory, &["token", "revoke", "mrt_text"]), "invalid value");
}

#[test]
fn completions_know_the_commands() {
    let directory = directory();
    for shell in ["bash", "zsh", "fish"] {
        let output = run(&directory, &["completions", shell]);
        let script = text(&output.stdout);
        assert!(
            output.status.success() && script.contains("check-config") && script.contains("idempotency-key"),
            "{shell}"
        );
    }
}

#[test]
fn a_call_needs_a_token_and_an_answer() {
    let directory = directory();
    let account = "00000000-0000-4000-8000-000000000000";
    let call = ["call", "create", "ticketing", "--account", account, "--data", "{}", "--url", "http://127.0.0.1:1"];
    assert_refused(&run(&directory, &call), "MORTISE_TOKEN");
    let output = mortise(directory.path(), &call).env("MORTISE_TOKEN", "mrt_canary").output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(1));
    let message = text(&output.stderr);
    assert!(message.contains("no answer from 127.0.0.1") && !message.contains("canary"), "{message}");
}
