//! The lock file: a host serves only the components that the operator granted.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use mortise::plugin::LockFile;
use mortise_policy::grant::{Grant, digest};
use mortise_tests::host::{Host, Setup, mortise_binary};
use mortise_tests::{components, hostile};
use tempfile::TempDir;

/// The declaration of every component of `tests/hostile`.
const ORIGIN: &str = "https://vendor.example.com";

fn tiny(slug: &str) -> Vec<u8> {
    hostile::from_text(slug, "(func $attack)")
}

fn grant(bytes: &[u8], origins: &[&str]) -> Grant {
    let origins = origins.iter().map(|origin| (*origin).to_owned()).collect();
    Grant { digest: digest(bytes), origins, headers: vec![], passthrough: true }
}

/// Writes a lock file, and starts a host that serves these components by it. Returns the directory, the path and the
/// host.
async fn serve(
    plugins: &[(&str, Vec<u8>)],
    grants: impl IntoIterator<Item = (&str, Grant)>,
) -> (TempDir, PathBuf, Host) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("mortise.lock");
    let mut lock = LockFile::default();
    lock.plugins.extend(grants.into_iter().map(|(slug, grant)| (slug.to_owned(), grant)));
    lock.save(&path).expect("writable");
    let setup = plugins.iter().fold(Setup::new(), |setup, (slug, bytes)| setup.component(slug, bytes));
    let host = setup.locked(&path).start().await;
    (directory, path, host)
}

