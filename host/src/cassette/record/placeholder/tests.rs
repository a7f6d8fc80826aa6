//! The values that are found and replaced in whole documents.

use serde_json::{Value, json};

use super::Placeholders;
use super::shape::Key;
use crate::account::Secrets;

/// A document with placeholders for the values that are found in this document alone.
fn replaced(document: &Value) -> Value {
    let mut placeholders = Placeholders::new(&Secrets::default(), &[]);
    placeholders.walk(document, &Key::of(""));
    placeholders.value(document)
}

#[track_caller]
fn assert_hidden(document: &Value, values: &[&str]) {
    let clean = replaced(document).to_string();
    for value in values {
        assert!(document.to_string().contains(value), "{value} is not in {document}");
        assert!(!clean.contains(value), "{value} in {clean}");
    }
}

#[test]
fn numbers_are_found_by_their_keys() {
    let document = json!({
        "password": 87_654_321, "phone": 4_531_415_926_u64, "pins": [4711, 4712], "ssn": 123_456_789, "count": 4096,
    });
    assert_hidden(&document, &["87654321", "4531415926", "4711", "4712", "123456789"]);
    let clean = replaced(&document);
    assert!(clean["password"].is_number() && clean["phone"].is_number(), "{clean}");
    assert_eq!(clean["count"], 4096);
    assert_hidden(&json!({"passcode": 87_654_321, "note": "it is 87654321"}), &["87654321"]);
    assert_eq!(replaced(&json!({"token": 7, "page": 7})), json!({"token": 7, "page": 7}));
}

#[test]
fn credentials_are_found_by_their_names_and_below_them() {
    for name in ["api_key", "apiKeys", "secret_key", "privateKey", "session_key", "Authorization", "jwt", "cookies"] {
        assert_hidden(&json!({ name: "s3cr3t-value" }), &["s3cr3t-value"]);
        assert_hidden(&json!({ name: ["s3cr3t-value"] }), &["s3cr3t-value"]);
        assert_hidden(&json!({ name: {"kind": {"inner": "s3cr3t-value"}, "n": 87_654} }), &["s3cr3t-value", "87654"]);
    }
    let lasting = json!({"token": {"expires_in": 3600, "expiration": "1:00:00"}});
    assert_eq!(replaced(&lasting), lasting);
    let common = json!({"secret": {"type": "user"}, "path": "/users"});
    assert_eq!(replaced(&common)["path"], "/users", "a word below a credential is not looked for inside words");
}

#[test]
fn names_are_found_in_parts() {
    assert_hidden(&json!({"name": {"first": "Grace", "last": "Hopper"}}), &["Grace", "Hopper"]);
    assert_hidden(&json!({"email": "g@navy.mil", "first": "Grace", "names": ["Hopper"]}), &["Grace", "Hopper"]);
    let pages = json!({"links": {"first": "https://acme.io/users", "last": "https://acme.io/users/last"}});
    assert_eq!(replaced(&pages), pages);
    let roles = json!({"email": "g@example.com", "roles": [{"name": "Agent"}]});
    assert_eq!(replaced(&roles), roles);
}

#[test]
fn documents_in_texts_are_searched() {
    let document = json!({"payload": r#"{"password": "s3cr3t", "phone": 4531415926}"#});
    assert_hidden(&document, &["s3cr3t", "4531415926"]);
    let clean = replaced(&document);
    let inner: Value = serde_json::from_str(clean["payload"].as_str().unwrap()).unwrap();
    assert_eq!(inner["password"], "placeholder-password");
    assert_eq!(replaced(&json!({"payload": "{ \"a\":  1 }"})), json!({"payload": "{ \"a\":  1 }"}));
}

#[test]
fn addresses_are_searched_for_what_is_encoded_in_them() {
    let next = "https://acme.io/go?email=ada%40corp.io&code=abc9def&page=2#access_token=tok9en";
    assert_eq!(
        replaced(&json!({ "next": next }))["next"],
        "https://acme.io/go?email=person1%40example.com&code=placeholder-code&page=2#access_token=placeholder-access_token"
    );
    assert_hidden(&json!({"next": "/in?to=https%3A%2F%2Facme.io%2F%3Fe%3Dada%2540corp.io"}), &["ada"]);
    assert_hidden(&json!({"note": "see </users/ada%40corp.io>"}), &["ada"]);
    let endless = json!({"note": format!("%{}40", "25".repeat(100_000))});
    assert_eq!(replaced(&endless), endless);
    let plain = json!({"note": "100%25 of a%20b"});
    assert_eq!(replaced(&plain), plain);
}

#[test]
fn details_of_people_are_replaced() {
    let document = json!({
        "birth_date": "1990-05-17", "iban": "DK5000400440116243", "last_login_ip": "10.1.2.3", "street": "Nyhavn 17",
        "address": {"line1": "Bredgade 40", "country": "DK"},
    });
    assert_hidden(&document, &["1990", "5000400440", "10.1.2.3", "Nyhavn", "Bredgade"]);
    assert_eq!(replaced(&document)["last_login_ip"], "192.0.2.1");
    assert_eq!(replaced(&document)["address"]["country"], "DK");
}
