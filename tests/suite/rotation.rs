//! The operator rotates the master key while hosts serve.

use std::path::Path;
use std::process::Stdio;

use mortise::account::MasterKeys;
use mortise_tests::client::Client;
use mortise_tests::expect;
use mortise_tests::host::{Host, Setup, create, mortise_binary};
use mortise_tests::vendor::Vendor;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::fixtures::{ada, agent};

/// A number of rows that makes a rotation take some time.
const ACCOUNTS: usize = 300;

/// `mortise key rotate` on this host's key and database.
pub(crate) fn rotate(host: &Host) -> Child {
    let mut command = Command::new(mortise_binary());
    command.args(["key", "rotate", "--json", "--data-dir"]).arg(host.data.path()).env_clear();
    command.arg("--master-key-file").arg(host.app.service.config.master_key_path());
    command.env("DATABASE_URL", host.app.service.config.database_url.as_ref().unwrap().expose_secret());
    command.current_dir(host.data.path()).stdin(Stdio::null()).kill_on_drop(true);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the executable starts")
}

fn ids(file: &Path) -> Vec<String> {
    MasterKeys::load(file).expect("keys").ids().map(str::to_owned).collect()
}

/// Makes calls, credentials and accounts in a loop until the test stops it. Returns the failures.
async fn load(client: Client, accounts: Vec<Uuid>, number: usize, stop: watch::Receiver<bool>) -> Vec<String> {
    let mut failed = Vec::new();
    let mut round = 0;
    while !*stop.borrow() {
        round += 1;
        let account = accounts[(round * 7 + number) % accounts.len()];
        let keyed = client.clone().header("idempotency-key", &format!("{number}-{round}"));
        let target = create("ticketing", account, "");
        let new = json!({"integration": "dixa", "tenant_id": "t", "context": {"api_token": "secret-of-load"}});
        let change = json!({"context": {"api_token": format!("secret-{number}-{round}")}});
        for (expected, answer) in [
            (201, keyed.post(&target, &ada()).await),
            (200, client.patch(&format!("/integrated-account/{account}"), &change).await),
            (201, client.post("/integrated-account", &new).await),
            (201, keyed.post(&target, &ada()).await),
        ] {
            if answer.status != expected {
                failed.push(format!("{} {}", answer.status, answer.text()));
            }
        }
    }
    failed
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_rotated_under_load_and_a_rotation_that_is_killed_goes_on() {
    let vendor = Vendor::start(agent()).await;
    let host = Setup::new().plugin_at("dixa", &vendor.url()).start().await;
    let other = Setup::new().plugin_at("dixa", &vendor.url()).beside(&host).start().await;
    let mut accounts = Vec::new();
    for _ in 0..ACCOUNTS {
        accounts.push(host.account_with("dixa", "t", &[("api_token", "secret-of-old")]).await);
    }
    let kept = host.client().header("idempotency-key", "from-before");
    let target = create("ticketing", accounts[0], "");
    let before = kept.post(&target, &ada()).await;
    assert_eq!(before.status, 201);
    let key_file = host.app.service.config.master_key_path();
    let old = ids(&key_file);

    let (stop, stopped) = watch::channel(false);
    let mut running = JoinSet::new();
    for number in 0..4 {
        let host = if number % 2 == 0 { &host } else { &other };
        running.spawn(load(host.client(), accounts.clone(), number, stopped.clone()));
    }
    // The test kills the rotation when the new key is in place, before it has resealed all rows.
    let mut killed = rotate(&host);
    expect("new key", async {
        while ids(&key_file).len() == 1 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    killed.kill().await.expect("it runs");
    let rotating = ids(&key_file);
    assert_eq!((rotating.len(), &rotating[1]), (2, &old[0]));

    let second = rotate(&host);
    let ended = expect("end of the rotation", second.wait_with_output()).await.expect("a child");
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.success() && said.contains("continuing the rotation"), "{said}");
    let printed: Value = serde_json::from_slice(&ended.stdout).expect("JSON");
    assert_eq!((&printed["key"], &printed["unreadable"]), (&json!(rotating[0]), &json!(0)), "{printed}");
    assert_eq!(ids(&key_file), [rotating[0].clone()], "the old key has left the file");
    let retired = key_file.with_file_name(format!("master.key.{}", old[0]));
    assert_eq!(ids(&retired), old, "the old key is kept beside the file");
    stop.send_replace(true);
    let failed: Vec<_> = running.join_all().await.concat();
    assert_eq!(failed, Vec::<String>::new(), "no call failed");

    // A host with the new key alone opens everything.
    let fresh = Setup::new().plugin_at("dixa", &vendor.url()).beside(&host).start().await;
    for account in &accounts {
        let answer = fresh.client().post(&create("ticketing", *account, ""), &ada()).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    let kept = fresh.client().header("idempotency-key", "from-before").post(&target, &ada()).await;
    assert_eq!((kept.header("idempotent-replayed"), &kept.body), (Some("true"), &before.body));
    let left = "UPDATE integrated_account SET version = version WHERE secrets NOT LIKE 'v1.";
    let left = Box::leak(format!("{left}{}.%'", rotating[0]).into_boxed_str());
    assert_eq!(host.sql(left).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_that_meets_what_no_key_opens_does_the_rest_and_fails() {
    let host = Setup::new().plugin("dixa").start().await;
    let (lost, _other) = (host.account("dixa").await, host.account("dixa").await);
    let altered = format!("UPDATE integrated_account SET secrets = secrets || 'x' WHERE id = '{lost}'");
    assert_eq!(host.sql(Box::leak(altered.into_boxed_str())).await, 1);
    let ended = expect("end of the rotation", rotate(&host).wait_with_output()).await.expect("a child");
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("1 rows open with no key"), "{said}");
    let printed: Value = serde_json::from_slice(&ended.stdout).expect("JSON");
    assert_eq!((&printed["changed"], &printed["unreadable"]), (&json!(1), &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_the_environment_is_not_rotated_and_its_owner_is_told_how() {
    let host = Setup::new().start().await;
    let mut command = Command::new(mortise_binary());
    command.args(["key", "rotate", "--data-dir"]).arg(host.data.path()).current_dir(host.data.path()).env_clear();
    let output = command.env("MORTISE_MASTER_KEY", "ab".repeat(32)).output().await.expect("the executable starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("MORTISE_MASTER_KEY") && said.contains("mortise key rotate --help"), "{said}");
}
