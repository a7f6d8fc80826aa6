//! Accounts over HTTP: who may make which request, and the effect of a vendor's refusal on an account and on the
//! caller.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use mortise::account::Scope;
use mortise_tests::canary::Canary;
use mortise_tests::client::{Answer, Client, raw};
use mortise_tests::host::{Host, Setup, create, update};
use mortise_tests::vendor::{self, Behaviour, Vendor};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixtures::{self, ada, agent, dixa};

/// The paths of all violations in an answer.
fn violations(answer: &Answer) -> BTreeSet<String> {
    assert_eq!(answer.status, 400, "{}", answer.text());
    let body = answer.json();
    let failures = body["details"]["failures"].as_array().unwrap();
    failures.iter().map(|failure| failure["path"].as_str().unwrap().to_owned()).collect()
}

fn names<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

async fn read(host: &Host, id: impl std::fmt::Display) -> Value {
    host.client().get(&format!("/integrated-account/{id}")).await.json()
}

/// A token of this scope and tenant, with this time of expiry.
async fn token(host: &Host, scope: Scope, tenant: Option<&str>, expires: Option<Timestamp>) -> (Client, Uuid) {
    let (token, record) = host.app.service.accounts.tokens().create(scope, tenant, None, expires).await.unwrap();
    (Client::new(host.address).token(token.expose_secret()), record.id)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_lives_over_http_and_its_secrets_never_come_out() {
    let (vendor, host) = fixtures::start().await;
    let client = host.client();
    let (first, second) = (Canary::new(), Canary::new());
    let safe = |answer: Answer, status: u16| {
        first.assert_absent("an account's answer", answer.everything());
        second.assert_absent("an account's answer", answer.everything());
        assert_eq!(answer.status, status, "{}", answer.text());
        answer.json()
    };
    let body = json!({
        "integration": "planhat", "tenant_id": "acme", "is_sandbox": null,
        "context": {"api_token": first.as_str(), "cluster": "api-eu3"},
    });
    let account = safe(client.post("/integrated-account", &body).await, 201);
    let id = account["id"].as_str().unwrap().to_owned();
    let integration =
        json!({"name": "planhat", "label": "Planhat", "category": "ticketing", "categories": ["ticketing", "crm"]});
    let mut expected = json!({
        "id": id, "tenant_id": "acme", "integration": integration, "authentication_method": null, "status": "active",
        "is_sandbox": false, "context": {"cluster": "api-eu3"}, "last_error": null, "last_forbidden_error": null,
        "application_id": null, "created_at": account["created_at"], "updated_at": account["updated_at"],
    });
    assert_eq!(account, expected);
    assert!(account["created_at"].as_str().unwrap().parse::<Timestamp>().is_ok());
    let path = format!("/integrated-account/{id}");
    assert_eq!(safe(client.get(&path).await, 200), expected);
    assert_eq!(safe(client.get("/integrated-account").await, 200), json!({"result": [expected], "next_cursor": null}));

    // The host merges the context. A variable that the request does not name keeps its value, even a secret variable.
    let call = format!("/unified/ticketing/users/1?integrated_account_id={id}&truto_response_format=raw");
    let credential = async || {
        vendor.next(vendor::Answer::json(200, &json!({})));
        safe(client.patch(&call, &json!({"last_name": "x"})).await, 200);
        vendor.requests().last().unwrap().header("authorization").unwrap().to_owned()
    };
    assert_eq!(credential().await, format!("Bearer {first}"));
    let changed = safe(client.patch(&path, &json!({"context": {"cluster": "api-us4"}})).await, 200);
    assert_eq!(changed["context"], json!({"cluster": "api-us4"}));
    assert_ne!(changed["updated_at"], expected["updated_at"]);
    assert_eq!(credential().await, format!("Bearer {first}"));
    let changed = safe(client.patch(&path, &json!({"context": {"api_token": second.as_str()}})).await, 200);
    assert_eq!(changed["context"], json!({"cluster": "api-us4"}));
    assert_eq!(credential().await, format!("Bearer {second}"));
    let changed = safe(client.patch(&path, &json!({"context": {"cluster": null}, "tenant_id": "other"})).await, 200);
    assert_eq!((&changed["context"], &changed["tenant_id"]), (&json!({}), &json!("other")));
    expected["updated_at"] = changed["updated_at"].clone();
    expected["context"] = json!({});
    expected["tenant_id"] = json!("other");
    assert_eq!(safe(client.patch(&path, &json!({})).await, 200)["tenant_id"], "other");

    assert_eq!(safe(client.delete(&path).await, 200), json!({"id": id}));
    for answer in [client.get(&path).await, client.delete(&path).await, client.patch(&path, &json!({})).await] {
        safe(answer, 404);
    }
    safe(client.patch(&call, &json!({"last_name": "x"})).await, 404);
    let logs = mortise_tests::logs::captured();
    first.assert_absent("the log", &logs);
    second.assert_absent("the log", &logs);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_an_account_is_reported_at_once() {
    let (_vendor, host) = fixtures::start().await;
    let client = host.client();
    let secret = Canary::new();
    let context = json!({"cluster": 5, "nobody": secret.as_str(), "Api_Token": "x"});
    let body = json!({"integration": "planhat", "tenant_id": "", "context": context, "surprise": 1});
    let answer = client.post("/integrated-account", &body).await;
    let expected = names(["tenant_id", "context.cluster", "context.nobody", "context.Api_Token", "surprise"]);
    assert_eq!(violations(&answer), expected, "{}", answer.text());
    secret.assert_absent("an error", answer.everything());
    let body = json!({"integration": "dixa", "tenant_id": "t", "context": {"nobody": secret.as_str()}});
    assert_eq!(
        violations(&client.post("/integrated-account", &body).await),
        names(["context.nobody", "context.api_token"])
    );

    let answer = client.post("/integrated-account", &json!({})).await;
    assert_eq!(violations(&answer), names(["integration", "tenant_id"]));
    let body = json!({"integration": "nobody", "tenant_id": "t", "context": {}});
    assert_eq!(violations(&client.post("/integrated-account", &body).await), names(["integration"]));
    let context = json!({"api_token": secret.as_str()});
    let body = json!({"integration": "dixa", "tenant_id": "t", "authentication_method": "bearer", "context": context});
    assert_eq!(violations(&client.post("/integrated-account", &body).await), names(["authentication_method"]));

    let account = fixtures::account(&host, "dixa", secret.as_str()).await;
    let path = format!("/integrated-account/{account}");
    let body = json!({"status": "asleep", "is_sandbox": 1, "id": "x", "context": {"api_token": null, "nobody": "x"}});
    let expected = names(["status", "is_sandbox", "id", "context.api_token", "context.nobody"]);
    assert_eq!(violations(&client.patch(&path, &body).await), expected);
    assert_eq!(violations(&client.patch(&path, &json!({"context": []})).await), names(["context"]));
    let answer = client.get("/integrated-account?status=x&limit=y&next_cursor=1&next_cursor=2").await;
    assert_eq!(violations(&answer), names(["status", "limit", "next_cursor"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_can_sign_nothing_is_refused_and_an_empty_secret_is_none() {
    let (vendor, host) = fixtures::start().await;
    let new = async |slug: &str, context: Value| {
        let body = json!({ "integration": slug, "tenant_id": "t", "context": context });
        host.client().post("/integrated-account", &body).await
    };
    for (slug, context, path) in [
        ("clickup", json!({}), "context"),
        ("clickup", json!({"api_token": ""}), "context"),
        ("dixa", json!({"api_token": "abc\r\nx: y"}), "context.api_token"),
    ] {
        let answer = new(slug, context.clone()).await;
        assert_eq!(answer.status, 400, "{slug} {context}: {}", answer.text());
        assert_eq!(answer.json()["details"]["failures"][0]["path"], path, "{slug} {context}");
    }
    let answer = new("clickup", json!({"api_token": "", "access_token": "the-access-token"})).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let id = answer.json()["id"].as_str().unwrap().parse().unwrap();
    let user = json!({"emails": [{"email": "a@example.com"}], "roles": ["member"]});
    host.client().post(&create("user-directory", id, "&organization_id=9001"), &user).await;
    assert_eq!(vendor.requests()[0].header("authorization"), Some("Bearer the-access-token"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_vendors_read_only_in_part_is_refused_with_the_reason() {
    let (_vendor, host) = fixtures::start().await;
    let secret = Canary::new();
    let account = fixtures::account(&host, "planhat", "a-credential").await;
    let path = format!("/integrated-account/{account}");
    for (value, rule) in [
        (format!("{secret} "), "ends with a blank, a control or an invisible character (U+0020): leave it out"),
        (format!("{secret}\t"), "(U+0009)"),
        (format!("{secret}\r\n"), "(U+000A)"),
        (format!(" {secret}"), "begins with a blank, a control or an invisible character (U+0020): leave it out"),
        (format!("\u{feff}{secret}"), "(U+FEFF)"),
        (format!("\u{a0}{secret}"), "(U+00A0)"),
        (format!("{secret}\u{200b}"), "(U+200B)"),
        (format!("{secret}\0{secret}"), "holds a control character (U+0000)"),
        (" ".to_owned(), "(U+0020)"),
    ] {
        for name in ["api_token", "cluster"] {
            let context = json!({ "api_token": "a-credential", name: value });
            let body = json!({ "integration": "planhat", "tenant_id": "t", "context": context });
            let created = host.client().post("/integrated-account", &body).await;
            let changed = host.client().patch(&path, &json!({ "context": { name: value } })).await;
            for answer in [created, changed] {
                assert_eq!(violations(&answer), names([&format!("context.{name}")]), "{value:?}");
                assert!(answer.text().contains(rule), "{value:?}: {}", answer.text());
                secret.assert_absent("an error", answer.everything());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_outside_a_closed_set_is_refused_with_the_set() {
    let host = Setup::new().plugin("opsgenie").start().await;
    let client = host.client();
    let body = |region: Value| json!({ "integration": "opsgenie", "tenant_id": "acme", "context": { "api_key": "a-key", "region": region } });
    let refuses = |answer: Answer| {
        assert_eq!(violations(&answer), names(["context.region"]));
        assert!(answer.text().contains("must be one of us, eu"), "{}", answer.text());
    };
    refuses(client.post("/integrated-account", &body(json!("mars"))).await);
    refuses(client.post("/integrated-account", &body(json!("US"))).await);
    let account = client.post("/integrated-account", &body(json!("eu"))).await;
    assert_eq!(account.status, 201, "{}", account.text());
    let path = format!("/integrated-account/{}", account.json()["id"].as_str().unwrap());
    let change = |region: Value| json!({ "context": { "region": region } });
    refuses(client.patch(&path, &change(json!("mars"))).await);
    assert_eq!(client.patch(&path, &change(json!("us"))).await.json()["context"]["region"], "us");
    // A null is allowed because the variable has a default.
    assert_eq!(client.patch(&path, &change(Value::Null)).await.status, 200);
    assert_eq!(client.post("/integrated-account", &body(Value::Null)).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_filtered_and_paged() {
    let (_vendor, host) = fixtures::start().await;
    for (slug, tenant) in [("dixa", "a"), ("dixa", "b"), ("planhat", "a"), ("planhat", "a"), ("clickup", "c")] {
        host.account_with(slug, tenant, &[]).await;
    }
    let ids = |body: &Value| -> Vec<Value> {
        body["result"].as_array().unwrap().iter().map(|account| account["id"].clone()).collect()
    };
    for (query, count) in [
        ("", 5),
        ("?tenant_id=a", 3),
        ("?tenant_id=a&integration.name=planhat", 2),
        ("?integration.name=clickup", 1),
        ("?status=active", 5),
        ("?status=needs_reauth", 0),
        ("?status=validation_error", 0),
        ("?tenant_id=nobody", 0),
        ("?limit=None&status=", 5),
    ] {
        let list = host.client().get(&format!("/integrated-account{query}")).await.json();
        assert_eq!((ids(&list).len(), &list["next_cursor"]), (count, &Value::Null), "{query}");
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = host.client().get(&format!("/integrated-account?limit=2&next_cursor={cursor}")).await.json();
        seen.extend(ids(&page));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, ids(&host.client().get("/integrated-account").await.json()));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tenants_account_is_byte_for_byte_a_missing_one() {
    let (vendor, host) = fixtures::start().await;
    let own = host.account_with("dixa", "acme", &[]).await;
    let foreign = host.account_with("dixa", "other", &[]).await;
    let missing = Uuid::new_v4();
    for scope in [Scope::Admin, Scope::Call] {
        let client = token(&host, scope, Some("acme"), None).await.0.header("x-request-id", "same");
        let everything = |mut answer: Answer, id: Uuid| {
            answer.headers.retain(|(name, _)| name != "date");
            (answer.status, String::from_utf8(answer.everything()).unwrap().replace(&id.to_string(), "ID"))
        };
        for (method, target, body) in [
            ("GET", "/integrated-account/ID", None),
            ("GET", "/integrated-account/ID/capabilities", None),
            ("PATCH", "/integrated-account/ID", Some(json!({"status": "active"}))),
            ("POST", "/integrated-account/ID/validate", None),
            ("DELETE", "/integrated-account/ID", None),
            ("POST", "/unified/ticketing/users?integrated_account_id=ID", Some(ada())),
            ("POST", "/unified/crm/users?integrated_account_id=ID", Some(ada())),
            ("POST", "/unified/ticketing/users?integrated_account_id=ID", Some(json!({"name": 5}))),
            ("PATCH", "/unified/ticketing/users/1?integrated_account_id=ID&mortise_strict=true", Some(json!({}))),
        ] {
            let ask = async |id: Uuid| {
                everything(client.send(method, &target.replace("ID", &id.to_string()), body.as_ref()).await, id)
            };
            let (of_another, of_nobody) = (ask(foreign).await, ask(missing).await);
            assert_eq!(of_another, of_nobody, "{method} {target}");
            let refused = scope == Scope::Call && method != "GET" && target.starts_with("/int");
            assert_eq!(of_another.0, if refused { 403 } else { 404 }, "{method} {target}");
        }
        let list = client.get("/integrated-account?tenant_id=other").await.json();
        assert_eq!(list, json!({"result": [], "next_cursor": null}));
        let list = client.get("/integrated-account").await.json();
        assert_eq!((list["result"].as_array().unwrap().len(), &list["result"][0]["id"]), (1, &json!(own)));
    }
    let client = token(&host, Scope::Admin, Some("acme"), None).await.0;
    let context = json!({"api_token": "placeholder-value"});
    let body = json!({"integration": "dixa", "tenant_id": "other", "context": context});
    assert_eq!(client.post("/integrated-account", &body).await.status, 403);
    let moved = client.patch(&format!("/integrated-account/{own}"), &json!({"tenant_id": "other"})).await;
    assert_eq!(moved.status, 403, "{}", moved.text());
    let body = json!({"integration": "dixa", "context": context});
    assert_eq!(client.post("/integrated-account", &body).await.json()["tenant_id"], "acme");
    assert_eq!(vendor.requests(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_route_takes_the_tokens_that_it_should() {
    let (vendor, host) = fixtures::start().await;
    let account = host.account("dixa").await;
    let past = Timestamp::now() - SignedDuration::from_secs(1);
    let (revoked, revoked_id) = token(&host, Scope::Admin, None, None).await;
    assert!(host.app.service.accounts.tokens().revoke(revoked_id).await.unwrap());
    let nobody = Client::new(host.address);
    let admin = host.admin_token();
    let useless = [
        ("none", nobody.clone()),
        ("empty", nobody.clone().header("authorization", "Bearer ")),
        ("wrong", nobody.clone().token(&format!("mrt_{}", "A".repeat(43)))),
        ("cut", nobody.clone().token(&admin[..admin.len() - 1])),
        ("basic", nobody.clone().header("authorization", &format!("Basic {admin}"))),
        ("bare", nobody.clone().header("authorization", admin)),
        ("twice", nobody.clone().token(admin).token(admin)),
        ("other header", nobody.clone().header("x-api-key", admin)),
        ("expired", token(&host, Scope::Admin, None, Some(past)).await.0),
        ("revoked", revoked),
    ];
    let call = token(&host, Scope::Call, None, Some(Timestamp::now() + SignedDuration::from_hours(1))).await.0;

    let one = format!("/integrated-account/{account}");
    let bodies = json!({});
    // Method, path, body, and the statuses for a call token and for an admin token.
    let routes = [
        ("POST", create("ticketing", account, ""), Some(ada()), 201, 201),
        ("PATCH", update("ticketing", fixtures::AGENT_ID, account, ""), Some(json!({"name": "A"})), 200, 200),
        ("POST", "/integrated-account/token".to_owned(), Some(json!({"integrated_account_id": account})), 201, 201),
        ("GET", format!("/proxy/queues?integrated_account_id={account}"), None, 404, 404),
        ("PUT", format!("/proxy/queues?integrated_account_id={account}"), Some(json!({})), 404, 404),
        ("POST", "/api-token".to_owned(), Some(json!({"scope": "call"})), 403, 201),
        ("GET", "/api-token".to_owned(), None, 403, 200),
        ("GET", format!("/api-token/{revoked_id}"), None, 403, 200),
        ("DELETE", format!("/api-token/{revoked_id}"), None, 403, 200),
        ("GET", "/integrated-account".to_owned(), None, 200, 200),
        ("POST", "/integrated-account".to_owned(), Some(bodies.clone()), 403, 400),
        ("GET", one.clone(), None, 200, 200),
        ("GET", format!("{one}/capabilities"), None, 200, 200),
        ("GET", "/integration".to_owned(), None, 200, 200),
        ("GET", "/integration/dixa".to_owned(), None, 200, 200),
        ("GET", "/integration/dixa/capabilities".to_owned(), None, 200, 200),
        ("PATCH", one.clone(), Some(bodies.clone()), 403, 200),
        // The script of the vendor has no list.
        ("POST", format!("{one}/validate"), Some(bodies), 403, 502),
        ("DELETE", one, None, 403, 200),
    ];
    for (method, target, body, _, _) in &routes {
        for (kind, client) in &useless {
            let answer = client.send(method, target, body.as_ref()).await;
            assert_eq!(answer.status, 401, "{kind}: {method} {target}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
            assert_eq!(answer.json()["statusCode"], 401);
            assert!(answer.json().get("truto_is_remote_error").is_none(), "the host refuses, not the vendor");
        }
    }
    assert_eq!(vendor.requests(), []);
    for (method, target, body, with_call, with_admin) in &routes {
        for (client, status) in [(&call, with_call), (&host.client(), with_admin)] {
            let answer = client.send(method, target, body.as_ref()).await;
            assert_eq!(answer.status, *status, "{method} {target}: {}", answer.text());
        }
    }
    for path in ["/healthz", "/readyz"] {
        for (kind, client) in &useless {
            assert_eq!(client.get(path).await.status, 200, "{kind} {path}");
        }
    }
    let scheme = nobody.header("authorization", &format!("bEaReR   {admin}"));
    assert_eq!(scheme.get("/integration").await.status, 200, "the case of the scheme's name does not matter");
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_credentials_stop_calls_until_there_are_new_ones() {
    let (vendor, host, account) = dixa(agent()).await;
    let (client, target) = (host.client(), "/unified/ticketing/users");
    let target = format!("{target}?integrated_account_id={account}");
    let refusal = json!({"message": "token revoked", "hint": "placeholder-value"});
    vendor.next(vendor::Answer::json(401, &refusal));
    let scrubbed = json!({"message": "token revoked", "hint": "[redacted]"});
    let answer = client.post(&target, &ada()).await;
    let body = answer.json();
    assert_eq!((answer.status, &body["truto_is_remote_error"]), (401, &json!(true)), "{body}");
    assert_eq!((&body["message"], &body["raw_response"]), (&json!("token revoked"), &scrubbed));
    assert_eq!(answer.header("www-authenticate"), None, "the caller's own token is fine");

    let kept = read(&host, account).await;
    assert_eq!((&kept["status"], &kept["last_error"]["status"]), (&json!("needs_reauth"), &json!(401)));
    assert_eq!(kept["last_error"]["raw_response"], scrubbed);
    let filtered = client.get("/integrated-account?status=needs_reauth").await.json();
    assert_eq!(filtered["result"][0]["id"], json!(account));

    // No further request reaches the vendor, in any format.
    for format in ["unified", "raw", "normalized", "stream", "debug"] {
        let answer = client.post(&format!("{target}&truto_response_format={format}"), &ada()).await;
        let body = answer.json();
        assert_eq!((answer.status, &body["truto_is_remote_error"]), (401, &json!(true)), "{body}");
        assert_eq!(body["raw_response"], scrubbed);
    }
    assert_eq!(vendor.requests().len(), 1);

    let path = format!("/integrated-account/{account}");
    let still = client.patch(&path, &json!({"context": {}})).await.json();
    assert_eq!(still["status"], "needs_reauth", "what is not new helps nothing");
    let revived = client.patch(&path, &json!({"context": {"api_token": "brand-new-value"}})).await.json();
    assert_eq!((&revived["status"], &revived["last_error"]), (&json!("active"), &Value::Null));
    assert_eq!(client.post(&target, &ada()).await.status, 201);
    assert_eq!(vendor.requests()[1].header("authorization"), Some("brand-new-value"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_character_of_a_vendors_words_changes_the_order_of_what_is_read() {
    let (vendor, host, account) = dixa(agent()).await;
    let target = create("ticketing", account, "");
    vendor.next(vendor::Answer::new(422, "text/plain", "no\u{202e}thanks"));
    assert_eq!(host.client().post(&target, &ada()).await.json()["message"], "no thanks");
    vendor.next(vendor::Answer::json(401, &json!({"message": "gone\u{202e}for\u{2066}good"})));
    let answer = host.client().post(&target, &ada()).await.json();
    assert_eq!(answer["message"], "gone for good");
    assert_eq!(answer["raw_response"]["message"], "gone\u{202e}for\u{2066}good", "the body stays the vendor's");
    assert_eq!(read(&host, account).await["last_error"]["message"], "gone for good");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_refusal_of_old_credentials_does_not_stop_the_new_ones() {
    let (vendor, host, account) = dixa(agent()).await;
    let refusal: Behaviour = vendor::Answer::json(401, &json!({"message": "token revoked"})).into();
    let (held, gate) = refusal.held();
    vendor.next(held);
    let target = create("ticketing", account, "");
    let mut slow = host.client().open("POST", &target, Some(&ada())).await;
    vendor.wait_for_requests(1).await;
    let change = json!({"context": {"api_token": "brand-new-value"}});
    assert_eq!(host.client().patch(&format!("/integrated-account/{account}"), &change).await.status, 200);
    gate.release();
    assert_eq!(slow.answer().await.unwrap().status, 401);
    assert_eq!(read(&host, account).await["status"], "active");
    assert_eq!(host.client().post(&target, &ada()).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forbidden_call_is_noted_until_one_succeeds() {
    let (vendor, host, account) = dixa(agent()).await;
    let target = create("ticketing", account, "");
    vendor.next(vendor::Answer::json(403, &json!({"message": "agents:write is missing"})));
    let answer = host.client().post(&target, &ada()).await;
    assert_eq!((answer.status, &answer.json()["truto_is_remote_error"]), (403, &json!(true)));
    assert!(answer.json()["truto_error_insight"]["forbidden_error"].is_object());
    let kept = read(&host, account).await;
    assert_eq!(kept["status"], "active", "calls go on");
    let note = &kept["last_forbidden_error"];
    assert_eq!((&note["resource"], &note["method"]), (&json!("users"), &json!("create")));
    assert!(note["occurred_at"].as_str().unwrap().parse::<Timestamp>().is_ok());

    vendor.next(vendor::Answer::json(422, &json!({})));
    assert_eq!(host.client().post(&target, &ada()).await.status, 422);
    assert_eq!(read(&host, account).await["last_forbidden_error"], *note, "another failure proves nothing");
    let dry = create("ticketing", account, "&mortise_dry_run=true");
    assert_eq!(host.client().post(&dry, &ada()).await.status, 200);
    assert_eq!(read(&host, account).await["last_forbidden_error"], *note, "a dry run proves nothing either");
    assert_eq!(host.client().post(&target, &ada()).await.status, 201);
    assert_eq!(read(&host, account).await["last_forbidden_error"], Value::Null);

    vendor.next(vendor::Answer::json(403, &json!({})));
    let target = update("ticketing", "1", account, "&truto_response_format=stream");
    assert_eq!(host.client().patch(&target, &json!({"name": "A"})).await.status, 403);
    assert_eq!(read(&host, account).await["last_forbidden_error"]["method"], "update");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_account_writes_nothing() {
    let (vendor, host) = fixtures::start().await;
    let context = json!({"api_token": "placeholder-value"});
    let body = json!({"integration": "dixa", "tenant_id": "t", "is_sandbox": true, "context": context});
    let account = host.client().post("/integrated-account", &body).await.json();
    let id: Uuid = account["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(account["is_sandbox"], true);
    for format in ["unified", "raw", "normalized", "stream", "debug"] {
        let query = format!("&truto_response_format={format}");
        let answer = host.client().post(&create("ticketing", id, &query), &ada()).await;
        assert_eq!((answer.status, &answer.json()["error"]), (405, &json!("Method Not Allowed")), "{format}");
        let answer = host.client().patch(&update("ticketing", "1", id, &query), &json!({"name": "A"})).await;
        assert_eq!(answer.status, 405, "{format}");
    }
    assert_eq!(host.client().post(&create("ticketing", id, "&mortise_dry_run=true"), &ada()).await.status, 200);
    assert_eq!(vendor.requests(), []);
    let path = format!("/integrated-account/{id}");
    assert_eq!(host.client().patch(&path, &json!({"is_sandbox": false})).await.json()["is_sandbox"], false);
    assert_eq!(host.client().post(&create("ticketing", id, ""), &ada()).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_404_and_what_is_not_offered_501() {
    let (vendor, host) = fixtures::start().await;
    let client = host.client();
    let dixa = host.account("dixa").await;
    let planhat = host.account("planhat").await;
    for category in ["hris", "Ticketing", "user_directory", "users"] {
        let answer = client.post(&create(category, dixa, ""), &ada()).await;
        assert_eq!(answer.status, 404, "{category}: {}", answer.text());
    }
    assert_eq!(client.post(&create("ticketing", Uuid::new_v4(), ""), &ada()).await.status, 404);
    let answer = client.post("/unified/ticketing/users?integrated_account_id=dixa", &ada()).await;
    assert_eq!(violations(&answer), names(["integrated_account_id"]));
    let answer = client.post("/unified/ticketing/users", &ada()).await;
    assert_eq!(violations(&answer), names(["integrated_account_id"]));
    for (account, method, target) in [
        (dixa, "POST", "/unified/crm/users"),
        (dixa, "PATCH", "/unified/user-directory/users/1"),
        (planhat, "POST", "/unified/crm/users"),
        (planhat, "POST", "/unified/user-directory/users"),
    ] {
        let target = format!("{target}?integrated_account_id={account}");
        let answer = client.send(method, &target, Some(&json!({}))).await;
        assert_eq!((answer.status, &answer.json()["error"]), (501, &json!("Not Implemented")), "{target}");
        assert!(answer.json()["message"].as_str().unwrap().contains("does not offer"), "{}", answer.text());
    }
    assert_eq!(vendor.requests(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendors_error_keeps_its_status_its_body_and_its_pace() {
    let (vendor, host, account) = dixa(agent()).await;
    for format in ["unified", "raw", "normalized", "stream", "debug"] {
        let target = |account| create("ticketing", account, &format!("&truto_response_format={format}"));
        for (status, error) in [
            (400, "Bad Request"),
            (404, "Not Found"),
            (409, "Conflict"),
            (422, "Unprocessable Entity"),
            (429, "Too Many Requests"),
            (500, "Internal Server Error"),
            (503, "Service Unavailable"),
        ] {
            let text = r#"{"zeta":1.0,"message":"no, thanks","big":12345678901234567890}"#;
            let refusal = vendor::Answer::new(status, "application/json", text)
                .header("retry-after", "17")
                .header("x-ratelimit-remaining", "0")
                .header("ratelimit-reset", "17")
                .header("set-cookie", "session=1");
            vendor.next(refusal);
            // The host calls no vendor for an account for which the vendor asked for a pause, so each case has a new
            // account.
            let account = host.account("dixa").await;
            let answer = host.client().post(&target(account), &ada()).await;
            let body = answer.json();
            assert_eq!((answer.status, &body["statusCode"], &body["error"]), (status, &json!(status), &json!(error)));
            assert_eq!((&body["message"], &body["truto_is_remote_error"]), (&json!("no, thanks"), &json!(true)));
            assert!(answer.text().contains(&format!("\"raw_response\":{text}")), "{}", answer.text());
            assert!(body["truto_error_insight"].is_object());
            assert_eq!(answer.header("retry-after"), Some("17"), "{format} {status}");
            assert_eq!(answer.header("x-ratelimit-remaining"), Some("0"));
            assert_eq!(answer.header("ratelimit-reset"), Some("17"));
            assert_eq!(answer.header("set-cookie"), None);
            assert_eq!(body.get("debug").is_some(), format == "debug");
        }
    }
    let target = create("ticketing", account, "");
    vendor.next(vendor::Answer::json(429, &json!({"message": "slow down"})));
    let answer = host.client().post(&target, &ada()).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("10")), "a 429 always has `retry-after`");
    assert!(answer.json()["truto_error_insight"]["rate_limit_error"].is_object());
    vendor.next(vendor::Answer::html(500, "<h1>oops</h1>"));
    let answer = host.client().post(&target, &ada()).await;
    assert_eq!((answer.status, &answer.json()["raw_response"]), (500, &json!("<h1>oops</h1>")));
    // A successful answer has the headers of the vendor's rate limit, too.
    vendor.next(agent().header("x-ratelimit-remaining", "3").header("set-cookie", "session=1"));
    let answer = host.client().post(&target, &ada()).await;
    assert_eq!((answer.status, answer.header("x-ratelimit-remaining")), (201, Some("3")));
    assert_eq!(answer.header("set-cookie"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_loaded_describes_itself() {
    let (_vendor, host) = fixtures::start().await;
    let client = host.client();
    let list = client.get("/integration").await.json();
    let slugs: Vec<_> = list["result"].as_array().unwrap().iter().map(|one| one["slug"].as_str().unwrap()).collect();
    assert_eq!(slugs, ["clickup", "dixa", "planhat"]);
    let dixa = client.get("/integration/dixa").await.json();
    assert_eq!(dixa, list["result"][1]);
    let keys: Vec<_> = dixa.as_object().unwrap().keys().map(String::as_str).collect();
    let members = [
        "slug",
        "label",
        "state",
        "reason",
        "digest",
        "generation",
        "sdk_version",
        "class",
        "circuit",
        "origins",
        "evidence",
        "passthrough",
    ];
    assert_eq!(keys, members);
    assert_eq!((&dixa["label"], &dixa["state"], &dixa["reason"]), (&json!("Dixa"), &json!("active"), &Value::Null));
    let digest = dixa["digest"].as_str().unwrap();
    assert!(digest.len() == 64 && digest.starts_with(dixa["generation"].as_str().unwrap()), "{dixa}");
    assert_eq!((&dixa["origins"], &dixa["passthrough"]), (&json!(["https://dev.dixa.io/v1"]), &json!(true)));
    assert_eq!(dixa["evidence"], client.get("/integration/dixa/capabilities").await.json()["evidence"]);
    assert_eq!(dixa["evidence"]["kind"], "vendor-document");

    let capabilities = client.get("/integration/planhat/capabilities").await.json();
    let account = host.account("planhat").await;
    let of_account = client.get(&format!("/integrated-account/{account}/capabilities")).await.json();
    assert_eq!(capabilities, of_account);
    let keys: Vec<_> = capabilities.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "slug",
            "label",
            "origins",
            "headers",
            "variables",
            "variable_sets",
            "auth",
            "limits",
            "error_messages",
            "operations",
            "evidence",
            "probe"
        ]
    );
    assert_eq!(
        capabilities["auth"][0],
        json!({ "kind": "bearer", "params": [["token", "{api_token}"]], "exchange": null, "origins": [] })
    );
    let token = &capabilities["variables"][0];
    assert_eq!(
        (&token["name"], &token["required"], &token["secret"]),
        (&json!("api_token"), &json!(false), &json!(true))
    );
    let told = |token: &Value| json!([token["help"], token["values"], token["shown"]]);
    assert_eq!((told(token), &capabilities["probe"]), (json!([null, [], false]), &Value::Null));
    let offered: Vec<_> = capabilities["operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|operation| (operation["category"].as_str().unwrap(), operation["operation"].as_str().unwrap()))
        .collect();
    let reads = ["get-user", "list-users", "delete-user"];
    let read = ["ticketing", "crm"].into_iter().flat_map(|category| reads.map(|operation| (category, operation)));
    let writes = [("ticketing", "create-user"), ("ticketing", "update-user"), ("crm", "update-user")];
    assert_eq!(offered, read.chain(writes).collect::<Vec<_>>());
    let create = &capabilities["operations"][6];
    let field = |name: &str| create["request"].as_array().unwrap().iter().find(|field| field["field"] == name).unwrap();
    assert_eq!(field("first_name")["level"], "required");
    assert_eq!(field("name")["level"], "ignored");
    assert_eq!(field("status")["values"], json!(["active", "inactive"]));
    assert!(create["response"].as_array().unwrap().contains(&json!("created_at")));
    let directory = client.get("/integration/clickup/capabilities").await.json();
    let variables = directory["variables"].as_array().unwrap();
    assert_eq!(directory["probe"], "/team");
    assert_eq!(variables[0]["help"], "It begins with pk_.");
    assert_eq!((&variables[1]["name"], &variables[1]["shown"]), (&json!("client_id"), &json!(true)));
    let query = &directory["operations"][0]["query"][0];
    assert_eq!((&query["field"], &query["level"]), (&json!("organization_id"), &json!("required")));

    for path in ["/integration/nobody", "/integration/nobody/capabilities", "/integration/..%2Fdixa"] {
        assert_eq!(client.get(path).await.status, 404, "{path}");
    }
    assert_eq!(client.get("/healthz").await.json(), json!({"status": "ok"}));
    assert_eq!(client.get("/readyz").await.json(), json!({"status": "ready"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_a_request_id() {
    let vendor = Vendor::start(fixtures::vendors()).await;
    let host = fixtures::setup(&vendor).limits(|limits| limits.caller_body_bytes = 10_000).start().await;
    let account = host.account("dixa").await;
    let target = create("ticketing", account, "");
    let nobody = Client::new(host.address);
    let admin = host.client();
    let large = json!({"name": "x".repeat(20_000)});
    let requests = [
        (&admin, "GET", "/healthz".to_owned(), None, 200),
        (&admin, "POST", target.clone(), Some(ada()), 201),
        (&admin, "POST", format!("{target}&truto_response_format=stream"), Some(ada()), 201),
        (&admin, "POST", target.clone(), Some(json!({})), 400),
        (&nobody, "POST", target.clone(), Some(ada()), 401),
        (&admin, "GET", "/nowhere".to_owned(), None, 404),
        (&admin, "PUT", target.clone(), None, 405),
        (&admin, "POST", target.clone(), Some(large), 413),
        (&admin, "PATCH", update("crm", "1", account, ""), Some(json!({})), 501),
    ];
    for (client, method, path, body, status) in requests {
        let answer = client.send(method, &path, body.as_ref()).await;
        let id = answer.header("x-request-id").unwrap_or_default();
        assert!(answer.status == status && Uuid::parse_str(id).is_ok(), "{method} {path}: {} {id}", answer.status);
        let chosen = client.clone().header("x-request-id", "chosen-1/2").send(method, &path, body.as_ref()).await;
        assert_eq!((chosen.status, chosen.header("x-request-id")), (status, Some("chosen-1/2")), "{method} {path}");
        assert_eq!(chosen.header("cache-control"), Some("no-store"));
        assert_eq!(chosen.header("x-content-type-options"), Some("nosniff"));
        if status >= 400 {
            assert_eq!(chosen.header("content-type"), Some("application/json"));
            assert_eq!(chosen.json()["statusCode"], status);
        }
    }
    for insane in ["a b", "\u{e9}", &"x".repeat(129)] {
        let answer = admin.clone().header("x-request-id", insane).get("/healthz").await;
        assert!(Uuid::parse_str(answer.header("x-request-id").unwrap()).is_ok(), "{insane}");
    }
    let broken = raw(host.address, "POST /unified/ticketing/users HTTP/1.1\r\nhost: x\r\nx: \0\r\n\r\n").await;
    assert!(broken.is_none_or(|answer| answer.status == 400), "the answer to bytes that are not HTTP has no id");
}
