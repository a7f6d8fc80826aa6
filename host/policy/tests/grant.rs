//! Grants: both keys turn.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[path = "oracle/grant.rs"]
mod oracle;

use mortise_policy::grant::{Grant, GrantError, check};
use proptest::prelude::*;

fn grant(digest: &str, origins: &[&str]) -> Grant {
    Grant { digest: digest.to_owned(), origins: texts(origins) }
}

fn texts(origins: &[&str]) -> Vec<String> {
    origins.iter().map(|origin| (*origin).to_owned()).collect()
}

#[test]
fn a_plugin_is_served_as_it_was_granted() {
    let granted = grant("aa", &["https://a.com", "https://b.com"]);
    assert_eq!(check("aa", &texts(&["https://b.com", "https://a.com"]), Some(&granted)), Ok(()));
    assert_eq!(check("aa", &texts(&["https://a.com"]), Some(&granted)), Ok(()), "fewer origins are fine");
    assert_eq!(check("aa", &[], Some(&grant("aa", &[]))), Ok(()));
}

#[test]
fn a_plugin_without_a_grant_is_refused() {
    assert_eq!(check("aa", &[], None), Err(GrantError::NotGranted));
}

#[test]
fn a_changed_file_is_refused() {
    let granted = grant("aa", &["https://a.com"]);
    let changed = GrantError::DigestChanged { granted: "aa".to_owned(), found: "ab".to_owned() };
    assert_eq!(check("ab", &texts(&["https://a.com"]), Some(&granted)), Err(changed));
    assert!(check("AA", &texts(&["https://a.com"]), Some(&granted)).is_err());
    assert!(check("", &[], Some(&granted)).is_err());
}

#[test]
fn new_origins_are_held_and_named_whether_or_not_the_file_changed() {
    let granted = grant("aa", &["https://a.com"]);
    let declared = texts(&["https://b.com", "https://a.com", "https://a.com/x"]);
    let wider = GrantError::WiderOrigins { extra: texts(&["https://b.com", "https://a.com/x"]) };
    assert_eq!(check("aa", &declared, Some(&granted)), Err(wider.clone()));
    assert_eq!(check("ab", &declared, Some(&granted)), Err(wider));
}

#[test]
fn a_refusal_names_the_command_to_run() {
    for (error, text) in [
        (GrantError::NotGranted, "the plugin is not granted: review its origins and run `mortise grant acme`"),
        (
            GrantError::DigestChanged { granted: "aa".to_owned(), found: "ab".to_owned() },
            "the plugin has changed since it was granted (granted sha256 aa, found ab): if you trust the new file, run \
             `mortise grant acme`",
        ),
        (
            GrantError::WiderOrigins { extra: texts(&["https://a.com", "https://b.com"]) },
            "the plugin asks for origins that are not granted (https://a.com, https://b.com): review them and run \
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
        declared in prop::collection::vec("https://[a-d]\\.com", 0..5), origins in prop::collection::vec("https://[a-d]\\.com", 0..5),
    ) {
        let grant = Grant { digest: granted, origins };
        oracle::check_parts(&digest, &declared, given.then_some(&grant));
    }

    #[test]
    fn grants_agree_with_set_logic_on_any_text(text in "([ab]\n){2}([dg] [a-c]?\n){0,8}|(?s).{0,40}") {
        oracle::check(&text);
    }
}
