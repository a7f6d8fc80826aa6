//! The effect of a change of the contract on plugins of an earlier contract, and on hosts that do not know the change:
//! each row of the table in `docs/contract.md`. The host stays the same, and the test changes the text of the plugin to
//! that of another contract.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use mortise::cassette::{self, Player, Replay};
use mortise::config::Limits;
use mortise_tests::host::{Host, Setup, mortise_binary, update};
use mortise_tests::hostile;
use serde_json::{Value, json};

/// The place of the imports in the text of a component.
const IMPORTS: &str = "  ;; A second memory and table";

/// `http` as a component imports it; `METHODS` and `REQUEST` are places for changes.
const HTTP: &str = r#"
  (import "mortise:integration/http@0.1.0" (instance
    (type $m' (enum "get" "post" "put" "patch" "delete" METHODS))
    (export "method" (type $m (eq $m')))
    (type $pairs (list (tuple string string)))
    (type $r' (record
      (field "method" $m) (field "target" string) (field "query" $pairs) (field "headers" $pairs)
      (field "body" (option (list u8))) (field "primary" bool) REQUEST))
    (export "request" (type $r (eq $r')))
    (export "response" (type $response (sub resource)))
    (type $f' (record (field "kind" string) (field "message" string) (field "field" (option string))))
    (export "failure" (type $f (eq $f')))
    (export "send" (func (param "request" $r) (result (result (own $response) (error $f)))))))
"#;

/// One change of the contract, with a component that was made for the changed contract.
struct Case {
    slug: &'static str,
    component: Vec<u8>,
    /// Parts of the reason for the refusal. If there are none, the host serves the component.
    refused: &'static [&'static str],
}

/// A component with these imports.
fn importing(slug: &str, imports: &str) -> Vec<u8> {
    hostile::changed(slug, &[(IMPORTS, &format!("{imports}\n{IMPORTS}"))])
}

/// A component that imports these functions of an interface.
fn importing_functions(slug: &str, interface: &str, functions: &[&str]) -> Vec<u8> {
    importing(slug, &format!("  (import \"{interface}\" (instance {}))", functions.join(" ")))
}

const WANTS_USER: &str = r#"(export "wants-user" (func (result bool)))"#;
const TENANT: &str = r#"(export "tenant" (func (result (option string))))"#;

fn cases() -> Vec<Case> {
    let http = |methods: &str, request: &str| HTTP.replace("METHODS", methods).replace("REQUEST", request);
    let context = |version: &str| format!("mortise:integration/context@{version}");
    let serves = &[];
    vec![
        // Changes of functions that a plugin imports.
        Case {
            slug: "import-of-fewer-functions",
            component: importing_functions("import-of-fewer-functions", &context("0.1.0"), &[WANTS_USER]),
            refused: serves,
        },
        Case {
            slug: "import-of-a-later-function",
            component: importing_functions("import-of-a-later-function", &context("0.1.0"), &[WANTS_USER, TENANT]),
            refused: &[
                "imports `tenant` of `mortise:integration/context@0.1.0`",
                "contract 0.1.0 of this host does not have",
            ],
        },
        // Versions of the contract's package.
        Case {
            slug: "later-patch",
            component: hostile::changed(
                "later-patch",
                &[
                    ("@0.1.0", "@0.1.7"),
                    (IMPORTS, &format!("(import \"{}\" (instance {WANTS_USER}))\n{IMPORTS}", context("0.1.7"))),
                ],
            ),
            refused: serves,
        },
        Case {
            slug: "later-patch-with-a-function",
            component: importing_functions("later-patch-with-a-function", &context("0.1.7"), &[TENANT]),
            refused: &["imports `tenant` of `mortise:integration/context@0.1.7`", "a host of contract 0.1.7 is needed"],
        },
        Case {
            slug: "later-version",
            component: hostile::changed(
                "later-version",
                &[
                    ("@0.1.0", "@0.2.0"),
                    (IMPORTS, &format!("(import \"{}\" (instance {TENANT}))\n{IMPORTS}", context("0.2.0"))),
                ],
            ),
            refused: &[
                "imports `mortise:integration/context@0.2.0` (with `tenant`)",
                "exports `mortise:integration/users@0.2.0`",
                "this host has contract 0.1.0, a host of contract 0.2.0 is needed",
            ],
        },
        Case {
            slug: "earlier-version",
            component: hostile::changed("earlier-version", &[("@0.1.0", "@0.0.9")]),
            refused: &["this host has contract 0.1.0, build it with a current SDK"],
        },
        // Changes of types that a plugin imports.
        Case { slug: "the-same-types", component: importing("the-same-types", &http("", "")), refused: serves },
        Case {
            slug: "enum-case",
            component: importing("enum-case", &http("\"head\"", "")),
            refused: &[
                "the type `method` of `mortise:integration/http@0.1.0`",
                "`enum { get, post, put, patch, delete, head }` instead of `enum { get, post, put, patch, delete }`",
            ],
        },
        Case {
            slug: "record-field-of-an-import",
            component: importing("record-field-of-an-import", &http("", "(field \"timeout\" (option u32))")),
            refused: &["the type `request` of `mortise:integration/http@0.1.0`", "timeout: option<u32>"],
        },
        // Additional interfaces.
        Case {
            slug: "import-of-a-later-interface",
            component: importing_functions("import-of-a-later-interface", "mortise:integration/cache@0.1.0", &[TENANT]),
            refused: &["`mortise:integration/cache@0.1.0`, an interface that contract 0.1.0"],
        },
        Case {
            slug: "export-of-a-later-interface",
            component: hostile::changed(
                "export-of-a-later-interface",
                &[(
                    "(export \"mortise:integration/users@0.1.0\" (instance $users))",
                    "(export \"mortise:integration/users@0.1.0\" (instance $users))\n  (export \"mortise:integration/groups@0.1.0\" (instance $users))",
                )],
            ),
            refused: serves,
        },
        Case {
            slug: "export-missing",
            component: hostile::changed(
                "export-missing",
                &[("(export \"mortise:integration/users@0.1.0\" (instance $users))", "")],
            ),
            refused: &["does not export `mortise:integration/users@0.1.0`"],
        },
        // Changes of functions and types that a plugin exports.
        Case {
            slug: "export-of-a-later-function",
            component: hostile::changed(
                "export-of-a-later-function",
                &[(
                    "    (export \"create-user\" (func $create) (func",
                    "    (export \"ping\" (func $create) (func (param \"category\" string) (param \"user\" string)
      (result (result (option string) (error $failure-out)))))\n    (export \"create-user\" (func $create) (func",
                )],
            ),
            refused: serves,
        },
        Case {
            slug: "export-of-fewer-functions",
            component: hostile::changed(
                "export-of-fewer-functions",
                &[(
                    "    (export \"update-user\" (func $update) (func",
                    "    (export \"modify-user\" (func $update) (func",
                )],
            ),
            refused: &["exports `mortise:integration/users@0.1.0` without `update-user`"],
        },
        Case {
            slug: "record-field-of-an-export",
            component: hostile::changed(
                "record-field-of-an-export",
                &[(
                    "(field \"kind\" string) (field \"message\" string) (field \"field\" (option string))",
                    "(field \"kind\" string) (field \"message\" string) (field \"field\" (option string)) (field \"code\" u32)",
                )],
            ),
            refused: &["the type `failure` of `mortise:integration/users@0.1.0`", "code: u32"],
        },
        // Versions of WASI that runtimes import.
        Case {
            slug: "later-wasi",
            component: importing_functions(
                "later-wasi",
                "wasi:cli/exit@0.2.12",
                &[r#"(export "exit-with-code" (func (param "status-code" u8)))"#],
            ),
            refused: &["imports `exit-with-code` of `wasi:cli/exit@0.2.12`", "does not offer"],
        },
        Case {
            slug: "known-wasi",
            component: importing_functions(
                "known-wasi",
                "wasi:random/random@0.2.99",
                &[r#"(export "get-random-u64" (func (result u64)))"#],
            ),
            refused: serves,
        },
        Case {
            slug: "other-wasi",
            component: importing_functions(
                "other-wasi",
                "wasi:random/random@0.3.0",
                &[r#"(export "get-random-u64" (func (result u64)))"#],
            ),
            refused: &["`wasi:random/random@0.3.0`", "does not offer"],
        },
    ]
}

/// Calls `update-user`, which no case has changed, and asserts that the host serves it.
async fn assert_serves(host: &Host, slug: &str) {
    let status = host.app.service.registry.status(slug).unwrap_or_else(|| panic!("{slug} is listed"));
    assert_eq!(status.reason, None, "{slug}");
    let account = host.account(slug).await;
    let answer = host.client().patch(&update("ticketing", "1", account, ""), &json!({ "name": "Ada" })).await;
    assert_eq!(answer.status, 200, "{slug}: {}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_of_the_contract_does_what_the_table_says() {
    let cases = cases();
    let setup = cases.iter().fold(Setup::new(), |setup, case| setup.component(case.slug, &case.component));
    let host = setup.start().await;
    for case in &cases {
        if case.refused.is_empty() {
            assert_serves(&host, case.slug).await;
            continue;
        }
        let status = host.app.service.registry.status(case.slug).expect("listed");
        let reason = status.reason.unwrap_or_else(|| panic!("{} is served", case.slug));
        for words in case.refused {
            assert!(reason.contains(words), "{}: `{words}` is not in: {reason}", case.slug);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_without_an_sdk_that_was_made_for_a_frozen_contract_serves() {
    for version in versions() {
        let component = wat::parse_file(golden().join(&version).join("bare.wat")).expect("a component");
        let host = Setup::new().component("made-for-0-1-0", &component).start().await;
        assert_serves(&host, "made-for-0-1-0").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn integrations_that_were_built_for_a_frozen_contract_play_the_cassettes_of_their_day() {
    let mut played = 0;
    for folder in versions().iter().map(|version| golden().join(version)) {
        let files = std::fs::read_dir(&folder).expect("readable").map(|entry| entry.expect("readable").path());
        for component in files.filter(|file| file.extension().is_some_and(|ending| ending == "wasm")) {
            let cassettes = folder.join("cassettes").join(component.file_stem().expect("a slug"));
            let cache = hostile::target().join("test-replay");
            let how = Replay { compiler: mortise_binary(), cache, limits: Limits::default() };
            let player = Player::start(&component, &how).await.unwrap_or_else(|error| panic!("{error:#}"));
            for cassette in cassette::load_dir(&cassettes).expect("cassettes") {
                let outcome = player.play(&cassette).await;
                assert!(outcome.passed(), "{}: {outcome}", component.display());
                played += 1;
            }
            player.end().await;
        }
    }
    assert!(played >= 12, "{played}");
}

/// `mortise check` of this component: exit code, standard output and standard error.
fn check(slug: &str, component: &[u8], flags: &[&str]) -> (Option<i32>, String, String) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join(slug).with_extension("wasm");
    std::fs::write(&path, component).expect("writable");
    let mut command = std::process::Command::new(mortise_binary());
    command.arg("check").arg(&path).args(flags).current_dir(directory.path());
    let output = command.output().expect("mortise starts");
    let left: Vec<_> = std::fs::read_dir(directory.path()).expect("readable").flatten().collect();
    assert_eq!(left.len(), 1, "a check leaves nothing behind: {left:?}");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn check_says_what_a_host_would_and_what_a_reviewer_asks() {
    let plain = hostile::from_text("plain", "(func $attack)");
    let (code, shown, errors) = check("plain", &plain, &[]);
    assert_eq!(code, Some(0), "{shown}{errors}");
    for line in
        ["Hostile: plain", "0.1.0", "https://vendor.example.com", "ticketing create-user", "a host would load it"]
    {
        assert!(shown.contains(line), "`{line}` is not in: {shown}");
    }
    assert!(shown.contains("warning: it does not say which SDK"), "{shown}");
    assert_eq!(check("plain", &plain, &["--strict"]).0, Some(1), "with --strict, a warning is a failure");

    let (code, shown, _) = check("lying-limits", &hostile::component("lying-limits"), &["--json"]);
    let report: Value = serde_json::from_str(&shown).expect("one line of JSON");
    assert_eq!((code, &report["ok"]), (Some(1), &json!(false)));
    let problems = report["problems"].as_array().expect("a list");
    assert!(problems.len() >= 4, "all at once: {report}");

    let (code, shown, errors) =
        check("enum-case", &importing("enum-case", &HTTP.replace("METHODS", "\"head\"").replace("REQUEST", "")), &[]);
    assert_eq!(code, Some(1));
    assert!(shown.starts_with("problem: the type `method`") && errors.contains("1 problem"), "{shown}{errors}");

    let (code, _, errors) = check("No-Slug", &plain, &[]);
    assert_eq!(code, Some(2));
    assert!(errors.contains("<slug>.wasm"), "{errors}");
}

/// The versions of the frozen contracts.
fn versions() -> Vec<String> {
    let folders = std::fs::read_dir(frozen()).expect("readable").flatten().filter(|entry| entry.path().is_dir());
    let versions: Vec<_> = folders.map(|entry| entry.file_name().into_string().expect("a version")).collect();
    assert!(versions.iter().any(|version| version == "0.1.0"), "{versions:?}");
    versions
}

fn frozen() -> PathBuf {
    hostile::root().join("wit/frozen")
}

/// The folder of the components that were made for the frozen contracts, by version.
fn golden() -> PathBuf {
    hostile::root().join("tests/contract")
}

/// The files below a folder, relative to it.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("UTF-8").to_owned();
        match path.is_dir() {
            true => found.extend(files(&path).into_iter().map(|file| format!("{name}/{file}"))),
            false => drop(found.insert(name)),
        }
    }
    found
}

#[test]
fn frozen_contracts_and_the_components_that_were_made_for_them_never_change() {
    for folder in [frozen(), golden()] {
        let sums = std::fs::read_to_string(folder.join("SHA256SUMS")).expect("readable");
        let mut listed = BTreeSet::from(["SHA256SUMS".to_owned()]);
        for line in sums.lines() {
            let (sum, file) = line.split_once("  ").unwrap_or_else(|| panic!("not a line of sha256sum: {line}"));
            let bytes = std::fs::read(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            assert_eq!(mortise_policy::grant::digest(&bytes), sum, "{file} has changed");
            listed.insert(file.to_owned());
        }
        let there = files(&folder).into_iter().filter(|file| file != "README.md").collect();
        assert_eq!(listed, there, "each file of a frozen contract has its line in {}", folder.display());
    }
    for version in versions() {
        let components = files(&golden().join(&version));
        let components = components.iter().filter(|file| !file.contains('/')).count();
        assert!(components >= 3, "contract {version} has {components} components");
    }
    let current = std::fs::read(hostile::root().join("wit/integration.wit")).expect("readable");
    let frozen = std::fs::read(frozen().join("0.1.0/integration.wit")).expect("readable");
    assert!(current == frozen, "the contract 0.1.0 is frozen: a change of wit/integration.wit needs another version");
}