/// The reason why the host does not serve a plugin.
fn reason(host: &Host, slug: &str) -> String {
    let status = host.app.service.registry.status(slug).unwrap_or_else(|| panic!("{slug} is listed"));
    assert!(status.generation.is_none() && host.app.service.registry.get(slug).is_none(), "{slug} is served");
    status.reason.expect("a refused plugin has a reason")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_granted_is_refused_and_the_command_is_named() {
    let plugins = ["plain", "granted", "wider", "changed", "narrower"].map(|slug| (slug, tiny(slug)));
    let of = |slug: &str| &plugins.iter().find(|(name, _)| *name == slug).expect("one of them").1;
    let (_directory, _path, host) = serve(
        &plugins,
        [
            ("granted", grant(of("granted"), &[ORIGIN])),
            ("wider", grant(of("wider"), &["https://other.example.com"])),
            ("changed", grant(b"what it was before", &[ORIGIN])),
            ("narrower", grant(of("narrower"), &["https://other.example.com", ORIGIN])),
            ("gone", grant(b"no file", &[ORIGIN])),
        ],
    )
    .await;
    for slug in ["granted", "narrower"] {
        assert!(host.app.service.registry.get(slug).is_some(), "{:?}", host.app.service.registry.status(slug));
    }
    for (slug, names) in [
        ("plain", vec!["not granted".to_owned()]),
        ("wider", vec![ORIGIN.to_owned()]),
        ("changed", vec![digest(b"what it was before"), digest(of("changed"))]),
    ] {
        let reason = reason(&host, slug);
        for name in names.iter().chain([&format!("mortise grant {slug}")]) {
            assert!(reason.contains(name), "{slug}: `{name}` is not in: {reason}");
        }
    }
    assert!(!reason(&host, "wider").contains("other.example.com"), "the reason lists only origins without a grant");
    assert_eq!(host.client().get("/integration/gone").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_byte_needs_a_new_grant() {
    let granted = tiny("plain");
    // A custom section at the end does not change what the component does.
    let changed = [&granted[..], b"\0\x02\x01x"].concat();
    let (.., host) = serve(&[("plain", changed)], [("plain", grant(&granted, &[ORIGIN]))]).await;
    assert!(reason(&host, "plain").contains("has changed since it was granted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_serves_no_component_of_another_name() {
    let (real, thief) = (hostile::component("endless-loop"), hostile::component("lying-stolen-slug"));
    let plugins = [("aaa", thief.clone()), ("endless-loop", real.clone()), ("zzz", thief.clone())];
    // A grant of the thief's own bytes under the name of its file, beside the grant of the slug that it claims, does not
    // help the thief.
    let grants = [("aaa", grant(&thief, &[ORIGIN])), ("endless-loop", grant(&real, &[ORIGIN]))];
    let (.., host) = serve(&plugins, grants).await;
    let serving = host.app.service.registry.get("endless-loop").expect("the granted one serves");
    assert_eq!(serving.digest, digest(&real));
    for slug in ["aaa", "zzz"] {
        assert!(reason(&host, slug).contains("endless-loop.wasm"), "{}", reason(&host, slug));
    }
    // The thief's file lies in the place of the real component: its digest is not the granted one.
    let (.., host) = serve(&[("endless-loop", thief)], [("endless-loop", grant(&real, &[ORIGIN]))]).await;
    assert!(reason(&host, "endless-loop").contains("has changed"), "{}", reason(&host, "endless-loop"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_lock_file_stops_the_host_and_names_the_line() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("mortise.lock");
    let grant = format!("[plugins.plain]\ndigest = \"{}\"\n", "ab".repeat(32));
    for (text, names) in [
        (format!("version = 1\n\n{grant}origins = [\"{ORIGIN}\"\n"), "mortise.lock:5: "),
        (format!("version = 1\n\n{grant}"), "origins"),
        (format!("version = 1\n\n{grant}origins = []\nextra = true\n"), "extra"),
        (format!("version = 1\n\n{grant}origins = [7]\n"), "mortise.lock:5: "),
        ("version = 2\n".to_owned(), "version is 2"),
        ("version = \"1\"\n".to_owned(), "mortise.lock:1: "),
        ("plugins = {}\n".to_owned(), "version"),
        (format!("version = 1\n{grant}origins = []\n[plugins.plain]\n"), "mortise.lock:5: "),
    ] {
        fs::write(&path, &text).expect("writable");
        let started = Setup::new().locked(&path).try_start_in(tempfile::tempdir().expect("a directory")).await;
        let message = started.err().unwrap_or_else(|| panic!("the host starts with: {text}"));
        assert!(message.contains(&path.display().to_string()), "{message}");
        assert!(message.contains(names), "`{names}` is not in: {message}");
    }
    fs::write(&path, b"version = 1 # \xff\n").expect("writable");
    let started = Setup::new().locked(&path).try_start_in(tempfile::tempdir().expect("a directory")).await;
    assert!(started.is_err_and(|message| message.contains(&path.display().to_string())));
    // Without a lock file, nothing is granted.
    fs::remove_file(&path).expect("writable");
    let host = Setup::new().component("plain", &tiny("plain")).locked(&path).start().await;
    assert!(reason(&host, "plain").contains("mortise grant plain"));
}

/// `mortise grant` for a file of this name and content.
fn grant_command(directory: &TempDir, slug: &str, bytes: &[u8]) -> Output {
    fs::create_dir_all(directory.path().join("plugins")).expect("writable");
    fs::write(directory.path().join("plugins").join(slug).with_extension("wasm"), bytes).expect("writable");
    command(directory, &["grant", slug, "--yes"])
}

/// A command on the plugins and the lock file of this directory.
fn command(directory: &TempDir, arguments: &[&str]) -> Output {
    let at = |name: &str| directory.path().join(name);
    Command::new(mortise_binary())
        .args(arguments)
        .arg("--plugins-dir")
        .arg(at("plugins"))
        .arg("--data-dir")
        .arg(at("data"))
        .arg("--lock-file")
        .arg(at("mortise.lock"))
        .current_dir(directory.path())
        .output()
        .expect("mortise starts")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_command_grants_is_served_and_a_thief_is_not_granted() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let plain = tiny("plain");
    let granted = grant_command(&directory, "plain", &plain);
    assert!(granted.status.success(), "{}", String::from_utf8_lossy(&granted.stderr));
    let lock = directory.path().join("mortise.lock");
    let before = fs::read_to_string(&lock).expect("readable");
    assert!(before.contains(&digest(&plain)) && before.contains(ORIGIN), "{before}");
    let host = Setup::new().component("plain", &plain).locked(&lock).start().await;
    assert!(host.app.service.registry.get("plain").is_some(), "{:?}", host.app.service.registry.status("plain"));

    // A component with the slug of another component.
    let thief = grant_command(&directory, "thief", &plain);
    let message = String::from_utf8_lossy(&thief.stderr).into_owned();
    assert!(!thief.status.success() && message.contains("plain.wasm"), "{message}");
    assert_eq!(fs::read_to_string(&lock).expect("readable"), before, "the command grants nothing");
}

#[test]
fn passthrough_is_off_where_the_command_says_so_and_stays_off_for_newer_builds() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let lock = || fs::read_to_string(directory.path().join("mortise.lock")).expect("readable");
    let shows = |output: &Output, line: &str| {
        let shown = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && shown.contains(line), "`{line}` is not in: {shown}");
    };
    shows(&grant_command(&directory, "plain", &tiny("plain")), "passthrough callers may send requests of their own\n");
    assert!(!lock().contains("passthrough ="), "{}", lock());

    let off = command(&directory, &["grant", "plain", "--yes", "--no-passthrough"]);
    shows(&off, "passthrough off  (new)\n");
    let newer = [&tiny("plain")[..], b"\0\x02\x01x"].concat();
    shows(&grant_command(&directory, "plain", &newer), "passthrough off\n");
    assert!(lock().contains("passthrough = false") && lock().contains(&digest(&newer)), "{}", lock());
    let shown = |arguments: &[&str]| String::from_utf8_lossy(&command(&directory, arguments).stdout).into_owned();
    let line = shown(&["integration", "show", "plain"]);
    assert!(line.lines().any(|line| line.starts_with("passthrough") && line.ends_with("off")), "{line}");
    assert!(shown(&["integration", "show", "plain", "--json"]).contains("\"passthrough\":false"));

    let on = command(&directory, &["grant", "plain", "--yes", "--passthrough"]);
    shows(&on, "passthrough callers may send requests of their own  (new)\n");
    assert!(!lock().contains("passthrough ="), "{}", lock());
    let both = command(&directory, &["grant", "plain", "--yes", "--passthrough", "--no-passthrough"]);
    assert!(!both.status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_are_shown_and_granted_as_origins_are() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let prober = hostile::component("egress-prober");
    let granted = grant_command(&directory, "egress-prober", &prober);
    let shown = String::from_utf8_lossy(&granted.stderr).into_owned();
    assert!(granted.status.success() && shown.contains("\n  header      x-own-64\n"), "{shown}");

    // The operator granted one header fewer, and one that the component does not request any more.
    let lock = directory.path().join("mortise.lock");
    let text = fs::read_to_string(&lock).expect("readable").replace("\"x-own-64\"", "\"x-old\"");
    fs::write(&lock, text).expect("writable");
    let host = Setup::new().component("egress-prober", &prober).locked(&lock).start().await;
    let reason = reason(&host, "egress-prober");
    assert!(reason.contains("asks for headers (x-own-64) that are not granted"), "{reason}");
    let granted = grant_command(&directory, "egress-prober", &prober);
    let shown = String::from_utf8_lossy(&granted.stderr).into_owned();
    for line in ["header      x-own-64  (new)", "header      x-old  (no longer asked for)", "header      x-own\n"] {
        assert!(shown.contains(line), "`{line}` is not in: {shown}");
    }
    let host = Setup::new().component("egress-prober", &prober).locked(&lock).start().await;
    assert!(
        host.app.service.registry.get("egress-prober").is_some(),
        "{:?}",
        host.app.service.registry.status("egress-prober")
    );
}

#[test]
fn the_command_shows_how_a_plugin_signs_in_and_what_its_vendor_takes() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let granted = grant_command(&directory, "signs-in-tableau", &hostile::component("signs-in-tableau"));
    let shown = String::from_utf8_lossy(&granted.stderr).into_owned();
    assert!(granted.status.success(), "{shown}");
    for line in [
        "signs       header x-tableau-auth: {token}",
        "signs in    exchange: POST https://{pod}.online.tableau.com/api/3.26/auth/signin",
        "json      credentials.personalAccessTokenSecret: {pat_secret}",
        "answer    token: /credentials/token (secret)",
        "answer    site_id: /credentials/site/id (shown to the plugin)",
    ] {
        assert!(shown.contains(line), "`{line}` is not in: {shown}");
    }
    let granted = grant_command(&directory, "limited", &hostile::component("limited"));
    let shown = String::from_utf8_lossy(&granted.stderr).into_owned();
    assert!(shown.contains("limit       4 requests in 3600 s for each account"), "{shown}");
}

#[test]
fn the_commands_show_the_probe_and_what_a_form_says_of_a_variable() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let granted = grant_command(&directory, "snyk", &components::component("snyk"));
    let shown = String::from_utf8_lossy(&granted.stderr).into_owned();
    assert!(granted.status.success(), "{shown}");
    for line in [
        "  probe       GET /self?version=2024-08-25\n",
        "    help      What stands before .snyk.io in the address of the API.\n",
        "    values    api, api.us, api.eu, api.au\n",
    ] {
        assert!(shown.contains(line), "`{line}` is not in: {shown}");
    }
    let printed = |arguments: &[&str]| String::from_utf8_lossy(&command(&directory, arguments).stdout).into_owned();
    let asked = printed(&["grant", "snyk", "--yes", "--json"]);
    assert!(asked.contains("\"probe\":\"/self?version=2024-08-25\""), "{asked}");
    let table = printed(&["integration", "show", "snyk"]);
    assert!(table.contains("VALUES") && table.contains("api, api.us, api.eu, api.au"), "{table}");
}
