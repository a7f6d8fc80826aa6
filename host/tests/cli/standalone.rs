//! A project outside any checkout, with only the files that `mortise new` writes.

use std::collections::BTreeSet;
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

/// The registry packages in a lock file: name, version and checksum of each.
fn packages(folder: &Path) -> BTreeSet<String> {
    let lock = fs::read_to_string(folder.join("Cargo.lock")).expect("a lock file");
    let packages = lock.split("\n[[package]]\n").filter_map(|package| package.split_once("\nsource = "));
    packages.map(|(named, from)| format!("{named} {}", from.lines().take(2).collect::<String>())).collect()
}

#[test]
fn a_new_project_builds_without_a_network_and_passes_its_tests_as_it_was_made() {
    // Its author has built an integration before, and so has the crates of the SDK.
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    run_where("false", &mut mortise(&checkout, &["build", "plugins/clickup"]));
    let directory = directory();
    let root = directory.path();
    run(&mut mortise(root, &["new", "acme"]));
    let project = root.join("acme");
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
    let locks = [checkout, project.clone()].map(|folder| packages(&folder));
    assert!(locks[1].len() > 10 && locks[1].is_subset(&locks[0]), "the versions are this checkout's: {locks:?}");
    run(&mut mortise(&project, &["test"]));
    run(Command::new(env!("CARGO")).args(["test", "--quiet"]).current_dir(&project));
}
