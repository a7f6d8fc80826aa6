//! The folders that are integrations, their names, and the places of their parts.

#![allow(clippy::expect_used, reason = "test helpers may panic as tests do")]

use std::fs;
use std::path::{Path, PathBuf};

use mortise_authoring::project::{Language, Project, ProjectError, checkout};
use tempfile::TempDir;

const RUST: &str = "[package]\nname = \"some-crate\"\n";

fn write(root: &Path, file: &str, text: &str) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().expect("a file has a folder")).expect("writable");
    fs::write(path, text).expect("writable");
}

fn folder(files: &[(&str, &str)]) -> (TempDir, PathBuf) {
    let root = tempfile::tempdir().expect("a temporary directory");
    for (file, text) in files {
        write(root.path(), file, text);
    }
    let path = root.path().canonicalize().expect("it exists");
    (root, path)
}

fn checkout_of_two() -> (TempDir, PathBuf) {
    folder(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"host\", \"plugins/*\"]\n"),
        ("plugins/zeta/Cargo.toml", RUST),
        ("plugins/acme/Cargo.toml", RUST),
        ("plugins/left-behind/target/file", ""),
        ("plugins/README.md", ""),
        ("sdk/js/examples/other/package.json", "{\"name\": \"example\"}"),
    ])
}

fn slugs(projects: &[Project]) -> Vec<&str> {
    projects.iter().map(|project| project.slug.as_str()).collect()
}

#[test]
fn the_manifest_tells_the_language() {
    for (manifest, text, language, package) in [
        ("Cargo.toml", RUST, Language::Rust, "some-crate"),
        ("package.json", "{}", Language::JavaScript, "acme"),
        ("pyproject.toml", "[project]\nname = \"acme-python\"\n", Language::Python, "acme-python"),
    ] {
        let (_kept, root) = folder(&[(&format!("acme/{manifest}"), text)]);
        let project = Project::open(&root.join("acme")).expect("a project");
        assert_eq!((project.slug.as_str(), project.language), ("acme", language));
        assert_eq!(project.package, package);
    }
}

#[test]
fn the_manifest_may_name_another_slug_than_the_folder() {
    for (manifest, text) in [
        ("Cargo.toml", "[package]\nname = \"x\"\n[package.metadata.mortise]\nslug = \"acme\"\n"),
        ("package.json", "{\"name\": \"x\", \"mortise\": {\"slug\": \"acme\"}}"),
        ("pyproject.toml", "[project]\nname = \"x\"\n[tool.mortise]\nslug = \"acme\"\n"),
    ] {
        let (_kept, root) = folder(&[(&format!("Mortise for Acme/{manifest}"), text)]);
        assert_eq!(Project::open(&root.join("Mortise for Acme")).expect("a project").slug, "acme");
    }
}

#[test]
fn a_folder_that_is_no_integration_is_told_with_what_is_missing() {
    let (_kept, root) = folder(&[
        ("empty/README.md", ""),
        ("workspace/Cargo.toml", "[workspace]\n"),
        ("broken/package.json", "{"),
        ("Not A Slug/Cargo.toml", RUST),
    ]);
    for (name, expected) in [
        ("missing", "cannot open"),
        ("empty", "it has no Cargo.toml of a package, no package.json and no pyproject.toml"),
        ("workspace", "it has no Cargo.toml of a package"),
        ("broken", "broken/package.json: EOF while parsing"),
        ("Not A Slug", "`Not A Slug` is not a slug"),
    ] {
        let error = Project::open(&root.join(name)).expect_err(name).to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_checkout_stands_for_all_of_its_plugins() {
    let (_kept, root) = checkout_of_two();
    let found = Project::find(std::slice::from_ref(&root)).expect("projects");
    assert_eq!(slugs(&found), ["acme", "zeta"]);
    let twice = Project::find(&[root.join("plugins/acme"), root.clone()]).expect("projects");
    assert_eq!(slugs(&twice), ["acme", "zeta"], "a folder that is named twice is one project");
    assert_eq!(checkout(&root.join("plugins/acme/src")).as_deref(), Some(root.as_path()));
}

#[test]
fn two_folders_with_one_slug_are_refused() {
    let (_kept, root) = folder(&[("a/acme/Cargo.toml", RUST), ("b/acme/package.json", "{}")]);
    let error = Project::find(&[root.join("a/acme"), root.join("b/acme")]).expect_err("one slug");
    assert!(matches!(error, ProjectError::Twice { .. }), "{error}");
}

#[test]
fn a_checkout_without_plugins_is_told() {
    let (_kept, root) = folder(&[("Cargo.toml", "[workspace]\nmembers = [\"plugins/*\"]\n"), ("plugins/note", "")]);
    assert!(matches!(Project::find(&[root]), Err(ProjectError::Empty(_))));
}

#[test]
fn a_component_lies_in_the_checkout_or_else_in_the_project() {
    let (_kept, root) = checkout_of_two();
    let plugin = Project::open(&root.join("plugins/acme")).expect("a project");
    assert_eq!(plugin.component(), root.join("target/plugins/components/acme.wasm"));
    assert_eq!(plugin.cassettes(), root.join("plugins/acme/cassettes"));
    let sample = Project::open(&root.join("sdk/js/examples/other")).expect("a project");
    assert_eq!(sample.component(), root.join("target/plugins/components/other.wasm"));

    let (_kept, root) = folder(&[("acme/Cargo.toml", "[package]\nname = \"x\"\n[workspace]\n")]);
    let alone = Project::open(&root.join("acme")).expect("a project");
    assert_eq!(alone.component(), root.join("acme/target/plugins/components/acme.wasm"));
}

#[test]
fn sources_are_what_the_component_is_made_from() {
    let others = [
        ".git/HEAD",
        ".mortise/sdk/src/lib.rs",
        ".venv/bin/python",
        "Cargo.lock",
        "README.md",
        "cassettes/create.json",
        "dev.log",
        "docs/lib.rs",
        "generated/out.rs",
        "node_modules/x/index.js",
        "output",
        "src/.lib.rs.swp",
        "src/__pycache__/app.pyc",
        "src/build.log",
        "src/draft.rs",
        "src/lib.rs~",
        "target/debug/out",
        "tests/calls.rs",
    ];
    let sources = ["Cargo.toml", "build.rs", "src/deep/module.rs", "src/lib.rs", "templates/user.json"];
    let files: Vec<_> = others.iter().chain(&sources).map(|file| format!("acme/{file}")).collect();
    let mut files: Vec<_> = files.iter().map(|file| (file.as_str(), "")).collect();
    files.extend([("acme/Cargo.toml", RUST), ("acme/.gitignore", "/generated\n/src/draft.rs\n")]);
    let (_kept, root) = folder(&files);
    for repository in ["with", "without"] {
        let root = root.join("acme");
        let project = Project::open(&root).expect("a project");
        assert_eq!(project.sources(), sources.map(|file| root.join(file)), "{repository} a repository");
        for file in sources {
            assert!(project.is_source(&root.join(file)), "{file}");
        }
        for file in others {
            assert!(!project.is_source(&root.join(file)), "{file}");
        }
        assert_eq!(project.source_folders(), ["src", "templates"].map(|folder| root.join(folder)));
        fs::remove_dir_all(root.join(".git")).ok();
    }
}
