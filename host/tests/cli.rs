//! The `mortise` command from outside: its help, its exit codes, what it writes and where.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "test helpers may panic as tests do")]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use mortise::account::{Accounts, MasterKeys, NewAccount, Secrets, Vault};
use serde_json::Value;
use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;

/// The command in an empty directory of its own, without any of our variables.
fn mortise(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mortise"));
    command.args(arguments).current_dir(directory).env_clear().stdin(Stdio::null());
    command
}

fn run(directory: &TempDir, arguments: &[&str]) -> Output {
    mortise(directory.path(), arguments).output().expect("the binary runs")
}

fn directory() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the output is text")
}

#[track_caller]
fn assert_refused(output: &Output, message: &str) {
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains(message), "{stderr}");
    assert!(output.stdout.is_empty(), "nothing but answers goes to standard output");
}

/// Every command that does something, by what the helps list.
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
        "demo",
        "grant",
        "integration",
        "account",
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
fn a_wrong_configuration_names_file_line_and_key() {
    let directory = directory();
    fs::write(directory.path().join("mortise.toml"), "listen = \"127.0.0.1:0\"\n\n[limits]\ncall_deadline_ms = 0\n")
        .expect("writable");
    let place = "mortise.toml:4: `limits.call_deadline_ms`: must be between 1 and 86400000, and is 0";
    assert_refused(&run(&directory, &["serve"]), place);

    fs::write(directory.path().join("other.toml"), "\nlistn = \"127.0.0.1:0\"\n").expect("writable");
    assert_refused(&run(&directory, &["serve", "--config", "other.toml"]), "other.toml:2: `listn`: unknown field");
}

#[test]
fn a_named_configuration_must_exist_and_the_default_one_need_not() {
    let directory = directory();
    assert_refused(
        &run(&directory, &["key", "init", "--config", "none.toml"]),
        "cannot read the configuration none.toml",
    );
    assert!(run(&directory, &["key", "init"]).status.success());
}

#[test]
fn a_wrong_variable_is_named() {
    let directory = directory();
    let output = mortise(directory.path(), &["serve"]).env("MORTISE_LIMITS_GUEST_CPU_MS", "fast").output();
    assert_refused(&output.expect("the binary runs"), "MORTISE_LIMITS_GUEST_CPU_MS: must be a whole number");
    let output = mortise(directory.path(), &["serve"]).env("MORTISE_LISTEN", "here").output();
    assert_refused(&output.expect("the binary runs"), "environment variable MORTISE_LISTEN: invalid socket address");
    let output = mortise(directory.path(), &["serve"]).env("MORTISE_LOG", "mortise=loud").output();
    assert_refused(&output.expect("the binary runs"), "MORTISE_LOG");
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
    assert_eq!(json(&["token", "list"])["result"][0]["revoked_at"], Value::Null, "nothing was done");
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

/// A directory in which a host starts.
fn usable() -> TempDir {
    let directory = directory();
    fs::create_dir(directory.path().join("plugins")).expect("a directory");
    assert!(run(&directory, &["key", "init"]).status.success());
    directory
}

/// One way to have a bad configuration.
struct Bad {
    /// What makes it bad.
    make: fn(&Path),
    environment: &'static [(&'static str, &'static str)],
    arguments: &'static [&'static str],
    /// What the message says, each on a line of its own.
    says: &'static [&'static str],
}

impl Default for Bad {
    fn default() -> Self {
        Self { make: |_| {}, environment: &[], arguments: &[], says: &[] }
    }
}

fn write(directory: &Path, name: &str, content: &str) {
    fs::write(directory.join(name), content).expect("writable");
}

