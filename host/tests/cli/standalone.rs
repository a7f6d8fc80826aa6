//! A project outside any checkout, with only the files that `mortise new` writes.

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{directory, mortise, text};

/// A folder that stays between test runs, so that the SDK is compiled once.
fn kept(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("standalone").join(name);
    fs::create_dir_all(&path).expect("writable");
    path
}

/// Runs the command to its end without a network, and with only the variables that are needed to find a compiler.
#[track_caller]
fn run(command: &mut Command) -> String {
    run_where("true", command)
}

/// The same, with a network if `offline` is not `true`.
#[track_caller]
fn run_where(offline: &str, command: &mut Command) -> String {
    // A test uses the installed toolchain, and never changes it.
    command.env_clear().envs([("CARGO_NET_OFFLINE", offline), ("RUSTUP_AUTO_INSTALL", "0")]);
    for variable in ["PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"] {
        command.envs(env::var_os(variable).map(|value| (variable, value)));
    }
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{command:?}:\n{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout).to_owned()
}

/// A new project outside any checkout.
fn project(directory: &Path) -> PathBuf {
    run(&mut mortise(directory, &["new", "acme"]));
    directory.join("acme")
}

/// The checkout that has these tests.
fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn a_new_project_builds_without_a_network_and_passes_its_tests_as_it_was_made() {
    // Its author has built an integration before, and so has the crates of the SDK.
    let checkout = checkout();
    let integrations = fs::read_dir(checkout.join("plugins")).expect("readable");
    let integration =
        integrations.map(|entry| entry.expect("readable").path()).min().expect("a checkout has integrations");
    run_where("false", &mut mortise(&checkout, &["build", &integration.to_string_lossy()]));
    let directory = directory();
    let project = project(directory.path());
    let lock = fs::read(project.join("Cargo.lock")).expect("a lock file");
    symlink(kept("target"), project.join("target")).expect("writable");

    let built = run(&mut mortise(&project, &["build"]));
    assert!(built.lines().last().is_some_and(|line| line.starts_with("acme ")), "{built}");
    let component = fs::read(project.join("target/plugins/components/acme.wasm")).expect("a component");
    assert!(component.len() <= 409_600, "an ordinary component has at most 400 KiB, not {} bytes", component.len());
    let place = "/registry/src/";
    let named = component.windows(place.len()).filter(|part| *part == place.as_bytes()).count();
    let hidden = format!("/cargo{place}");
    let renamed = component.windows(hidden.len()).filter(|part| *part == hidden.as_bytes()).count();
    assert_eq!(named, renamed, "a component does not have the author's folder names");
    run(&mut mortise(&project, &["test"]));
    run(Command::new(env!("CARGO")).args(["test", "--quiet"]).current_dir(&project));
    assert!(fs::read(project.join("Cargo.lock")).expect("a lock file") == lock, "Cargo has changed the lock file");
}

/// The versions are the checkout's, which an author may have downloaded already.
#[test]
fn the_lock_file_of_a_new_project_is_what_cargo_makes_of_the_checkouts() {
    let directory = directory();
    let project = project(directory.path());
    fs::copy(checkout().join("Cargo.lock"), project.join("Cargo.lock")).expect("writable");
    run(Command::new(env!("CARGO")).args(["update", "--workspace"]).current_dir(&project));
    let made =
        fs::read_to_string(project.join("Cargo.lock")).expect("a lock file").replace("plugin-acme", "plugin-{{slug}}");
    let template = checkout().join("host/authoring/templates/rust/Cargo.lock");
    if env::var_os("UPDATE").is_some() {
        fs::write(&template, &made).expect("writable");
    }
    let template = fs::read_to_string(template).expect("a lock file");
    assert!(template == made, "host/authoring/templates/rust/Cargo.lock is another: run this test with UPDATE=1");
}
