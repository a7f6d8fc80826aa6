//! URL composition: an example of every known way to leave the origin, and properties over arbitrary and hostile text.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[path = "oracle/target.rs"]
mod oracle;

use mortise_policy::origin::Origin;
use mortise_policy::path::PathError;
use mortise_policy::target::{Endpoint, MAX_URL_BYTES, TargetError, compose, reserved_query};
use proptest::prelude::*;

/// The composed URL, or the refusal.
fn composed(target: &str) -> Result<String, TargetError> {
    oracle::check(target);
    compose(oracle::endpoints(), target, &[]).map(|(index, url)| format!("{index} {url}"))
}

fn pairs(query: &[(&str, &str)]) -> Vec<(String, String)> {
    query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_path_goes_below_the_first_endpoint() {
    for (target, expected) in [
        ("/agents", "0 https://api.vendor.com/v1/agents"),
        ("/agents/42", "0 https://api.vendor.com/v1/agents/42"),
        ("/", "0 https://api.vendor.com/v1/"),
        ("/agents/", "0 https://api.vendor.com/v1/agents/"),
        ("/a.b/.c/d../...e", "0 https://api.vendor.com/v1/a.b/.c/d../...e"),
        ("/agents/jane%40example.com", "0 https://api.vendor.com/v1/agents/jane%40example.com"),
        ("/agents/jane@example.com", "0 https://api.vendor.com/v1/agents/jane@example.com"),
        ("/users(1)/$links:go;v=1,2", "0 https://api.vendor.com/v1/users(1)/$links:go;v=1,2"),
        ("/100%25", "0 https://api.vendor.com/v1/100%25"),
        ("/a%252541", "0 https://api.vendor.com/v1/a%252541"),
        ("/what%3F%23", "0 https://api.vendor.com/v1/what%3F%23"),
        ("/a b\"<>`{}|^[]'", "0 https://api.vendor.com/v1/a%20b%22%3C%3E%60%7B%7D%7C%5E%5B%5D'"),
        ("/größe/日本", "0 https://api.vendor.com/v1/gr%C3%B6%C3%9Fe/%E6%97%A5%E6%9C%AC"),
        ("/gr%c3%b6%C3%9Fe", "0 https://api.vendor.com/v1/gr%c3%b6%C3%9Fe"),
        ("/https:", "0 https://api.vendor.com/v1/https:"),
        ("/@evil.test", "0 https://api.vendor.com/v1/@evil.test"),
        ("/:8443", "0 https://api.vendor.com/v1/:8443"),
    ] {
        assert_eq!(composed(target).as_deref(), Ok(expected), "{target:?}");
    }
}

#[test]
fn an_absolute_url_goes_to_the_origin_it_is_below() {
    for (target, expected) in [
        ("https://api.vendor.com/v1/agents", "0 https://api.vendor.com/v1/agents"),
        ("https://api.vendor.com/v1", "0 https://api.vendor.com/v1"),
        ("https://api.vendor.com/v1/", "0 https://api.vendor.com/v1/"),
        ("https://API.Vendor.Com:443/v1/a", "0 https://api.vendor.com/v1/a"),
        ("https://login.vendor.com", "1 https://login.vendor.com/"),
        ("https://login.vendor.com/token", "1 https://login.vendor.com/token"),
        ("https://api.vendor.com:8443/v2/x", "2 https://api.vendor.com:8443/v2/x"),
        ("https://files.vendor.com/a/b/c", "3 http://127.0.0.1:4010/beta/c"),
        ("https://files.vendor.com/a/b", "3 http://127.0.0.1:4010/beta"),
        ("https://api.vendor.com/v1/inner/x", "4 https://api.vendor.com/v1/inner/x"),
        ("https://api.vendor.com/v1/inner", "4 https://api.vendor.com/v1/inner"),
        ("https://api.vendor.com/v1/innermost", "0 https://api.vendor.com/v1/innermost"),
    ] {
        assert_eq!(composed(target).as_deref(), Ok(expected), "{target:?}");
    }
}

#[test]
fn every_known_way_out_is_refused() {
    use PathError as P;
    use TargetError as T;
    for (target, reason) in [
        ("", T::Empty),
        ("//evil.test/x", P::EmptySegment.into()),
        ("///evil.test/x", P::EmptySegment.into()),
        ("/a//b", P::EmptySegment.into()),
        ("/a//", P::EmptySegment.into()),
        ("\\\\evil", T::NotATarget),
        ("\\\\evil.test/x", T::NotATarget),
        ("/\\evil.test/x", P::Backslash.into()),
        ("/a\\..\\b", P::Backslash.into()),
        ("@evil.test/", T::NotATarget),
        (".evil.test/", T::NotATarget),
        (":8443/", T::NotATarget),
        ("agents", T::NotATarget),
        ("?x=1", T::NotATarget),
        ("../../admin", T::NotATarget),
        (" /agents", T::NotATarget),
        ("\t/agents", T::NotATarget),
        ("http://api.vendor.com/v1/agents", T::NotATarget),
        ("HTTPS://api.vendor.com/v1/agents", T::NotATarget),
        ("https:/api.vendor.com/v1/agents", T::NotATarget),
        ("https:api.vendor.com/v1/agents", T::NotATarget),
        ("https:\\\\api.vendor.com/v1/agents", T::NotATarget),
        ("javascript:alert(1)", T::NotATarget),
        ("file:///etc/passwd", T::NotATarget),
        ("https://", T::NotDeclared),
        ("https:///v1/agents", T::NotDeclared),
        ("https://evil.test/", T::NotDeclared),
        ("https://evil.test/v1/agents", T::NotDeclared),
        ("https://api.vendor.com.evil.test/v1", T::NotDeclared),
        ("https://api.vendor.com./v1", T::NotDeclared),
        ("https://evil-api.vendor.com/v1", T::NotDeclared),
        ("https://api.vendor.com:80/v1", T::NotDeclared),
        ("https://api.vendor.com:/v1", T::NotDeclared),
        ("https://api.vendor.com:0443/v1", T::NotDeclared),
        ("https://api.vendor.com:443:443/v1", T::NotDeclared),
        ("https://api.vendor.com", T::NotDeclared),
        ("https://api.vendor.com/v10/agents", T::NotDeclared),
        ("https://api.vendor.com/V1/agents", T::NotDeclared),
        ("https://api.vendor.com/%761/agents", T::NotDeclared),
        ("https://ａpi.vendor.com/v1", T::NotDeclared),
        ("https://api\t.vendor.com/v1", T::NotDeclared),
        ("https://127.0.0.1:4010/beta", T::NotDeclared),
        ("https://user@api.vendor.com/v1", T::Userinfo),
        ("https://api.vendor.com@evil.test/v1", T::Userinfo),
        ("https://api.vendor.com:pw@evil.test/v1", T::Userinfo),
        ("https://evil.test#@api.vendor.com/v1", T::Userinfo),
        ("https://evil.test\\@api.vendor.com/v1", T::Userinfo),
        ("https://evil.test#.vendor.com/v1", P::QueryOrFragment.into()),
        ("https://login.vendor.com?next=1", P::QueryOrFragment.into()),
        ("https://api.vendor.com\\.evil.test/v1", P::Backslash.into()),
        ("https://api.vendor.com/v1/../v2", P::DotSegment.into()),
        ("https://api.vendor.com/v1/%2e%2e/v2", P::DotSegment.into()),
        ("https://api.vendor.com/v1//x", P::EmptySegment.into()),
        ("https://api.vendor.com/v1/x?y", P::QueryOrFragment.into()),
        ("/..", P::DotSegment.into()),
        ("/.", P::DotSegment.into()),
        ("/./x", P::DotSegment.into()),
        ("/../../admin", P::DotSegment.into()),
        ("/a/..", P::DotSegment.into()),
        ("/a/../", P::DotSegment.into()),
        ("/...", P::DotSegment.into()),
        ("/%2e%2e/x", P::DotSegment.into()),
        ("/%2E%2E/x", P::DotSegment.into()),
        ("/.%2e/x", P::DotSegment.into()),
        ("/%2e./x", P::DotSegment.into()),
        ("/%2e/x", P::DotSegment.into()),
        ("/%252e%252e/x", P::DotSegment.into()),
        ("/%25252e%25252e/x", P::DotSegment.into()),
        ("/%2%65%2%65/x", P::BadEscape.into()),
        ("/%252%65%252%65/x", P::DotSegment.into()),
        ("/..;/x", P::DotSegment.into()),
        ("/..;v=1/x", P::DotSegment.into()),
        ("/..%3bv=1/x", P::DotSegment.into()),
        ("/..%20/x", P::DotSegment.into()),
        ("/ ../x", P::DotSegment.into()),
        ("/a%2fb", P::EncodedSlash.into()),
        ("/a%2Fb", P::EncodedSlash.into()),
        ("/..%2f..%2fadmin", P::EncodedSlash.into()),
        ("/a%252fb", P::EncodedSlash.into()),
        ("/a%5cb", P::Backslash.into()),
        ("/a%5Cb", P::Backslash.into()),
        ("/a%255cb", P::Backslash.into()),
        ("/a%00b", P::Control.into()),
        ("/a%2500b", P::Control.into()),
        ("/a%0d%0aHost:%20evil.test", P::Control.into()),
        ("/a%7f", P::Control.into()),
        ("/a%c2%85", P::Control.into()),
        ("/a\0b", P::Control.into()),
        ("/a\r\nHost: evil.test", P::Control.into()),
        ("/a\tb", P::Control.into()),
        ("/a\u{85}", P::Control.into()),
        ("/.\t./x", P::Control.into()),
        ("/%c0%ae%c0%ae/x", P::NotUtf8.into()),
        ("/%c0%af", P::NotUtf8.into()),
        ("/%ff", P::NotUtf8.into()),
        ("/%25ff", P::NotUtf8.into()),
        ("/a?b", P::QueryOrFragment.into()),
        ("/a#b", P::QueryOrFragment.into()),
        ("/?", P::QueryOrFragment.into()),
        ("/a%", P::BadEscape.into()),
        ("/a%2", P::BadEscape.into()),
        ("/a%zz", P::BadEscape.into()),
        ("/a%2gb", P::BadEscape.into()),
        ("/a%%32", P::BadEscape.into()),
        ("/a%u002e", P::BadEscape.into()),
        ("/a%25252541", P::TooManyLayers.into()),
    ] {
        assert_eq!(composed(target), Err(reason), "{target:?}");
    }
}

#[test]
fn the_query_is_appended_in_order_and_cannot_leave_its_place() {
    let query = pairs(&[("b", "1"), ("a", "x&y=z#?/../"), ("b", "2"), ("größe", "ü %"), ("", ""), ("f[x]", "\r\n")]);
    let (_, url) = compose(oracle::endpoints(), "/users", &query).unwrap();
    assert_eq!(
        url.as_str(),
        "https://api.vendor.com/v1/users?b=1&a=x%26y%3Dz%23%3F%2F..%2F&b=2&gr%C3%B6%C3%9Fe=%C3%BC+%25&=&f%5Bx%5D=%0D%0A"
    );
    oracle::check_parts("/users", &query);
    let (_, url) = compose(oracle::endpoints(), "/users", &[]).unwrap();
    assert_eq!(url.query(), None);
}

#[test]
fn targets_and_urls_have_a_greatest_length() {
    let base = "https://api.vendor.com/v1".len();
    let longest = format!("/{}", "a".repeat(MAX_URL_BYTES - base - 1));
    assert_eq!(compose(oracle::endpoints(), &longest, &[]).unwrap().1.as_str().len(), MAX_URL_BYTES);
    for target in [format!("{longest}a"), "/".repeat(MAX_URL_BYTES + 1)] {
        assert_eq!(compose(oracle::endpoints(), &target, &[]), Err(TargetError::TooLong));
    }
    assert_eq!(compose(oracle::endpoints(), &longest, &pairs(&[("a", "b")])), Err(TargetError::TooLong));
    let query = pairs(&[("a", &" ".repeat(MAX_URL_BYTES))]);
    assert_eq!(compose(oracle::endpoints(), "/x", &query), Err(TargetError::TooLong));
}

#[test]
fn without_an_endpoint_nothing_is_reachable() {
    assert_eq!(compose(&[], "/x", &[]), Err(TargetError::NotDeclared));
    assert_eq!(compose(&[], "https://api.vendor.com/", &[]), Err(TargetError::NotDeclared));
}

#[test]
fn an_absolute_url_never_matches_an_origin_without_tls() {
    let origin = Origin::parse_override("http://127.0.0.1:4010").unwrap();
    let endpoints = [Endpoint { declared: origin.clone(), actual: origin }];
    assert_eq!(compose(&endpoints, "https://127.0.0.1:4010/x", &[]), Err(TargetError::NotDeclared));
}

#[test]
fn of_two_equal_origins_the_first_counts() {
    let origin = Origin::parse_override("https://api.vendor.com").unwrap();
    let endpoint = Endpoint { declared: origin.clone(), actual: origin };
    let (index, _) = compose(&[endpoint.clone(), endpoint], "https://api.vendor.com/x", &[]).unwrap();
    assert_eq!(index, 0);
}

#[test]
fn a_query_parameter_of_the_auth_scheme_is_refused_in_any_case() {
    let reserved = ["api_key".to_owned()];
    assert_eq!(reserved_query(&pairs(&[("q", "api_key"), ("api_keys", "1")]), &reserved), Ok(()));
    for name in ["api_key", "API_Key"] {
        let refused = reserved_query(&pairs(&[("q", "1"), (name, "x")]), &reserved);
        assert_eq!(refused, Err(TargetError::ReservedQuery { name: "api_key".to_owned() }));
    }
}

/// Pieces that are dangerous in combination.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "/",
        "//",
        "\\",
        ".",
        "..",
        "...",
        "%2e",
        "%2E",
        "%252e",
        "%25",
        "%",
        "%2",
        "%2f",
        "%5c",
        "%00",
        "%0d%0a",
        "%c0%ae",
        "?",
        "#",
        "@",
        ":",
        ":443",
        ":8443",
        ";",
        "%3b",
        " ",
        "\t",
        "\n",
        "\0",
        "ü",
        "．",
        "／",
        "。",
        "https:",
        "https://",
        "http://",
        "api.vendor.com",
        "files.vendor.com",
        "login.vendor.com",
        "evil.test",
        "v1",
        "/v1",
        "/v1/inner",
        "/a/b",
        "V1",
        "agents",
        "&",
        "=",
        "+",
        "[",
        "]",
        "user",
        "\u{202e}",
        "\u{85}",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Pieces below an existing origin, so that most of the text is a path.
fn nasty_below() -> impl Strategy<Value = String> {
    let base = prop::sample::select(vec![
        "",
        "/",
        "https://api.vendor.com/v1",
        "https://files.vendor.com/a/b",
        "https://login.vendor.com",
    ]);
    (base, nasty()).prop_map(|(base, rest)| format!("{base}{rest}"))
}

/// A segment that every server reads in the same way.
fn plain_segment() -> impl Strategy<Value = String> {
    "[A-Za-z0-9_~!$&'()*+,=:@-][A-Za-z0-9._~!$&'()*+,;=:@-]{0,12}"
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn arbitrary_text_never_leaves_its_origin(text in any::<String>()) {
        oracle::check(&text);
        oracle::check(&format!("/{text}"));
        oracle::check(&format!("https://api.vendor.com/v1{text}"));
        oracle::check(&format!("https://{text}/v1"));
    }

    #[test]
    fn nasty_text_never_leaves_its_origin(text in prop_oneof![nasty(), nasty_below()]) {
        oracle::check(&text);
    }

    #[test]
    fn arbitrary_queries_come_out_as_they_went_in(query in prop::collection::vec(any::<(String, String)>(), 0..6)) {
        oracle::check_parts("/users", &query);
    }

    #[test]
    fn every_plain_path_is_accepted_and_kept(segments in prop::collection::vec(plain_segment(), 1..6), slash in any::<bool>()) {
        let path = format!("/{}{}", segments.join("/"), if slash { "/" } else { "" });
        prop_assert_eq!(composed(&path), Ok(format!("0 https://api.vendor.com/v1{path}")));
        let absolute = composed(&format!("https://files.vendor.com/a/b{path}"));
        prop_assert_eq!(absolute, Ok(format!("3 http://127.0.0.1:4010/beta{path}")));
    }
}
