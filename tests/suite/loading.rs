//! Components in the plugins directory: the host serves the good ones, and refuses each bad one with a reason. A bad
//! component does not stop another one.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

use mortise_policy::grant::digest;
use mortise_tests::alone::alone;
use mortise_tests::host::{Host, Setup, create, update};
use mortise_tests::hostile;
use mortise_tests::measure::Latencies;
use mortise_tests::vendor::{Answer, Vendor};
use serde_json::{Value, json};

/// A component that no earlier test has compiled, because its bytes are unique.
fn unseen(slug: &str) -> Vec<u8> {
    let [one, other] = [rand::random::<i64>(), rand::random::<i64>()];
    hostile::from_text(slug, &format!("(func $attack (drop (i64.add (i64.const {one}) (i64.const {other}))))"))
}

/// The components that the host refuses for their content: the slug, and the words in the reason.
const REFUSED: &[(&str, &[&str])] = &[
    ("capabilities-spin", &["capabilities", "250 ms of CPU time"]),
    ("capabilities-trap", &["capabilities", "unreachable"]),
    ("foreign-filesystem", &["wasi:filesystem/types", "does not offer"]),
    ("foreign-import", &["wasi:sockets/tcp@", "does not offer"]),
    ("init-spin", &["250 ms of CPU time"]),
    ("init-trap", &["unreachable"]),
    ("lying-auth-header", &["`host`", "`transfer-encoding`", "carry a credential"]),
    ("lying-auth-kind", &["the kind `carrier-pigeon` is not one of `bearer`, `basic`, `header`, `query`"]),
    ("lying-auth-variable", &["`{master_key}`", "not a declared variable"]),
    ("lying-category", &["the category `payroll` is not one of `ticketing`, `user-directory`, `crm`"]),
    ("lying-duplicate-operation", &["ticketing create-user", "twice"]),
    ("lying-duplicate-variable", &["`api_token`", "twice"]),
    (
        "lying-exchange",
        &[
            "`https://evil.example.net/token` is not an `https` URL below one of the origins",
            "`http://vendor.example.com/token` is not",
        ],
    ),
    (
        "lying-field",
        &["`shoe_size`", "not a field", "`timezone` is a field of the model", "`etag` is a field of the model"],
    ),
    (
        "lying-headers",
        &[
            "header `x-forwarded-for`: a plugin may set `x-…` in lower case, but no",
            "header `x-http-verb`: a plugin",
            "header `X-Own`: a plugin",
            "header `host`: a plugin",
            "header `x-twice`: declared twice",
            "header `x-signed`: an auth scheme sets it",
            "error message `message`: not a JSON pointer",
            "error message `/a~2`: not",
        ],
    ),
    ("lying-http-origin", &["http://vendor.example.com", "https://"]),
    ("lying-huge", &["origins", "256"]),
    ("lying-ip-origin", &["2852039166", "public"]),
    ("lying-localhost-origin", &["localhost", "public"]),
    (
        "lying-limits",
        &["limit 0 in 1 s", "limit 1 in 0 s", "limit 6 in 60 s: declared twice", "limit 1 in 4294967295 s"],
    ),
    ("lying-no-operations", &["operations", "none"]),
    ("lying-orders", &["a list has one order", "`sort_by[created_at]` has the values `asc`, `desc` or one of them"]),
    (
        "lying-own-fields",
        &[
            "ticketing: `badge` has the json-types `string` and `integer`: one field has one type",
            "ticketing get-user request: `desk`: the operation has no body",
            "ticketing get-user request: `name`: the operation has no body",
            "ticketing list-users response: `locker` is not a field of the category",
            "ticketing delete-user request: `seat`: the operation has no body",
        ],
    ),
    (
        "lying-parameters",
        &[
            "list-users query: `email` is ignored",
            "list-users query: `group_id` is ignored",
            "list-users query: `shift` is this vendor's own",
            "get-user query: `user_id` is ignored",
            "delete-user query: `force` is ignored",
        ],
    ),
    (
        "lying-probe",
        &[
            "`region`: the default is not one of its values: us",
            "`secret_set`: a secret cannot have a closed set",
            "`open`: help has 1 to 500 bytes without control and format characters",
            "`open`: only a secret can be declared as shown",
            "probe `https://elsewhere.example.com/me`: the target is not below an origin",
        ],
    ),
    ("lying-secret-default", &["`api_token`", "default"]),
    ("lying-slug", &["../Lying Slug", "slug"]),
    ("lying-stolen-slug", &["`endless-loop`", "endless-loop.wasm"]),
    ("lying-variable-origin", &["https://{site}", "fixed labels", "write `{site}` or `{site*}` in all"]),
    ("many-memories", &["multiple memories"]),
    ("table-minimum", &["100000000 table entries", "limits.interpreter_guest_table_entries"]),
];

