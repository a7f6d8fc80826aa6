//! Answers: formats, the vendor's bytes, and the host's own headers.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use mortise::egress::{EgressError, Exchange, VendorAnswer};
use mortise::plugin::capabilities::Response;
use mortise::unified::Failures;
use mortise::unified::parameters::Parameters;
use mortise::unified::respond::{self, canonical};
use mortise_model::Category;
use serde_json::{Value, json};
use url::Url;

const VENDOR: &str = "{ \"z\":1.0,\"a\" : 12345678901234567890123, \"e\":1E2,\"u\":\"\\u00e9\"}";

fn parameters(query: &str) -> Parameters {
    let mut failures = Failures::default();
    let account = "integrated_account_id=62f44730-dd91-461e-bd6a-aedd9e0ad79d";
    let parameters = Parameters::parse(&format!("{account}&{query}"), &mut failures);
    assert_eq!(failures.listed(), []);
    parameters
}

fn vendor(body: impl Into<Bytes>) -> VendorAnswer {
    VendorAnswer { status: StatusCode::OK, headers: HeaderMap::new().into(), body: body.into() }
}

/// An integration that declares every field of the category for its answers, and one own field.
fn declared(category: Category) -> Response {
    category.response_fields().iter().chain(&["group"]).map(|field| (*field).to_owned()).collect::<Vec<_>>().into()
}

