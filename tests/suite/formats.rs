//! The five response formats of both unified routes, over real sockets with the real components.

use mortise_tests::host::{Host, Setup, create, update};
use mortise_tests::vendor::{Answer, Behaviour, Vendor};
use serde_json::{Value, json};
use uuid::Uuid;

/// A vendor's answer with what JSON libraries like to change: key order, number text, blanks.
const AGENT: &str = r#"{ "data": {"zeta":1.0, "id":"4d2ab456-8510-4a35-b266-e502160d5177","createdAt":"2020-12-16T09:41:43Z",
 "displayName":"Ada Example","email":"ada@example.com","big":12345678901234567890,"huge":1e400,"alpha":[ ],
 "additionalEmails":["second@example.com"],"firstName":"Ada","lastName":null,"roles":["Agent"]} }"#;

async fn dixa() -> (Vendor, Host, Uuid) {
    let vendor = Vendor::start(Answer::new(201, "application/json; charset=utf-8", AGENT)).await;
    let host = Setup::new().plugin_at("dixa", &format!("{}/v1", vendor.url())).start().await;
    let account = host.account("dixa").await;
    (vendor, host, account)
}

fn ada() -> Value {
    json!({"name": "Ada Example", "emails": [{"email": "ada@example.com", "type": "primary"}]})
}

#[tokio::test(flavor = "multi_thread")]
async fn unified_answers_with_mapped_fields_and_the_vendors_own_bytes() {
    let (vendor, host, account) = dixa().await;
    let answer = host.client().post(&create("ticketing", account, ""), &ada()).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(answer.text().contains(AGENT), "remote_data is the vendor's text, byte for byte: {}", answer.text());
    let sent = &vendor.requests()[0];
    assert_eq!((sent.method.as_str(), sent.path()), ("POST", "/v1/agents"));
    assert_eq!(sent.header("authorization"), Some("placeholder-value"));
    assert_eq!(sent.json(), json!({"displayName": "Ada Example", "email": "ada@example.com"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_answers_200_in_every_format() {
    let (_vendor, host, account) = dixa().await;
    for format in ["unified", "raw", "normalized", "stream", "debug"] {
        let target = update("ticketing", "4d2ab456-8510-4a35-b266-e502160d5177", account, &format!("&truto_response_format={format}"));
        let answer = host.client().patch(&target, &json!({"name": "Ada"})).await;
        assert_eq!(answer.status, 200, "{format}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_reaches_the_caller_before_the_vendor_has_finished() {
    let (gated, gate) = Behaviour::gated(["{\"data\":", "{\"id\":\"1\"}", "}"]);
    let vendor = Vendor::start(gated).await;
    let host = Setup::new().plugin_at("dixa", &vendor.url()).start().await;
    let account = host.account("dixa").await;
    let target = create("ticketing", account, "&truto_response_format=stream");
    gate.release();
    let mut connection = host.client().open("POST", &target, Some(&ada())).await;
    let (status, _) = connection.head().await.expect("an answer");
    assert_eq!(status, 201);
    assert_eq!(connection.chunk().await.as_deref(), Some(&b"{\"data\":"[..]), "the first piece, while the vendor waits");
    gate.release();
    assert_eq!(connection.chunk().await.as_deref(), Some(&b"{\"id\":\"1\"}"[..]));
    gate.release();
    assert_eq!(connection.chunk().await.as_deref(), Some(&b"}"[..]));
}