fn bad_configurations() -> Vec<Bad> {
    vec![
        Bad {
            make: |d| write(d, "mortise.toml", "listen = \"127.0.0.1:0\"\nlimits = {\n"),
            says: &["mortise.toml:2: "],
            ..Bad::default()
        },
        Bad {
            make: |d| write(d, "mortise.toml", "listen = \"127.0.0.1:0\"\nlisten = \"127.0.0.1:0\"\n"),
            says: &["mortise.toml:2: duplicate key"],
            ..Bad::default()
        },
        Bad {
            make: |d| fs::create_dir(d.join("mortise.toml")).expect("a directory"),
            says: &["cannot read the configuration mortise.toml: "],
            ..Bad::default()
        },
        Bad {
            arguments: &["--config", "none.toml"],
            says: &["cannot read the configuration none.toml: "],
            ..Bad::default()
        },
        Bad {
            make: |d| {
                write(
                    d,
                    "mortise.toml",
                    "listn = \"x\"\nlisten = 8080\n[limits]\npatience = 1\nguest_cpu_ms = \"fast\"\ncompile_ms = 0\n\
                     [integrations.acme]\norigin = \"ftp://x\"\n",
                );
            },
            environment: &[("MORTISE_LIMITS_VENDOR_REQUESTS", "many"), ("MORTISE_LIMITS_PATIENCE", "1")],
            says: &[
                "mortise.toml:1: `listn`: unknown field",
                "mortise.toml:2: `listen`: ",
                "mortise.toml:4: `limits.patience`: unknown field",
                "mortise.toml:5: `limits.guest_cpu_ms`: invalid type",
                "mortise.toml:6: `limits.compile_ms`: must be between 1 and 86400000, and is 0",
                "mortise.toml:8: `integrations.acme.origin`: ",
                "environment variable MORTISE_LIMITS_PATIENCE: there is no limit `patience`",
                "environment variable MORTISE_LIMITS_VENDOR_REQUESTS: must be a whole number",
            ],
            ..Bad::default()
        },
        Bad {
            environment: &[("MORTISE_LISTEN", "8080")],
            says: &["environment variable MORTISE_LISTEN: invalid socket address"],
            ..Bad::default()
        },
        Bad {
            make: |d| write(d, "mortise.toml", "listen = \"127.0.0.1:8081\"\n"),
            says: &["`admin_listen` (default): 127.0.0.1:8081 is the address of `listen` too"],
            ..Bad::default()
        },
        Bad {
            environment: &[("MORTISE_ADMIN_LISTEN", "everywhere"), ("MORTISE_LOG_FORMAT", "xml")],
            says: &[
                "environment variable MORTISE_ADMIN_LISTEN: must be an address with a port",
                "environment variable MORTISE_LOG_FORMAT: unknown variant `xml`",
            ],
            ..Bad::default()
        },
        Bad {
            environment: &[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ],
            says: &["environment variable OTEL_EXPORTER_OTLP_PROTOCOL: must be http/protobuf"],
            ..Bad::default()
        },
        Bad {
            environment: &[("MORTISE_LOG", "mortise=loud")],
            says: &["environment variable MORTISE_LOG: "],
            ..Bad::default()
        },
        Bad {
            environment: &[("DATABASE_URL", "mysql://root:canary@db/x")],
            says: &["environment variable DATABASE_URL: must be a URL such as postgres://"],
            ..Bad::default()
        },
        Bad {
            make: |d| {
                write(d, "mortise.toml", "\nplugins_dir = \"components\"\ndata_dir = \"file\"\n");
                write(d, "file", "");
            },
            says: &[
                "mortise.toml:3: `data_dir`: file is not a directory",
                "mortise.toml:2: `plugins_dir`: the directory components cannot be read: ",
                "cannot read the master key file/master.key: ",
            ],
            ..Bad::default()
        },
        Bad {
            environment: &[("MORTISE_PLUGINS_DIR", "components")],
            says: &["environment variable MORTISE_PLUGINS_DIR: the directory components cannot be read: "],
            ..Bad::default()
        },
        Bad {
            arguments: &["--plugins-dir", "components"],
            says: &["--plugins-dir: the directory components cannot be read: "],
            ..Bad::default()
        },
        Bad {
            make: |d| fs::remove_dir(d.join("plugins")).expect("empty"),
            says: &["`plugins_dir` (default): the directory plugins cannot be read: "],
            ..Bad::default()
        },
        Bad {
            make: |d| write(d, "mortise.lock", "version = 1\n\n[plugins.acme]\ndigest = 5\n"),
            says: &["mortise.lock:4: these are no grants: invalid type"],
            ..Bad::default()
        },
        Bad {
            make: |d| write(d, "mortise.lock", "version = 2\n"),
            says: &["mortise.lock:1: these are no grants: its version is 2"],
            ..Bad::default()
        },
        Bad {
            make: |d| fs::create_dir(d.join("mortise.lock")).expect("a directory"),
            says: &["`lock_file` (default): cannot read the grants in mortise.lock: "],
            ..Bad::default()
        },
        Bad {
            make: |d| fs::remove_file(d.join("data/master.key")).expect("it is there"),
            says: &["there is no master key at data/master.key; create one with `mortise key init`"],
            ..Bad::default()
        },
        Bad {
            make: |d| write(d, "mortise.toml", "master_key_file = \"secret.key\"\n"),
            says: &["mortise.toml:1: `master_key_file`: there is no master key at secret.key"],
            ..Bad::default()
        },
        Bad {
            make: |d| {
                fs::set_permissions(d.join("data/master.key"), fs::Permissions::from_mode(0o644)).expect("ours");
            },
            says: &[
                "the master key data/master.key is open to other users (mode 0644); run `chmod 600 data/master.key`",
            ],
            ..Bad::default()
        },
        Bad {
            make: |d| write(d, "data/master.key", "short"),
            says: &["data/master.key holds no master key: 32 bytes"],
            ..Bad::default()
        },
        Bad {
            environment: &[("MORTISE_MASTER_KEY", "canary")],
            says: &["MORTISE_MASTER_KEY holds no master key: 32 bytes"],
            ..Bad::default()
        },
    ]
}

