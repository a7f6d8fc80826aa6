//! `mortise build`.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;

use crate::{assert_refused, directory, mortise, run, text};

/// A stand-alone package without dependencies, in the folder `acme`.
fn project(source: &str) -> TempDir {
    let directory = directory();
    let root = directory.path().join("acme");
    fs::create_dir_all(root.join("src")).expect("writable");
    let manifest =
        "[package]\nname = \"anything\"\nedition = \"2024\"\n[lib]\ncrate-type = [\"cdylib\"]\n[workspace]\n";
    fs::write(root.join("Cargo.toml"), manifest).expect("writable");
    fs::write(root.join("src/lib.rs"), source).expect("writable");
    directory
}

/// Runs the command with only the variables that are needed to find a compiler.
fn build(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = mortise(directory, &[&["build"], arguments].concat());
    for variable in ["PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"] {
        command.envs(env::var_os(variable).map(|value| (variable, value)));
    }
    // A test uses the installed toolchain, and never changes it.
    command.env("RUSTUP_AUTO_INSTALL", "0").output().expect("the binary runs")
}

#[test]
fn build_prints_slug_size_and_digest_of_each_component() {
    let directory = project("");
    let output = build(directory.path(), &["acme", "--json"]);
    let built: Value =
        serde_json::from_str(text(&output.stdout)).unwrap_or_else(|_| panic!("{}", text(&output.stderr)));
    let path = directory.path().canonicalize().expect("it exists").join("acme/target/plugins/components/acme.wasm");
    let bytes = fs::metadata(&path).expect("the component is there").len();
    assert_eq!(built[0]["slug"], "acme");
    assert_eq!(built[0]["path"], path.to_str().expect("text"));
    assert_eq!(built[0]["bytes"], bytes);
    let digest = built[0]["digest"].as_str().expect("a digest");
    assert_eq!(digest.len(), 64);

    // From a folder inside the project, without a name.
    let output = build(&directory.path().join("acme/src"), &[]);
    let printed = text(&output.stdout);
    let line = printed.lines().last().expect("a line");
    assert!(line.starts_with("acme") && line.contains(&bytes.to_string()) && line.ends_with(digest), "{printed}");
}

#[test]
fn only_a_development_build_has_names_of_functions() {
    let directory = project(
        "#[unsafe(no_mangle)] pub fn entry(n: u32) -> u32 { a_function_of_acme(n) }\n\
         #[inline(never)] fn a_function_of_acme(n: u32) -> u32 { n + 1 }\n",
    );
    let built = |arguments: &[&str]| {
        let output = build(directory.path(), arguments);
        assert!(output.status.success(), "{}", text(&output.stderr));
    };
    let component = |folder: &str| {
        let path = directory.path().join("acme/target/plugins").join(folder).join("acme.wasm");
        fs::read(path).expect("a component")
    };
    let contains_names = |wasm: &[u8]| wasm.windows(18).any(|window| window == b"a_function_of_acme");
    built(&["acme"]);
    let shipped = component("components");
    assert!(!contains_names(&shipped));
    built(&["acme", "--dev"]);
    assert!(contains_names(&component("dev")));
    assert!(component("components") == shipped, "a build with --dev leaves the component for production unchanged");
}

#[test]
fn a_compilers_errors_are_printed_as_they_are() {
    let directory = project("pub fn broken() -> u32 {\n    \"text\"\n}\n");
    let output = build(directory.path(), &["acme"]);
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("\nerror[E0308]: mismatched types\n --> src/lib.rs:2:5\n"), "{stderr}");
    assert!(stderr.contains("\n2 |     \"text\"\n"), "{stderr}");
}

#[test]
fn build_of_a_folder_without_an_integration_is_refused() {
    let directory = directory();
    assert_refused(&run(&directory, &["build"]), "mortise new");
    assert_refused(&run(&directory, &["build", "nowhere"]), "cannot open nowhere");
}
