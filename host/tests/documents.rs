//! The settings in the documents for operators, compared with the host.

#![allow(clippy::expect_used, reason = "test helpers may panic as tests do")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use mortise::config::Config;

/// Variables that are not settings of the configuration.
const OTHER_VARIABLES: [&str; 9] = [
    "MORTISE_CONFIG",
    "MORTISE_LOG",
    "MORTISE_MASTER_KEY",
    "MORTISE_PORT",
    "MORTISE_REGISTRY",
    "MORTISE_REGISTRY_PASSWORD",
    "MORTISE_REGISTRY_USER",
    "MORTISE_TOKEN",
    "MORTISE_URL",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn document(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect(path)
}

/// The configurations on a page: the TOML blocks of Markdown, or the literal block of the manifest.
fn configurations(text: &str) -> Vec<String> {
    let blocks =
        text.split("```toml\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(block, _)| block.to_owned());
    let manifest = text.split_once("mortise.toml: |\n").map(|(_, rest)| {
        let lines = rest.lines().take_while(|line| line.is_empty() || line.starts_with("    "));
        lines.map(|line| line.trim_start().to_owned() + "\n").collect()
    });
    blocks.chain(manifest).collect()
}

#[test]
fn configurations_in_the_documents_are_right() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("mortise.toml");
    for path in ["README.md", "docs/operating.md", "docs/deploy/kubernetes.yaml"] {
        let found = configurations(&document(path));
        assert!(!found.is_empty(), "{path}");
        for text in found {
            fs::write(&file, &text).expect("writable");
            Config::load(Some(&file), []).unwrap_or_else(|errors| panic!("{path}:\n{text}\n{errors}"));
        }
    }
}

#[test]
fn variables_in_the_documents_exist() {
    let settings: BTreeSet<String> = Config::default().settings().into_iter().map(|(key, ..)| key).collect();
    for path in ["README.md", "docs/operating.md", "docs/deploy/kubernetes.yaml", "docs/deploy/mortise.service"] {
        let text = document(path);
        let words = text.split(|c: char| !(c.is_ascii_uppercase() || c == '_'));
        for name in words.filter(|word| word.starts_with("MORTISE_") && !OTHER_VARIABLES.contains(word)) {
            let key = name.trim_start_matches("MORTISE_").to_ascii_lowercase();
            let key = key.replacen("limits_", "limits.", 1).replacen("egress_", "egress.", 1);
            assert!(settings.contains(&key), "{path} names {name}");
        }
    }
}

#[test]
fn limits_in_the_documents_exist_and_are_all_described() {
    let settings = Config::default().settings();
    let limits: Vec<_> = settings.iter().filter_map(|(key, ..)| key.strip_prefix("limits.")).collect();
    let table = document("docs/architecture.md");
    for limit in &limits {
        assert!(table.contains(&format!("| `{limit}` |")), "docs/architecture.md has no `{limit}`");
    }
    let guide = document("docs/operating.md");
    let named = guide.split('`').filter_map(|word| word.strip_prefix("limits."));
    for limit in named {
        assert!(limits.contains(&limit), "docs/operating.md names limits.{limit}");
    }
}
