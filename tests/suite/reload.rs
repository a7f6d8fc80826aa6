//! Generations: a newer component replaces an older one without a failed call. If it cannot, the host still serves the
//! last good one.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use mortise::plugin::{LockFile, Outcome};
use mortise_policy::grant::{Grant, digest};
use mortise_tests::canary::Canary;
use mortise_tests::client::Client;
use mortise_tests::components::{component, version};
use mortise_tests::host::{Host, Setup, update};
use mortise_tests::measure::{open_files, resident_mib};
use mortise_tests::spawned::Spawned;
use mortise_tests::vendor::{Answer, Behaviour, Vendor};
use mortise_tests::{expect, hostile};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

/// The declaration of every component of `tests/hostile`.
const ORIGIN: &str = "https://vendor.example.com";

/// Different builds of a component that answers without a vendor.
fn builds(slug: &str, count: usize) -> Vec<Vec<u8>> {
    let component = hostile::from_text(slug, "(func $attack)");
    (0..count).map(|number| version(&component, number)).collect()
}

/// The id of the generation with these bytes.
fn id(bytes: &[u8]) -> String {
    digest(bytes)[..12].to_owned()
}

/// Replaces a component's file at once, as `install` and `mv` do.
fn put(plugins: &Path, slug: &str, bytes: &[u8]) {
    let aside = plugins.join(format!(".{slug}"));
    fs::write(&aside, bytes).expect("writable");
    fs::rename(aside, plugins.join(slug).with_extension("wasm")).expect("writable");
}

fn put_in(host: &Host, slug: &str, bytes: &[u8]) {
    put(&host.app.service.config.plugins_dir, slug, bytes);
}

/// Grants these components alone.
fn lock(path: &Path, granted: &[(&str, &Vec<u8>)]) {
    let mut lock = LockFile::default();
    lock.plugins.extend(granted.iter().map(|(slug, bytes)| {
        let origins = vec![ORIGIN.to_owned()];
        ((*slug).to_owned(), Grant { digest: digest(bytes), origins, headers: vec![], passthrough: true })
    }));
    lock.save(path).expect("writable");
}

async fn shown(client: &Client, slug: &str) -> Value {
    client.get(&format!("/integration/{slug}")).await.json()
}

