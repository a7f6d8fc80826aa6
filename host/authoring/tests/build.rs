//! Building plugins, in workspaces that compile in seconds.

#![allow(clippy::expect_used, reason = "test helpers may panic as tests do")]

use std::fs;
use std::path::Path;

use mortise_authoring::build::{self, BuiltComponent, Profile};
use mortise_authoring::project::{self, Project};
use tempfile::TempDir;

fn write(root: &Path, file: &str, text: &str) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().expect("a file has a folder")).expect("writable");
    fs::write(path, text).expect("writable");
}

fn package(root: &Path, folder: &str, name: &str, source: &str) {
    let manifest =
        format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n[lib]\ncrate-type = [\"cdylib\", \"rlib\"]\n");
    write(root, &format!("{folder}/Cargo.toml"), &manifest);
    write(root, &format!("{folder}/src/lib.rs"), source);
}

/// A workspace with the plugins `acme` and `zeta`.
fn workspace() -> TempDir {
    let root = tempfile::tempdir().expect("a temporary directory");
    let manifest = "[workspace]\nresolver = \"3\"\nmembers = [\"plugins/*\", \"hostile\"]\n";
    write(root.path(), "Cargo.toml", manifest);
    package(root.path(), "plugins/acme", "vendor-acme", "");
    package(root.path(), "plugins/zeta", "vendor-zeta", "");
    package(root.path(), "hostile", "hostile", "");
    root
}

fn slugs(built: &[BuiltComponent]) -> Vec<&str> {
    built.iter().map(|b| b.slug.as_str()).collect()
}

#[test]
fn each_plugin_becomes_a_component_named_after_its_folder() {
    let root = workspace();
    let built = build::plugins(root.path()).expect("they build");
    assert_eq!(slugs(&built), ["acme", "zeta"]);
    let acme = project::components_dir(root.path()).join("acme.wasm");
    assert_eq!(built.first().map(|b| &b.path), Some(&acme));
    assert!(fs::read(&acme).expect("a file").starts_with(b"\0asm\x0d\0\x01\0"), "a component, not a module");

    let changed = |path: &Path| fs::metadata(path).expect("a file").modified().expect("a time");
    let before = changed(&acme);
    write(root.path(), "plugins/acme/src/lib.rs", "// Nothing that reaches the component.\n");
    let project = Project::open(&root.path().join("plugins/acme")).expect("a project");
    assert_eq!(slugs(&build::projects(&[project], Profile::Release).expect("it builds")), ["acme"]);
    assert_eq!(changed(&acme), before, "an unchanged component is not rewritten");

    fs::remove_dir_all(root.path().join("plugins/zeta")).expect("removable");
    assert_eq!(slugs(&build::plugins(root.path()).expect("it builds")), ["acme"]);
    assert!(!project::components_dir(root.path()).join("zeta.wasm").exists(), "a component without source is removed");
}

#[test]
fn the_same_sources_make_the_same_component_in_every_folder() {
    let [one, other] = [(), ()].map(|()| {
        let root = workspace();
        let helpers = "pub fn first<T: Copy>(of: &[T]) -> T {\n    of.iter().copied().next().expect(\"one\")\n}\n";
        package(root.path(), "plugins/acme/helpers", "helpers", helpers);
        let plugin = "#[unsafe(no_mangle)]\nextern \"C\" fn run(byte: u8) -> u8 {\n    \
                      helpers::first(&[byte][..usize::from(byte)]).checked_add(1).expect(\"small\")\n}\n";
        package(root.path(), "plugins/acme", "vendor-acme", plugin);
        let manifest = root.path().join("plugins/acme/Cargo.toml");
        let text = fs::read_to_string(&manifest).expect("a manifest");
        fs::write(&manifest, text + "[dependencies]\nhelpers.path = \"helpers\"\n").expect("writable");
        let project = Project::open(&root.path().join("plugins/acme")).expect("a project");
        build::projects(&[project], Profile::Release).expect("it builds").remove(0).digest
    });
    assert_eq!(one, other);
}

#[test]
fn examples_become_components_under_their_own_names() {
    let root = workspace();
    write(root.path(), "hostile/examples/memory-bomb.rs", "");
    let example = "\n[[example]]\nname = \"memory-bomb\"\ncrate-type = [\"cdylib\"]\n";
    let manifest = fs::read_to_string(root.path().join("hostile/Cargo.toml")).expect("a manifest") + example;
    write(root.path(), "hostile/Cargo.toml", &manifest);
    let built = build::examples(root.path(), "hostile").expect("they build");
    assert_eq!(slugs(&built), ["memory-bomb"]);
    assert!(built.iter().all(|b| b.path.is_file()));

    let artifact = root.path().join("target/plugins/wasm32-wasip2/plugin/examples/memory_bomb.wasm");
    let changed = || fs::metadata(&artifact).expect("a file").modified().expect("a time");
    let before = changed();
    build::examples(&root.path().join("plugins/.."), "hostile").expect("they build");
    assert_eq!(changed(), before, "another path to the folder starts no build");
}

#[test]
fn what_the_compiler_says_is_passed_on_whole() {
    let root = workspace();
    write(root.path(), "plugins/acme/src/lib.rs", "pub fn broken() -> u32 {\n    \"text\"\n}\n");
    let error = build::plugins(root.path()).expect_err("it does not build").to_string();
    assert!(error.contains("error[E0308]") && error.contains("plugins/acme/src/lib.rs:2:5"), "{error}");
}

#[test]
fn a_plugin_that_makes_no_component_is_named() {
    let root = workspace();
    write(root.path(), "plugins/acme/Cargo.toml", "[package]\nname = \"vendor-acme\"\nedition = \"2024\"\n");
    let error = build::plugins(root.path()).expect_err("it makes no component").to_string();
    assert!(error.contains("plugins/acme built no component") && error.contains("cdylib"), "{error}");
}
