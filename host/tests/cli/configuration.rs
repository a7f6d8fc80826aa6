//! Bad configurations of every kind, and the messages of `serve` and `check-config` about them.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use mortise::account::{Accounts, MasterKeys, NewAccount, Secrets, Vault};
use mortise_policy::grant::digest;
use serde_json::Value;
use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;

use crate::{assert_refused, directory, mortise, run, text};

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

/// A directory in which a host starts. The lock file grants a file that is not a component: only loading it would show
/// that.
fn usable() -> TempDir {
    let directory = directory();
    fs::create_dir(directory.path().join("plugins")).expect("a directory");
    write(directory.path(), "plugins/granted.wasm", "no component");
    write(directory.path(), "mortise.lock", &format!("version = 1\n{}", grant("granted", &digest(b"no component"))));
    assert!(run(&directory, &["key", "init"]).status.success());
    directory
}

/// One grant as text of the lock file.
fn grant(slug: &str, digest: &str) -> String {
    format!("[plugins.{slug}]\ndigest = \"{digest}\"\norigins = []\n")
}

/// Puts a named pipe in the place of a file.
fn pipe(directory: &Path, name: &str) {
    let path = directory.join(name);
    let _ = fs::remove_file(&path);
    assert!(Command::new("mkfifo").arg("--mode=600").arg(path).status().expect("mkfifo starts").success());
}

/// Puts something else in the place of a file.
type Put = fn(&Path);

/// The things that can stand in the place of a file.
const NO_FILES: [(&str, Put); 3] = [
    ("a named pipe", |path| {
        pipe(path.parent().expect("a folder"), &path.file_name().expect("a name").to_string_lossy())
    }),
    ("a directory", |path| fs::create_dir(path).expect("a directory")),
    ("a device", |path| symlink("/dev/zero", path).expect("a link")),
];

/// Runs a command, and fails the test if it does not end in time.
fn in_time(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("timeout");
    command.arg("20").arg(env!("CARGO_BIN_EXE_mortise")).args(arguments).current_dir(directory).stdin(Stdio::null());
    command.env_clear().env("PATH", "/usr/bin:/bin").output().expect("the binary runs")
}