/// Calls an integration. Returns the generation of the answer.
async fn generation(client: &Client, target: &str) -> String {
    let answer = client.patch(target, &json!({ "name": "Ada" })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.header("mortise-generation").expect("a generation").to_owned()
}

async fn reload(client: &Client, slug: &str) -> mortise_tests::client::Answer {
    client.send("POST", &format!("/integration/{slug}/reload"), None).await
}

/// The number of calls for each swap.
const CALLS: usize = 25;

/// 50 callers, and the swaps that run meanwhile.
struct Storm {
    host: Spawned,
    builds: Vec<Vec<u8>>,
    /// Numbers of swaps that have begun, and that have finished.
    begun: AtomicUsize,
    finished: AtomicUsize,
}

impl Storm {
    /// Swaps the component `swaps` times while 50 callers call. Makes [`CALLS`] calls for each swap.
    async fn rage(self: &Arc<Self>, swaps: usize) {
        let pace = Arc::new(Semaphore::new(0));
        let callers: Vec<_> = (0..50)
            .map(|_| {
                let (storm, pace) = (self.clone(), pace.clone());
                tokio::spawn(async move {
                    while let Ok(allowed) = pace.acquire().await {
                        allowed.forget();
                        storm.call().await;
                    }
                })
            })
            .collect();
        let admin = self.host.admin_client();
        for _ in 0..swaps {
            pace.add_permits(CALLS);
            self.swap(&admin).await;
            while pace.available_permits() > 0 && !callers.iter().any(JoinHandle::is_finished) {
                tokio::task::yield_now().await;
            }
        }
        pace.close();
        for caller in callers {
            caller.await.expect("no call failed");
        }
    }

    /// Makes one call. Asserts that the answering generation is one between the swaps finished before and begun since.
    async fn call(&self) {
        let target = update("ticketing", "1", self.host.account, "");
        let oldest = self.finished.load(Ordering::SeqCst);
        let served = generation(&self.host.client(), &target).await;
        let newest = self.begun.load(Ordering::SeqCst);
        assert!(newest - oldest < self.builds.len(), "too many swaps ran during a call to prove anything");
        let mut possible = (oldest..=newest).map(|swap| id(&self.builds[swap % self.builds.len()]));
        assert!(possible.any(|id| id == served), "{served} is older than swap {oldest}");
    }

    async fn swap(&self, admin: &Client) {
        let swap = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let build = &self.builds[swap % self.builds.len()];
        put(self.host.plugins_dir(), STORM, build);
        lock(&self.host.lock_file(), &[(STORM, build)]);
        let reloaded = reload(admin, STORM).await;
        assert_eq!((reloaded.status, &reloaded.json()["generation"]), (200, &json!(id(build))), "{}", reloaded.text());
        self.finished.store(swap, Ordering::SeqCst);
    }

    /// The host's resources: resident memory in MiB, open files, generations.
    async fn holds(&self) -> (usize, Option<usize>, String) {
        let scraped = self.host.admin_client().get("/metrics").await.text();
        let generations = scraped.lines().find_map(|line| line.strip_prefix("mortise_generations ")).expect("a gauge");
        (resident_mib(self.host.id()), open_files(self.host.id()), generations.to_owned())
    }
}

/// A component that answers updates without a vendor.
const STORM: &str = "table-bomb";

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_reloads_under_fifty_callers_fail_no_call_serve_nothing_old_and_leave_nothing_behind() {
    // No log of calls, because the database would grow with the calls.
    let host = Spawned::start(STORM, "http://127.0.0.1:9", &[("MORTISE_LIMITS_LOG_ACCOUNT_ENTRIES", "0")]).await;
    let first = component(STORM);
    let builds = (1..40).map(|number| version(&first, number));
    let builds = [first.clone()].into_iter().chain(builds).collect();
    let (begun, finished) = Default::default();
    let storm = Arc::new(Storm { host, builds, begun, finished });

    // The first swaps make everything that is made once: compiled artefacts, connections, the allocator's arenas.
    storm.rage(400).await;
    let before = storm.holds().await;
    storm.rage(600).await;
    let after = storm.holds().await;
    println!("MiB, open files and generations after 400 reloads: {before:?}, after 1000: {after:?}");
    assert_eq!((before.2.as_str(), after.2.as_str()), ("1", "1"), "an old generation ends with its last call");
    assert!(after.0 <= before.0 + 8, "{} MiB, then {} MiB", before.0, after.0);
    assert!(after.1 <= before.1.map(|files| files + 8), "{:?} open files, then {:?}", before.1, after.1);

    let scraped = storm.host.admin_client().get("/metrics").await.text();
    let counted = format!("mortise_reloads_total{{integration=\"{STORM}\",outcome=\"loaded\"}} 1000");
    assert!(scraped.contains(&counted), "{scraped}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_in_flight_is_finished_by_the_generation_that_began_it_and_frees_it() {
    let (held, gate) = Behaviour::from(Answer::json(200, &json!({ "id": "1", "name": "Ada" }))).held();
    let vendor = Vendor::start(Answer::json(200, &json!({ "id": "1", "name": "Ada" }))).await;
    let old = component("trap");
    let host = Setup::new().component("trap", &old).origin("trap", &vendor.url()).start().await;
    let target = update("ticketing", "1", host.account("trap").await, "");
    let client = host.client();
    // The OpenAPI document also holds generations.
    assert_eq!(client.get("/openapi.json").await.status, 200);

    vendor.next(held);
    let in_flight = tokio::spawn({
        let (client, target) = (client.clone(), target.clone());
        async move { generation(&client, &target).await }
    });
    vendor.wait_for_requests(1).await;
    let old_generation = Arc::downgrade(&host.app.service.registry.get("trap").expect("it serves"));
    let new = version(&old, 1);
    put_in(&host, "trap", &new);
    assert_eq!(reload(&client, "trap").await.json()["generation"], id(&new));
    assert_eq!(generation(&client, &target).await, id(&new), "a call that begins after the swap");
    assert_eq!(host.app.service.registry.generations(), 2, "the call in flight holds the old generation");

    gate.release();
    assert_eq!(in_flight.await.expect("an answer"), id(&old));
    expect("end of the old generation", async {
        while old_generation.upgrade().is_some() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(host.app.service.registry.generations(), 1);
}

/// The component of [`hostile::from_text`], with an `api_token` that it does not declare as secret.
fn with_open_variable(component: &[u8]) -> Vec<u8> {
    // The lengths of name and label (their texts follow each other), with `required` and `secret` between them.
    let (secret, open) = ([9, 0, 0, 0, 1, 1, 0, 0], [9, 0, 0, 0, 1, 0, 0, 0]);
    let places: Vec<_> = (0..component.len()).filter(|at| component[*at..].starts_with(&secret)).collect();
    let [place] = places[..] else { panic!("the declaration of `api_token` is at {places:?}") };
    [&component[..place], &open, &component[place + open.len()..]].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_that_a_newer_version_declares_secret_is_sealed_and_never_shown_again() {
    let new = hostile::from_text("steady", "(func $attack)");
    let host = Setup::new().component("steady", &with_open_variable(&new)).start().await;
    let client = host.client();
    let (first, second) = (Canary::new(), Canary::new());
    let context = json!({ "api_token": first.as_str() });
    let body = json!({ "integration": "steady", "tenant_id": "t", "context": context });
    let account = client.post("/integrated-account", &body).await.json();
    assert_eq!(account["context"], context, "it is no secret yet");
    let account = account["id"].as_str().expect("an id");
    let path = format!("/integrated-account/{account}");
    let target = update("ticketing", "1", account.parse().expect("a uuid"), "");
    put_in(&host, "steady", &new);
    assert_eq!(reload(&client, "steady").await.status, 200);

    let exposed = "UPDATE integrated_account SET version = version WHERE context LIKE '%api_token%'";
    let check = async |canary: &Canary| {
        assert_eq!(host.sql(exposed).await, 0, "it is sealed in the database");
        let unchanged = client.patch(&path, &json!({ "is_sandbox": false })).await;
        for answer in [client.get(&path).await, client.get("/integrated-account").await, unchanged] {
            assert_eq!(answer.status, 200, "{}", answer.text());
            canary.assert_absent("the accounts", answer.everything());
        }
        assert_eq!(client.get(&path).await.json()["context"], json!({}));
        // The call finds its credential.
        assert_eq!(generation(&client, &target).await, id(&new));
    };
    check(&first).await;
    let changed = client.patch(&path, &json!({ "context": { "api_token": second.as_str() } })).await;
    assert_eq!((changed.status, &changed.json()["context"]), (200, &json!({})));
    check(&second).await;
    let removed = client.patch(&path, &json!({ "context": { "api_token": null } })).await;
    assert_eq!(removed.status, 400, "it is required: {}", removed.text());

    // A host with the older version has written an open value meanwhile. This host seals it when it reads it.
    let written = format!("UPDATE integrated_account SET context = '{}' WHERE id = '{account}'", context);
    assert_eq!(host.sql(Box::leak(written.into_boxed_str())).await, 1);
    first.assert_absent("an account", client.get(&path).await.everything());
    check(&first).await;
    // A host seals open values when it starts.
    assert_eq!(
        host.sql(Box::leak(format!("UPDATE integrated_account SET context = '{context}'").into_boxed_str())).await,
        1
    );
    let _beside = Setup::new().beside(&host).component("steady", &new).start().await;
    check(&first).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_is_hidden_before_the_version_that_declares_it_secret_serves() {
    let new = hostile::from_text("steady", "(func $attack)");
    let old = with_open_variable(&new);
    let host = Setup::new().component("steady", &old).start().await;
    let client = host.client();
    let canary = Canary::new();
    let body = json!({ "integration": "steady", "tenant_id": "t", "context": { "api_token": canary.as_str() } });
    let account = client.post("/integrated-account", &body).await.json();
    let path = format!("/integrated-account/{}", account["id"].as_str().expect("an id"));

    // The reload compiles another component while the host already serves the new version.
    put_in(&host, "steady", &new);
    put_in(&host, "trap", &version(&component("trap"), 1));
    let app = host.app.clone();
    let reloading = tokio::spawn(async move { app.reload_all().await.map(|all| all.len()) });
    expect("the new version", async {
        while shown(&client, "steady").await["generation"] != id(&new) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let shown = client.get(&path).await;
    assert_eq!((shown.status, &shown.json()["context"]), (200, &json!({})));
    canary.assert_absent("an account", shown.everything());
    assert_eq!(reloading.await.expect("no panic").expect("the directory can be listed"), 2);

    // A variable that is not secret any more is visible after its value is set again.
    put_in(&host, "steady", &old);
    assert_eq!(reload(&client, "steady").await.status, 200);
    let open = client.patch(&path, &json!({ "context": { "api_token": "open" } })).await;
    assert_eq!(open.json()["context"], json!({ "api_token": "open" }), "{}", open.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_served_leaves_the_last_good_generation_and_says_why() {
    let good = hostile::from_text("steady", "(func $attack)");
    let host = Setup::new().component("steady", &good).start().await;
    let (admin, caller) = (host.client(), Client::new(host.address).token(&host.call_token(None).await));
    let target = update("ticketing", "1", host.account("steady").await, "");
    let bad: [(&str, Vec<u8>, &str); 4] = [
        ("a truncated file", good[..good.len() - 40].to_vec(), "unexpected end"),
        ("no component", b"half a download".to_vec(), "not a WebAssembly component"),
        ("a trap in `capabilities`", component("capabilities-trap"), "`capabilities` did not answer"),
        ("another slug", component("endless-loop"), "it declares the slug `endless-loop`"),
    ];
    for (what, bytes, reason) in bad {
        put_in(&host, "steady", &bytes);
        let refused = reload(&admin, "steady").await;
        assert_eq!(refused.status, 409, "{what}: {}", refused.text());
        assert!(refused.json()["message"].as_str().unwrap().contains(reason), "{what}: {}", refused.text());

        let status = shown(&admin, "steady").await;
        assert_eq!((&status["state"], &status["generation"]), (&json!("active"), &json!(id(&good))), "{what}");
        assert_eq!(status["digest"], digest(&bytes), "{what}: the digest is the newest file's");
        assert!(status["reason"].as_str().unwrap().contains(reason), "{what}: {status}");
        assert_eq!(shown(&caller, "steady").await["reason"], Value::Null, "{what}: reasons are the operator's");

        // Without a lock file, the host works for a developer: each answer says why its generation is not the newest.
        let answer = caller.patch(&target, &json!({ "name": "Ada" })).await;
        assert_eq!((answer.status, answer.header("mortise-generation")), (200, Some(id(&good).as_str())), "{what}");
        let stale = answer.header("mortise-generation-stale").expect("the reason");
        assert!(stale.contains(reason) && stale.len() <= 512, "{what}: {stale}");
    }
    let scraped = host.operator().get("/metrics").await.text();
    assert!(scraped.contains("mortise_plugins_stale 1") && scraped.contains("mortise_plugins_refused 0"), "{scraped}");
    assert!(host.operator().get("/operator").await.text().contains("active, newest refused"));

    // The good component again, byte for byte: the refused ones leave no trace.
    put_in(&host, "steady", &good);
    let mended = reload(&admin, "steady").await;
    assert_eq!((mended.status, &mended.json()["reason"]), (200, &Value::Null));
    let answer = caller.patch(&target, &json!({ "name": "Ada" })).await;
    assert_eq!(answer.header("mortise-generation-stale"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_name_the_generation_too() {
    let vendor = Vendor::start(Answer::json(404, &json!({ "message": "nobody" }))).await;
    let host = Setup::new().plugin_at("trap", &vendor.url()).start().await;
    let target = update("ticketing", "1", host.account("trap").await, "");
    let expected = id(&component("trap"));
    let invalid = host.client().patch(&target, &json!({ "name": 7 })).await;
    assert_eq!((invalid.status, invalid.header("mortise-generation")), (400, Some(expected.as_str())));
    for repeat in [false, true] {
        let keyed = host.client().header("idempotency-key", "one");
        let answer = keyed.patch(&target, &json!({ "name": "Ada" })).await;
        assert!(answer.status >= 400, "{}", answer.text());
        assert_eq!(answer.header("mortise-generation"), Some(expected.as_str()), "repeat: {repeat}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_reloads_at_once_the_newest_file_wins() {
    let builds = builds("raced", 6);
    let host = Setup::new().component("raced", &builds[0]).start().await;
    for build in builds.iter().cycle().skip(1).take(30) {
        put_in(&host, "raced", build);
        let reloads = join_all((0..8).map(|_| host.app.reload("raced"))).await;
        let loaded = reloads.iter().filter(|reloaded| reloaded.outcome == Outcome::Loaded).count();
        assert_eq!(loaded, 1, "one of them loads it, the others find it loaded");
        assert_eq!(host.app.service.registry.get("raced").expect("it serves").id(), id(build));
    }
    assert_eq!(host.app.service.registry.generations(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_granted_is_loaded_and_what_is_granted_no_more_ends() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("mortise.lock");
    let grant = |granted: &[(&str, &Vec<u8>)]| lock(&path, granted);
    let builds = builds("granted", 3);
    let other = hostile::from_text("other", "(func $attack)");
    grant(&[("granted", &builds[0])]);
    let host = Setup::new().component("granted", &builds[0]).locked(&path).start().await;
    let client = host.client();
    let target = update("ticketing", "1", host.account("granted").await, "");

    // A newer file without its grant.
    put_in(&host, "granted", &builds[1]);
    let refused = reload(&client, "granted").await;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("mortise grant granted"), "{}", refused.text());
    let answer = client.patch(&target, &json!({ "name": "Ada" })).await;
    assert_eq!(answer.header("mortise-generation"), Some(id(&builds[0]).as_str()));
    assert_eq!(answer.header("mortise-generation-stale"), None, "in production reasons are the operator's");

    // The operator grants it, and adds a new integration.
    grant(&[("granted", &builds[1]), ("other", &other)]);
    put_in(&host, "other", &other);
    host.app.reload_all().await.expect("the directory can be listed");
    assert_eq!(generation(&client, &target).await, id(&builds[1]));
    assert_eq!(shown(&client, "other").await["state"], "active");

    // An unreadable lock file ends no integration.
    fs::write(&path, "version = 9").expect("writable");
    let refused = reload(&client, "granted").await;
    assert!(refused.status == 409 && refused.text().contains("its version is 9"), "{}", refused.text());
    assert_eq!(generation(&client, &target).await, id(&builds[1]));

    // The operator withdraws two grants: for the bytes that the host serves, and for a slug whose file has changed
    // since.
    grant(&[("granted", &builds[2])]);
    put_in(&host, "other", &version(&other, 1));
    host.app.reload_all().await.expect("the directory can be listed");
    for slug in ["granted", "other"] {
        let status = shown(&client, slug).await;
        assert_eq!((&status["state"], &status["generation"]), (&json!("refused"), &Value::Null), "{slug}: {status}");
    }
    assert_eq!(client.patch(&target, &json!({ "name": "Ada" })).await.status, 503);

    // A file that was deleted.
    fs::remove_file(host.app.service.config.plugins_dir.join("other.wasm")).expect("writable");
    assert_eq!(reload(&client, "other").await.status, 404);
    assert_eq!(client.get("/integration/other").await.status, 404);
    assert_eq!(reload(&client, "never-was").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugins_directory_that_takes_the_place_of_another_is_the_one_that_counts() {
    let [old, new] = builds("mine", 2).try_into().expect("two");
    let host = Setup::new().component("mine", &old).start().await;
    let (client, plugins) = (host.client(), &host.app.service.config.plugins_dir);
    fs::rename(plugins, plugins.with_extension("old")).expect("writable");
    // If the directory is missing, no integration ends.
    assert_eq!(
        reload(&client, "mine").await.json()["message"].as_str().map(|text| text.contains("--plugins-dir")),
        Some(true)
    );
    assert_eq!(shown(&client, "mine").await["generation"], id(&old));
    fs::create_dir(plugins).expect("writable");
    put(plugins, "mine", &new);
    assert_eq!(reload(&client, "mine").await.json()["generation"], id(&new));
}

#[tokio::test(flavor = "multi_thread")]
async fn reloading_is_the_operators() {
    let host = Setup::new().component("mine", &builds("mine", 1)[0]).start().await;
    let (token, _) = {
        let tokens = host.app.service.accounts.tokens();
        tokens.create(mortise::account::Scope::Admin, Some("acme"), None, None).await.expect("a token")
    };
    let of_tenant = Client::new(host.address).token(secrecy::ExposeSecret::expose_secret(&token));
    let caller = Client::new(host.address).token(&host.call_token(None).await);
    for (client, status) in [(Client::new(host.address), 401), (caller, 403), (of_tenant, 403), (host.client(), 200)] {
        assert_eq!(reload(&client, "mine").await.status, status);
    }
    // The admin listener has no reload without a token, because a page of a foreign site could request it.
    assert_eq!(reload(&host.operator(), "mine").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_loads_what_was_granted_on_sighup_and_serves_on() {
    let vendor = Vendor::start(Answer::json(200, &json!({ "id": "1", "name": "Ada" }))).await;
    let host = Spawned::start("trap", &vendor.url(), &[]).await;
    let (client, target) = (host.client(), update("ticketing", "1", host.account, ""));
    let old = component("trap");
    assert_eq!(generation(&client, &target).await, id(&old));

    let new = version(&old, 1);
    put(host.plugins_dir(), "trap", &new);
    host.grant("trap");
    host.hang_up();
    expect("new generation", async {
        while generation(&client, &target).await == id(&old) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(generation(&client, &target).await, id(&new));

    // A new file without a grant: a hangup changes only the reason.
    put(host.plugins_dir(), "trap", &version(&old, 2));
    host.hang_up();
    let admin = host.admin_client();
    expect("reason", async {
        while shown(&admin, "trap").await["reason"] == Value::Null {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(generation(&client, &target).await, id(&new));
}
