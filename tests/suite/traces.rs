//! The traces that a collector gets from `mortise serve`, with the standard environment variables.

use std::process::{Command, Stdio};

use mortise_tests::host::{create, mortise_binary};
use mortise_tests::spawned::Spawned;
use mortise_tests::vendor::{Answer, Behaviour, Recorded, Vendor};

use crate::fixtures::{ada, agent};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// One field of a protobuf message: its number, and its bytes if it has a length.
fn fields(mut message: &[u8]) -> Vec<(u64, &[u8])> {
    fn varint(message: &mut &[u8]) -> u64 {
        let mut value = 0;
        for shift in (0..).step_by(7) {
            let (byte, rest) = message.split_first().expect("a whole number");
            *message = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        value
    }
    let mut found = Vec::new();
    while !message.is_empty() {
        let key = varint(&mut message);
        let length = match key & 7 {
            0 => {
                varint(&mut message);
                continue;
            }
            1 => 8,
            5 => 4,
            _ => varint(&mut message) as usize,
        };
        let (bytes, rest) = message.split_at(length);
        message = rest;
        found.push((key >> 3, bytes));
    }
    found
}

fn one(message: &[u8], number: u64) -> &[u8] {
    fields(message).into_iter().find(|(found, _)| *found == number).map_or(&[], |(_, bytes)| bytes)
}

fn all(message: &[u8], number: u64) -> Vec<&[u8]> {
    fields(message).into_iter().filter(|(found, _)| *found == number).map(|(_, bytes)| bytes).collect()
}

/// A span, by the field numbers of `opentelemetry/proto/trace/v1/trace.proto`.
#[derive(Debug)]
struct Span {
    name: String,
    trace: String,
    id: String,
    parent: String,
    /// All other fields, as text to search.
    text: String,
}

fn spans(requests: &[Recorded]) -> Vec<Span> {
    let resources = requests.iter().flat_map(|request| all(&request.body, 1));
    let scopes = resources.flat_map(|resource| all(resource, 2));
    let spans = scopes.flat_map(|scope| all(scope, 2));
    spans
        .map(|span| Span {
            name: String::from_utf8(one(span, 5).to_vec()).expect("a name"),
            trace: hex::encode(one(span, 1)),
            id: hex::encode(one(span, 2)),
            parent: hex::encode(one(span, 4)),
            text: String::from_utf8_lossy(span).into_owned(),
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_a_trace_from_the_caller_to_the_vendor_which_learns_nothing_of_it() {
    let vendor = Vendor::start(agent()).await;
    let collector = Vendor::start(Answer::new(200, "application/x-protobuf", "")).await;
    let environment = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-collector-key=key-of-the-collector".to_owned()),
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test".to_owned()),
    ];
    let environment: Vec<_> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut host = Spawned::start("dixa", &vendor.url(), &environment).await;
    let client = host.client().header("traceparent", &format!("00-{TRACE}-{PARENT}-01"));
    let target = create("ticketing", host.account, "&remote_query[unheard]=of-in-query");
    let answer = client.post(&target, &ada()).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(host.terminate().await, Some(0));

    let requests = collector.requests();
    assert!(!requests.is_empty(), "the end of the host waits for its traces");
    for request in &requests {
        assert_eq!((request.method.as_str(), request.path()), ("POST", "/v1/traces"));
        assert_eq!(request.header("content-type"), Some("application/x-protobuf"));
        assert_eq!(request.header("x-collector-key"), Some("key-of-the-collector"));
        let resource = String::from_utf8_lossy(one(one(&request.body, 1), 1)).into_owned();
        assert!(resource.contains("mortise") && resource.contains("deployment.environment.name"), "{resource}");
    }
    let spans: Vec<_> = spans(&requests).into_iter().filter(|span| span.trace == TRACE).collect();
    let find =
        |name: &str| spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no {name}: {spans:?}"));
    let (request, call) = (find("POST /unified/{category}/users"), find("call"));
    let (guest, vendors) = (find("guest"), find("POST"));
    assert_eq!(request.parent, PARENT);
    assert_eq!([&call.parent, &guest.parent, &vendors.parent], [&request.id, &call.id, &guest.id]);
    assert!(vendors.text.contains("/agents") && call.text.contains("dixa"), "{spans:?}");
    let told = format!("{spans:?}");
    assert!(!told.contains("of-in-query") && !told.contains("ada@example") && !told.contains("placeholder-value"));

    for request in vendor.requests() {
        assert!(request.headers.iter().all(|(name, _)| !name.starts_with("trace")), "{request:?}");
        assert!(!String::from_utf8_lossy(&request.raw).contains(TRACE));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_collector_harms_no_call_and_holds_up_no_shutdown() {
    let vendor = Vendor::start(agent()).await;
    let collector = Vendor::start(Behaviour::never()).await;
    let (endpoint, delay) = (collector.url(), ("OTEL_BSP_SCHEDULE_DELAY", "10"));
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), delay];
    let mut host = Spawned::start("dixa", &vendor.url(), &environment).await;
    for _ in 0..10 {
        assert_eq!(host.client().post(&create("ticketing", host.account, ""), &ada()).await.status, 201);
    }
    collector.wait_for_requests(1).await;
    assert_eq!(host.client().post(&create("ticketing", host.account, ""), &ada()).await.status, 201);
    let asked = std::time::Instant::now();
    assert_eq!(host.terminate().await, Some(0));
    assert!(asked.elapsed() < std::time::Duration::from_secs(9), "{:?}", asked.elapsed());
}

#[test]
fn what_cannot_be_exported_is_refused_with_the_variables_name() {
    let directory = tempfile::tempdir().unwrap();
    for (variable, value) in [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
    ] {
        let output = Command::new(mortise_binary())
            .arg("serve")
            .current_dir(directory.path())
            .env_clear()
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
            .env(variable, value)
            .stdin(Stdio::null())
            .output()
            .expect("the executable starts");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(&format!("environment variable {variable}: must be ")), "{said}");
    }
}
