//! `mortise new`.

use std::fs;
use std::path::{Path, PathBuf};

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
    let next = "made acme-cloud\n\nNext:\n  cd acme-cloud && mortise build\n  mortise test\n  mortise dev\n";
    assert_eq!(text(&output.stdout), next);

    let root = directory.path().join("acme-cloud");
    for file in files(&root) {
        let text = fs::read_to_string(root.join(&file)).expect("text");
        assert!(!text.contains("{{"), "{}: a placeholder is left", file.display());
    }
    let read = |file: &str| fs::read_to_string(root.join(file)).expect(file);
    let pinned = concat!("mortise-sdk = \"=", env!("CARGO_PKG_VERSION"), "\"\n");
    assert!(read("Cargo.toml").contains(pinned), "{}", read("Cargo.toml"));
    assert!(read("rust-toolchain.toml").contains("targets = [\"wasm32-wasip2\"]"));
    assert!(read(".gitignore").contains("/target"));
    assert!(read("README.md").starts_with("# Acme Cloud for Mortise\n"));
    assert!(read("src/lib.rs").contains("Capabilities::new(\"acme-cloud\", \"Acme Cloud\")"));
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
    assert!(!root.join("plugins/acme/rust-toolchain.toml").exists(), "the checkout has its own");
    assert_refused(&run(&directory, &["new", "zeta", "--sdk", "sdk"]), "inside a checkout");
}

#[test]
fn the_sdk_of_a_checkout_can_be_depended_on() {
    let directory = directory();
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdk").canonicalize().expect("the SDK is there");
    let output = run(&directory, &["new", "acme", "--sdk", sdk.to_str().expect("text")]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let manifest = fs::read_to_string(directory.path().join("acme/Cargo.toml")).expect("a manifest");
    let dependency = format!("mortise-sdk = {{ path = \"{}\" }}\n", sdk.display());
    assert!(manifest.contains(&dependency), "{manifest}");
    assert_refused(&run(&directory, &["new", "zeta", "--sdk", "nowhere"]), "--sdk: nowhere/Cargo.toml is not there");
}

#[test]
fn what_is_there_is_never_overwritten() {
    let directory = directory();
    let root = directory.path();
    fs::create_dir(root.join("acme")).expect("writable");
    fs::write(root.join("acme/notes"), "mine").expect("writable");
    fs::write(root.join("zeta"), "mine").expect("writable");
    assert_refused(&run(&directory, &["new", "acme"]), "acme is there already");
    assert_refused(&run(&directory, &["new", "zeta"]), "zeta is there already");
    assert_eq!(files(root), [Path::new("acme/notes"), Path::new("zeta")], "nothing half-made is left");

    fs::remove_file(root.join("acme/notes")).expect("removable");
    assert!(run(&directory, &["new", "acme"]).status.success(), "an empty folder is nothing");
}

#[test]
fn a_name_that_is_no_slug_makes_nothing() {
    let directory = directory();
    for name in ["Acme", "acme_cloud", "-acme", "acme--cloud", "../acme", "a/b", "ä"] {
        assert_refused(&run(&directory, &["new", "--", name]), "is no slug");
    }
    assert_eq!(files(directory.path()), Vec::<PathBuf>::new());
}
