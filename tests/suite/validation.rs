//! Whether a vendor accepts an account: the host's request, its verdict on the answer, and the data that it leaves
//! unchanged.

use std::process::Output;

use mortise::account::Scope;
use mortise_tests::client::{Answer as CallersAnswer, Client};
use mortise_tests::host::{Host, Setup, create};
use mortise_tests::vendor::{Answer, Behaviour, Recorded, Vendor};
use mortise_tests::{expect, logs};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixtures::ada;
use crate::process::Operator;

/// An integration that signs in by a refresh token.
const SIGNS_IN: &str = "outreach";
/// An integration that declares a probe.
const PROBES: &str = "clickup";
/// An integration that declares no probe and lists no users.
const NO_LIST: &str = "drive-wealth";

/// A page without users, as the vendor of `dixa` sends it.
fn page() -> Answer {
    Answer::json(200, &json!({ "data": [], "meta": {} }))
}

fn refusal(status: u16, words: &str) -> Answer {
    Answer::json(status, &json!({ "message": words }))
}

async fn start(answer: impl Into<Behaviour>) -> (Vendor, Host, Uuid) {
    let vendor = Vendor::start(answer).await;
    let setup = Setup::new().limits(|limits| limits.vendor_retries = 0).plugin_at("dixa", &vendor.url());
    let host = setup.plugin(NO_LIST).start().await;
    let account = host.account_with("dixa", "acme", &[]).await;
    (vendor, host, account)
}

fn path(account: Uuid) -> String {
    format!("/integrated-account/{account}")
}

fn is(answer: CallersAnswer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    answer.json()
}

/// The verdict, and the account in the same answer. Asserts that a read of the account is the same.
async fn validate(host: &Host, account: Uuid) -> (Value, Value) {
    let mut answer = is(host.client().send("POST", &format!("{}/validate", path(account)), None).await, 200);
    let shown = answer.as_object_mut().unwrap().shift_remove("integrated_account").unwrap();
    assert_eq!(shown, shown_of(host, account).await);
    (answer, shown)
}

async fn shown_of(host: &Host, account: Uuid) -> Value {
    is(host.client().get(&path(account)).await, 200)
}

