//! Declared origins, the variables in them, and the operator's overrides.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[path = "oracle/origin.rs"]
mod oracle;

use mortise_policy::address::Refused;
use mortise_policy::origin::{Extent, Origin, OriginError, OriginTemplate};
use mortise_policy::path::PathError;
use proptest::prelude::*;

fn parse(text: &str) -> Result<String, OriginError> {
    oracle::check_parts(text, &["x"]);
    OriginTemplate::parse(text).map(|template| template.to_string())
}

/// Resolves `text` with `value` for every variable.
fn resolve(text: &str, value: &str) -> Result<String, OriginError> {
    oracle::check_parts(text, &[value]);
    OriginTemplate::parse(text).unwrap().resolve(|_| Some(value.to_owned())).map(|origin| origin.to_string())
}

#[test]
fn a_declaration_has_one_canonical_form() {
    for (text, canonical) in [
        ("https://api.vendor.com", "https://api.vendor.com"),
        ("https://api.vendor.com/", "https://api.vendor.com"),
        ("https://vendor.com", "https://vendor.com"),
        ("https://API.Vendor.COM/V1/", "https://api.vendor.com/V1"),
        ("https://api.vendor.com:443/v1", "https://api.vendor.com/v1"),
        ("https://api.vendor.com:8443/v1", "https://api.vendor.com:8443/v1"),
        ("https://{site}.Vendor.com/desk/v1", "https://{site}.vendor.com/desk/v1"),
        ("https://api-{cluster}.vendor.com", "https://api-{cluster}.vendor.com"),
        ("https://{a}-{b}.x.{c_1}.api.vendor.com:8443", "https://{a}-{b}.x.{c_1}.api.vendor.com:8443"),
        ("https://api.vendor.com/a b/ü", "https://api.vendor.com/a%20b/%C3%BC"),
        ("https://xn--bcher-kva.vendor.com", "https://xn--bcher-kva.vendor.com"),
    ] {
        assert_eq!(parse(text).as_deref(), Ok(canonical), "{text}");
    }
}

#[test]
fn the_value_that_makes_a_host_is_found_and_no_other() {
    for (text, host, value) in [
        ("https://{site}.vendor.com/api", "acme.vendor.com", Some("acme")),
        ("https://{site*}.vendor.com/api", "acme.eu.vendor.com", Some("acme.eu")),
        ("https://{site}.vendor.com", "acme.eu.vendor.com", None),
        ("https://{site*}.vendor.com", "vendor.com", None),
        ("https://{site*}.vendor.com", ".vendor.com", None),
        ("https://{site*}.vendor.com", "acme.vendor.com.evil.net", None),
        ("https://{site*}.vendor.com", "acmevendor.com", None),
        ("https://api-{site}.{region}.vendor.com", "api-acme.eu.vendor.com", Some("acme")),
        ("https://api-{site}.{region}.vendor.com", "api-acme.us.vendor.com", None),
        ("https://{site}.{site}.vendor.com", "a.a.vendor.com", None),
        ("https://{site}.{other}.vendor.com", "acme.eu.vendor.com", None),
        ("https://api.vendor.com", "api.vendor.com", None),
    ] {
        let template = OriginTemplate::parse(text).unwrap();
        let lookup = |name: &str| (name == "region").then(|| "eu".to_owned());
        assert_eq!(template.value_at("site", host, lookup).as_deref(), value, "{text} {host}");
    }
}

