//! Oracle for the header filter: plain lists of the headers that must never pass.

use http::{HeaderMap, HeaderName, HeaderValue};
use mortise_policy::headers::{MAX_HEADER_BYTES, MAX_HEADERS, MAX_HEADERS_TOTAL, request, response};

/// Names that no plugin may ever set, with any declaration.
pub(crate) const REFUSED: &[&str] = &[
    "host",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
    "content-length",
    "content-encoding",
    "accept-encoding",
    "expect",
    "authorization",
    "cookie",
    "cookie2",
    "set-cookie",
    "forwarded",
    "via",
    "origin",
    "referer",
    "user-agent",
    "range",
    "if-range",
    "date",
    "max-forwards",
    "alt-used",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "x-http-method",
    "x-http-method-override",
    "x-http-verb",
    "x-method-override",
    "x-remote-user",
    "x-remote-addr",
    "x-ssl-client-cert",
    "x-jwt",
    "x-original-url",
    "x-original-host",
    "x-rewrite-url",
    "x-host",
    "x-api-key",
    "x-auth-token",
    "x-access-token",
    "x-csrf-token",
    "x-amz-security-token",
    "x-amzn-trace-id",
    "x-aws-ec2-metadata-token",
    "metadata",
    "metadata-flavor",
    "x-google-metadata-request",
    "x-envoy-original-path",
    "x-accel-redirect",
    "x-sendfile",
];

/// Prefixes of names that no plugin may ever set, with any declaration.
pub(crate) const REFUSED_PREFIXES: &[&str] =
    &["proxy-", "sec-", "x-forwarded", "x-amz", "x-original-", "x-rewrite-", "x-proxy-", "x-envoy-", "metadata"];

/// Headers that an answer must never show.
pub(crate) const HIDDEN: &[&str] = &[
    "set-cookie",
    "set-cookie2",
    "www-authenticate",
    "proxy-authenticate",
    "authorization",
    "authentication-info",
    "transfer-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "server",
    "via",
    "x-powered-by",
];

/// Checks a text: name, line break, value.
pub(crate) fn check(text: &str) {
    let (name, value) = text.split_once('\n').unwrap_or((text, ""));
    check_parts(name, value);
    check_answer(name, value);
}

/// Filters one request header, undeclared and declared, and checks it if it passes.
pub(crate) fn check_parts(name: &str, value: &str) {
    let reserved = [HeaderName::from_static("x-vendor-id"), HeaderName::from_static("accept-language")];
    let lower = name.to_lowercase();
    let undeclared = request(name, value, &["x-other".to_owned()], &reserved);
    assert!(undeclared.is_err() || lower == "x-other" || !lower.starts_with("x-"), "{name:?} was not declared");
    let Ok((passed, passed_value)) = request(name, value, std::slice::from_ref(&lower), &reserved) else { return };
    assert_eq!(passed.as_str(), lower, "another name came out");
    assert!(!REFUSED.contains(&lower.as_str()), "{name:?}");
    assert!(!REFUSED_PREFIXES.iter().any(|prefix| lower.starts_with(prefix)), "{name:?}");
    assert!(!reserved.iter().any(|reserved| reserved.as_str() == lower.replace('_', "-")), "{name:?}");
    assert!(!lower.contains([' ', '_', ':', '\r', '\n', '\0']), "{name:?}");
    assert_eq!(passed_value.as_bytes(), value.as_bytes());
    assert!(value.chars().all(|c| c == '\t' || (' '..='~').contains(&c)), "{value:?}");
    assert!(value.len() <= MAX_HEADER_BYTES);
}

/// Filters an answer with this header among many hostile ones, and checks the headers that are left.
pub(crate) fn check_answer(name: &str, value: &str) {
    let url = "https://api.vendor.com/v1/users".parse().unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("set-cookie", HeaderValue::from_static("session=1"));
    headers.insert("location", HeaderValue::from_static("//evil.example.com/"));
    if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
        for _ in 0..MAX_HEADERS + 2 {
            headers.append(name.clone(), value.clone());
        }
    }
    let kept = response(&headers, &url);
    assert!(kept.len() <= MAX_HEADERS);
    assert!(kept.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>() <= MAX_HEADERS_TOTAL);
    for (name, value) in &kept {
        assert!(!HIDDEN.contains(&name.as_str()), "{name} is shown");
        assert!(value.len() <= MAX_HEADER_BYTES);
        assert!(name != "location" || value != "//evil.example.com/");
    }
}
