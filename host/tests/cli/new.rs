//! `mortise new`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ignore::gitignore::Gitignore;
use serde_json::Value;

use crate::{assert_refused, directory, mortise, run, text};

/// Every file below `root`, relative and sorted.
fn files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(root).expect("below the root").to_owned());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_new_project_stands_alone_and_says_what_to_do_next() {
    let directory = directory();
    let output = run(&directory, &["new", "acme-cloud"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let next = "made acme-cloud\n\nNext:\n  cd acme-cloud\n  mortise build\n  mortise test\n  mortise dev\n";
    assert_eq!(text(&output.stdout), next);

    let root = directory.path().join("acme-cloud");
    // The SDK is not made from a template.
    for file in files(&root).into_iter().filter(|file| !file.starts_with(".mortise/sdk")) {
        let text = fs::read_to_string(root.join(&file)).expect("text");
        assert!(!text.contains("{{"), "{}: a placeholder is left", file.display());
    }
    let read = |file: &str| fs::read_to_string(root.join(file)).expect(file);
    assert!(read("Cargo.toml").contains("mortise-sdk = { path = \".mortise/sdk\" }\n"), "{}", read("Cargo.toml"));
    assert!(read("rust-toolchain.toml").contains("targets = [\"wasm32-wasip2\"]"));
    assert!(read(".gitignore").contains("/target"));
    assert!(read("README.md").starts_with("# Acme Cloud for Mortise\n"));
    assert!(read("src/lib.rs").contains("\"acme-cloud\", //") && read("src/lib.rs").contains("\"Acme Cloud\", //"));
    assert!(read("src/lib.rs").contains("mortise_sdk::export!(AcmeCloudIntegration);"));
}

#[test]
fn inside_a_checkout_it_is_one_of_the_plugins() {
    let directory = directory();
    let root = directory.path();
    fs::create_dir_all(root.join("plugins/other/src")).expect("writable");
    fs::create_dir_all(root.join("sdk")).expect("writable");
    fs::write(root.join("sdk/Cargo.toml"), "").expect("writable");
    fs::write(root.join("Cargo.toml"), "[workspace]\nmembers = [\"plugins/*\"]\n").expect("writable");
    let output = mortise(root, &["new", "acme"]).output().expect("the binary runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let next = "made plugins/acme\n\nNext:\n  mortise build plugins/acme\n  mortise test plugins/acme\n  mortise dev plugins/acme\n";
    assert_eq!(text(&output.stdout), next);
    let manifest = fs::read_to_string(root.join("plugins/acme/Cargo.toml")).expect("a manifest");
    assert!(manifest.contains("mortise-sdk.workspace = true"), "{manifest}");
    assert!(!root.join("plugins/acme/rust-toolchain.toml").exists(), "the checkout has its own toolchain file");
    assert_refused(&run(&directory, &["new", "zeta", "--sdk", "sdk"]), "inside a checkout");
}

#[test]
fn the_sdk_of_a_checkout_can_be_depended_on() {
    let directory = directory();
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdk").canonicalize().expect("the SDK is there");
    for (slug, named) in [("acme", sdk.as_path()), ("zeta", sdk.parent().expect("a checkout"))] {
        let output = run(&directory, &["new", slug, "--sdk", named.to_str().expect("text")]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let project = directory.path().join(slug);
        let manifest = fs::read_to_string(project.join("Cargo.toml")).expect("a manifest");
        let dependency = format!("mortise-sdk = {{ path = \"{}\" }}\n", sdk.display());
        assert!(manifest.contains(&dependency), "{manifest}");
        assert!(schema_of(&project).ends_with("docs/cassette.schema.json"), "{}", schema_of(&project));
        assert!(!project.join(".mortise").exists());
        assert_refused(&run(&directory, &["sdk", slug]), "does not name .mortise/sdk");
    }
    assert_refused(&run(&directory, &["new", "omega", "--sdk", "nowhere"]), "--sdk: nowhere is not the SDK");
    assert_refused(&run(&directory, &["new", "omega", "--sdk", "acme"]), "/acme is not the SDK: name a checkout");
}

/// Path of the JSON Schema that a project's cassettes name. Asserts that the file exists.
fn schema_of(project: &Path) -> String {
    let cassettes = project.join("cassettes");
    let cassette = fs::read(cassettes.join("create.json")).expect("a cassette");
    let cassette: Value = serde_json::from_slice(&cassette).expect("JSON");
    let schema = cassettes.join(cassette["$schema"].as_str().expect("a schema"));
    schema.canonicalize().expect("it is there").to_str().expect("text").to_owned()
}

#[test]
fn a_project_brings_its_sdk_along_and_keeps_it_in_its_repository() {
    let directory = directory();
    for (language, manifest) in [("rust", "Cargo.toml"), ("js", "package.json"), ("python", "pyproject.toml")] {
        assert!(run(&directory, &["new", language, "--lang", language]).status.success());
        let project = directory.path().join(language);
        assert!(project.join(".mortise/sdk").join(manifest).is_file());
        assert!(schema_of(&project).ends_with(&format!("{language}/.mortise/sdk/cassette.schema.json")));
        let (rules, error) = Gitignore::new(project.join(".gitignore"));
        assert!(error.is_none(), "{error:?}");
        let is_ignored = |path: &str| rules.matched_path_or_any_parents(path, false).is_ignore();
        let paths = ["target/x", ".mortise/dev/x", ".mortise/sdk/LICENSE-MIT"];
        assert_eq!(paths.map(is_ignored), [true, true, false]);
    }
}

#[test]
fn the_sdk_of_a_project_can_be_brought_to_this_version_and_put_back() {
    let directory = directory();
    assert!(run(&directory, &["new", "acme", "--lang", "python"]).status.success());
    let sdk = directory.path().join("acme/.mortise/sdk");
    let before = files(&sdk);
    fs::write(sdk.join("VERSION"), "0.0.1\n").expect("writable");
    fs::write(sdk.join("src/of-another-version"), "").expect("writable");
    let said = |output: Output| text(&output.stderr).to_owned();
    let now = format!("acme: SDK {}", env!("CARGO_PKG_VERSION"));
    assert!(said(run(&directory, &["build", "acme"])).contains("built with the SDK 0.0.1"));
    assert_eq!(text(&run(&directory, &["sdk", "acme"]).stdout), format!("{now}, was 0.0.1\n"));
    assert_eq!(files(&sdk), before);

    fs::remove_dir_all(&sdk).expect("removable");
    assert!(said(run(&directory, &["build", "acme"])).contains("the SDK of acme is missing: run `mortise sdk` in "));
    assert_eq!(text(&run(&directory, &["sdk", "acme"]).stdout), format!("{now}\n"));
    assert_eq!(files(&sdk), before);
}

#[test]
fn what_must_be_installed_first_is_one_of_the_next_steps() {
    let directory = directory();
    let next = |language: &str| text(&run(&directory, &["new", language, "--lang", language]).stdout).to_owned();
    assert!(next("js").contains("\n  cd js\n  npm install\n  mortise build\n"));
    let python = "python3 -m venv .venv && .venv/bin/pip install -e .mortise/sdk -e '.[build]'";
    assert!(next("python").contains(&format!("\n  cd python\n  {python}\n  mortise build\n")));
    let page = fs::read_to_string(directory.path().join("python/README.md")).expect("a page");
    assert!(page.contains(python), "{page}");
}

#[test]
fn a_new_project_is_formatted_and_has_a_licence() {
    let directory = directory();
    for slug in ["a", "acme-cloud", &"a".repeat(64)] {
        assert!(run(&directory, &["new", slug]).status.success(), "{slug}");
        let project = directory.path().join(slug);
        let mut format = Command::new("cargo");
        format.args(["fmt", "--check"]).current_dir(&project).env("RUSTUP_AUTO_INSTALL", "0");
        let output = format.output().expect("cargo starts");
        assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
        let manifest = fs::read_to_string(project.join("Cargo.toml")).expect("a manifest");
        assert!(manifest.contains("\nlicense = \"MIT OR Apache-2.0\"\n"), "{manifest}");
    }
}

#[test]
fn what_is_there_is_never_overwritten() {
    let directory = directory();
    let root = directory.path();
    fs::create_dir(root.join("acme")).expect("writable");
    fs::write(root.join("acme/notes"), "mine").expect("writable");
    fs::write(root.join("zeta"), "mine").expect("writable");
    assert_refused(&run(&directory, &["new", "acme"]), "acme exists already");
    assert_refused(&run(&directory, &["new", "zeta"]), "zeta exists already");
    assert_eq!(files(root), [Path::new("acme/notes"), Path::new("zeta")], "the command left no file behind");

    fs::remove_file(root.join("acme/notes")).expect("removable");
    assert!(run(&directory, &["new", "acme"]).status.success(), "an empty folder does not count as a project");
}

#[test]
fn a_name_that_is_no_slug_makes_nothing() {
    let directory = directory();
    for name in ["Acme", "acme_cloud", "-acme", "acme--cloud", "../acme", "a/b", "ä"] {
        assert_refused(&run(&directory, &["new", "--", name]), "is not a slug");
    }
    assert_eq!(files(directory.path()), Vec::<PathBuf>::new());
}