#[test]
fn a_declaration_is_public_and_has_a_fixed_end() {
    use OriginError as O;
    let end = |variable: &str| O::VariableEnd { variable: variable.to_owned() };
    for (text, reason) in [
        ("", O::NotHttps),
        ("api.vendor.com", O::NotHttps),
        ("http://api.vendor.com", O::NotHttps),
        ("HTTPS://api.vendor.com", O::NotHttps),
        ("//api.vendor.com", O::NotHttps),
        (" https://api.vendor.com", O::NotHttps),
        ("https:/api.vendor.com", O::NotHttps),
        ("https://", O::InvalidHost),
        ("https:///v1", O::InvalidHost),
        ("https://user@vendor.com", O::Userinfo),
        ("https://user:pw@api.vendor.com/v1", O::Userinfo),
        ("https://api.vendor.com?x=1", O::QueryOrFragment),
        ("https://api.vendor.com/v1?", O::QueryOrFragment),
        ("https://api.vendor.com/v1#x", O::QueryOrFragment),
        ("https://api.vendor.com\\v1", O::InvalidHost),
        ("https://api vendor.com", O::InvalidHost),
        ("https://api.vendor.com\n", O::InvalidHost),
        ("https://api_vendor.com", O::InvalidHost),
        ("https://*.vendor.com", O::InvalidHost),
        ("https://bücher.vendor.com", O::InvalidHost),
        ("https://%61pi.vendor.com", O::InvalidHost),
        ("https://-api.vendor.com", O::InvalidHost),
        ("https://api-.vendor.com", O::InvalidHost),
        ("https://xn--a.vendor.com", O::InvalidHost),
        ("https://{x}.2.3.4", O::InvalidHost),
        ("https://{x}.vendor.0x7f", O::InvalidHost),
        ("https://api.vendor.com:", O::InvalidPort),
        ("https://api.vendor.com:0", O::InvalidPort),
        ("https://api.vendor.com:65536", O::InvalidPort),
        ("https://api.vendor.com:0443", O::InvalidPort),
        ("https://api.vendor.com:+443", O::InvalidPort),
        ("https://api.vendor.com:{port}", O::InvalidPort),
        ("https://api.vendor.com:443:443", O::InvalidPort),
        ("https://[::1]", O::InvalidPort),
        ("https://localhost", O::NotPublic(Refused::SingleLabel)),
        ("https://vendor", O::NotPublic(Refused::SingleLabel)),
        ("https://api.vendor.com.", O::NotPublic(Refused::EmptyLabel)),
        ("https://api..vendor.com", O::NotPublic(Refused::EmptyLabel)),
        ("https://.vendor.com", O::NotPublic(Refused::EmptyLabel)),
        ("https://metadata.google.internal", O::NotPublic(Refused::SpecialUse)),
        ("https://api.vendor.local", O::NotPublic(Refused::SpecialUse)),
        ("https://{x}.home.arpa", O::NotPublic(Refused::SpecialUse)),
        ("https://127.0.0.1", O::NotPublic(Refused::IpLiteral)),
        ("https://8.8.8.8/v1", O::NotPublic(Refused::IpLiteral)),
        ("https://2130706433", O::NotPublic(Refused::IpLiteral)),
        ("https://0x7f.1", O::NotPublic(Refused::IpLiteral)),
        ("https://0177.0.0.1", O::NotPublic(Refused::IpLiteral)),
        ("https://{host}", end("host")),
        ("https://{a}.com", end("a")),
        ("https://{a*}.com", end("a")),
        ("https://{a*}", end("a")),
        ("https://api.{domain}", end("domain")),
        ("https://api.{a}.com", end("a")),
        ("https://{a}.{b}.vendor{c}.com", end("c")),
        ("https://{a}.vendor.co{m}", end("m")),
        ("https://{}.vendor.com", O::InvalidVariable),
        ("https://{Site}.vendor.com", O::InvalidVariable),
        ("https://{a.b}.vendor.com", O::InvalidVariable),
        ("https://{a-b}.vendor.com", O::InvalidVariable),
        ("https://{a{b}}.vendor.com", O::InvalidVariable),
        ("https://{a.vendor.com", O::InvalidVariable),
        ("https://{*}.vendor.com", O::InvalidVariable),
        ("https://{a**}.vendor.com", O::InvalidVariable),
        ("https://{*a}.vendor.com", O::InvalidVariable),
        ("https://x{a*}.vendor.com", O::InvalidVariable),
        ("https://{a*}x.vendor.com", O::InvalidVariable),
        ("https://{a*}{b}.vendor.com", O::InvalidVariable),
        ("https://{b}{a*}.vendor.com", O::InvalidVariable),
        ("https://a}.vendor.com", O::InvalidVariable),
        ("https://api.vendor.com/{version}", O::InvalidVariable),
        ("https://api.vendor.com/}", O::InvalidVariable),
        ("https://api.vendor.com/../x", O::Path(PathError::DotSegment)),
        ("https://api.vendor.com/a/%2e%2e", O::Path(PathError::DotSegment)),
        ("https://api.vendor.com//a", O::Path(PathError::EmptySegment)),
        ("https://api.vendor.com/a//", O::Path(PathError::EmptySegment)),
        ("https://api.vendor.com/a\\b", O::Path(PathError::Backslash)),
        ("https://api.vendor.com/a%2fb", O::Path(PathError::EncodedSlash)),
        ("https://api.vendor.com/a%", O::Path(PathError::BadEscape)),
    ] {
        assert_eq!(parse(text), Err(reason), "{text}");
    }
    let long = format!("https://{}.vendor.com", "a".repeat(64));
    assert_eq!(parse(&long), Err(OriginError::InvalidHost));
    let long = format!("https://{}vendor.com", "abcdefg.".repeat(31));
    assert_eq!(parse(&long), Err(OriginError::InvalidHost));
}