/// One way to have a bad configuration.
struct Bad {
    /// Makes the configuration bad.
    make: fn(&Path),
    environment: &'static [(&'static str, &'static str)],
    arguments: &'static [&'static str],
    /// The expected parts of the message. Each stands on its own line.
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
            says: &["mortise.toml:2: `listen`: duplicate key"],
            ..Bad::default()
        },
        Bad {
            make: |d| write(d, "mortise.toml", "[limits]\ncall_deadline_ms = 9223372036854775808\n"),
            says: &["mortise.toml:2: `limits.call_deadline_ms`: "],
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
            make: |d| write(d, "mortise.toml", "[egress]\nproxy = \"socks5://u:canary@h:1\"\nca_file = \"\"\nca = 1\n"),
            environment: &[("MORTISE_EGRESS_PROXY", "http://u:canary@h:3128/path")],
            says: &[
                "mortise.toml:2: `egress.proxy`: must be the URL of an HTTP proxy",
                "mortise.toml:4: `egress.ca`: unknown field",
                "environment variable MORTISE_EGRESS_PROXY: must be the URL of an HTTP proxy",
            ],
            ..Bad::default()
        },
        Bad {
            environment: &[("MORTISE_EGRESS_CA_FILE", "absent.pem")],
            says: &["environment variable MORTISE_EGRESS_CA_FILE: cannot read absent.pem: No such file"],
            ..Bad::default()
        },
        Bad {
            make: |d| {
                write(d, "mortise.toml", "[egress]\nca_file = \"ca.pem\"\n");
                write(d, "ca.pem", "no certificate");
            },
            says: &["mortise.toml:2: `egress.ca_file`: ca.pem holds no certificate in PEM"],
            ..Bad::default()
        },
        Bad {
            make: |d| {
                write(d, "mortise.toml", "[egress]\nca_file = \"ca.pem\"\n");
                write(d, "ca.pem", "-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n");
            },
            says: &["mortise.toml:2: `egress.ca_file`: ca.pem: certificate 1 is not usable as an authority: "],
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
            make: |d| write(d, "mortise.toml", "listen = \"0.0.0.0:8081\"\n"),
            says: &["`admin_listen` (default): 127.0.0.1:8081 is taken by `listen`, 0.0.0.0:8081"],
            ..Bad::default()
        },
        Bad {
            make: |d| write(d, "mortise.toml", "listen = \"127.0.0.1:8080\"\nadmin_listen = \"[::]:8080\"\n"),
            says: &["mortise.toml:2: `admin_listen`: [::]:8080 is taken by `listen`, 127.0.0.1:8080"],
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
            environment: &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"), ("OTEL_TRACES_SAMPLER", "sometimes")],
            says: &["environment variable OTEL_TRACES_SAMPLER: must be one of always_on, "],
            ..Bad::default()
        },
        Bad {
            environment: &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"), ("OTEL_TRACES_SAMPLER_ARG", "10%")],
            says: &["environment variable OTEL_TRACES_SAMPLER_ARG: must be a number from 0 to 1"],
            ..Bad::default()
        },
        Bad {
            environment: &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"), ("OTEL_BSP_MAX_QUEUE_SIZE", "0")],
            says: &["environment variable OTEL_BSP_MAX_QUEUE_SIZE: must be a whole number above 0"],
            ..Bad::default()
        },
        Bad {
            environment: &[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
                ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
            ],
            says: &["environment variable OTEL_EXPORTER_OTLP_TIMEOUT: must be a whole number above 0"],
            ..Bad::default()
        },
        Bad {
            environment: &[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
                ("OTEL_EXPORTER_OTLP_HEADERS", "authorization: canary"),
            ],
            says: &["environment variable OTEL_EXPORTER_OTLP_HEADERS: must be `name=value` pairs"],
            ..Bad::default()
        },
        Bad {
            environment: &[("DATABASE_URL", "sqlite://absent/mortise.db?mode=rwc")],
            says: &["cannot create the database file absent/mortise.db: its directory must exist"],
            ..Bad::default()
        },
        Bad {
            environment: &[("DATABASE_URL", "sqlite://absent.db")],
            says: &["the database URL is not usable: there is no absent.db: add ?mode=rwc to the URL to make it"],
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
            make: |d| {
                write(d, "mortise.toml", "data_dir = \"data\"\n");
                pipe(d, "data/cache");
            },
            says: &["mortise.toml:1: `data_dir`: the compile cache must be a directory that belongs to this user"],
            ..Bad::default()
        },
        Bad {
            make: |d| write(d, "data/cache", ""),
            says: &["`data_dir` (default): the compile cache must be a directory that belongs to this user"],
            ..Bad::default()
        },
        Bad {
            make: |d| {
                fs::create_dir(d.join("data/cache")).expect("a directory");
                fs::set_permissions(d.join("data/cache"), fs::Permissions::from_mode(0o777)).expect("ours");
            },
            says: &["`data_dir` (default): the compile cache must be a directory that belongs to this user"],
            ..Bad::default()
        },
        Bad {
            make: |d| {
                fs::create_dir(d.join("data/cache")).expect("a directory");
                pipe(d, "data/cache/key");
            },
            says: &["`data_dir` (default): the compile cache's key cannot be used (`key` is not a regular file)"],
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
            make: |d| fs::remove_dir_all(d.join("plugins")).expect("ours"),
            says: &["`plugins_dir` (default): the directory plugins cannot be read: "],
            ..Bad::default()
        },
        Bad {
            make: |d| write(d, "mortise.lock", "version = 1\n\n[plugins.acme]\ndigest = 5\n"),
            says: &["mortise.lock:4: the grants cannot be read: invalid type"],
            ..Bad::default()
        },
        Bad {
            make: |d| write(d, "mortise.lock", "version = 2\n"),
            says: &["mortise.lock:1: the grants cannot be read: its version is 2"],
            ..Bad::default()
        },
        Bad {
            make: |d| {
                fs::remove_file(d.join("mortise.lock")).expect("it is there");
                fs::create_dir(d.join("mortise.lock")).expect("a directory");
            },
            says: &[
                "`lock_file` (default): cannot read the grants in mortise.lock: it is not a regular file but a directory",
            ],
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
        assert_eq!(tree(directory.path()), before, "the command made no file");
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
        "admin_listen = \"0.0.0.0:8081\"\n[limits]\ncall_deadline_ms = 60000\nconcurrent_calls_per_integration = 600\n\
         vendor_body_bytes = 20000000\n[integrations.acme]\norigin = \"http://127.0.0.1:1\"\n\
         [connect]\nallowed_origins = [\"https://app.example.com\"]\n",
    );
    write(directory.path(), "plugins/other.wasm", "no component");
    write(
        directory.path(),
        "mortise.lock",
        &format!("version = 1\n{}{}", grant("granted", &digest(b"no component")), grant("gone", &"ab".repeat(32))),
    );
    let check = |arguments: &[&str]| {
        let mut command = mortise(directory.path(), &[&["check-config"], arguments].concat());
        command.env("DATABASE_URL", "sqlite://file.db?mode=rwc").env("MORTISE_LIMITS_COMPILE_MS", "7000");
        command.output().expect("the binary runs")
    };
    let warnings = [
        "mortise.toml:1: `admin_listen`: 0.0.0.0:8081 is not confined to this machine or a private network",
        "mortise.toml:4: `limits.concurrent_calls_per_integration`: 600 is never reached: limits.concurrent_calls is 512",
        "mortise.toml:3: `limits.call_deadline_ms`: a shutdown breaks off calls",
        "plugins/other.wasm: the plugin is not granted",
        "mortise.lock: gone is granted, and there is no plugins/gone.wasm",
        "mortise.toml:7: `integrations.acme.origin`: there is no plugins/acme.wasm",
        "mortise.toml:9: `connect.allowed_origins`: nobody can sign in at a vendor without connect.public_url",
        "mortise.toml:5: `limits.vendor_body_bytes`: lists have less room than records: limits.vendor_list_bytes is 16777216",
    ];
    let output = check(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "a host would start with this configuration\n");
    for warning in warnings {
        assert!(text(&output.stderr).contains(&format!("warning: {warning}")), "{warning}: {}", text(&output.stderr));
    }
    let strict = check(&["--strict"]);
    assert_eq!(strict.status.code(), Some(2));
    assert!(text(&strict.stderr).contains(&format!("error: {}", warnings[3])), "{}", text(&strict.stderr));

    let output = check(&["--show", "--json", "--data-dir", "data"]);
    let report: Value = serde_json::from_str(text(&output.stdout)).expect("JSON");
    assert_eq!((&report["ok"], &report["problems"]), (&Value::Bool(true), &Value::Array(Vec::new())));
    assert_eq!(report["warnings"][1]["file"], "mortise.toml");
    assert_eq!(report["warnings"][1]["line"], 4);
    assert_eq!(report["warnings"][1]["key"], "limits.concurrent_calls_per_integration");
    let settings = report["settings"].as_array().expect("settings");
    let source = |key: &str| settings.iter().find(|s| s["key"] == key).expect(key)["source"].as_str().expect("text");
    assert_eq!(source("limits.call_deadline_ms"), "mortise.toml:3");
    assert_eq!(source("limits.compile_ms"), "MORTISE_LIMITS_COMPILE_MS");
    assert_eq!(source("data_dir"), "--data-dir");
    assert_eq!(source("database_url"), "DATABASE_URL");
    assert_eq!(source("listen"), "default");
    let table = check(&["--show"]);
    assert!(text(&table.stdout).starts_with("KEY "), "{}", text(&table.stdout));
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
        assert!(message.starts_with("error: cannot open the database postgres://127.0.0.1:1/mortise"), "{message}");
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
            application_id: None,
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
    // The host does not rotate the key either: a rotation would encrypt nothing, and would put the successor of the
    // wrong key into use.
    let file = directory.path().join("data/master.key");
    let before = fs::read(&file).expect("the key file");
    assert_refused(
        &run(&directory, &["key", "rotate"]),
        &format!("the accounts of this database are sealed with ({id})"),
    );
    assert_eq!(fs::read(&file).expect("the key file"), before);
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

