//! Signing by origin, sets of variables, and the plugin's knowledge of a call: it learns which scheme signs, and says
//! which fields it does not write.

use mortise_tests::host::{Setup, create};
use mortise_tests::vendor::{Answer, Behaviour, Vendor};
use serde_json::{Value, json};

const SLUG: &str = "signs-per-origin";

/// The body of a call that sends these steps.
fn steps(steps: &Value) -> Value {
    json!({ "name": steps.to_string() })
}

/// The outcomes of the steps.
fn outcomes(answer: &mortise_tests::client::Answer) -> Value {
    assert_eq!(answer.status, 201, "{}", answer.text());
    serde_json::from_str(answer.json()["name"].as_str().expect("a text")).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_with_a_scheme_of_its_own_is_signed_by_that_alone() {
    let vendor = Vendor::start(Answer::json(200, &json!({"echo": "files-secret main-secret"}))).await;
    let host = Setup::new().plugin_at(SLUG, &vendor.url()).start().await;
    let both = json!([
        {"target": "/users"},
        {"target": "https://files.example.com/v2/files"},
        {"target": "/users", "headers": [["x-key", "mine"]]},
        {"method?": true},
    ]);
    let values = [("password", "main-secret"), ("file_token", "files-secret")];
    let account = host.account_with(SLUG, "t", &values).await;
    let answer = host.client().post(&create("ticketing", account, ""), &steps(&both)).await;
    let outcomes = outcomes(&answer);
    assert_eq!(outcomes[3], "basic");
    let signed = |index: usize| vendor.requests()[index].header("authorization").map(str::to_owned);
    assert!(signed(0).expect("signed").starts_with("Basic "));
    assert_eq!(signed(1).as_deref(), Some("Bearer files-secret"));
    assert_eq!(outcomes[2]["kind"], "denied", "{outcomes}");
    assert!(!answer.text().contains("files-secret") && !answer.text().contains("main-secret"), "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_credential_of_an_origin_nothing_goes_there() {
    let vendor = Vendor::start(Answer::json(200, &json!({}))).await;
    let host = Setup::new().plugin_at(SLUG, &vendor.url()).start().await;
    let account = host.account_with(SLUG, "t", &[("key", "k")]).await;
    let both = json!([{"target": "https://files.example.com/v2/files"}, {"target": "/users"}, {"method?": true}]);
    let outcomes = outcomes(&host.client().post(&create("ticketing", account, ""), &steps(&both)).await);
    assert_eq!(outcomes[0]["kind"], "internal", "{outcomes}");
    assert_eq!((&outcomes[1]["status"], &outcomes[2]), (&json!(200), &json!("header")));
    assert_eq!(vendor.requests().len(), 1);
    assert_eq!(vendor.requests()[0].header("x-key"), Some("k"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_signs_in_only_for_requests_that_its_sign_in_signs() {
    const SLUG: &str = "signs-in-per-origin";
    let token = Answer::json(200, &json!({"access_token": "t", "expires_in": 3_600}));
    let refusing = Behaviour::by(move |request| match request.path() {
        "/token" => token.clone(),
        _ => Answer::json(401, &json!({"message": "no"})),
    });
    let vendor = Vendor::start(refusing).await;
    let host = Setup::new().plugin_at(SLUG, &vendor.url()).start().await;
    let sent = || vendor.requests().iter().map(|request| request.path().to_owned()).collect::<Vec<_>>();
    for (target, query, expected) in [
        ("https://files.example.com/v2/files", "", &["/token", "/files"][..]),
        ("/users", "", &["/token", "/users", "/token", "/users"]),
        ("https://files.example.com/v2/files", "&mortise_dry_run=true", &["/files"]),
        ("/users", "&mortise_dry_run=true", &["/token", "/users", "/token", "/users"]),
    ] {
        let account = host.account_with(SLUG, "t", &[("client_secret", "s"), ("file_token", "f")]).await;
        let before = sent().len();
        let answer =
            host.client().post(&create("ticketing", account, query), &steps(&json!({ "target": target }))).await;
        assert!(answer.status < 300, "{}", answer.text());
        assert_eq!(sent().split_off(before), expected, "{target}{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_carries_one_set_of_variables_whole() {
    let host = Setup::new().plugin(SLUG).start().await;
    let create = async |context: Value| {
        let body = json!({"integration": SLUG, "tenant_id": "t", "context": context});
        host.client().post("/integrated-account", &body).await
    };
    for context in [json!({}), json!({"file_token": "x"})] {
        let answer = create(context).await;
        assert_eq!(answer.status, 400);
        assert!(answer.text().contains("must hold password, or key"), "{}", answer.text());
    }
    for context in [json!({"password": "x"}), json!({"key": "x", "file_token": "y"})] {
        assert_eq!(create(context).await.status, 201);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_turns_out_not_to_be_written_is_told_or_ends_a_strict_call() {
    let vendor = Vendor::start(Answer::json(200, &json!({}))).await;
    let host = Setup::new().plugin_at(SLUG, &vendor.url()).start().await;
    let account = host.account_with(SLUG, "t", &[("key", "k")]).await;
    let ignoring = json!([{"ignore": "groups[0].id"}, {"ignore": "emails"}, {"ignore": "emails"}, {"target": "/users", "method": "POST"}]);
    let mut body = steps(&ignoring);
    body["title"] = json!("is never declared");
    let answer = host.client().post(&create("ticketing", account, ""), &body).await;
    assert_eq!(answer.header("mortise-ignored-fields"), Some("title, team_ids[0], emails"), "{}", answer.text());
    let strict = host.client().post(&create("ticketing", account, "&mortise_strict=true"), &steps(&ignoring)).await;
    assert_eq!((strict.status, vendor.requests().len()), (400, 1), "{}", strict.text());
    assert_eq!(strict.json()["details"]["failures"][0]["path"], "team_ids[0]");
    // The host refuses an ignored field only before the first write.
    let late = json!([{"target": "/users", "method": "POST"}, {"ignore": "emails"}]);
    let answer = host.client().post(&create("ticketing", account, "&mortise_strict=true"), &steps(&late)).await;
    assert_eq!((answer.status, answer.header("mortise-ignored-fields")), (201, Some("emails")));
}
