//! An outgoing proxy, a private certificate authority, and the message for a handshake that fails.

use std::sync::Arc;

use mortise::config::{EgressConfig, Limits};
use mortise::egress::{Network, Transport};
use mortise_tests::dns::ScriptedDns;
use mortise_tests::host::{Host, Setup, create};
use mortise_tests::proxy::Proxy;
use mortise_tests::tls::Authority;
use mortise_tests::vendor::{Answer, Vendor};
use serde_json::{Value, json};
use uuid::Uuid;

async fn vendor() -> Vendor {
    Vendor::start(Answer::json(200, &json!({ "id": "1" }))).await
}

fn through(proxy: &Proxy) -> Option<mortise::config::Proxy> {
    format!("http://ada:p%40ss-word@{}", proxy.address).parse().ok()
}

/// The outcome of two requests of `egress-prober`.
async fn probe(host: &Host) -> Vec<Value> {
    let account = host.account("egress-prober").await;
    let script = json!({ "name": json!([{ "target": "/users", "repeat": 2 }]).to_string() });
    let answer = host.client().post(&create("ticketing", account, ""), &script).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    serde_json::from_str(answer.json()["name"].as_str().expect("a report")).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_go_through_the_proxy_which_gets_names_and_its_own_password() {
    let (vendor, authority, dns) = (vendor().await, Authority::new(), ScriptedDns::new());
    let front = authority.in_front_of(vendor.address(), "vendor.example.com", 2100).await;
    let proxy = Proxy::start(front.address).await;
    let egress = EgressConfig { proxy: through(&proxy), ca_file: Some(authority.file()) };
    let host = Setup::new().plugin("egress-prober").resolver(dns.clone()).egress(egress.clone()).start().await;
    let outcomes = probe(&host).await;
    assert!(outcomes.iter().all(|outcome| outcome["status"] == 200), "{outcomes:?}");
    let asked = proxy.asked();
    assert!(asked[0].starts_with("CONNECT vendor.example.com:443 HTTP/1.1\r\n"), "{asked:?}");
    assert!(asked.iter().all(|head| head.contains("Proxy-Authorization: Basic YWRhOnBAc3Mtd29yZA==\r\n")), "{asked:?}");
    assert_eq!(dns.total(), 0, "the proxy looks names up");
    assert!(vendor.requests().iter().all(|request| request.header("proxy-authorization").is_none()));

    // The host does not send requests for names that are not public to the proxy either.
    let network = Network::new(&Limits::default(), &egress, Arc::new(dns)).expect("a network");
    for host in ["127.0.0.1", "[::1]", "169.254.169.254", "localhost", "vendor.internal"] {
        let url = format!("https://{host}/").parse().expect("a URL");
        let refused = network.send(Uuid::now_v7(), false, reqwest::Request::new(http::Method::GET, url)).await;
        assert!(refused.is_err(), "{host}");
    }
    assert_eq!(proxy.asked().len(), asked.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_reads_plain_http_and_its_refusal_is_named() {
    let vendor = vendor().await;
    let proxy = Proxy::start(vendor.address()).await;
    let egress = EgressConfig { proxy: through(&proxy), ca_file: None };
    let setup = Setup::new().plugin_at("egress-prober", "http://sandbox.example.com:8080/v1");
    let host = setup.egress(egress).start().await;
    let outcomes = probe(&host).await;
    assert!(outcomes.iter().all(|outcome| outcome["status"] == 200), "{outcomes:?}");
    let asked = proxy.asked();
    assert!(asked[0].starts_with("GET http://sandbox.example.com:8080/v1/users HTTP/1.1\r\n"), "{asked:?}");
    assert!(
        asked[0].contains("\r\nproxy-authorization: Basic ")
            && asked[0].contains("\r\nhost: sandbox.example.com:8080\r\n")
    );

    for (status, words) in
        [("403 Forbidden", "unsuccessful"), ("407 Proxy Authentication Required", "authorization required")]
    {
        let proxy = Proxy::refusing(status).await;
        let egress = EgressConfig { proxy: through(&proxy), ca_file: None };
        let setup = Setup::new().plugin("egress-prober").limits(|limits| limits.vendor_retries = 0);
        let host = setup.egress(egress).start().await;
        let told = probe(&host).await[0]["message"].as_str().expect("a message").to_owned();
        assert!(told.contains("egress.proxy") && told.contains(words) && !told.contains("p@ss"), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_that_fails_says_why() {
    let (vendor, authority) = (vendor().await, Authority::new());
    let good = authority.in_front_of(vendor.address(), "127.0.0.1", 2100).await;
    let expired = authority.in_front_of(vendor.address(), "127.0.0.1", 2020).await;
    let other = authority.in_front_of(vendor.address(), "vendor.example.com", 2100).await;
    let known = Some(authority.file());
    for (address, ca_file, words) in [
        (good.address, known.clone(), None),
        (good.address, None, Some("of an authority that this host does not know")),
        (expired.address, known.clone(), Some("has expired")),
        (other.address, known, Some("is for another name")),
    ] {
        let origin = format!("https://127.0.0.1:{}", address.port());
        let setup = Setup::new().plugin_at("egress-prober", &origin).limits(|limits| limits.vendor_retries = 0);
        let host = setup.egress(EgressConfig { proxy: None, ca_file }).start().await;
        let outcome = probe(&host).await.remove(0);
        match words {
            None => assert_eq!(outcome["status"], 200, "{outcome}"),
            Some(words) => assert!(outcome["message"].as_str().is_some_and(|told| told.contains(words)), "{outcome}"),
        }
    }
}