#[test]
fn what_is_no_file_in_a_files_place_makes_nobody_wait() {
    let (serve, check, rotate) = (&["serve"][..], &["check-config"][..], &["key", "rotate"][..]);
    let grant = &["grant", "granted", "--yes"][..];
    let readers = [
        ("mortise.toml", "", "cannot read the configuration mortise.toml: ", vec![serve, check, rotate, grant]),
        (
            "grants.lock",
            "lock_file = \"grants.lock\"",
            "cannot read the grants in grants.lock: ",
            vec![serve, check, grant],
        ),
        (
            "secret.key",
            "master_key_file = \"secret.key\"",
            "the master key secret.key is not a regular file",
            vec![serve, check, rotate],
        ),
        (
            "keep.db",
            "database_url = \"sqlite://keep.db?mode=rwc\"",
            "keep.db is not a regular file",
            vec![serve, check, &["token", "create", "--scope", "call"]],
        ),
    ];
    for (what, put) in NO_FILES {
        for (file, setting, says, commands) in &readers {
            let directory = usable();
            if !setting.is_empty() {
                write(directory.path(), "mortise.toml", setting);
            }
            put(&directory.path().join(file));
            for command in commands {
                let output = in_time(directory.path(), command);
                let message = text(&output.stderr);
                assert!(matches!(output.status.code(), Some(1 | 2)), "{what} for {file}: {command:?}: {message}");
                assert!(message.contains(says), "{what} for {file}: {command:?}: {message}");
            }
        }
    }
}

