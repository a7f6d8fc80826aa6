//! Header lists: the headers that must pass, and the headers that must not pass in any spelling.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[path = "oracle/headers.rs"]
mod oracle;

use http::{HeaderMap, HeaderName, HeaderValue};
use mortise_policy::headers::{
    ALLOWED, HeaderError, MAX_HEADER_BYTES, MAX_HEADERS, MAX_HEADERS_TOTAL, declarable, request, requests, response,
    response_allowed, same,
};
use proptest::prelude::*;
use url::Url;

fn name(text: &str) -> HeaderName {
    text.parse().unwrap()
}

fn pairs(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Lower-case names, in the form that a plugin declares.
fn declared<S: AsRef<str>>(names: &[S]) -> Vec<String> {
    names.iter().map(|name| name.as_ref().to_lowercase()).collect()
}

/// Alternates the case of letters: `SeT-CoOkIe`.
fn mixed_case(text: &str) -> String {
    text.chars().enumerate().map(|(at, c)| if at % 2 == 0 { c.to_ascii_uppercase() } else { c }).collect()
}

#[test]
fn headers_of_content_and_those_that_are_declared_pass_in_any_case() {
    let own =
        ["x-api-version", "x-avalara-client", "x-request-id", "x-requested-with", "x-hosted", "x-ship", "x-act-as"];
    for allowed in ALLOWED.iter().copied().chain(own) {
        for spelling in [allowed.to_owned(), mixed_case(allowed), allowed.to_uppercase()] {
            let (passed, value) = request(&spelling, "a \t~!", &declared(&own), &[]).unwrap();
            assert_eq!((passed.as_str(), value.as_bytes()), (allowed, b"a \t~!".as_slice()), "{spelling}");
        }
    }
}

#[test]
fn what_is_not_declared_is_refused_whatever_it_is_called() {
    for own in ["x-sudo", "x-act-as", "x-user", "x-api-version", "x-a", "x-ab-c"] {
        let near = declared(&[&own[..own.len() - 1], &format!("{own}s"), "x-other", &own.replace('-', "_")]);
        for given in [own.to_owned(), mixed_case(own)] {
            assert_eq!(request(&given, "v", &near, &[]), Err(HeaderError::NotDeclared(name(own))), "{given}");
        }
    }
}

#[test]
fn a_declaration_in_another_case_is_none() {
    assert!(!declarable("X-Own") && !declarable("x-Own") && declarable("x-own"));
    let other = ["X-Own".to_owned()];
    assert_eq!(request("X-Own", "v", &other, &[]), Err(HeaderError::NotDeclared(name("x-own"))));
}

#[test]
fn anything_that_sounds_like_a_credential_is_left_to_the_auth_scheme() {
    for part in
        ["api-key", "apikey", "auth", "cookie", "credential", "jwt", "passwd", "password", "secret", "session", "token"]
    {
        for own in [format!("x-{part}"), format!("x-vendor-{part}"), format!("x-{part}-id"), format!("x-my{part}")] {
            assert!(!declarable(&own), "{own}");
            assert_eq!(request(&own, "v", &declared(&[&own]), &[]), Err(HeaderError::NotAllowed(name(&own))));
        }
    }
}

#[test]
fn headers_of_the_host_are_refused_in_any_case() {
    for refused in oracle::REFUSED {
        for spelling in [(*refused).to_owned(), mixed_case(refused), refused.to_uppercase()] {
            let refusal = request(&spelling, "v", &declared(&[refused]), &[]);
            assert_eq!(refusal, Err(HeaderError::NotAllowed(name(refused))), "{spelling}");
            oracle::check_parts(&spelling, "v");
        }
    }
    for prefix in oracle::REFUSED_PREFIXES {
        for end in ["for", "host", "a-b"] {
            let refused = format!("{prefix}{end}");
            assert!(request(&refused, "v", &declared(&[&refused]), &[]).is_err(), "{refused}");
        }
    }
}

#[test]
fn names_that_only_some_servers_take_for_another_are_refused() {
    for odd in [
        "x_forwarded_for",
        "x-forwarded_for",
        "x-http_method_override",
        "x-real_ip",
        "x-a.b",
        "x-a!b",
        "x-",
        "x--a",
        "x-a-",
        "x",
    ] {
        assert_eq!(request(odd, "v", &declared(&[odd]), &[]), Err(HeaderError::NotAllowed(name(odd))), "{odd}");
    }
}

#[test]
fn names_that_are_no_tokens_are_refused() {
    for invalid in [
        "",
        " ",
        "accept ",
        " accept",
        "accept\t",
        "ac cept",
        "accept:",
        "accept\r\nhost",
        "accept\0",
        "äccept",
        "ａccept",
        "(x)",
        "x-a b",
    ] {
        assert_eq!(request(invalid, "v", &declared(&[invalid]), &[]), Err(HeaderError::InvalidName), "{invalid:?}");
    }
    for refused in oracle::REFUSED {
        for spelling in [format!("{refused} "), format!(" {refused}"), format!("{refused}:"), format!("{refused}\t")] {
            let refusal = request(&spelling, "v", &declared(&[&spelling]), &[]);
            assert_eq!(refusal, Err(HeaderError::InvalidName), "{spelling:?}");
        }
    }
}

#[test]
fn a_header_of_the_auth_scheme_is_left_to_the_host() {
    let reserved = [name("x-vendor-id"), name("Prefer"), name("x_vendor_key")];
    for (given, lower) in [
        ("x-vendor-id", "x-vendor-id"),
        ("X-Vendor-ID", "x-vendor-id"),
        ("x_vendor-id", "x_vendor-id"),
        ("PREFER", "prefer"),
        ("x-vendor-key", "x-vendor-key"),
    ] {
        let refusal = request(given, "v", &declared(&[given]), &reserved);
        assert_eq!(refusal, Err(HeaderError::Reserved(name(lower))), "{given}");
    }
    for other in ["x-vendor-ids", "x-vendor-di"] {
        assert!(request(other, "v", &declared(&[other]), &reserved).is_ok(), "{other}");
    }
    assert!(same("X_Vendor-Id", "x-vendor-id") && !same("x-vendor-id", "x-vendor-ids") && !same("x-a", "x.a"));
}

#[test]
fn values_are_visible_ascii_with_blanks() {
    for value in ["", "application/json; charset=utf-8", "\"etag\"", "a\tb", &"v".repeat(MAX_HEADER_BYTES)] {
        assert!(request("accept", value, &[], &[]).is_ok(), "{value:?}");
    }
    for value in ["a\r\nhost: evil.test", "a\nb", "a\rb", "a\0b", "a\u{7f}b", "a\u{1b}b", "ü", "a\u{85}", "\u{202e}"] {
        assert_eq!(request("accept", value, &[], &[]), Err(HeaderError::InvalidValue(name("accept"))), "{value:?}");
    }
    let long = "v".repeat(MAX_HEADER_BYTES + 1);
    assert_eq!(request("accept", &long, &[], &[]), Err(HeaderError::TooLong(name("accept"))));
}

#[test]
fn a_refusal_never_repeats_the_value() {
    let error = request("accept", "s3cret\n", &[], &[]).unwrap_err();
    assert!(!error.to_string().contains("s3cret") && !format!("{error:?}").contains("s3cret"));
}

#[test]
fn a_request_has_each_header_once_and_not_too_many() {
    let checked = requests(&pairs(&[("Accept", "a"), ("x-one", "1")]), &declared(&["x-one"]), &[]).unwrap();
    assert_eq!((checked.len(), checked["accept"].as_bytes()), (2, b"a".as_slice()));
    let twice = requests(&pairs(&[("content-type", "a"), ("Content-Type", "b")]), &[], &[]);
    assert_eq!(twice, Err(HeaderError::Repeated(name("content-type"))));
    assert_eq!(requests(&pairs(&[("host", "a")]), &[], &[]), Err(HeaderError::NotAllowed(name("host"))));

    let many = |count: usize| -> Vec<_> { (0..count).map(|n| (format!("x-n{n}"), String::new())).collect() };
    let own: Vec<_> = many(MAX_HEADERS + 1).into_iter().map(|(name, _)| name).collect();
    assert_eq!(requests(&many(MAX_HEADERS), &own, &[]).unwrap().len(), MAX_HEADERS);
    assert_eq!(requests(&many(MAX_HEADERS + 1), &own, &[]), Err(HeaderError::TooMany));

    let large = |last: usize| -> Vec<_> {
        let mut headers: Vec<_> = (0..4).map(|n| (format!("x-{n}"), "v".repeat(MAX_HEADER_BYTES - 3))).collect();
        headers[3].1.truncate(last - 3);
        headers
    };
    let own = declared(&["x-0", "x-1", "x-2", "x-3"]);
    assert!(requests(&large(MAX_HEADER_BYTES), &own, &[]).is_ok());
    let mut over = large(MAX_HEADER_BYTES);
    over[0].1.push('v');
    assert_eq!(over.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>(), MAX_HEADERS_TOTAL + 1);
    assert_eq!(requests(&over, &own, &[]), Err(HeaderError::TooMany));
}

#[test]
fn answers_show_content_paging_and_rate_limits() {
    for shown in [
        "Content-Type",
        "ETag",
        "Last-Modified",
        "Location",
        "Link",
        "Retry-After",
        "RateLimit",
        "RateLimit-Policy",
        "RateLimit-Remaining",
        "X-RateLimit-Reset",
        "X-Rate-Limit-Limit",
        "x-rate-limit-api-token-remaining",
        "x-acme-ratelimit-max",
        "X-Acme-Account-Api-Call-Limit",
        "X-Request-Id",
        "request-id",
        "dw-request-id",
        "X-Total-Pages",
        "X-Acme-Cursor",
        "X-Acme-Cursor-Next",
    ] {
        assert!(response_allowed(&name(shown)), "{shown}");
    }
    for hidden in oracle::HIDDEN.iter().chain(&[
        "x-call-limits",
        "cursor",
        "x-cursor-key",
        "rate",
        "x-api-key",
        "cookie",
        "location2",
        "x-frame-options",
    ]) {
        assert!(!response_allowed(&name(hidden)), "{hidden}");
    }
}

#[test]
fn a_location_is_shown_only_where_it_stays_on_the_origin() {
    let url: Url = "https://api.vendor.com:8443/v1/users".parse().unwrap();
    let shown = |location: &[u8]| {
        let value = HeaderValue::from_bytes(location).unwrap();
        response(&HeaderMap::from_iter([(http::header::LOCATION, value)]), &url).contains_key("location")
    };
    for location in ["/v1/users/1", "users/1", "?page=2", "https://api.vendor.com:8443/x", ""] {
        assert!(shown(location.as_bytes()), "{location}");
    }
    for location in [
        "https://evil.test/",
        "//evil.test/",
        "\\\\evil.test/",
        "https://api.vendor.com/x",
        "http://api.vendor.com:8443/",
        "https://",
        "javascript:x",
    ] {
        assert!(!shown(location.as_bytes()), "{location}");
    }
    assert!(!shown(b"/\xff"));
}

#[test]
fn an_answer_is_cut_to_the_bounds() {
    let url: Url = "https://api.vendor.com/".parse().unwrap();
    let answer = |headers: Vec<(String, usize)>| {
        let headers =
            headers.into_iter().map(|(key, size)| (name(&key), HeaderValue::from_str(&"v".repeat(size)).unwrap()));
        response(&HeaderMap::from_iter(headers), &url)
    };
    let many = |count: usize| (0..count).map(|n| (format!("x-ratelimit-{n}"), 1)).collect();
    assert_eq!(answer(many(MAX_HEADERS)).len(), MAX_HEADERS);
    assert_eq!(answer(many(MAX_HEADERS + 1)).len(), MAX_HEADERS);
    assert_eq!(answer(vec![("etag".to_owned(), MAX_HEADER_BYTES)]).len(), 1);
    assert_eq!(answer(vec![("etag".to_owned(), MAX_HEADER_BYTES + 1)]).len(), 0);
    let full = |last: usize| {
        let mut headers: Vec<_> = (0..3).map(|n| (format!("ratelimit-{n}"), MAX_HEADER_BYTES - 11)).collect();
        headers.push(("etag".to_owned(), last - 4));
        headers
    };
    assert_eq!(answer(full(MAX_HEADER_BYTES)).len(), 4);
    assert_eq!(answer(full(MAX_HEADER_BYTES + 1)).len(), 3);
    let twice = HeaderMap::from_iter([(name("link"), HeaderValue::from_static("a"))]);
    let mut appended = twice.clone();
    appended.append("link", HeaderValue::from_static("b"));
    assert_eq!(response(&appended, &url), appended);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn nothing_refused_passes(text in any::<String>(), value in any::<String>()) {
        oracle::check_parts(&text, &value);
        oracle::check_parts(&format!("x-{text}"), &value);
    }

    #[test]
    fn no_spelling_of_a_refused_name_passes(
        refused in prop::sample::select(oracle::REFUSED), upper in any::<u64>(), before in "[ \t_x-]{0,2}", after in "[ \t_:a-]{0,2}", value in "[ -~\r\n]{0,8}",
    ) {
        let spelling: String = refused.chars().enumerate().map(|(at, c)| if upper >> (at % 64) & 1 == 1 { c.to_ascii_uppercase() } else { c }).collect();
        oracle::check_parts(&spelling, &value);
        oracle::check_parts(&format!("{before}{spelling}{after}"), &value);
    }
}

proptest! {
    #[test]
    fn every_answer_is_within_bounds(
        shown in "(etag|link|location|x-ratelimit-[a-z]{1,9}|[a-z-]{1,12})", value in "[!-~]{0,9000}",
    ) {
        oracle::check(&format!("{shown}\n{value}"));
    }

    #[test]
    fn nothing_hidden_is_shown(hidden in prop::sample::select(oracle::HIDDEN), value in any::<String>()) {
        oracle::check_answer(hidden, &value);
    }
}

#[test]
fn an_auth_scheme_sets_credentials_and_never_framing_or_routing() {
    use mortise_policy::headers::auth_allowed;
    for credential in
        ["authorization", "cookie", "x-api-key", "DD-API-KEY", "private-token", "x-auth-token", "x-trello"]
    {
        assert!(auth_allowed(&name(credential)), "{credential}");
    }
    for framing in [
        "Host",
        "Content-Length",
        "transfer-encoding",
        "TRANSFER_ENCODING",
        "connection",
        "te",
        "trailer",
        "upgrade",
        "expect",
        "keep-alive",
        "proxy-authorization",
        "forwarded",
        "X-Forwarded-For",
        "x_forwarded_host",
        "x-real-ip",
        "x-original-url",
        "x-http-method-override",
        "x-method",
        "x-host",
        "content-type",
        "accept-encoding",
        "http2-settings",
    ] {
        assert!(!auth_allowed(&name(framing)), "{framing}");
    }
}
