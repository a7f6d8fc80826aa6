//! OAuth applications of the operator: accounts without a client of their own sign in with them.

use std::process::Stdio;

use mortise::account::Scope;
use mortise_tests::canary::{Canary, Search};
use mortise_tests::client::{Answer as CallersAnswer, Client};
use mortise_tests::database;
use mortise_tests::expect;
use mortise_tests::host::{Host, Setup};
use mortise_tests::logs;
use mortise_tests::vendor::{Answer, Behaviour, Recorded, Vendor};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use url::form_urlencoded;

use crate::process::Operator;
use crate::rotation::rotate;

/// The slug of an integration that signs in by a refresh token. It sends the client's identifier and secret in a form.
const SLUG: &str = "outreach";

/// A vendor that accepts these clients, refuses others, and answers calls with a user.
fn vendor_of(clients: &'static [(&'static str, &'static str)]) -> Behaviour {
    Behaviour::by(move |request| {
        if request.path() != "/token" {
            let user = json!({ "data": { "type": "user", "id": 1, "attributes": { "name": "Ada" } } });
            return Answer::json(200, &user);
        }
        let client = (field(request, "client_id"), field(request, "client_secret"));
        if clients.iter().any(|(id, secret)| client == ((*id).to_owned(), (*secret).to_owned())) {
            Answer::json(200, &json!({ "access_token": "access", "expires_in": 3_600 }))
        } else {
            Answer::json(401, &json!({ "error": "invalid_client" }))
        }
    })
}