#[test]
fn serve_and_check_config_find_the_same_in_every_bad_configuration() {
    for bad in bad_configurations() {
        let directory = usable();
        (bad.make)(directory.path());
        let before = tree(directory.path());
        let mut said = Vec::new();
        for command in ["serve", "check-config"] {
            let mut command = mortise(directory.path(), &[&[command], bad.arguments].concat());
            let output = command.envs(bad.environment.iter().copied()).output().expect("the binary runs");
            let message = text(&output.stderr).to_owned();
            assert_eq!(output.status.code(), Some(2), "{:?}: {message}", bad.says);
            assert!(output.stdout.is_empty(), "{:?}", bad.says);
            assert!(!message.contains("canary"), "{message}");
            said.push(message);
        }
        assert_eq!(said[0], said[1]);
        let lines: Vec<_> = said[0].lines().collect();
        assert_eq!(lines.len(), bad.says.len(), "{lines:#?}");
        for (line, wanted) in lines.iter().zip(bad.says) {
            assert!(line.starts_with(&format!("error: {wanted}")), "{wanted}: {line}");
        }
        assert_eq!(tree(directory.path()), before, "nothing was made");
    }
}

/// Every path in a directory.
fn tree(directory: &Path) -> Vec<std::path::PathBuf> {
    let mut found: Vec<_> = fs::read_dir(directory)
        .expect("readable")
        .flatten()
        .flat_map(|entry| {
            let path = entry.path();
            let below = if path.is_dir() { tree(&path) } else { Vec::new() };
            below.into_iter().chain([path])
        })
        .collect();
    found.sort();
    found
}