#[test]
fn variables_are_listed_once_in_order_with_what_they_may_fill() {
    let template = OriginTemplate::parse("https://{c*}.{b}-{a}.{b}.{c*}.vendor.com").unwrap();
    assert_eq!(template.variables(), [("c", Extent::Labels), ("b", Extent::Label), ("a", Extent::Label)]);
    assert!(OriginTemplate::parse("https://api.vendor.com").unwrap().variables().is_empty());
}

#[test]
fn a_value_fills_a_label_or_a_part_of_one_and_several_only_where_declared() {
    for (text, value, expected) in [
        ("https://{site}.vendor.com/desk", "acme", "https://acme.vendor.com/desk"),
        ("https://{site}.vendor.com", "ACME-2", "https://acme-2.vendor.com"),
        ("https://{site}.vendor.com:8443/v1", "1", "https://1.vendor.com:8443/v1"),
        ("https://api-{cluster}.vendor.com", "us-2", "https://api-us-2.vendor.com"),
        ("https://{a}{b}.vendor.com", "x", "https://xx.vendor.com"),
        ("https://{a*}.vendor.com/v1", "acme", "https://acme.vendor.com/v1"),
        ("https://{a*}.vendor.com", "Acme.EU", "https://acme.eu.vendor.com"),
        ("https://x.{a*}.vendor.com", "a.b.c", "https://x.a.b.c.vendor.com"),
        ("https://x{a}y.vendor.com", "-", "https://x-y.vendor.com"),
        ("https://{a}.vendor.com", "xn--bcher-kva", "https://xn--bcher-kva.vendor.com"),
        ("https://api.vendor.com", "unused", "https://api.vendor.com"),
    ] {
        assert_eq!(resolve(text, value).as_deref(), Ok(expected), "{text} {value}");
    }
    let longest = "a".repeat(63);
    assert_eq!(resolve("https://{a}.vendor.com", &longest), Ok(format!("https://{longest}.vendor.com")));
}

#[test]
fn the_longest_value_is_what_the_fixed_parts_leave() {
    for (text, longest) in [
        ("https://{a}.vendor.com", 63),
        ("https://api-{a}.vendor.com", 59),
        ("https://{a}{a}.vendor.com", 31),
        ("https://{a}-{b}.{a}.vendor.com", 61),
        ("https://{a*}.vendor.com:8443/path", 242),
        ("https://x.{a*}.vendor.com", 240),
        ("https://{a*}.{b}.vendor.com", 240),
        ("https://{b*}.{a*}.vendor.com", 240),
        ("https://{a*}.{a*}.vendor.com", 120),
        (&format!("https://{{a}}.{}vendor.com", "abcdefg.".repeat(28)), 18),
    ] {
        let template = OriginTemplate::parse(text).unwrap();
        assert_eq!(template.longest("a"), Some(longest), "{text}");
        let dotted = text.contains("{a*}");
        let fits = |length: usize| {
            let value: String =
                (1..=length).map(|n| if dotted && n % 8 == 0 && n < length { '.' } else { 'a' }).collect();
            template.resolve(|name| Some(if name == "a" { value.clone() } else { "b".to_owned() })).is_ok()
        };
        assert!(fits(longest) && !fits(longest + 1), "{text}");
    }
    assert_eq!(OriginTemplate::parse("https://api.vendor.com").unwrap().longest("a"), None);
}

