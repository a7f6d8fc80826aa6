//! Oracle for URL composition: reads the composed URL by hand, without a URL parser, and decides whether it may be
//! sent.

use std::sync::LazyLock;

use mortise_policy::origin::Origin;
use mortise_policy::target::{Endpoint, MAX_URL_BYTES, compose};

/// The endpoints of every check: with a base path, without a base path, with a port, with an override that has a
/// different base path, and with a base path below that of another endpoint.
static ENDPOINTS: LazyLock<Vec<Endpoint>> = LazyLock::new(|| {
    let origin = |text| Origin::parse_override(text).unwrap();
    let same = |text| Endpoint { declared: origin(text), actual: origin(text) };
    vec![
        same("https://api.vendor.com/v1"),
        same("https://login.vendor.com"),
        same("https://api.vendor.com:8443/v2"),
        Endpoint { declared: origin("https://files.vendor.com/a/b"), actual: origin("http://127.0.0.1:4010/beta") },
        same("https://api.vendor.com/v1/inner"),
    ]
});

/// [`ENDPOINTS`] as a slice.
pub(crate) fn endpoints() -> &'static [Endpoint] {
    &ENDPOINTS
}

/// Runs `compose` over a text of lines: the target, then one query parameter a line (`name=value`).
pub(crate) fn check(text: &str) {
    let mut lines = text.split('\n');
    let target = lines.next().unwrap_or_default();
    let query: Vec<(String, String)> = lines
        .map(|line| line.split_once('=').unwrap_or((line, "")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    check_parts(target, &query);
}

/// Composes a URL, and checks it unless the composition is refused.
pub(crate) fn check_parts(target: &str, query: &[(String, String)]) {
    let endpoints = endpoints();
    let Ok((index, url)) = compose(endpoints, target, query) else { return };
    let endpoint = &endpoints[index];
    let text = url.as_str();
    assert!(text.len() <= MAX_URL_BYTES);
    assert!(text.bytes().all(|b| b.is_ascii_graphic()), "{text:?}");
    assert!(!text.contains(['#', '\\']) && !authority(text).contains('@'), "{text:?}");

    let base = endpoint.actual.to_string();
    assert_eq!(scheme(text), scheme(&base));
    assert_eq!(authority(text), authority(&base), "{target:?} became {text:?}");
    let below = path(text).strip_prefix(path(&base)).unwrap_or_else(|| panic!("{target:?} left the base: {text:?}"));
    assert_segments(below, text);

    assert_eq!(url.query().map(decode_form).unwrap_or_default(), query, "{text:?}");
    assert_belongs(target, index, endpoints);
}

/// Checks that nothing follows a base path, or only segments that read the same after any number of decodings.
fn assert_segments(below: &str, text: &str) {
    if below.is_empty() {
        return;
    }
    let segments: Vec<&str> =
        below.strip_prefix('/').unwrap_or_else(|| panic!("not at a boundary: {text:?}")).split('/').collect();
    for (position, segment) in segments.iter().enumerate() {
        assert!(!segment.is_empty() || position + 1 == segments.len(), "empty segment in {text:?}");
        let mut decoded = segment.as_bytes().to_vec();
        loop {
            assert!(!decoded.iter().any(|b| *b < 0x20 || *b == 0x7f || *b == b'\\' || *b == b'/'), "{text:?}");
            assert!(decoded != b"." && decoded != b"..", "dots in {text:?}");
            assert!(!decoded.starts_with(b"..;") && !decoded.starts_with(b".;"), "dots in {text:?}");
            let again = decode(&decoded);
            if again == decoded {
                break;
            }
            decoded = again;
        }
        let once = String::from_utf8(decode(segment.as_bytes()));
        assert!(once.is_ok(), "escapes that are not UTF-8 in {text:?}");
    }
}

/// Checks that the endpoint is the one that the target names.
fn assert_belongs(target: &str, index: usize, endpoints: &[Endpoint]) {
    if target.starts_with('/') {
        assert_eq!(index, 0);
        return;
    }
    assert_eq!(scheme(target), "https");
    let port = |authority: &str| authority.to_ascii_lowercase().trim_end_matches(":443").to_owned();
    let matches = |endpoint: &Endpoint| {
        let declared = endpoint.declared.to_string();
        let below = path(target).strip_prefix(path(&declared));
        let boundary = below.is_some_and(|below| below.is_empty() || below.starts_with('/'));
        (boundary && port(authority(target)) == port(authority(&declared))).then(|| path(&declared).len())
    };
    let best = endpoints.iter().filter_map(matches).max();
    assert!(best.is_some(), "{target:?} is below no declared origin");
    assert_eq!(matches(&endpoints[index]), best, "{target:?} belongs to a longer base path");
}

fn scheme(url: &str) -> &str {
    url.split_once("://").unwrap().0
}

fn authority(url: &str) -> &str {
    url.split_once("://").unwrap().1.split(['/', '?', '#']).next().unwrap()
}

fn path(url: &str) -> &str {
    let rest = &url.split_once("://").unwrap().1[authority(url).len()..];
    rest.split(['?', '#']).next().unwrap()
}

/// Undoes one layer of percent-encoding.
fn decode(bytes: &[u8]) -> Vec<u8> {
    let digit = |at: usize| bytes.get(at).and_then(|b| char::from(*b).to_digit(16)).map(|digit| digit as u8);
    let mut decoded = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(high * 16 + low);
                at += 3;
            }
            (other, ..) => {
                decoded.push(*other);
                at += 1;
            }
        }
    }
    decoded
}

/// Undoes form encoding.
fn decode_form(query: &str) -> Vec<(String, String)> {
    let text = |part: &str| String::from_utf8(decode(part.replace('+', " ").as_bytes())).unwrap();
    query.split('&').map(|pair| pair.split_once('=').unwrap()).map(|(name, value)| (text(name), text(value))).collect()
}
