//! Bodies: the accepted ones, the refused ones, and the parts that keep their spelling.

use mortise::unified::body::{self, Body, BodyError};
use mortise::unified::{Failures, Place};

fn read(text: &str) -> Result<Body, BodyError> {
    body::read(Some("application/json"), text.as_bytes())
}

/// The failures of a body that must be refused.
#[track_caller]
fn refused(bytes: &[u8]) -> Failures {
    match body::read(None, bytes) {
        Err(BodyError::Invalid(failures)) => failures,
        other => panic!("{}: {other:?}", String::from_utf8_lossy(bytes)),
    }
}

#[track_caller]
fn paths(text: &str) -> Vec<String> {
    refused(text.as_bytes()).listed().iter().map(|failure| failure.path.clone()).collect()
}

#[test]
fn json_is_read_whatever_it_calls_itself() {
    for content_type in [
        None,
        Some(""),
        Some("application/json"),
        Some("Application/JSON; charset=utf-8"),
        Some("text/plain;charset=UTF-8"),
        Some("application/scim+json"),
    ] {
        assert!(body::read(content_type, b"{}").is_ok(), "{content_type:?}");
    }
    for content_type in ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/html", "json"] {
        assert!(matches!(body::read(Some(content_type), b"{}"), Err(BodyError::MediaType)), "{content_type}");
    }
}

#[test]
fn a_byte_order_mark_and_spaces_are_skipped() {
    assert!(read("\u{feff} \n{\"name\": \"Ada\"}\n").is_ok());
}

#[test]
fn a_body_is_one_object() {
    for text in ["", "  ", "null", "[]", "\"s3cret\"", "42", "{} {}", "{", "{\"a\":}", "{'a':1}", "{\"a\":01}"] {
        let failures = refused(text.as_bytes());
        assert_eq!(
            (failures.len(), failures.listed()[0].place, failures.listed()[0].path.as_str()),
            (1, Place::Body, ""),
            "{text}"
        );
        assert!(!failures.listed()[0].message.contains("s3cret"));
    }
    assert_eq!(refused(b"{\"a\":\"\xff\"}").listed()[0].message, "the body must be UTF-8");
}

#[test]
fn a_key_that_comes_twice_is_refused_at_any_depth() {
    assert_eq!(paths(r#"{"a":1,"a":2}"#), ["a"]);
    assert_eq!(paths(r#"{"a":1,"\u0061":2}"#), ["a"]);
    assert_eq!(paths(r#"{"a":[{"b":{"c":1,"c":2}}],"d":1,"d":2}"#), ["a[0].b.c", "d"]);
    assert_eq!(paths(r#"{"remote_data":{"x":[{"y":1,"y":2}]}}"#), ["remote_data.x[0].y"]);
    assert_eq!(paths(r#"{"remote_data":{},"remote_data":{}}"#), ["remote_data"]);
    assert!(read(r#"{"a":{"b":1},"b":{"b":1},"c":[{"b":1},{"b":1}]}"#).is_ok());
}

#[test]
fn numbers_that_cannot_be_kept_are_refused() {
    assert_eq!(paths(r#"{"a":[1,123456789012345678901234567890]}"#), ["a[1]"]);
    assert_eq!(paths(r#"{"a":1e400}"#), [""]);
    assert!(read(r#"{"a":12345678901234567890,"b":-9223372036854775808,"c":1.5e3}"#).is_ok());
}

#[test]
fn nesting_has_a_bound() {
    let nested = |levels: usize| format!("{{\"a\":{}1{}}}", "[".repeat(levels), "]".repeat(levels));
    assert!(read(&nested(100)).is_ok());
    refused(nested(200).as_bytes());
    refused(nested(100_000).as_bytes());
    let remote = |levels: usize| format!("{{\"remote_data\":{}}}", nested(levels));
    assert!(read(&remote(100)).is_ok());
    refused(remote(200).as_bytes());
    refused(remote(100_000).as_bytes());
}

#[test]
fn the_number_of_failures_that_are_listed_has_a_bound_and_the_others_are_counted() {
    let failures = refused(format!("{{{}}}", vec!["\"a\":1"; 10_000].join(",")).as_bytes());
    assert_eq!((failures.listed().len(), failures.len()), (50, 9_999));
    let entries: Vec<_> = failures.entries().map(|failure| failure.message.clone()).collect();
    assert_eq!(entries.last().map(String::as_str), Some("and 9949 more"));
    assert!(failures.to_string().ends_with("; and 9994 more"), "{failures}");
}

#[test]
fn a_long_key_does_not_make_a_long_answer() {
    let key = "k".repeat(100_000);
    let failures = refused(format!("{{\"{key}\":1,\"{key}\":2}}").as_bytes());
    assert!(failures.listed()[0].path.len() + failures.listed()[0].message.len() < 1_000);
}

#[test]
fn remote_data_stays_as_it_was_written() {
    let raw = "{ \"z\": 1.0, \"a\": 12345678901234567890123,\n \"e\": 1E2, \"u\": \"\\u00e9\" }";
    let body = read(&format!("{{\"name\": \"Ada\", \"remote_data\": {raw} }}")).unwrap();
    assert_eq!(body.remote_data.unwrap().get(), raw);
    assert_eq!(body.document.keys().collect::<Vec<_>>(), ["name"]);
}

#[test]
fn remote_data_is_an_object_or_nothing() {
    assert!(read(r#"{"remote_data":null}"#).unwrap().remote_data.is_none());
    for value in ["[]", "1", "\"x\"", "true"] {
        assert_eq!(paths(&format!("{{\"remote_data\":{value}}}")), ["remote_data"], "{value}");
    }
}

#[test]
fn an_object_without_remote_data_is_read_as_strictly() {
    assert_eq!(body::object(None, br#"{"remote_data":[1]}"#).unwrap().len(), 1);
    assert!(matches!(body::object(None, br#"{"a":{"b":1,"b":2}}"#), Err(BodyError::Invalid(_))));
    assert!(matches!(body::object(None, b"[]"), Err(BodyError::Invalid(_))));
}