#[test]
fn a_value_that_does_not_fit_is_refused_by_the_variables_name() {
    let invalid = |rule| Err(OriginError::InvalidValue { variable: "site".to_owned(), rule });
    let (label, labels) = (invalid(Extent::Label.rule()), invalid(Extent::Labels.rule()));
    for value in [
        "",
        " ",
        "a b",
        ".",
        ".a",
        "a.",
        "a..b",
        "a.-b",
        "a-.b",
        "a.xn--a",
        "evil.test/",
        "evil.test#",
        "evil.test?",
        "evil.test\\",
        "a/b",
        "a@b",
        "a:1",
        "a%2eb",
        "a\n",
        "a\0",
        "ü",
        "ａ",
        "a_b",
        "{site}",
        "-a",
        "a-",
        "-",
        "xn--a",
        "a。b",
    ] {
        assert_eq!(resolve("https://{site}.vendor.com/v1", value), label, "{value:?}");
        assert_eq!(resolve("https://{site*}.vendor.com/v1", value), labels, "{value:?}");
    }
    assert_eq!(resolve("https://{site}.vendor.com", "a.b"), label);
    assert_eq!(resolve("https://{site}.vendor.com", &"a".repeat(64)), label);
    assert_eq!(resolve("https://{site*}.vendor.com", &format!("b.{}", "a".repeat(64))), labels);
    assert_eq!(resolve("https://api-{site}.vendor.com", &"a".repeat(60)), label);

    let error = resolve("https://{site}.vendor.com", "s3cret!").unwrap_err();
    assert!(error.to_string().contains("`site`"), "{error}");
    assert!(!error.to_string().contains("s3cret") && !format!("{error:?}").contains("s3cret"));
}

#[test]
fn a_host_that_is_too_long_is_told_of_the_variable_that_makes_it_so() {
    let template = OriginTemplate::parse("https://{zone}.{site*}.vendor.com").unwrap();
    let resolved = |zone: &str, site: &str| {
        let value = |name: &str| Some(if name == "zone" { zone } else { site }.to_owned());
        template.resolve(value).map(|origin| origin.to_string().len() - "https://".len())
    };
    // With `x.` before them and `.vendor.com` after them, there is room for 240 characters.
    let site = |length: usize| "abcdefghi.".repeat(24).chars().take(length).collect::<String>();
    assert_eq!(resolved("x", &format!("{}a", site(239))), Ok(253));
    let error = resolved("x", &format!("{}ab", site(239))).unwrap_err();
    assert!(matches!(&error, OriginError::InvalidValue { variable, .. } if variable == "site"), "{error:?}");
    assert!(error.to_string().contains("253"), "{error}");
    // The error of a value that is not a label names its own variable.
    for (zone, site, variable) in [("xn--a", "a.b", "zone"), ("x", "a.xn--a", "site")] {
        let error = resolved(zone, site).unwrap_err();
        assert!(matches!(&error, OriginError::InvalidValue { variable: told, .. } if told == variable), "{error:?}");
    }
}

#[test]
fn a_missing_value_is_named() {
    let template = OriginTemplate::parse("https://{site}-{zone}.vendor.com").unwrap();
    let missing = template.resolve(|name| (name == "site").then(|| "a".to_owned()));
    assert_eq!(missing, Err(OriginError::MissingValue { variable: "zone".to_owned() }));
}

#[test]
fn an_override_may_be_any_http_address() {
    for (text, canonical) in [
        ("http://127.0.0.1:4010/beta", "http://127.0.0.1:4010/beta"),
        ("http://127.0.0.1:4010/beta/", "http://127.0.0.1:4010/beta"),
        ("http://localhost:80", "http://localhost"),
        ("http://[::1]:4010/x", "http://[::1]:4010/x"),
        ("http://[::1]", "http://[::1]"),
        ("https://Sandbox.Vendor.com:8443", "https://sandbox.vendor.com:8443"),
        ("https://vendor_sandbox.local", "https://vendor_sandbox.local"),
    ] {
        oracle::check_override(text);
        let origin = Origin::parse_override(text).unwrap();
        assert_eq!(origin.to_string(), canonical, "{text}");
        assert_eq!(origin.base().as_str().trim_end_matches('/'), canonical);
    }
    let origin = Origin::parse_override("http://127.0.0.1:4010/beta").unwrap();
    assert_eq!(origin.base_path(), "/beta");
    assert_eq!(Origin::parse_override("http://127.0.0.1/").unwrap().base_path(), "");
}

