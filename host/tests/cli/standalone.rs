//! A project outside any checkout, with the published files of the SDK and nothing else.

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{directory, mortise, text};

/// The packages of the SDK, in the order in which they depend on each other.
const PACKAGES: [&str; 2] = ["mortise-model", "mortise-sdk"];

/// What is kept between runs, so that the SDK is compiled once.
fn kept(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("standalone").join(name);
    fs::create_dir_all(&path).expect("writable");
    path
}

/// Runs the command to its end with the variables that a compiler needs to be found, and without a network.
#[track_caller]
fn run(command: &mut Command) -> String {
    // A test uses the toolchain that is there and never changes it.
    command.env_clear().envs([("CARGO_NET_OFFLINE", "true"), ("RUSTUP_AUTO_INSTALL", "0")]);
    for variable in ["PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"] {
        command.envs(env::var_os(variable).map(|value| (variable, value)));
    }
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{command:?}:\n{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout).to_owned()
}

/// Packs the SDK as it would be published and unpacks it below `root`, where every project finds it in the registry's place.
fn publish(root: &Path) {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let target = kept("package");
    let mut package = Command::new(env!("CARGO"));
    package.args(["package", "--quiet", "--no-verify", "--allow-dirty", "--target-dir"]).arg(&target);
    package.args(PACKAGES.iter().flat_map(|name| ["--package", name]));
    run(package.current_dir(workspace));
    let mut registry = "[patch.crates-io]\n".to_owned();
    for name in PACKAGES {
        let package = format!("{name}-{}", env!("CARGO_PKG_VERSION"));
        let file = target.join("package").join(format!("{package}.crate"));
        run(Command::new("tar").arg("-xzf").arg(file).arg("-C").arg(root));
        registry += &format!("{name}.path = \"{}\"\n", root.join(&package).display());
    }
    fs::create_dir(root.join(".cargo")).expect("writable");
    fs::write(root.join(".cargo/config.toml"), registry).expect("writable");
}

#[test]
fn a_project_of_the_published_sdk_builds_and_passes_its_tests_as_it_was_made() {
    let directory = directory();
    let root = directory.path();
    publish(root);
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
    assert_eq!(named, renamed, "a component says nothing of the folders of whoever built it");
    run(&mut mortise(&project, &["test"]));
    run(Command::new(env!("CARGO")).args(["test", "--quiet"]).current_dir(&project));
}