/// The text of a mapped answer.
fn write(query: &str, user: Value, vendor: Option<&VendorAnswer>) -> String {
    let user = respond::canonical(Some(&user.to_string())).unwrap();
    let (declared, parameters) = (declared(Category::Ticketing), parameters(query));
    let remote_data = respond::remote_data(vendor, &parameters).unwrap();
    let document = respond::document(Category::Ticketing, user, &declared, remote_data, &parameters).unwrap();
    serde_json::to_string(&document).unwrap()
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn what_the_integration_does_not_declare_is_left_out() {
    let user = respond::canonical(Some(r#"{"id":"7","name":"Ada","surprise":1,"own":{"a":1}}"#)).unwrap();
    let declared = vec!["id".to_owned(), "own".to_owned(), "roles[].name".to_owned()].into();
    let parameters = parameters("");
    let document = respond::document(Category::Ticketing, user, &declared, None, &parameters).unwrap();
    assert_eq!(serde_json::to_value(&document).unwrap(), json!({"id": "7", "own": {"a": 1}, "remote_data": null}));
}

#[test]
fn remote_data_is_the_vendors_bytes() {
    let text = write("", json!({"id": "7", "name": "Ada"}), Some(&vendor(VENDOR)));
    assert_eq!(text, format!(r#"{{"id":"7","name":"Ada","remote_data":{VENDOR}}}"#));
}

#[test]
fn a_vendors_body_that_is_no_json_is_a_string_and_an_empty_one_is_null() {
    for (body, expected) in [
        (Bytes::from("<html>"), json!("<html>")),
        (Bytes::from("{\"a\":1} trailing"), json!("{\"a\":1} trailing")),
        (Bytes::from_static(b"\xff\xfe"), json!("\u{fffd}\u{fffd}")),
        (Bytes::from(" \r\n"), json!(null)),
        (Bytes::new(), json!(null)),
        (Bytes::from("\u{feff}{\"a\":1}"), json!({"a": 1})),
        (Bytes::from(" 42 "), json!(42)),
    ] {
        let text = write("", json!({}), Some(&vendor(body.clone())));
        assert_eq!(parsed(&text), json!({"remote_data": expected}), "{body:?}");
    }
    assert_eq!(write("", json!({}), None), r#"{"remote_data":null}"#);
}

#[test]
fn a_plugin_cannot_take_the_place_of_remote_data() {
    let text = write("", json!({"remote_data": "forged"}), Some(&vendor("{}")));
    assert_eq!(text, r#"{"remote_data":{}}"#);
}

#[test]
fn remote_data_and_fields_can_be_left_out() {
    let user = || json!({"id": "7", "name": "Ada"});
    let answer = vendor("{}");
    for query in ["truto_ignore_remote_data=true", "truto_exclude_fields=remote_data"] {
        assert_eq!(write(query, user(), Some(&answer)), r#"{"id":"7","name":"Ada"}"#);
    }
    let text = write("truto_exclude_fields[]=id&truto_exclude_fields[]=nonsense", user(), Some(&answer));
    assert_eq!(text, r#"{"name":"Ada","remote_data":{}}"#);
}

#[test]
fn absent_stays_absent_and_null_stays_null() {
    let answer = vendor("{}");
    let text = write("truto_ignore_remote_data=true", json!({"id": "7", "avatar": null, "group": 5}), Some(&answer));
    assert_eq!(parsed(&text), json!({"id": "7", "avatar": null, "group": 5}));
}

#[test]
fn normalized_has_every_field_of_the_category_and_no_remote_data() {
    let text = write("truto_response_format=normalized", json!({"id": "7", "group": 5}), Some(&vendor("{}")));
    let answer = parsed(&text);
    let names: Vec<_> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = Category::Ticketing.response_fields().to_vec();
    expected.retain(|name| *name != "remote_data");
    expected.push("group");
    assert_eq!(names, expected);
    assert_eq!((&answer["id"], &answer["group"], &answer["name"]), (&json!("7"), &json!(5), &json!(null)));
}

#[test]
fn normalized_dates_are_rfc_3339_in_utc() {
    for (vendors, ours) in
        [("2024-05-01T12:00:00+02:00", "2024-05-01T10:00:00Z"), ("2024-05-01T12:00:00.250Z", "2024-05-01T12:00:00.25Z")]
    {
        let user = json!({"created_at": vendors, "name": vendors});
        let answer = parsed(&write("truto_response_format=normalized", user, None));
        assert_eq!(answer["created_at"], ours);
        assert_eq!(answer["name"], vendors, "only dates are dates");
    }
}

#[test]
fn what_is_not_a_user_says_where_and_what_belongs_there_without_a_value() {
    for (answer, reason) in [
        (r#"{"emails":[{"email":7001}]}"#, "`emails[0].email` must be a string"),
        (r#"{"is_2fa_enabled":"s3cret"}"#, "`is_2fa_enabled` must be a boolean"),
        (r#"["s3cret"]"#, "the document must be "),
        ("s3cret", "it is not JSON: "),
        (r#"{"created_at":"s3cret"}"#, "`created_at` must be a time of RFC 3339"),
        (r#"{"updated_at":""}"#, "`updated_at` must be a time"),
        (r#"{"licenses":[{"last_active_at":null},{"last_active_at":"s3cret"}]}"#, "`licenses[1].last_active_at` must"),
        (r#"{"created_at":7001}"#, "`created_at` must be a string"),
    ] {
        let said = canonical(Some(answer)).expect_err(answer).to_string();
        assert!(said.contains(reason) && !said.contains("s3cret") && !said.contains("7001"), "{answer}: {said}");
    }
}

#[test]
fn times_are_those_of_rfc_3339() {
    let read = |time: &str| canonical(Some(&json!({ "last_login_at": time }).to_string()));
    for time in [
        "2024-05-01T12:00:00Z",
        "2024-05-01t12:00:00z",
        "2024-05-01 12:00:00Z",
        "2024-05-01T12:00:00.250+02:00",
        "2024-02-29T23:59:59-11:30",
        "0001-01-01T00:00:00Z",
    ] {
        assert!(read(time).is_ok(), "{time}");
    }
    for time in [
        "2024-05-01",
        "2024-05-01T12:00:00",
        "2024-05-01T12:00Z",
        "2024-05-01T12:00:00.Z",
        "2024-05-01T12:00:00+0200",
        "2024-05-01T12:00:00+02",
        "2023-02-29T12:00:00Z",
        "2024-13-01T12:00:00Z",
        "20240501T120000Z",
        "+002024-05-01T12:00:00Z",
        "Wed, 01 May 2024 12:00:00 +0200",
        "1714564800",
        " 2024-05-01T12:00:00Z",
        "",
    ] {
        assert!(read(time).is_err(), "{time}");
    }
}

fn exchange() -> Exchange {
    Exchange {
        method: Method::POST,
        origin: 0,
        url: Url::parse("https://api.example.com/agents?x=1").unwrap().into(),
        request_headers: HeaderMap::from_iter([(
            http::header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        )])
        .into(),
        request_body: Some(Bytes::from_static(b"{\"n\": 1.0}")),
        primary: true,
        writes: true,
        answer: None,
        unsent: false,
        turned_away: false,
        repeated: false,
        error: None,
        elapsed: Duration::from_micros(1_500),
    }
}

#[test]
fn debug_holds_the_answer_and_every_request() {
    let answered = Exchange { answer: Some(vendor(VENDOR)), ..exchange() };
    let failed = Exchange {
        error: Some(EgressError::Unusable("no answer".to_owned())),
        request_body: None,
        primary: false,
        ..exchange()
    };
    let user = respond::canonical(Some(r#"{"id":"7"}"#)).unwrap();
    let parameters = parameters("truto_response_format=debug");
    let declared = declared(Category::Crm);
    let exchanges = [answered, failed];
    let remote_data = respond::remote_data(exchanges[0].answer.as_ref(), &parameters).unwrap();
    let document = respond::document(Category::Crm, user, &declared, remote_data, &parameters).unwrap();
    let text = String::from_utf8(respond::debug(&document, &exchanges).unwrap()).unwrap();

    assert_eq!(text.matches(VENDOR).count(), 2, "remote_data and response_body are the vendor's bytes");
    assert!(text.contains(r#""body":{"n": 1.0}"#));
    let answer = parsed(&text);
    assert_eq!(answer["result"]["id"], "7");
    let request = &answer["debug"]["requests"][0];
    assert_eq!(request["method"], "POST");
    assert_eq!(request["url"], "https://api.example.com/agents?x=1");
    assert_eq!(request["headers"], json!({"content-type": "application/json"}));
    assert_eq!((&request["status"], &request["primary"]), (&json!(200), &json!(true)));
    assert_eq!(request["elapsed_us"], 1_500);
    let failed = &answer["debug"]["requests"][1];
    assert_eq!(
        (&failed["error"], &failed["status"], &failed["body"]),
        (&json!("no answer"), &json!(null), &json!(null))
    );
}

#[test]
fn a_dry_run_lists_what_would_be_sent() {
    let answer = parsed(std::str::from_utf8(&respond::dry_run(&[exchange()]).unwrap()).unwrap());
    assert_eq!(answer["dry_run"], true);
    assert_eq!(answer["requests"][0]["body"], json!({"n": 1.0}));
    assert_eq!(answer["requests"][0]["status"], json!(null));
}

#[test]
fn no_canonical_answer_is_a_user_without_fields_and_nonsense_is_refused() {
    assert_eq!(serde_json::to_string(&respond::canonical(None).unwrap()).unwrap(), "{}");
    for nonsense in ["", "[]", "7", "{\"id\":", "{\"emails\":7}"] {
        assert!(respond::canonical(Some(nonsense)).is_err(), "{nonsense}");
    }
}

#[test]
fn ignored_fields_fit_in_a_header() {
    let header = |names: &[&str]| {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        respond::ignored_header(&names).map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(header(&[]), None);
    assert_eq!(header(&["avatar", "nick_name"]).unwrap(), "avatar, nick_name");
    assert_eq!(header(&["a,b\r\nx: y", "é"]).unwrap(), "a%2Cb%0D%0Ax:%20y, %C3%A9");
    assert_eq!(header(&[&"k".repeat(100_000)]).unwrap(), "...");
    assert!(header(&vec!["name"; 100_000]).unwrap().len() < 8_192);
}
