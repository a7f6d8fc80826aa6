use std::time::Duration;

use mortise_tests::canary::Canary;
use mortise_tests::client::{Client, Connection, raw};
use mortise_tests::vendor::{Answer, Behaviour, Greeting, Vendor};
use serde_json::json;

async fn get(vendor: &Vendor) -> mortise_tests::client::Answer {
    Client::new(vendor.address()).get("/users").await
}

#[tokio::test]
async fn exact_bytes_and_connections_are_recorded() {
    let vendor = Vendor::start(Answer::json(201, &json!({ "id": "1" }))).await;
    let mut connection = Connection::open(vendor.address()).await;
    let first =
        "POST /users?a=1&a=%20 HTTP/1.1\r\nHost: x\r\nX-Odd:  two  spaces \r\ncontent-length: 7\r\n\r\n{\"a\":1}";
    let second = "PUT /chunked HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    for request in [first, second] {
        let answer = connection.send(request).await.answer().await.unwrap();
        assert_eq!((answer.status, answer.json()), (201, json!({ "id": "1" })));
    }
    get(&vendor).await;

    let requests = vendor.wait_for_requests(3).await;
    assert_eq!([&requests[0].raw, &requests[1].raw], [first.as_bytes(), second.as_bytes()]);
    assert_eq!((requests[0].path(), requests[0].query()), ("/users", Some("a=1&a=%20")));
    assert_eq!((requests[0].header("x-odd"), requests[0].json()), (Some("two  spaces"), json!({ "a": 1 })));
    assert_eq!((requests[1].method.as_str(), requests[1].body.as_slice()), ("PUT", &b"abcde"[..]));
    assert_eq!(requests.iter().map(|request| request.connection).collect::<Vec<_>>(), [1, 1, 2]);
    assert_eq!(vendor.connections(), 2);
}

#[tokio::test]
async fn queued_behaviours_come_before_the_standing_one() {
    let vendor = Vendor::start(Answer::redirect(307, "http://169.254.169.254/")).await;
    vendor.next(Answer::html(500, "<h1>oops</h1>")).next(Answer::invalid_json());
    let answers = [get(&vendor).await, get(&vendor).await, get(&vendor).await];
    assert_eq!(answers[0].header("content-type"), Some("text/html; charset=utf-8"));
    assert!(serde_json::from_slice::<serde_json::Value>(&answers[1].body).is_err());
    assert_eq!((answers[2].status, answers[2].header("location")), (307, Some("http://169.254.169.254/")));
}

#[tokio::test]
async fn a_behaviour_can_depend_on_the_request() {
    let vendor = Vendor::start(Behaviour::by(|request| Answer::json(200, &json!(request.path())))).await;
    assert_eq!(get(&vendor).await.json(), json!("/users"));
}

#[tokio::test]
async fn an_echo_and_a_reflection_give_the_secret_away() {
    let canary = Canary::new();
    let vendor = Vendor::start(Behaviour::echo()).await;
    let client = Client::new(vendor.address()).token(canary.as_str());
    let echoed = client.post("/users", &json!({ "name": "Ada" })).await;
    assert_eq!(echoed.json()["name"], "Ada");
    vendor.always(Behaviour::reflect(canary.as_str()));
    let reflected = client.get("/").await;
    assert_eq!(reflected.json()[canary.as_str()], 1);

    let forms = |answer: &[u8]| canary.find(answer).into_iter().map(|leak| leak.form).collect::<Vec<_>>();
    for form in ["raw", "base64"] {
        assert!(forms(&echoed.everything()).contains(&form), "{form}");
    }
    for form in ["raw", "base64", "percent of every byte", "hex", "json escapes"] {
        assert!(forms(&reflected.everything()).contains(&form), "{form}");
    }
}

#[tokio::test]
async fn a_gzip_bomb_is_small_on_the_wire_and_layers_are_named() {
    let bomb = Answer::gzip_bomb(200).await.gzip().await;
    let vendor = Vendor::start(bomb).await;
    let answer = get(&vendor).await;
    assert_eq!(answer.header("content-encoding"), Some("gzip, gzip"));
    assert!(answer.complete && answer.body.len() < 300_000, "{}", answer.body.len());
}

#[tokio::test]
async fn floods_of_headers_arrive_whole() {
    let vendor = Vendor::start(Behaviour::header_flood(10_000)).await;
    assert_eq!(get(&vendor).await.headers.len(), 10_002);
    vendor.always(Behaviour::huge_header(4 << 20));
    assert_eq!(get(&vendor).await.header("x-huge").map(str::len), Some(4 << 20));
}

#[tokio::test]
async fn bodies_end_early_or_not_at_all() {
    let vendor = Vendor::start(Behaviour::drop_mid_body()).await;
    let answer = get(&vendor).await;
    assert!(!answer.complete && answer.text().starts_with("{\"id\""));

    vendor.always(Behaviour::drop_before_answer());
    assert_eq!(raw(vendor.address(), "GET / HTTP/1.1\r\n\r\n").await, None);

    vendor.always(Behaviour::raw("this is not HTTP\r\n\r\n"));
    assert_eq!(raw(vendor.address(), "GET / HTTP/1.1\r\n\r\n").await, None);

    vendor.always(Behaviour::endless_body());
    let mut connection = Client::new(vendor.address()).open("GET", "/", None).await;
    connection.head().await.unwrap();
    for _ in 0..100 {
        assert_eq!(connection.chunk().await.map(|chunk| chunk.len()), Some(16 * 1024));
    }
    drop(connection);
    vendor.wait_for_closed(4).await;
}

#[tokio::test]
async fn a_vendor_that_never_answers_notices_that_the_client_is_gone() {
    for silent in [Behaviour::never(), Behaviour::stall_mid_body(), Behaviour::echo().held().0] {
        let vendor = Vendor::start(silent).await;
        let connection = Client::new(vendor.address()).open("GET", "/", None).await;
        vendor.wait_for_requests(1).await;
        drop(connection);
        vendor.wait_for_closed(1).await;
    }
}

#[tokio::test]
async fn a_gated_body_arrives_chunk_by_chunk_as_released() {
    let (behaviour, gate) = Behaviour::gated(["[1,", "2]"]);
    let vendor = Vendor::start(behaviour).await;
    let mut connection = Client::new(vendor.address()).open("GET", "/", None).await;
    assert_eq!(connection.head().await.map(|(status, _)| status), Some(200));
    for expected in ["[1,", "2]", ""] {
        gate.release();
        assert_eq!(connection.chunk().await.as_deref(), Some(expected.as_bytes()));
    }
}

#[tokio::test]
async fn a_drip_is_a_whole_answer_in_the_end() {
    let vendor = Vendor::start(Behaviour::drip(Duration::ZERO)).await;
    assert_eq!(get(&vendor).await.json()["name"], "drip");
}

#[tokio::test]
async fn connections_can_be_ignored_or_closed_at_once() {
    let vendor = Vendor::start(Behaviour::echo()).await;
    vendor.greet(Greeting::Close);
    Connection::open(vendor.address()).await.closed().await;
    vendor.greet(Greeting::Ignore);
    let mut ignored = Client::new(vendor.address()).open("GET", "/", None).await;
    vendor.wait_for_connections(2).await;
    assert_eq!(vendor.requests(), []);
    drop(vendor);
    ignored.closed().await;
}
