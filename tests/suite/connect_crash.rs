//! The host is killed while it connects an account. No account is lost or half-made, and the person reads the outcome.

use std::fs;

use mortise_tests::client::raw;
use mortise_tests::expect;
use mortise_tests::spawned::Spawned;
use mortise_tests::vendor::{Behaviour, Vendor};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection};
use uuid::Uuid;

use crate::connect_flow::{Browser, CODE, PUBLIC, SLUG, is, location, shows, tokens, users};

/// Starts a host with its vendor and with the settings of the connect page.
async fn start(slug: &str, vendor: &Vendor) -> Spawned {
    let mut host = Spawned::start(slug, &vendor.url(), &[]).await;
    let settings = format!("[connect]\npublic_url = \"{PUBLIC}\"\n");
    fs::write(host.plugins_dir().join("mortise.toml"), settings).expect("writable");
    host.kill();
    host.restart().await;
    host
}

async fn new_link(host: &Spawned) -> String {
    let answer = host.admin_client().post("/link-token", &json!({ "tenant_id": "acme" })).await;
    is(answer, 201)["link_token"].as_str().expect("a token").to_owned()
}

/// The accounts of the tenant of the link.
async fn accounts(host: &Spawned) -> Vec<Value> {
    let answer = host.admin_client().get("/integrated-account?tenant_id=acme").await;
    is(answer, 200)["result"].as_array().expect("a list").clone()
}

/// Moves the times of an attempt back, so that the host that works on it counts as stopped.
async fn time_goes_by(host: &Spawned) {
    let mut database = AnyConnection::connect(host.database.expose_secret()).await.expect("the database answers");
    let past = "UPDATE connect_flow SET returned_at = 1 WHERE returned_at IS NOT NULL";
    sqlx::query(past).execute(&mut database).await.expect("the statement runs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_killed_while_it_redeems_a_code_connects_nothing_and_says_so() {
    let vendor = Vendor::start(tokens("refresh-1")).await;
    let mut host = start(SLUG, &vendor).await;
    let application = json!({ "client_id": "the-client", "client_secret": "the-client-secret" });
    is(host.admin_client().send("PUT", &format!("/app/{SLUG}"), Some(&application)).await, 201);
    let token = new_link(&host).await;
    let visit = Browser::of(host.address).begin(SLUG, &token, &[]).await;
    let (held, gate) = Behaviour::from(tokens("lost")).held();
    vendor.next(held);
    let browser = visit.browser.client.clone().header("cookie", &visit.browser.cookie());
    let returning = browser.open("GET", &visit.callback(SLUG, &[("code", CODE)]), None).await;
    vendor.wait_for_requests(1).await;
    host.kill();
    drop((returning, gate));
    host.restart().await;

    assert_eq!(visit.status().await["status"], "waiting", "another host may be at it");
    time_goes_by(&host).await;
    let status = visit.status().await;
    assert_eq!(status["error_type"], "connection_error", "{status}");
    assert!(status["error"].as_str().is_some_and(|error| error.contains("was interrupted")), "{status}");
    let page = visit.browser.client.get(&format!("/connect-account/done/{}", visit.flow)).await;
    shows(&page, 200, "Nothing was connected");
    shows(&page, 200, "try again");
    assert_eq!(accounts(&host).await, [Value::Null; 0]);

    // The link is still good.
    let mut visit = Browser::of(host.address).begin(SLUG, &token, &[]).await;
    shows(&visit.come_back(SLUG, &[("code", CODE)]).await, 200, "Airtable is connected");
    assert_eq!(accounts(&host).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_whose_host_is_killed_before_it_is_validated_is_validated_after_the_restart() {
    let vendor = Vendor::start(users()).await;
    let mut host = start("dixa", &vendor).await;
    let (token, flow) = (new_link(&host).await, Uuid::new_v4());
    let (held, gate) = Behaviour::from(users()).held();
    vendor.next(held);
    let mut browser = Browser::of(host.address);
    let id = flow.to_string();
    let fields = [
        ("link_token", token.as_str()),
        ("integration", "dixa"),
        ("flow", id.as_str()),
        ("context.api_token", "a-key"),
    ];
    let sending = tokio::spawn({
        let (to, form) = browser.form("/connect-account", &fields);
        async move { raw(to, form).await }
    });
    vendor.wait_for_requests(1).await;
    host.kill();
    drop(gate);
    assert!(sending.await.expect("it ends").is_none(), "the host has not answered");
    time_goes_by(&host).await;
    host.restart().await;

    // The host had stored the account and used up the link. After the restart, it asks the vendor once more without a
    // request of the browser.
    vendor.wait_for_requests(2).await;
    let status = async || is(browser.client.get(&format!("/connect-account/flow/{flow}")).await, 200);
    expect("end of the attempt", async { while status().await["status"] != "connected" {} }).await;
    let stored = accounts(&host).await;
    assert_eq!(stored.len(), 1);
    assert_eq!((&stored[0]["id"], &stored[0]["status"]), (&status().await["integrated_account_id"], &json!("active")));
    shows(&browser.client.get(&format!("/connect-account/done/{flow}")).await, 200, "Dixa is connected");
    // The person sends the form again, and gets the outcome although the form has used up the link.
    let again = browser.post("/connect-account", &fields).await;
    assert_eq!(location(&again), format!("/connect-account/done/{flow}"));
}
