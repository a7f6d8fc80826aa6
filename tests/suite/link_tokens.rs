//! Link tokens: who may make them, their content, their number, and their single use.

use futures_util::future::join_all;
use jiff::Timestamp;
use mortise::account::{AccountError, Conclusion, NewAccount, NewFlow, Scope, Secrets, ShownIn};
use mortise_tests::canary::{Canary, Search};
use mortise_tests::client::{Answer, Client};
use mortise_tests::database;
use mortise_tests::host::{Host, Setup};
use mortise_tests::logs;
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use uuid::Uuid;

const DONE: &str = "https://app.example.com/connected?from=mortise";

async fn start() -> Host {
    Setup::new().plugin("dixa").plugin("outreach").redirects(&[DONE]).start().await
}

fn is(answer: Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    answer.json()
}

async fn make(client: &Client, body: Value) -> String {
    let answer = is(client.post("/link-token", &body).await, 201);
    assert_eq!(answer.as_object().unwrap().len(), 1, "{answer}");
    answer["link_token"].as_str().unwrap().to_owned()
}

async fn token(host: &Host, scope: Scope, tenant: Option<&str>) -> Client {
    let (token, _) = host.app.service.accounts.tokens().create(scope, tenant, None, None).await.unwrap();
    Client::new(host.address).token(token.expose_secret())
}

/// Connects an account with a token. Returns whether the host stored the account.
pub(crate) async fn connect(host: &Host, plain: &str, new: NewAccount) -> Result<bool, AccountError> {
    let Some(token) = host.app.service.accounts.link_tokens().find(plain).await? else { return Ok(false) };
    let (flows, id) = (host.app.service.accounts.connect_flows(), Uuid::new_v4());
    let flow = NewFlow {
        id,
        link_hash: token.hash,
        key: None,
        tenant_id: token.tenant_id,
        account_id: None,
        integration: new.integration.clone(),
        method: None,
        redirect_uri: None,
        shown_in: ShownIn::Same,
        visit: None,
    };
    let flow = flows.begin(flow, Timestamp::now()).await?.expect("it begins");
    let conclusion = host.app.service.accounts.conclude(&flow, Uuid::new_v4(), &new, &|_| true).await?;
    Ok(matches!(conclusion, Conclusion::Connected(_)))
}