/// The entry with this slug in `GET /integration`.
async fn shown(host: &Host, slug: &str) -> Value {
    let answer = host.client().get(&format!("/integration/{slug}")).await;
    assert_eq!(answer.status, 200, "{slug}: {}", answer.text());
    answer.json()
}

/// Asserts that the host refuses the plugin, and that the reason has all of these parts.
async fn assert_refused(host: &Host, slug: &str, names: &[&str]) {
    let shown = shown(host, slug).await;
    assert_eq!((&shown["state"], &shown["generation"]), (&json!("refused"), &Value::Null), "{slug}");
    let reason = shown["reason"].as_str().unwrap_or_default();
    for name in names {
        assert!(reason.contains(name), "{slug}: `{name}` is not in: {reason}");
    }
    assert!(reason.len() < 2_000 && !reason.contains(char::is_control), "{slug}: {reason:?}");
}

/// Asserts that the host serves the honest operation of a hostile component.
async fn assert_serves(host: &Host, slug: &str) {
    let account = host.account(slug).await;
    let answer = host.client().patch(&update("ticketing", "1", account, ""), &json!({ "name": "Ada" })).await;
    assert_eq!(answer.status, 200, "{slug}: {}", answer.text());
}

async fn vendor() -> Vendor {
    Vendor::start(Answer::json(200, &json!({ "id": "1", "name": "Ada" }))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_lies_is_refused_with_a_reason_and_stops_no_other() {
    let vendor = vendor().await;
    let setup = Setup::new().plugin_at("endless-loop", &vendor.url()).plugin_at("trap", &vendor.url());
    let setup = REFUSED.iter().fold(setup, |setup, (slug, _)| setup.plugin(slug));
    let host = setup.start().await;
    for (slug, names) in REFUSED {
        assert_refused(&host, slug, names).await;
    }
    for slug in ["endless-loop", "trap"] {
        assert_serves(&host, slug).await;
    }
    let list = host.client().get("/integration").await.json();
    assert_eq!(list["result"].as_array().map(Vec::len), Some(REFUSED.len() + 2), "each file is listed once");
    assert_eq!(host.client().get("/readyz").await.status, 200);

    // Only the operator sees the reason of a refusal.
    let tenant = mortise_tests::client::Client::new(host.address).token(&host.call_token(Some("tenant")).await);
    for target in ["/integration", "/integration/lying-slug"] {
        let answer = tenant.get(target).await;
        assert_eq!(answer.status, 200);
        assert!(!answer.text().contains("Lying Slug"), "{}", answer.text());
    }
    assert_eq!(tenant.get("/integration/lying-slug").await.json()["reason"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_describes_itself_without_network_and_account() {
    let vendor = vendor().await;
    let host = Setup::new().plugin_at("capabilities-send", &vendor.url()).start().await;
    let label = shown(&host, "capabilities-send").await["label"].as_str().expect("a label").to_owned();
    assert!(label.contains("denied") && label.ends_with("None"), "{label}");
    assert_eq!(vendor.connections(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_component_is_refused_and_none_is_followed_out_of_the_directory() {
    let good = unseen("good");
    let small = |limits: &mut mortise::config::Limits| {
        (limits.component_bytes, limits.interpreter_component_bytes) = (1 << 20, 1 << 20);
    };
    let setup = Setup::new().limits(small).component("good", &good);
    let outside = tempfile::tempdir().expect("a temporary directory");
    let elsewhere = outside.path().join("elsewhere.wasm");
    fs::write(&elsewhere, unseen("elsewhere")).expect("writable");
    let dir = setup.plugins_dir().to_owned();
    let write = |name: &str, bytes: &[u8]| fs::write(dir.join(name), bytes).expect("writable");
    write("empty.wasm", b"");
    write("truncated.wasm", &good[..good.len() / 2]);
    write("cut-short.wasm", &good[..good.len() - 1]);
    write("core.wasm", &wat::parse_str("(module)").expect("valid"));
    write("text.wasm", b"(component)");
    write("script.wasm", b"#!/bin/sh\nexit 0\n");
    write("oversized.wasm", &[&good[..], &vec![0; 1 << 20]].concat());
    write("ignored.cwasm", b"not looked at");
    write(".hidden.wasm", b"not looked at");
    fs::create_dir(dir.join("directory.wasm")).expect("writable");
    let pipe = std::process::Command::new("mkfifo").arg(dir.join("pipe.wasm")).status().expect("mkfifo starts");
    assert!(pipe.success());
    symlink(&elsewhere, dir.join("elsewhere.wasm")).expect("writable");
    symlink("../../../../../../../../../../etc/passwd", dir.join("passwd.wasm")).expect("writable");
    symlink("nowhere.wasm", dir.join("dangling.wasm")).expect("writable");
    symlink("good.wasm", dir.join("alias.wasm")).expect("writable");
    let host = setup.start().await;

    for (slug, names) in [
        ("empty", &["not a WebAssembly"][..]),
        ("truncated", &["unexpected end"]),
        ("cut-short", &["unexpected end"]),
        ("core", &["core WebAssembly module", "wasm32-wasip2"]),
        ("text", &["not a WebAssembly"]),
        ("script", &["not a WebAssembly"]),
        ("oversized", &["1048576 bytes", "limits.component_bytes"]),
        ("directory", &["not a regular file"]),
        ("pipe", &["not a regular file"]),
        ("elsewhere", &["outside"]),
        ("passwd", &["outside"]),
        ("dangling", &["No such file"]),
        ("alias", &["`good`", "good.wasm"]),
    ] {
        assert_refused(&host, slug, names).await;
    }
    assert_eq!(shown(&host, "good").await["state"], "active");
    assert_eq!(host.app.service.registry.list().len(), 14);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_precompiled_artefact_is_refused_whoever_made_it() {
    let host = Setup::new().component("tiny", &unseen("tiny")).own_cache().start().await;
    let mut cached =
        fs::read_dir(host.data.path().join("cache")).expect("readable").flatten().map(|entry| entry.path());
    let artefact = cached.find(|path| path.extension().is_some_and(|e| e == "cwasm")).expect("one");
    let artefact = fs::read(artefact).expect("readable");
    let host = Setup::new().component("artefact", &artefact).start().await;
    assert_refused(&host, "artefact", &["precompiled"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_directory_is_no_failure_but_not_ready() {
    let host = Setup::new().start().await;
    assert_eq!(host.client().get("/integration").await.json(), json!({ "result": [] }));
    assert_eq!(host.client().get("/healthz").await.status, 200);
    let ready = host.client().get("/readyz").await;
    assert_eq!((ready.status, &ready.json()["reasons"]), (503, &json!(["no integration is loaded"])));
}

/// Many functions, many jumps, and long straight-line code: the things that slow a compiler down, within the size limit
/// of a component.
fn compile_bombs() -> [(&'static str, Vec<u8>); 3] {
    let functions = "(func)".repeat(100_000);
    let table = format!("(func (param i32) (block (block (br_table {} (local.get 0)))))", "0 1 ".repeat(30_000));
    let locals = format!(
        "(func (param i64) (result i64) (local {}) {} local.get 0)",
        "i64 ".repeat(20_000),
        (1..20_000).map(|n| format!("local.get {} local.get 0 i64.mul local.set {n} ", n / 2)).collect::<String>()
    );
    [
        ("many-functions", format!("{functions} (func $attack)")),
        ("giant-br-table", format!("{} (func $attack)", table.repeat(60))),
        ("many-locals", format!("{} (func $attack)", locals.repeat(40))),
    ]
    .map(|(slug, fields)| (slug, hostile::from_text(slug, &fields)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compile_bomb_ends_within_its_limit_while_another_host_answers() {
    const LIMIT: Duration = Duration::from_secs(3);
    let bombs = compile_bombs();
    let alone = alone().await;
    let serving = Setup::new().alone(&alone).start().await;
    let idle = Latencies::of_health(serving.address, 200).await;

    let setup = Setup::new().own_cache().component("good", &unseen("good"));
    let setup = bombs.iter().fold(setup, |setup, (slug, bytes)| setup.component(slug, bytes));
    let started = Instant::now();
    let starting =
        tokio::spawn(setup.limits(|limits| limits.compile_ms = LIMIT.as_millis() as u64).alone(&alone).start());
    let mut busy = Vec::new();
    while !starting.is_finished() {
        busy.push(Latencies::of_health(serving.address, 100).await);
    }
    let (host, took) = (starting.await.expect("the host starts"), started.elapsed());
    busy.sort_by_key(|latencies| latencies.percentile(99));
    // The bound holds for nine of ten rounds, because another process on this machine may be busy.
    let most = &busy[busy.len() * 9 / 10];
    println!("three compile bombs took {took:?}; /healthz idle: {idle}; in nine of ten rounds meanwhile: {most}");
    assert!(took < LIMIT * 3 + Duration::from_secs(10), "{took:?}");
    assert!(most.percentile(99) <= Duration::from_millis(20), "{most}");
    for (slug, _) in bombs {
        let shown = shown(&host, slug).await;
        println!("{slug}: {} {}", shown["state"], shown["reason"]);
        assert!(
            shown["state"] == "active" || shown["reason"].as_str().is_some_and(|why| why.contains("limits.compile_ms")),
            "{shown}"
        );
    }
    assert_eq!(shown(&host, "good").await["state"], "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_compilers_limits_hold_and_are_named() {
    let vendor = vendor().await;
    let start = async |change: fn(&mut mortise::config::Limits)| {
        let setup = Setup::new().plugin_at("trap", &vendor.url()).component("unseen", &unseen("unseen"));
        setup.limits(change).start().await
    };
    // Compiles `trap` first, without the short time limit.
    drop(start(|_| {}).await);
    let host = start(|limits| limits.compile_ms = 1).await;
    assert_refused(&host, "unseen", &["0.001 s", "limits.compile_ms"]).await;
    assert_serves(&host, "trap").await;

    let [(slug, bomb), ..] = compile_bombs();
    let setup = Setup::new().plugin_at("trap", &vendor.url()).component(slug, &bomb);
    let host = setup.limits(|limits| limits.compile_memory_bytes = 128 << 20).start().await;
    assert_refused(&host, slug, &["134217728 bytes", "limits.compile_memory_bytes"]).await;
    assert_serves(&host, "trap").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_cannot_take_the_place_of_another() {
    let vendor = vendor().await;
    // The thief's file comes first in the directory. The host still serves the component in the file with the declared
    // slug. There is no lock file, so every component is granted.
    let thief = hostile::component("lying-stolen-slug");
    let setup = Setup::new().component("aaa", &thief).component("zzz", &thief).plugin_at("endless-loop", &vendor.url());
    let host = setup.start().await;
    for slug in ["aaa", "zzz"] {
        assert_refused(&host, slug, &["`endless-loop`", "endless-loop.wasm"]).await;
    }
    assert_eq!(shown(&host, "endless-loop").await["digest"], digest(&hostile::component("endless-loop")));
    let account = host.account("endless-loop").await;
    let answer = host.client().patch(&update("ticketing", "1", account, ""), &json!({ "name": "Ada" })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    // The host does not serve the thief if the real component's file is gone either.
    let host = Setup::new().component("aaa", &thief).start().await;
    assert_refused(&host, "aaa", &["endless-loop.wasm"]).await;
    assert_eq!(host.client().get("/integration/endless-loop").await.status, 404);
    let target = create("ticketing", uuid::Uuid::new_v4(), "");
    assert_eq!(host.client().post(&target, &json!({ "name": "Ada" })).await.status, 404);
}