/// A field of a form.
fn field(request: &Recorded, name: &str) -> String {
    let mut pairs = form_urlencoded::parse(&request.body);
    pairs.find(|(found, _)| found == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// The clients of the sign-ins, in order.
fn clients(vendor: &Vendor) -> Vec<String> {
    vendor.requests().iter().filter(|r| r.path() == "/token").map(|r| field(r, "client_id")).collect()
}

async fn start(behaviour: Behaviour) -> (Vendor, Host) {
    let vendor = Vendor::start(behaviour).await;
    let host = Setup::new().plugin_at(SLUG, &vendor.url()).plugin("dixa").plugin("salesforce").start().await;
    (vendor, host)
}

fn is(answer: CallersAnswer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    answer.json()
}

async fn set(client: &Client, query: &str, id: &str, secret: &str) -> Value {
    let body = json!({ "client_id": id, "client_secret": secret });
    let created = client.get(&format!("/app/{SLUG}{query}")).await.status == 404;
    is(client.send("PUT", &format!("/app/{SLUG}{query}"), Some(&body)).await, if created { 201 } else { 200 })
}

/// The context of an account without a client of its own.
fn tokens(refresh_token: &str) -> Value {
    json!({ "redirect_uri": "https://app.example.com", "refresh_token": refresh_token })
}

async fn connect(client: &Client, tenant: &str, context: Value) -> CallersAnswer {
    let body = json!({ "integration": SLUG, "tenant_id": tenant, "context": context });
    client.post("/integrated-account", &body).await
}

async fn connected(client: &Client, tenant: &str) -> Value {
    is(connect(client, tenant, tokens("refresh")).await, 201)
}

async fn call(client: &Client, account: &Value) -> CallersAnswer {
    let id = account["id"].as_str().unwrap();
    client.get(&format!("/unified/crm/users/1?integrated_account_id={id}")).await
}

async fn token(host: &Host, scope: Scope, tenant: Option<&str>) -> Client {
    let (token, _) = host.app.service.accounts.tokens().create(scope, tenant, None, None).await.unwrap();
    Client::new(host.address).token(token.expose_secret())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_a_client_signs_in_with_the_applications_and_remembers_which() {
    let (vendor, host) = start(vendor_of(&[("operators", "s3cret+/:=%"), ("own", "own-secret")])).await;
    let client = host.client();
    let refused = is(connect(&client, "t", tokens("refresh")).await, 400);
    let missing = &refused["truto_error_insight"]["missing_required_body_fields"]["value"];
    assert_eq!(missing, &json!(["context.client_id", "context.client_secret"]), "there is no application yet");

    let application = set(&client, "", "operators", "s3cret+/:=%").await;
    assert_eq!(
        application,
        json!({
            "id": application["id"], "integration": SLUG, "tenant_id": null, "client_id": "operators",
            "has_client_secret": true, "scopes": [], "redirect_url": null, "callback_url": null, "created_at": application["created_at"],
            "updated_at": application["updated_at"], "accounts_to_reconnect": { "count": 0, "accounts": [] },
        })
    );
    let account = connected(&client, "t").await;
    assert_eq!(account["application_id"], application["id"]);
    assert_eq!(account["context"], json!({ "redirect_uri": "https://app.example.com" }));
    is(call(&client, &account).await, 200);
    assert_eq!(clients(&vendor), ["operators"]);

    // The host uses an account's own client if the account has both parts of it. With one part alone, it refuses the
    // account.
    let mut own = tokens("refresh");
    own["client_id"] = json!("own");
    is(connect(&client, "t", own.clone()).await, 400);
    own["client_secret"] = json!("own-secret");
    let account = is(connect(&client, "t", own).await, 201);
    assert_eq!(account["application_id"], Value::Null);
    is(call(&client, &account).await, 200);
    assert_eq!(clients(&vendor), ["operators", "own"]);

    // The caller removes both parts of the account's own client. The account then uses the application's client.
    let path = format!("/integrated-account/{}", account["id"].as_str().unwrap());
    is(client.patch(&path, &json!({ "context": { "client_id": null } })).await, 400);
    let changed = json!({ "context": { "client_id": null, "client_secret": null } });
    assert_eq!(is(client.patch(&path, &changed).await, 200)["application_id"], application["id"]);
    is(call(&client, &account).await, 200);
    assert_eq!(clients(&vendor), ["operators", "own", "operators"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_client_is_another_application_and_accounts_keep_theirs_until_they_are_connected_again() {
    let (vendor, host) = start(vendor_of(&[("first", "one"), ("second", "two")])).await;
    let client = host.client();
    let first = set(&client, "", "first", "one").await;
    let account = connected(&client, "t").await;
    let second = set(&client, "", "second", "two").await;
    assert_ne!(first["id"], second["id"]);
    let outdated = json!({ "count": 1, "accounts": [account["id"]] });
    assert_eq!(second["accounts_to_reconnect"], outdated);
    assert_eq!(is(client.get(&format!("/app/{SLUG}")).await, 200)["accounts_to_reconnect"], outdated);
    is(call(&client, &account).await, 200);
    assert_eq!(clients(&vendor), ["first"], "the refresh token belongs to the client that got it");

    // A change of a variable that is not a token leaves the account with its client.
    let path = format!("/integrated-account/{}", account["id"].as_str().unwrap());
    let other = json!({ "context": { "redirect_uri": "https://other.example.com" } });
    assert_eq!(is(client.patch(&path, &other).await, 200)["application_id"], first["id"]);
    let renewed = json!({ "context": { "refresh_token": "of-the-second" } });
    assert_eq!(is(client.patch(&path, &renewed).await, 200)["application_id"], second["id"]);
    is(call(&client, &account).await, 200);
    assert_eq!(clients(&vendor), ["first", "second"]);

    // With the first client again, the application is the same as before. Its secret is still stored.
    let back = json!({ "client_id": "first", "client_secret": "one" });
    let back = is(client.send("PUT", &format!("/app/{SLUG}"), Some(&back)).await, 200);
    assert_eq!((&back["id"], &back["accounts_to_reconnect"]), (&first["id"], &outdated));
    let scopes = json!({ "client_id": "first", "scopes": ["users.read"], "redirect_url": "https://m.example.com/cb" });
    let kept = is(client.send("PUT", &format!("/app/{SLUG}"), Some(&scopes)).await, 200);
    assert_eq!((&kept["id"], &kept["has_client_secret"]), (&first["id"], &json!(true)));
    assert_eq!((&kept["scopes"][0], &kept["redirect_url"]), (&json!("users.read"), &scopes["redirect_url"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_application_comes_first_and_its_tokens_see_no_other() {
    let (_vendor, host) = start(vendor_of(&[])).await;
    let client = host.client();
    let (every, one) = (set(&client, "", "every", "a").await, set(&client, "?tenant_id=acme", "acmes", "b").await);
    assert_eq!(connected(&client, "acme").await["application_id"], one["id"]);
    assert_eq!(connected(&client, "other").await["application_id"], every["id"]);
    let listed = is(client.get("/app").await, 200);
    let ids: Vec<_> = listed["result"].as_array().unwrap().iter().map(|a| a["client_id"].clone()).collect();
    assert_eq!(ids, ["every", "acmes"]);

    let acme = token(&host, Scope::Admin, Some("acme")).await;
    let other = token(&host, Scope::Admin, Some("other")).await;
    assert_eq!(is(acme.get("/app").await, 200)["result"].as_array().unwrap().len(), 1);
    assert_eq!(is(acme.get(&format!("/app/{SLUG}")).await, 200)["id"], one["id"]);
    assert_eq!(is(other.get("/app").await, 200), json!({ "result": [] }));
    is(other.get(&format!("/app/{SLUG}")).await, 404);
    let body = json!({ "client_id": "stolen", "client_secret": "c" });
    for (method, body) in [("GET", None), ("PUT", Some(&body)), ("DELETE", None)] {
        is(other.send(method, &format!("/app/{SLUG}?tenant_id=acme"), body).await, 403);
    }
    is(other.send("DELETE", &format!("/app/{SLUG}"), None).await, 404);
    let caller = token(&host, Scope::Call, None).await;
    for (method, path) in
        [("GET", "/app"), ("GET", "/app/outreach"), ("PUT", "/app/outreach"), ("DELETE", "/app/outreach")]
    {
        is(caller.send(method, path, Some(&body)).await, 403);
    }
    // The host does not ignore a misspelled parameter.
    is(client.send("DELETE", &format!("/app/{SLUG}?tenant=acme"), None).await, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_integration_with_an_oauth_exchange_takes_an_application() {
    let (_vendor, host) = start(vendor_of(&[])).await;
    let client = host.client();
    let body = json!({ "client_id": "a", "client_secret": "b" });
    let refused = is(client.send("PUT", "/app/dixa", Some(&body)).await, 409);
    assert!(refused["message"].as_str().unwrap().contains("takes no OAuth application"), "{refused}");
    is(client.send("PUT", "/app/nothing", Some(&body)).await, 404);
    for (wrong, path) in [
        (json!({}), "client_id"),
        (json!({ "client_id": "a" }), "client_secret"),
        (json!({ "client_id": " a", "client_secret": "b" }), "client_id"),
        (json!({ "client_id": "a", "client_secret": "b\n" }), "client_secret"),
        (json!({ "client_id": "a", "client_secret": "b", "scopes": ["a b"] }), "scopes"),
        (json!({ "client_id": "a", "client_secret": "b", "redirect_url": "http://example.com" }), "redirect_url"),
        (json!({ "client_id": "a", "client_secret": "b", "secret": "c" }), "secret"),
    ] {
        let refused = is(client.send("PUT", &format!("/app/{SLUG}"), Some(&wrong)).await, 400);
        assert_eq!(refused["details"]["failures"][0]["path"], path, "{refused}");
    }

    // An account without credentials of its own cannot use the operator's client.
    is(client.send("PUT", "/app/salesforce", Some(&body)).await, 201);
    let alone = json!({ "integration": "salesforce", "tenant_id": "t", "context": { "my_domain": "acme" } });
    let refused = is(client.post("/integrated-account", &alone).await, 400);
    assert!(refused["message"].as_str().unwrap().contains("credentials"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_slug_has_no_application() {
    let host = Setup::new().start().await;
    for slug in ["a%00b", "..%2Fa", "A", &"a".repeat(65)] {
        let target = format!("/app/{slug}");
        for answer in [host.client().get(&target).await, host.client().delete(&target).await] {
            assert_eq!(answer.status, 404, "{slug}: {}", answer.text());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_stays_while_accounts_have_tokens_of_it_or_of_one_before() {
    let (_vendor, host) = start(vendor_of(&[])).await;
    let client = host.client();
    set(&client, "", "first", "one").await;
    let account = connected(&client, "t").await;
    let second = set(&client, "", "second", "two").await;
    let refused = is(client.send("DELETE", &format!("/app/{SLUG}"), None).await, 409);
    assert!(refused["message"].as_str().unwrap().starts_with("1 integrated accounts"), "{refused}");
    let path = format!("/integrated-account/{}", account["id"].as_str().unwrap());
    is(client.send("DELETE", &path, None).await, 200);
    assert_eq!(is(client.send("DELETE", &format!("/app/{SLUG}"), None).await, 200)["id"], second["id"]);
    is(client.get(&format!("/app/{SLUG}")).await, 404);
    assert_eq!(host.sql("DELETE FROM oauth_application").await, 0, "the former application is deleted, too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_application_is_deleted_an_hour_after_its_last_account() {
    let (_vendor, host) = start(vendor_of(&[])).await;
    let client = host.client();
    set(&client, "", "first", "one").await;
    let account = connected(&client, "t").await;
    set(&client, "", "second", "two").await;
    let applications = host.app.service.accounts.applications();
    host.sql("UPDATE oauth_application SET replaced_at = 1 WHERE replaced_at IS NOT NULL").await;
    assert_eq!(applications.purge().await.unwrap(), 0, "an account has tokens of the former application");
    let path = format!("/integrated-account/{}", account["id"].as_str().unwrap());
    is(client.send("DELETE", &path, None).await, 200);
    assert_eq!(applications.purge().await.unwrap(), 1);
    is(client.get(&format!("/app/{SLUG}")).await, 200);
    set(&client, "", "third", "three").await;
    assert_eq!(applications.purge().await.unwrap(), 0, "an account may just have got the former application");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_secret_serves_every_account_that_the_old_one_failed() {
    let (vendor, host) = start(vendor_of(&[("operators", "new")])).await;
    let client = host.client();
    set(&client, "", "operators", "old").await;
    let (failed, marked) = (connected(&client, "t").await, connected(&client, "t").await);
    is(call(&client, &failed).await, 401);
    let path = |account: &Value| format!("/integrated-account/{}", account["id"].as_str().unwrap());
    assert_eq!(is(client.get(&path(&failed)).await, 200)["status"], "needs_reauth");
    is(client.patch(&path(&marked), &json!({ "status": "needs_reauth" })).await, 200);
    set(&client, "", "operators", "new").await;
    is(call(&client, &failed).await, 200);
    assert_eq!(is(client.get(&path(&failed)).await, 200)["last_error"], Value::Null);
    assert_eq!(is(client.get(&path(&marked)).await, 200)["status"], "needs_reauth", "somebody wants it so");
    assert_eq!(clients(&vendor).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_of_an_application_reaches_the_vendor_and_nobody_else() {
    let (vendor, host) = start(Behaviour::echo()).await;
    let client = host.client();
    let canaries = [Canary::new(), Canary::new()];
    let mut heard = Vec::new();
    for canary in &canaries {
        // The vendor repeats the secret in a refusal of a sign-in, and in an answer to a call.
        let reflected = json!({ "error": "invalid_client", "error_description": format!("no {}", canary.as_str()) });
        let token = Answer::json(200, &json!({ "access_token": "access", "note": canary.as_str() }));
        let body = json!({ "client_id": "operators", "client_secret": canary.as_str() });
        for (token, target) in [(Answer::json(401, &reflected), ""), (token, "&truto_response_format=debug")] {
            heard.push(client.send("PUT", &format!("/app/{SLUG}"), Some(&body)).await);
            let answer = connect(&client, "t", tokens("refresh")).await;
            let id = answer.json()["id"].as_str().unwrap().to_owned();
            heard.push(answer);
            let echo = json!({ "data": { "id": 1, "attributes": { "name": canary.as_str() } } });
            let behaviour = Behaviour::by(move |request| match request.path() {
                "/token" => token.clone(),
                _ => Answer::json(200, &echo),
            });
            vendor.always(behaviour);
            heard.push(client.get(&format!("/unified/crm/users/1?integrated_account_id={id}{target}")).await);
            heard.push(client.get(&format!("/integrated-account/{id}")).await);
        }
        heard.push(client.get("/app").await);
        heard.push(client.get(&format!("/app/{SLUG}")).await);
        // The host does not repeat an invalid value in its error.
        let wrong = json!({ "client_id": "operators", "client_secret": format!("{}\n", canary.as_str()) });
        heard.push(client.send("PUT", &format!("/app/{SLUG}"), Some(&wrong)).await);
        let sent = |r: &Recorded| r.path() == "/token" && field(r, "client_secret") == canary.as_str();
        assert_eq!(vendor.requests().iter().filter(|request| sent(request)).count(), 2);
    }
    heard.push(host.operator().get("/operator").await);
    let search = Search::new(&canaries);
    for answer in &heard {
        search.assert_absent(&format!("an answer ({})", answer.status), answer.everything());
    }
    let data = host.shut_down().await;
    search.assert_absent("the log", logs::captured());
    search.assert_absent("the database", database::written(data.path()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_survives_the_rotation_of_the_master_key() {
    let (vendor, host) = start(vendor_of(&[("operators", "secret")])).await;
    set(&host.client(), "", "operators", "secret").await;
    let account = connected(&host.client(), "t").await;
    let ended = expect("end of the rotation", rotate(&host).wait_with_output()).await.unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.success(), "{said}");
    // This host has the new key alone.
    let fresh = Setup::new().plugin_at(SLUG, &vendor.url()).beside(&host).start().await;
    is(call(&fresh.client(), &account).await, 200);
    assert_eq!(clients(&vendor), ["operators"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_kept_by_commands_and_its_secret_is_no_argument() {
    let operator = Operator::new("", &[SLUG, "dixa"]);
    operator.run(&["key", "init"]).await;
    operator.run(&["grant", SLUG, "--yes"]).await;
    operator.run(&["grant", "dixa", "--yes"]).await;
    let canary = Canary::new();
    let set = |slug: &str, from: &str| {
        let mut command = operator.command(&["app", "set", slug, "--client-id", "operators", "--json"]);
        command.args(["--secret", from, "--scope", "users.read"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let refused = expect("end", set(SLUG, &format!("client_secret={}", canary.as_str())).output()).await.unwrap();
    assert_eq!(refused.status.code(), Some(2));
    canary.assert_absent("a refusal", refused.stderr);
    let refused = expect("end", set("dixa", "client_secret=-").output()).await.unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("takes no OAuth application"));

    let mut child = set(SLUG, "client_secret=-").spawn().unwrap();
    child.stdin.take().unwrap().write_all(canary.as_str().as_bytes()).await.unwrap();
    let output = expect("end", child.wait_with_output()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    canary.assert_absent("what is printed", &output.stdout);
    let application: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&application["has_client_secret"], &application["scopes"]), (&json!(true), &json!(["users.read"])));

    let create = ["account", "create", SLUG, "--tenant", "t", "--set", "redirect_uri=https://a.example.com"];
    let mut command = operator.command(&create);
    command.args(["--secret", "refresh_token=env:TOKEN", "--json"]).env("TOKEN", "refresh");
    let created = expect("end", command.output()).await.unwrap();
    assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
    let account: Value = serde_json::from_slice(&created.stdout).unwrap();
    assert_eq!(account["application_id"], application["id"]);

    let shown: Value = serde_json::from_str(&operator.run(&["app", "show", SLUG, "--json"]).await).unwrap();
    assert_eq!(shown, application);
    assert!(operator.run(&["app", "list"]).await.contains("operators"));
    let remove = expect("end", operator.command(&["app", "remove", SLUG, "--yes"]).output()).await.unwrap();
    assert!(String::from_utf8_lossy(&remove.stderr).contains("1 integrated accounts have tokens"));
    operator.run(&["account", "delete", account["id"].as_str().unwrap(), "--yes"]).await;
    operator.run(&["app", "remove", SLUG, "--yes"]).await;
    assert_eq!(operator.run(&["app", "list", "--json"]).await, "{\"result\":[]}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operators_page_lists_applications_and_link_tokens_in_use() {
    let host = Setup::new().plugin(SLUG).start().await;
    let client = host.client();
    let page = async || host.operator().get("/operator").await.text();
    let empty = page().await;
    assert!(empty.contains("mortise app set") && empty.contains(">Link tokens in use<"), "{empty}");
    let application = json!({ "client_id": "operators-<b>client</b>", "client_secret": "s3cret-of-the-operator" });
    let set = client.send("PUT", &format!("/app/{SLUG}?tenant_id=acme"), Some(&application)).await;
    assert_eq!(set.status, 201, "{}", set.text());
    let link = client.post("/link-token", &json!({ "tenant_id": "acme<i>", "integrations": [SLUG] })).await;
    let link = link.json()["link_token"].as_str().expect("a token").to_owned();
    let page = page().await;
    assert!(page.contains("operators-&lt;b&gt;client") && page.contains("<td>acme</td>"), "{page}");
    assert!(page.contains("acme&lt;i&gt;") && page.contains("a new account: "), "{page}");
    assert!(!page.contains(&link) && !page.contains("s3cret"), "{page}");
}