/// The account that a holder of a token would make.
pub(crate) fn new_account(tenant: &str) -> NewAccount {
    NewAccount {
        tenant_id: tenant.to_owned(),
        integration: "dixa".to_owned(),
        authentication_method: None,
        is_sandbox: false,
        context: Map::new(),
        secrets: Secrets::new(),
        application_id: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_holds_what_it_was_made_for_and_lists_do_not_show_it() {
    let host = start().await;
    let client = host.client();
    let plain = make(
        &client,
        json!({
            "tenant_id": "acme", "redirect_uri": DONE, "scopes": ["users.read"], "integrations": ["outreach"],
            "context": { "redirect_uri": "https://r.example.com", "refresh_token": "" },
        }),
    )
    .await;
    assert!(plain.starts_with("mrl_") && plain.len() == 47, "{plain}");
    let listed = is(client.get("/link-token").await, 200);
    let shown = &listed["result"][0];
    assert_eq!(
        shown,
        &json!({
            "id": shown["id"], "tenant_id": "acme", "integrated_account_id": null, "persist_previous_context": false,
            "redirect_uri": DONE, "scopes": ["users.read"], "integrations": ["outreach"],
            "created_at": shown["created_at"], "expires_at": shown["expires_at"],
        })
    );
    let time = |name: &str| shown[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert_eq!((time("expires_at") - time("created_at")).get_seconds(), 7 * 86_400);
    let tokens = host.app.service.accounts.link_tokens();
    let found = tokens.find(&plain).await.unwrap().expect("it is in use");
    assert_eq!(json!(found), *shown);
    let context = tokens.context(&found).unwrap();
    let context: Vec<_> = context.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
    assert_eq!(context, [("redirect_uri", "https://r.example.com")]);

    let account = host.account_with("dixa", "acme", &[]).await;
    let again = json!({ "integrated_account_id": account, "persist_previous_context": true });
    let again = tokens.find(&make(&client, again).await).await.unwrap().expect("it is in use");
    assert_eq!((again.account_id, again.tenant_id.as_str()), (Some(account), "acme"));
    assert!(again.persist_previous_context);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_wrong_is_refused_with_every_reason() {
    let host = start().await;
    let client = host.client();
    let id = host.account_with("dixa", "t", &[]).await;
    for (body, path) in [
        (json!({}), "tenant_id"),
        (json!({ "tenant_id": "a\u{7}" }), "tenant_id"),
        (json!({ "integrated_account_id": "1" }), "integrated_account_id"),
        (json!({ "tenant_id": "t", "integrated_account_id": id }), "tenant_id"),
        (json!({ "integrated_account_id": id, "integrations": ["dixa"] }), "integrations"),
        (json!({ "tenant_id": "t", "persist_previous_context": true }), "persist_previous_context"),
        (json!({ "tenant_id": "t", "integrations": ["nothing"] }), "integrations"),
        (json!({ "tenant_id": "t", "scopes": ["a b"] }), "scopes"),
        (json!({ "tenant_id": "t", "context": { "nobody": "x" } }), "context.nobody"),
        (json!({ "tenant_id": "t", "context": { "api_token": " x" } }), "context.api_token"),
        (json!({ "tenant_id": "t", "redirect": DONE }), "redirect"),
    ] {
        let refused = is(client.post("/link-token", &body).await, 400);
        assert_eq!(refused["details"]["failures"][0]["path"], path, "{refused}");
    }
    // The host compares the redirect with its list character by character.
    for redirect in ["https://app.example.com/connected", &format!("{DONE}&x=1"), "https://evil.example.net", ""] {
        let refused = client.post("/link-token", &json!({ "tenant_id": "t", "redirect_uri": redirect })).await;
        assert!(is(refused, 403)["message"].as_str().unwrap().contains("connect.allowed_redirects"));
    }
    let without = Setup::new().plugin("dixa").start().await;
    is(without.client().post("/link-token", &json!({ "tenant_id": "t", "redirect_uri": DONE })).await, 403);
    assert_eq!(is(client.get("/link-token").await, 200)["result"], json!([]));
    is(client.get("/link-token?limit=0").await, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_no_integration_of_the_link_takes_is_refused() {
    let host = Setup::new().plugin("opsgenie").plugin("pipeliner").start().await;
    let client = host.client();
    let among = |integrations: &[&str], region: &str| json!({ "tenant_id": "t", "integrations": integrations, "context": { "region": region } });
    let id = host.account_with("opsgenie", "t", &[("region", "mars")]).await;
    let again = |keeps: bool, region: &str| json!({ "integrated_account_id": id, "persist_previous_context": keeps, "context": { "region": region } });
    for (body, rule) in [
        (among(&["opsgenie"], "us-east"), "must be one of eu, us"),
        (among(&["opsgenie", "pipeliner"], "mars"), "us-east"),
        (among(&[], "mars"), "us-east"),
        (again(true, "us-east"), "must be one of eu, us"),
        // The account's own values count if the token keeps them.
        (again(false, "mars"), "must be one of eu, us"),
    ] {
        let refused = is(client.post("/link-token", &body).await, 400);
        let failure = &refused["details"]["failures"][0];
        assert_eq!(failure["path"], "context.region", "{refused}");
        assert!(failure["message"].as_str().unwrap().contains(rule), "{refused}");
    }
    for body in [
        among(&["opsgenie"], "eu"),
        among(&["opsgenie", "pipeliner"], "us-east"),
        among(&[], "us-east"),
        again(false, "eu"),
        again(true, "mars"),
    ] {
        make(&client, body).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_one_tenant_makes_and_sees_link_tokens_of_that_tenant_only() {
    let host = start().await;
    let (acme, call) = (token(&host, Scope::Admin, Some("acme")).await, token(&host, Scope::Call, None).await);
    let (own, other) = (host.account_with("dixa", "acme", &[]).await, host.account_with("dixa", "other", &[]).await);
    is(acme.post("/link-token", &json!({ "tenant_id": "other" })).await, 403);
    is(acme.post("/link-token", &json!({ "integrated_account_id": other })).await, 404);
    make(&acme, json!({})).await;
    make(&acme, json!({ "integrated_account_id": own })).await;
    make(&host.client(), json!({ "tenant_id": "other" })).await;
    let count = async |client: &Client, query: &str| {
        is(client.get(&format!("/link-token{query}")).await, 200)["result"].as_array().unwrap().len()
    };
    assert_eq!((count(&acme, "").await, count(&acme, "?tenant_id=other").await), (2, 0));
    assert_eq!((count(&host.client(), "").await, count(&host.client(), "?tenant_id=other").await), (3, 1));
    is(call.post("/link-token", &json!({ "tenant_id": "acme" })).await, 403);
    is(call.get("/link-token").await, 403);

    // After an account has moved to another tenant, a token of its former tenant cannot connect it again.
    let plain = make(&acme, json!({ "integrated_account_id": own })).await;
    let moved = json!({ "tenant_id": "other" });
    is(host.client().patch(&format!("/integrated-account/{own}"), &moved).await, 200);
    assert!(host.app.service.accounts.link_tokens().find(&plain).await.unwrap().is_none());
    // The host deletes the tokens of a deleted account.
    is(host.client().send("DELETE", &format!("/integrated-account/{own}"), None).await, 200);
    assert_eq!(count(&acme, "").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_connects_one_account_however_many_use_it_at_once() {
    let host = start().await;
    let plain = make(&host.client(), json!({ "tenant_id": "t" })).await;
    let uses = (0..8).map(|_| connect(&host, &plain, new_account("t")));
    let connected = join_all(uses).await.into_iter().filter(|used| matches!(used, Ok(true))).count();
    assert_eq!(connected, 1);
    assert!(host.app.service.accounts.link_tokens().find(&plain).await.unwrap().is_none());
    assert!(!connect(&host, &plain, new_account("t")).await.unwrap());
    assert_eq!(is(host.client().get("/integrated-account").await, 200)["result"].as_array().unwrap().len(), 1);

    // A token stays good if the host cannot store its account.
    let plain = make(&host.client(), json!({ "tenant_id": "t" })).await;
    let impossible = NewAccount { application_id: Some(Uuid::new_v4()), ..new_account("t") };
    assert!(!connect(&host, &plain, impossible).await.unwrap());
    assert!(host.app.service.accounts.link_tokens().find(&plain).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_refused_not_listed_and_deleted() {
    let host = start().await;
    let plain = make(&host.client(), json!({ "tenant_id": "t" })).await;
    host.sql("UPDATE link_token SET expires_at = 1").await;
    let tokens = host.app.service.accounts.link_tokens();
    assert!(tokens.find(&plain).await.unwrap().is_none());
    assert!(!connect(&host, &plain, new_account("t")).await.unwrap());
    assert_eq!(is(host.client().get("/link-token").await, 200)["result"], json!([]));
    // The host does the same every minute.
    tokens.purge().await.unwrap();
    assert_eq!(host.sql("DELETE FROM link_token").await, 0);
    for text in ["", "mrl_", "mrl_short", host.admin_token(), &plain.replacen("mrl_", "mrt_", 1)] {
        assert!(tokens.find(text).await.unwrap().is_none(), "{text}");
        assert!(!connect(&host, text, new_account("t")).await.unwrap(), "{text}");
    }
    // And a link token is no API token.
    is(
        Client::new(host.address)
            .token(&make(&host.client(), json!({ "tenant_id": "t" })).await)
            .get("/link-token")
            .await,
        401,
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_link_tokens_are_bounded_by_tenant_listed_in_pages_and_purged() {
    let host = start().await;
    // The test writes 1,000 tokens for each of ten tenants into the database. Their ids are below the ids that the host
    // makes.
    let rows = "WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 10000) \
                INSERT INTO link_token (id, hash, tenant_id, persist_previous_context, scopes, integrations, context, \
                created_at, expires_at) SELECT '00000000-0000-7000-8000-' || CAST(100000000000 + n AS TEXT), \
                CAST(n AS TEXT), 't' || CAST(n % 10 AS TEXT), 0, '[]', '[]', 'v1.0.0.0', 1, 9000000000000000 FROM many";
    assert_eq!(host.sql(rows).await, 10_000);
    let tokens = host.app.service.accounts.link_tokens();
    let newest = make(&host.client(), json!({ "tenant_id": "t0" })).await;
    assert!(tokens.find(&newest).await.unwrap().is_some(), "found among all of them");
    let oldest = "DELETE FROM link_token WHERE id = '00000000-0000-7000-8000-100000000010'";
    assert_eq!(host.sql(oldest).await, 0, "the tenant's oldest has made room");
    assert_eq!(host.sql("UPDATE link_token SET scopes = scopes WHERE tenant_id = 't0'").await, 1_000);

    let mut path = "/link-token?limit=200&tenant_id=t1".to_owned();
    let mut seen = std::collections::BTreeSet::new();
    loop {
        let page = is(host.client().get(&path).await, 200);
        seen.extend(page["result"].as_array().unwrap().iter().map(|token| token["id"].to_string()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/link-token?limit=200&tenant_id=t1&next_cursor={cursor}");
    }
    assert_eq!(seen.len(), 1_000);
    host.sql("UPDATE link_token SET expires_at = 1").await;
    assert_eq!(tokens.purge().await.unwrap(), 10_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_the_token_nor_its_context_is_in_a_log_or_in_the_database() {
    let host = start().await;
    let canary = Canary::new();
    let body = json!({ "tenant_id": "t", "context": { "api_token": canary.as_str() } });
    let plain = make(&host.client(), body).await;
    let search = Search::new(&[canary, Canary::of(&plain)]);
    search.assert_absent("a list", host.client().get("/link-token").await.everything());
    let wrong = json!({ "tenant_id": "t", "link_token": plain, "context": { "nobody": "x" } });
    search.assert_absent("a refusal", host.client().post("/link-token", &wrong).await.everything());
    let data = host.shut_down().await;
    search.assert_absent("the log", logs::captured());
    search.assert_absent("the database", database::written(data.path()).await);
}