fn verdict(result: &str, message: impl Into<Option<&'static str>>) -> Value {
    json!({ "result": result, "message": message.into() })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_its_vendor_takes_is_valid_after_one_request_for_one_user() {
    let (vendor, host, account) = start(page()).await;
    let before = shown_of(&host, account).await;
    let (answer, shown) = validate(&host, account).await;
    assert_eq!((answer, shown), (verdict("valid", None), before), "an account that serves calls stays as it is");
    let requests = vendor.requests();
    let [request] = requests.as_slice() else { panic!("one request: {requests:?}") };
    assert_eq!((request.method.as_str(), request.path(), request.query()), ("GET", "/agents", Some("pageLimit=1")));
    // An empty object means the same as no body.
    let target = format!("{}/validate", path(account));
    assert_eq!(is(host.client().post(&target, &json!({})).await, 200)["result"], "valid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_ends_calls_in_the_vendors_words_until_the_vendor_takes_the_account() {
    let (vendor, host, account) = start(page()).await;
    vendor.always(refusal(403, "the agents scope is missing"));
    let (answer, shown) = validate(&host, account).await;
    assert_eq!(answer, verdict("refused", "the agents scope is missing"));
    let kept = &shown["last_error"];
    assert_eq!(shown["status"], "validation_error");
    assert_eq!((&kept["status"], &kept["message"]), (&json!(403), &json!("the agents scope is missing")));
    assert_eq!(kept["raw_response"], json!({ "message": "the agents scope is missing" }));

    let sent = vendor.requests().len();
    let client = host.client();
    let proxied = format!("/proxy/agents?integrated_account_id={account}");
    for answer in [client.post(&create("ticketing", account, ""), &ada()).await, client.get(&proxied).await] {
        let body = is(answer, 401);
        let says = body["message"].as_str().unwrap();
        assert!(says.contains("change the account, or validate it again"), "{says}");
        assert_eq!((&body["truto_is_remote_error"], &body["raw_response"]), (&json!(true), &kept["raw_response"]));
    }
    assert_eq!(vendor.requests().len(), sent, "the vendor is not asked again");
    let listed = is(client.get("/integrated-account?status=validation_error").await, 200);
    assert_eq!(listed["result"][0]["id"], json!(account));
    assert_eq!(client.patch(&path(account), &json!({ "status": "validation_error" })).await.status, 400);

    vendor.always(page());
    let (answer, shown) = validate(&host, account).await;
    assert_eq!(answer, verdict("valid", None));
    assert_eq!((&shown["status"], &shown["last_error"]), (&json!("active"), &Value::Null));
    assert_eq!(shown["last_forbidden_error"], Value::Null);
    assert_eq!(client.get(&proxied).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_credentials_are_asked_for_anew_and_may_be_tried_again() {
    let (vendor, host, account) = start(page()).await;
    vendor.next(refusal(401, "token revoked"));
    let (answer, shown) = validate(&host, account).await;
    assert_eq!(answer, verdict("refused", "token revoked"));
    assert_eq!((&shown["status"], &shown["last_error"]["status"]), (&json!("needs_reauth"), &json!(401)));
    // The vendor accepts the credentials again.
    let (answer, shown) = validate(&host, account).await;
    assert_eq!(answer, verdict("valid", None));
    assert_eq!((&shown["status"], &shown["last_error"]), (&json!("active"), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_time_may_mend_changes_nothing() {
    let (vendor, host, active) = start(page()).await;
    let refused = host.account_with("dixa", "acme", &[]).await;
    vendor.next(refusal(404, "no such organisation"));
    validate(&host, refused).await;
    let passing = || -> Vec<Behaviour> {
        vec![
            refusal(500, "broken").into(),
            refusal(503, "maintenance").into(),
            refusal(408, "too slow").into(),
            refusal(429, "too many").into(),
            Behaviour::drop_before_answer(),
        ]
    };
    for account in [active, refused] {
        let before = shown_of(&host, account).await;
        for behaviour in passing() {
            vendor.next(behaviour);
            let (answer, shown) = validate(&host, account).await;
            assert_eq!(answer["result"], "unreachable", "{answer}");
            assert!(!answer["message"].as_str().unwrap().is_empty());
            assert_eq!(shown, before);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integration_that_lists_no_users_is_not_asked() {
    let (_vendor, host, _) = start(page()).await;
    let account = host.account_with(NO_LIST, "acme", &[]).await;
    let before = shown_of(&host, account).await;
    let (answer, shown) = validate(&host, account).await;
    assert_eq!(answer["result"], "unchecked");
    assert!(answer["message"].as_str().unwrap().contains("lists no users"), "{answer}");
    assert_eq!(shown, before);
}

/// A host with an account of an integration that declares a probe, as its list needs a parameter.
async fn start_with_probe(answer: impl Into<Behaviour>) -> (Vendor, Host, Uuid) {
    let vendor = Vendor::start(answer).await;
    let setup = Setup::new().limits(|limits| limits.vendor_retries = 0).plugin_at(PROBES, &vendor.url());
    let host = setup.start().await;
    let account = host.account_with(PROBES, "acme", &[("api_token", "pk_secret")]).await;
    (vendor, host, account)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declared_probe_is_the_only_request_and_is_signed_as_every_other() {
    let (vendor, host, account) = start_with_probe(Answer::json(200, &json!({ "teams": [] }))).await;
    let before = shown_of(&host, account).await;
    let (answer, shown) = validate(&host, account).await;
    assert_eq!((answer, shown), (verdict("valid", None), before));
    let requests = vendor.requests();
    let [request] = requests.as_slice() else { panic!("one request: {requests:?}") };
    assert_eq!((request.method.as_str(), request.path(), request.query()), ("GET", "/team", None));
    assert_eq!(request.header("authorization"), Some("pk_secret"));
    let metrics = host.operator().get("/metrics").await.text();
    let counted = format!(
        "mortise_calls_total{{integration=\"{PROBES}\",category=\"probe\",operation=\"validate\",outcome=\"ok\"}} 1"
    );
    assert!(metrics.contains(&counted), "{metrics}");
    host.app.service.journal.flush().await;
    let log = is(host.client().get(&format!("/log?integrated_account_id={account}")).await, 200);
    assert_eq!(log["result"][0]["requests"].as_array().map(Vec::len), Some(1), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_query_of_a_declared_probe_is_sent() {
    let vendor = Vendor::start(Answer::json(200, &json!({ "id": "1" }))).await;
    let host = Setup::new().plugin_at("trello", &vendor.url()).start().await;
    let account = host.account_with("trello", "acme", &[("api_key", "a-key"), ("token", "a-token")]).await;
    assert_eq!(validate(&host, account).await.0["result"], "valid");
    let requests = vendor.requests();
    let [request] = requests.as_slice() else { panic!("one request: {requests:?}") };
    assert_eq!(request.path(), "/members/me");
    assert!(request.query().is_some_and(|query| query.starts_with("fields=id")), "{:?}", request.query());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_refuses_a_declared_probe_in_its_own_words() {
    let words = "Team not authorized";
    let (vendor, host, account) = start_with_probe(refusal(403, words)).await;
    let (answer, shown) = validate(&host, account).await;
    assert_eq!(answer, verdict("refused", words));
    assert_eq!(shown["status"], "validation_error");
    assert_eq!((&shown["last_error"]["status"], &shown["last_error"]["message"]), (&json!(403), &json!(words)));
    // The verdict has no credentials, even if the vendor's answer has them.
    vendor.next(refusal(404, "pk_secret is unknown"));
    let (answer, _) = validate(&host, account).await;
    assert_eq!(answer["result"], "refused");
    assert!(!answer.to_string().contains("pk_secret"), "{answer}");

    vendor.next(refusal(401, "Token invalid"));
    let (answer, shown) = validate(&host, account).await;
    assert_eq!(answer, verdict("refused", "Token invalid"));
    assert_eq!((&shown["status"], &shown["last_error"]["status"]), (&json!("needs_reauth"), &json!(401)));
    vendor.always(Answer::json(204, &Value::Null));
    let (answer, shown) = validate(&host, account).await;
    assert_eq!(answer, verdict("valid", None));
    assert_eq!((&shown["status"], &shown["last_error"]), (&json!("active"), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_without_a_verdict_changes_nothing() {
    let (vendor, host, account) = start_with_probe(page()).await;
    let before = shown_of(&host, account).await;
    let behaviours: [Behaviour; 5] = [
        refusal(500, "broken").into(),
        refusal(429, "too many").into(),
        refusal(408, "too slow").into(),
        refusal(302, "sign in").into(),
        Behaviour::drop_before_answer(),
    ];
    for behaviour in behaviours {
        vendor.next(behaviour);
        let (answer, shown) = validate(&host, account).await;
        assert_eq!(answer["result"], "unreachable", "{answer}");
        assert!(!answer["message"].as_str().unwrap().is_empty());
        assert_eq!(shown, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_about_an_account_that_was_changed_meanwhile_changes_nothing() {
    let (vendor, host, account) = start(page()).await;
    let target = format!("{}/validate", path(account));
    let changes = [
        (403, json!({ "context": { "api_token": "brand-new-value" } }), "active"),
        (401, json!({ "context": { "api_token": "newer-value" } }), "active"),
        (403, json!({ "status": "needs_reauth" }), "needs_reauth"),
    ];
    for (status, change, expected) in changes {
        let (held, gate) = Behaviour::from(refusal(status, "the old one is refused")).held();
        vendor.next(held);
        let asked = vendor.requests().len();
        let mut slow = host.client().open("POST", &target, None).await;
        vendor.wait_for_requests(asked + 1).await;
        is(host.client().patch(&path(account), &change).await, 200);
        gate.release();
        let answer = is(slow.answer().await.unwrap(), 200);
        assert_eq!(answer["message"], "the old one is refused");
        assert_eq!(answer["integrated_account"]["status"], expected, "{change}");
        assert_eq!(answer["integrated_account"]["last_error"], Value::Null, "{change}");
    }
    // A late success does not overwrite a status that somebody has set meanwhile either.
    vendor.next(refusal(403, "not yet"));
    is(host.client().patch(&path(account), &json!({ "status": "active" })).await, 200);
    assert_eq!(validate(&host, account).await.1["status"], "validation_error");
    let (held, gate) = Behaviour::from(page()).held();
    vendor.next(held);
    let asked = vendor.requests().len();
    let mut slow = host.client().open("POST", &target, None).await;
    vendor.wait_for_requests(asked + 1).await;
    is(host.client().patch(&path(account), &json!({ "status": "needs_reauth" })).await, 200);
    gate.release();
    let answer = is(slow.answer().await.unwrap(), 200);
    assert_eq!((&answer["result"], &answer["integrated_account"]["status"]), (&json!("valid"), &json!("needs_reauth")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_what_the_vendor_refused_makes_the_account_active() {
    let vendor = Vendor::start(refusal(404, "no such region")).await;
    let host = Setup::new().plugin_at("planhat", &vendor.url()).start().await;
    let account = host.account_with("planhat", "acme", &[("api_token", "placeholder")]).await;
    assert_eq!(validate(&host, account).await.1["status"], "validation_error");
    let client = host.client();
    assert_eq!(
        is(client.patch(&path(account), &json!({ "is_sandbox": true })).await, 200)["status"],
        "validation_error"
    );
    let changed = is(client.patch(&path(account), &json!({ "context": { "cluster": "api-eu3" } })).await, 200);
    assert_eq!((&changed["status"], &changed["last_error"]), (&json!("active"), &Value::Null));
}

/// A vendor that accepts the refresh token `good`, rotates it, and answers signed requests with an empty page.
fn vendor_with_sign_in(good: &'static str) -> Behaviour {
    Behaviour::by(move |request: &Recorded| {
        if request.path() != "/token" {
            return Answer::json(200, &json!({ "data": [], "links": {} }));
        }
        let body = String::from_utf8_lossy(&request.body).into_owned();
        match body.contains(&format!("refresh_token={good}")) {
            true => Answer::json(
                200,
                &json!({ "access_token": "access", "expires_in": 3_600, "refresh_token": "rotated-refresh" }),
            ),
            false => Answer::json(400, &json!({ "error": "invalid_grant" })),
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_needs_new_credentials_signs_in_to_be_validated() {
    let vendor = Vendor::start(vendor_with_sign_in("other")).await;
    let host = Setup::new().plugin_at(SIGNS_IN, &vendor.url()).start().await;
    let account = host.account_with(SIGNS_IN, "acme", &[("refresh_token", "stale")]).await;
    let (answer, shown) = validate(&host, account).await;
    assert_eq!((&answer["result"], &shown["status"]), (&json!("refused"), &json!("needs_reauth")));
    let sign_ins = || vendor.requests().iter().filter(|request| request.path() == "/token").count();
    assert_eq!(sign_ins(), 1);
    vendor.always(vendor_with_sign_in("stale"));
    // For 1 s, a failure is the answer to further sign-ins.
    let valid = async { while validate(&host, account).await.0["result"] != "valid" {} };
    expect("validation after the pause", valid).await;
    assert_eq!(sign_ins(), 2);
    let shown = shown_of(&host, account).await;
    assert_eq!((&shown["status"], &shown["last_error"]), (&json!("active"), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_of_the_accounts_tenant_validate_it() {
    let (vendor, host, account) = start(page()).await;
    let token = async |scope, tenant| {
        let (token, _) = host.app.service.accounts.tokens().create(scope, tenant, None, None).await.unwrap();
        Client::new(host.address).token(token.expose_secret())
    };
    let target = format!("{}/validate", path(account));
    let missing = format!("{}/validate", path(Uuid::new_v4()));
    let other = token(Scope::Admin, Some("other")).await;
    let (foreign, absent) = (other.post(&target, &json!({})).await, other.post(&missing, &json!({})).await);
    assert_eq!((foreign.status, foreign.json()), (absent.status, absent.json()));
    assert_eq!(foreign.status, 404);
    assert_eq!(token(Scope::Call, Some("acme")).await.post(&target, &json!({})).await.status, 403);
    assert_eq!(Client::new(host.address).post(&target, &json!({})).await.status, 401);
    assert!(vendor.requests().is_empty(), "the host sent no request to the vendor");
    assert_eq!(token(Scope::Admin, Some("acme")).await.post(&target, &json!({})).await.status, 200);

    let client = host.client();
    for body in [json!({ "force": true }), json!([]), json!(null), json!("")] {
        assert_eq!(client.post(&target, &body).await.status, 400, "{body}");
    }
    assert_eq!(client.post("/integrated-account/nobody/validate", &json!({})).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_validation_is_a_call_in_logs_and_metrics_and_counts_for_the_quota_of_the_account() {
    let vendor = Vendor::start(page()).await;
    let setup = Setup::new().limits(|limits| limits.account_requests = 2).plugin_at("dixa", &vendor.url());
    let host = setup.start().await;
    let account = host.account("dixa").await;
    let target = format!("{}/validate", path(account));
    vendor.next(refusal(403, "words of the vendor"));
    for status in [200, 200, 429] {
        assert_eq!(host.client().post(&target, &json!({})).await.status, status);
    }
    host.app.service.journal.flush().await;
    let log = is(host.client().get(&format!("/log?integrated_account_id={account}")).await, 200);
    let calls: Vec<_> =
        log["result"].as_array().unwrap().iter().map(|call| json!([call["path"], call["outcome"]])).collect();
    let call = |outcome: &str| json!([target, outcome]);
    assert_eq!(calls, [call("quota"), call("ok"), call("vendor")]);
    let metrics = host.operator().get("/metrics").await.text();
    let counted =
        "mortise_calls_total{integration=\"dixa\",category=\"ticketing\",operation=\"validate\",outcome=\"ok\"} 1";
    assert!(metrics.contains(counted), "{metrics}");
    let lines = logs::captured();
    let line = lines.lines().find(|line| line.contains("validation call") && line.contains(&account.to_string()));
    assert!(line.is_some_and(|line| line.contains("validate")));
    assert!(!lines.contains("words of the vendor"));
}

async fn run(operator: &Operator, url: &str, token: &str, arguments: &[&str]) -> Output {
    let mut command = operator.command(&[&["account", "check"], arguments].concat());
    command.envs([("MORTISE_URL", url), ("MORTISE_TOKEN", token)]);
    expect("end of the command", command.output()).await.expect("it starts")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_checks_one_account_or_all_and_fails_if_one_is_refused() {
    let (vendor, host, account) = start(page()).await;
    let other = host.account_with(NO_LIST, "acme", &[]).await;
    let operator = Operator::new("", &[]);
    let (url, token) = (format!("http://{}", host.address), host.admin_token());
    let ids = [account, other].map(|id| id.to_string());

    let output = run(&operator, &url, token, &[&ids[0], "--json"]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let one: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&one["result"], &one["integrated_account"]["id"]), (&json!("valid"), &json!(ids[0])));

    vendor.next(refusal(403, "the agents scope is missing"));
    let output = run(&operator, &url, token, &["--all"]).await;
    assert_eq!(output.status.code(), Some(1));
    let table = String::from_utf8(output.stdout).unwrap();
    let row = |id: &str| table.lines().find(|line| line.starts_with(id)).unwrap_or_else(|| panic!("{table}"));
    let says = |id: &str, words: &[&str]| words.iter().all(|word| row(id).contains(word));
    assert!(says(&ids[0], &["validation_error", "refused", "the agents scope is missing"]), "{table}");
    assert!(says(&ids[1], &["active", "unchecked"]), "{table}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("of 2 accounts 1 are refused, 0 failed"));

    let output = run(&operator, &url, token, &["--all", "--integration", NO_LIST, "--json"]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let all: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(all["result"].as_array().unwrap().len(), 1);

    let output = run(&operator, &url, token, &[&Uuid::new_v4().to_string()]).await;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), told.contains("integrated account not found")), (Some(1), true), "{told}");
}
