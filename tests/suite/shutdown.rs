//! The shutdown of a host: it finishes running calls, and refuses new ones.

use mortise_tests::client::Connection;
use mortise_tests::host::create;
use mortise_tests::vendor::Behaviour;
use tokio::net::TcpStream;

use crate::fixtures::{ada, agent, dixa};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_flight_is_finished_and_what_is_new_refused() {
    let (held, gate) = Behaviour::from(agent()).held();
    let (vendor, mut host, account) = dixa(agent()).await;
    let (client, address) = (host.client(), host.address);
    let target = create("ticketing", account, "");
    // A call whose vendor has not answered, a stream that has begun, and an idle connection.
    vendor.next(held);
    let mut call = client.open("POST", &target, Some(&ada())).await;
    vendor.wait_for_requests(1).await;
    let (gated, pieces) = Behaviour::gated(["{\"data\":", "{\"id\":\"1\"}", "}"]);
    vendor.next(gated);
    pieces.release();
    let stream = create("ticketing", account, "&truto_response_format=stream");
    let mut stream = client.open("POST", &stream, Some(&ada())).await;
    assert_eq!(stream.head().await.map(|(status, _)| status), Some(201));
    assert_eq!(stream.chunk().await.as_deref(), Some(&b"{\"data\":"[..]));
    let mut idle = Connection::open(address).await;
    let alive = format!("GET /healthz HTTP/1.1\r\nhost: {address}\r\n\r\n");
    assert_eq!(idle.send(&alive).await.answer().await.map(|answer| answer.status), Some(200));

    let ended = host.ask_to_stop();
    idle.closed().await;
    assert!(TcpStream::connect(address).await.is_err(), "the host does not listen any more");
    assert!(!ended.is_finished(), "the host waits for running calls");

    gate.release();
    let answer = call.answer().await.expect("the call is finished");
    assert_eq!((answer.status, answer.complete), (201, true), "{}", answer.text());
    assert!(!ended.is_finished(), "the stream still runs");
    for _ in 0..3 {
        pieces.release();
    }
    assert_eq!(stream.chunk().await.as_deref(), Some(&b"{\"id\":\"1\"}"[..]));
    assert_eq!(stream.chunk().await.as_deref(), Some(&b"}"[..]));
    assert_eq!(stream.chunk().await.as_deref(), Some(&b""[..]), "the proper end");
    mortise_tests::expect("end of the host", ended).await.expect("the server ends well");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_does_not_end_cannot_hold_the_host_for_ever() {
    let vendor = mortise_tests::vendor::Vendor::start(Behaviour::never()).await;
    let brief = |limits: &mut mortise::config::Limits| limits.shutdown_ms = 100;
    let host = mortise_tests::host::Setup::new().plugin_at("dixa", &vendor.url()).limits(brief).start().await;
    let account = host.account("dixa").await;
    let mut call = host.client().open("POST", &create("ticketing", account, ""), Some(&ada())).await;
    vendor.wait_for_requests(1).await;
    host.shut_down().await;
    assert_eq!(call.answer().await, None, "cut off");
    vendor.wait_for_closed(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_starts_again_on_its_own_data() {
    let (vendor, host, account) = dixa(agent()).await;
    let (token, data) = (host.admin_token().to_owned(), host.shut_down().await);
    let host = mortise_tests::host::Setup::new().plugin_at("dixa", &vendor.url()).start_in(data).await;
    let client = mortise_tests::client::Client::new(host.address).token(&token);
    assert_eq!(client.post(&create("ticketing", account, ""), &ada()).await.status, 201);
    assert_eq!(vendor.requests()[0].header("authorization"), Some("placeholder-value"));
}
