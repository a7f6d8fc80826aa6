//! Oracle for grants: sets.

use std::collections::BTreeSet;

use mortise_policy::grant::{Grant, GrantError, check as check_grant};

/// Checks a text of lines: the component's digest, the granted one (empty: no grant), then `d origin` for a declared and
/// `g origin` for a granted origin.
pub(crate) fn check(text: &str) {
    let mut lines = text.split('\n');
    let digest = lines.next().unwrap_or_default();
    let granted = lines.next().unwrap_or_default();
    let (mut declared, mut origins) = (Vec::new(), Vec::new());
    for line in lines {
        if let Some(origin) = line.strip_prefix("d ") {
            declared.push(origin.to_owned());
        } else if let Some(origin) = line.strip_prefix("g ") {
            origins.push(origin.to_owned());
        }
    }
    let grant = (!granted.is_empty()).then(|| Grant { digest: granted.to_owned(), origins });
    check_parts(digest, &declared, grant.as_ref());
}

/// Compares the answer with set logic.
pub(crate) fn check_parts(digest: &str, declared: &[String], grant: Option<&Grant>) {
    let answer = check_grant(digest, declared, grant);
    if let Err(error) = &answer {
        assert!(error.explain("acme").contains("`mortise grant acme`"), "{error}");
    }
    let Some(grant) = grant else {
        assert_eq!(answer, Err(GrantError::NotGranted));
        return;
    };
    let wanted: BTreeSet<&String> = declared.iter().collect();
    let allowed: BTreeSet<&String> = grant.origins.iter().collect();
    let missing: BTreeSet<&String> = wanted.difference(&allowed).copied().collect();
    assert_eq!(answer.is_ok(), missing.is_empty() && grant.digest == digest);
    match answer {
        Ok(()) => {}
        Err(GrantError::WiderOrigins { extra }) => assert_eq!(extra.iter().collect::<BTreeSet<_>>(), missing),
        Err(GrantError::DigestChanged { granted, found }) => {
            assert!(missing.is_empty());
            assert_eq!((granted.as_str(), found.as_str()), (grant.digest.as_str(), digest));
            assert_ne!(granted, found);
        }
        Err(other) => panic!("{other}"),
    }
}