#[test]
fn an_override_is_a_base_and_nothing_more() {
    use OriginError as O;
    for (text, reason) in [
        ("", O::NotHttp),
        ("127.0.0.1:4010", O::NotHttp),
        ("ftp://vendor.com", O::NotHttp),
        ("HTTP://vendor.com", O::NotHttp),
        ("http:/vendor.com", O::NotHttp),
        ("http://", O::InvalidHost),
        ("http:///x", O::InvalidHost),
        ("http://user:pw@vendor.com", O::Userinfo),
        ("http://vendor.com?x", O::QueryOrFragment),
        ("http://vendor.com/#", O::QueryOrFragment),
        ("http://ven dor.com", O::InvalidHost),
        ("http://vendor.com\\x", O::InvalidHost),
        ("http://%31%32%37.0.0.1", O::InvalidHost),
        ("http://vendor.com:80:80", O::InvalidHost),
        ("http://vendor.com:1:80", O::InvalidHost),
        ("http://::1", O::InvalidHost),
        ("http://[::1", O::InvalidHost),
        ("http://[::1]x", O::InvalidPort),
        ("http://256.0.0.1", O::InvalidHost),
        ("http://vendor.com:", O::InvalidPort),
        ("http://vendor.com:0", O::InvalidPort),
        ("http://vendor.com:http", O::InvalidPort),
        ("http://vendor.com/../x", O::Path(PathError::DotSegment)),
    ] {
        oracle::check_override(text);
        assert_eq!(Origin::parse_override(text), Err(reason), "{text}");
    }
    let error = Origin::parse_override("http://user:s3cret@vendor.com").unwrap_err();
    assert!(!error.to_string().contains("s3cret") && !format!("{error:?}").contains("s3cret"));
}

/// Pieces of declarations.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{",
        "}",
        "{a}",
        "{b_2}",
        "{c*}",
        "*",
        ".",
        "-",
        "vendor",
        "com",
        ".vendor.com",
        ":",
        ":443",
        ":8443",
        "/",
        "/v1",
        "@",
        "?",
        "#",
        "\\",
        "%2e",
        "..",
        "0x7f",
        "127",
        "1",
        "[::1]",
        "xn--",
        "XN--A",
        "ü",
        "。",
        " ",
        "\t",
        "local",
        "A",
    ]);
    prop::collection::vec(piece, 0..10).prop_map(|pieces| format!("https://{}", pieces.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn whatever_a_variable_holds_the_end_of_the_host_stays(
        declared in prop::sample::select(vec!["https://{a}.vendor.com/v1", "https://{a}-{b}.x.{c}.vendor.com:8443", "https://x{a}.vendor.com", "https://{a}{b}.vendor.com", "https://{a*}.vendor.com/v1", "https://x.{a*}.{b}.{c*}.vendor.com"]),
        values in prop::collection::vec(prop_oneof![any::<String>(), "[a-zA-Z0-9-]{0,70}", "[a-z0-9-]{1,3}(\\.[a-z0-9-]{1,3}){1,3}", "[a-z./@:#?%-]{0,8}", "xn--[a-z0-9-]{0,10}"], 1..4),
    ) {
        oracle::check_parts(declared, &values.iter().map(String::as_str).collect::<Vec<_>>());
    }

    #[test]
    fn whatever_is_declared_its_host_is_public_and_its_end_fixed(declared in prop_oneof![pieces(), any::<String>().prop_map(|text| format!("https://{text}"))], value in "[a-z0-9-]{0,4}") {
        oracle::check_parts(&declared, &[&value]);
    }

    #[test]
    fn whatever_is_put_in_its_place_is_a_base(text in prop_oneof![pieces(), any::<String>(), any::<String>().prop_map(|text| format!("http://{text}"))]) {
        oracle::check(&text);
    }
}