#[test]
fn a_usable_configuration_is_shown_with_its_sources_and_what_is_probably_not_meant() {
    let directory = usable();
    write(
        directory.path(),
        "mortise.toml",
        "[limits]\ncall_deadline_ms = 60000\nconcurrent_calls_per_integration = 600\n\
         [integrations.acme]\norigin = \"http://127.0.0.1:1\"\n",
    );
    write(directory.path(), "plugins/other.wasm", "no component");
    write(
        directory.path(),
        "mortise.lock",
        &format!("version = 1\n[plugins.gone]\ndigest = \"{}\"\norigins = []\n", "ab".repeat(32)),
    );
    let check = |arguments: &[&str]| {
        let mut command = mortise(directory.path(), &[&["check-config"], arguments].concat());
        command.env("DATABASE_URL", "sqlite://file.db").env("MORTISE_LIMITS_COMPILE_MS", "7000");
        command.output().expect("the binary runs")
    };
    let warnings = [
        "mortise.toml:3: `limits.concurrent_calls_per_integration`: 600 is never reached: limits.concurrent_calls is 512",
        "mortise.toml:2: `limits.call_deadline_ms`: a shutdown breaks off calls",
        "plugins/other.wasm: the plugin is not granted",
        "mortise.lock: gone is granted, and there is no plugins/gone.wasm",
        "mortise.toml:5: `integrations.acme.origin`: there is no plugins/acme.wasm",
    ];
    let output = check(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "a host would start with this configuration\n");
    for warning in warnings {
        assert!(text(&output.stderr).contains(&format!("warning: {warning}")), "{warning}: {}", text(&output.stderr));
    }
    let strict = check(&["--strict"]);
    assert_eq!(strict.status.code(), Some(2));
    assert!(text(&strict.stderr).contains(&format!("error: {}", warnings[2])), "{}", text(&strict.stderr));

    let output = check(&["--show", "--json", "--data-dir", "data"]);
    let report: Value = serde_json::from_str(text(&output.stdout)).expect("JSON");
    assert_eq!((&report["ok"], &report["problems"]), (&Value::Bool(true), &Value::Array(Vec::new())));
    assert_eq!(report["warnings"][0]["file"], "mortise.toml");
    assert_eq!(report["warnings"][0]["line"], 3);
    assert_eq!(report["warnings"][0]["key"], "limits.concurrent_calls_per_integration");
    let settings = report["settings"].as_array().expect("settings");
    let source = |key: &str| settings.iter().find(|s| s["key"] == key).expect(key)["source"].as_str().expect("text");
    assert_eq!(source("limits.call_deadline_ms"), "mortise.toml:2");
    assert_eq!(source("limits.compile_ms"), "MORTISE_LIMITS_COMPILE_MS");
    assert_eq!(source("data_dir"), "--data-dir");
    assert_eq!(source("database_url"), "DATABASE_URL");
    assert_eq!(source("listen"), "default");
    let table = check(&["--show"]);
    assert!(text(&table.stdout).starts_with("KEY "), "{}", text(&table.stdout));
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

#[test]
fn a_database_that_does_not_answer_is_no_fault_of_the_configuration() {
    let directory = usable();
    for command in ["serve", "check-config"] {
        let mut command = mortise(directory.path(), &[command]);
        let output = command.env("DATABASE_URL", "postgres://mortise:canary@127.0.0.1:1/mortise").output();
        let output = output.expect("the binary runs");
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.starts_with("error: cannot open the database postgres://127.0.0.1/mortise"), "{message}");
        assert!(!message.contains("canary"), "{message}");
    }
}

#[test]
fn a_master_key_of_another_database_is_refused_before_it_serves() {
    let directory = usable();
    let url = format!("sqlite://{}/data/mortise.db?mode=rwc", directory.path().display());
    let keys = MasterKeys::load(&directory.path().join("data/master.key")).expect("keys");
    let id = keys.ids().next().expect("a key").to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let accounts = Accounts::connect(&url.into()).await.expect("a database");
        let accounts = accounts.with_vault(Arc::new(Vault::with_keys(keys)));
        let new = NewAccount {
            tenant_id: "t".to_owned(),
            integration: "acme".to_owned(),
            authentication_method: None,
            is_sandbox: false,
            context: serde_json::Map::new(),
            secrets: Secrets::new(),
        };
        accounts.create(new).await.expect("an account");
        accounts.close().await;
    });
    assert!(run(&directory, &["check-config"]).status.success());
    fs::remove_file(directory.path().join("data/master.key")).expect("it is there");
    assert!(run(&directory, &["key", "init"]).status.success());
    for command in ["serve", "check-config"] {
        assert_refused(&run(&directory, &[command]), &format!("the accounts of this database are sealed with ({id})"));
    }
}

#[test]
fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    let directory = usable();
    assert!(run(&directory, &["token", "create", "--scope", "call"]).status.success());
    let url = format!("sqlite://{}/data/mortise.db", directory.path().display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut connection = SqliteConnection::connect(&url).await.expect("a database");
        let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                     SELECT 9999, 'later', success, checksum, 0 FROM _sqlx_migrations LIMIT 1";
        sqlx::query(later).execute(&mut connection).await.expect("writable");
        connection.close().await.expect("closed");
    });
    for command in ["serve", "check-config"] {
        assert_refused(&run(&directory, &[command]), "by a newer version of mortise (schema 9999, this one knows ");
    }
}