#[test]
fn what_is_no_file_in_a_manifests_place_makes_no_command_wait() {
    let commands = [
        &["vendor", "."][..],
        &["docs", ".", "--no-build"],
        &["dev", "."],
        &["test", ".", "--no-build"],
        &["build"],
        &["sdk"],
        &["check", "."],
    ];
    for (what, put) in NO_FILES {
        for (manifest, commands) in
            [("Cargo.toml", &commands[..]), ("package.json", &commands[..1]), ("pyproject.toml", &commands[..1])]
        {
            let directory = directory();
            put(&directory.path().join(manifest));
            let says = format!("{manifest}: it is not a regular file but {what}");
            for command in commands {
                let output = in_time(directory.path(), command);
                let message = text(&output.stderr);
                assert!(matches!(output.status.code(), Some(1 | 2)), "{what}: {command:?}: {message}");
                assert!(message.contains(&says), "{what}: {command:?}: {message}");
            }
        }
    }
    let directory = directory();
    fs::File::create(directory.path().join("package.json")).and_then(|file| file.set_len(1 << 40)).expect("writable");
    let message = in_time(directory.path(), &["vendor", "."]).stderr;
    assert!(text(&message).contains("package.json: the file is larger than 16777216 bytes"), "{}", text(&message));
}

#[test]
fn a_component_that_is_no_file_makes_no_command_wait_and_a_host_that_would_serve_nothing_is_no_usable_one() {
    let directory = usable();
    pipe(directory.path(), "plugins/granted.wasm");
    let output = in_time(directory.path(), &["check-config"]);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    for line in [
        "warning: plugins/granted.wasm: it is not a regular file but a named pipe",
        "error: `plugins_dir` (default): a host would serve nothing: the directory plugins holds no component that ",
    ] {
        assert!(message.contains(line), "{message}");
    }
    for command in [&["grant", "granted", "--yes"][..], &["check", "plugins/granted.wasm"]] {
        let output = in_time(directory.path(), command);
        let said = [text(&output.stderr), text(&output.stdout)].concat();
        assert_eq!(output.status.code(), Some(1), "{command:?}: {said}");
        assert!(said.contains("it is not a regular file but a named pipe"), "{command:?}: {said}");
    }
    fs::remove_file(directory.path().join("plugins/granted.wasm")).expect("it is there");
    assert_refused(&run(&directory, &["check-config"]), "a host would serve nothing");
}
