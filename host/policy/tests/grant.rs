//! Grants: the declaration and the operator's grant must agree.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[path = "oracle/grant.rs"]
mod oracle;

use mortise_policy::grant::{Grant, GrantError, check, digest};
use proptest::prelude::*;

fn grant(digest: &str, origins: &[&str], headers: &[&str]) -> Grant {
    Grant { digest: digest.to_owned(), origins: texts(origins), headers: texts(headers), passthrough: true }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// The example "abc" of FIPS 180-2, appendix B.1.
#[test]
fn the_digest_of_a_component_is_its_sha_256_in_lower_case_hexadecimal() {
    assert_eq!(digest(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
fn a_plugin_is_served_as_it_was_granted() {
    let granted = grant("aa", &["https://a.com", "https://b.com"], &["x-a", "x-b"]);
    assert_eq!(check(&grant("aa", &["https://b.com", "https://a.com"], &["x-b", "x-a"]), Some(&granted)), Ok(()));
    assert_eq!(check(&grant("aa", &["https://a.com"], &[]), Some(&granted)), Ok(()), "asking for less is fine");
    assert_eq!(check(&grant("aa", &[], &[]), Some(&grant("aa", &[], &[]))), Ok(()));
}

#[test]
fn a_plugin_without_a_grant_is_refused() {
    assert_eq!(check(&grant("aa", &[], &[]), None), Err(GrantError::NotGranted));
}

#[test]
fn a_changed_file_is_refused() {
    let granted = grant("aa", &["https://a.com"], &["x-a"]);
    let changed = GrantError::DigestChanged { granted: "aa".to_owned(), found: "ab".to_owned() };
    assert_eq!(check(&grant("ab", &["https://a.com"], &["x-a"]), Some(&granted)), Err(changed));
    assert!(check(&grant("AA", &["https://a.com"], &[]), Some(&granted)).is_err());
    assert!(check(&grant("", &[], &[]), Some(&granted)).is_err());
}

#[test]
fn new_origins_and_headers_are_held_and_named_whether_or_not_the_file_changed() {
    let granted = grant("aa", &["https://a.com"], &["x-a"]);
    for digest in ["aa", "ab"] {
        let asked = grant(digest, &["https://b.com", "https://a.com", "https://a.com/x"], &["x-b", "x-a"]);
        let (origins, headers) = (texts(&["https://b.com", "https://a.com/x"]), texts(&["x-b"]));
        assert_eq!(check(&asked, Some(&granted)), Err(GrantError::Wider { origins, headers }));
        let headers = texts(&["x-a-b"]);
        let asked = grant(digest, &["https://a.com"], &["x-a-b"]);
        assert_eq!(check(&asked, Some(&granted)), Err(GrantError::Wider { origins: vec![], headers }));
    }
}

#[test]
fn a_refusal_names_the_command_to_run() {
    let wider =
        |origins: &[&str], headers: &[&str]| GrantError::Wider { origins: texts(origins), headers: texts(headers) };
    for (error, text) in [
        (GrantError::NotGranted, "the plugin is not granted: review its origins and run `mortise grant acme`"),
        (
            GrantError::DigestChanged { granted: "aa".to_owned(), found: "ab".to_owned() },
            "the plugin has changed since it was granted (granted sha256 aa, found ab): if you trust the new file, run \
             `mortise grant acme`",
        ),
        (
            wider(&["https://a.com", "https://b.com"], &[]),
            "the plugin asks for origins (https://a.com, https://b.com) that are not granted: review them and run \
             `mortise grant acme`",
        ),
        (
            wider(&["https://a.com"], &["x-a", "x-b"]),
            "the plugin asks for origins (https://a.com) and headers (x-a, x-b) that are not granted: review them and run \
             `mortise grant acme`",
        ),
    ] {
        assert_eq!(error.explain("acme"), text);
        assert_eq!(error.to_string(), text.replace("acme", "<slug>"));
    }
}

proptest! {
    #[test]
    fn grants_agree_with_set_logic(
        digest in "[ab]{1,2}", granted in "[ab]{1,2}", given in any::<bool>(),
        asked in prop::collection::vec("https://[a-d]\\.com", 0..5), origins in prop::collection::vec("https://[a-d]\\.com", 0..5),
        sets in prop::collection::vec("x-[a-d]", 0..5), headers in prop::collection::vec("x-[a-d]", 0..5),
    ) {
        let asked = Grant { digest, origins: asked, headers: sets, passthrough: true };
        let granted = Grant { digest: granted, origins, headers, passthrough: true };
        oracle::check_parts(&asked, given.then_some(&granted));
    }

    #[test]
    fn grants_agree_with_set_logic_on_any_text(text in "([ab]\n){2}([dgsh] [a-c]?\n){0,8}|(?s).{0,40}") {
        oracle::check(&text);
    }
}
