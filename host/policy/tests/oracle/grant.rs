//! Oracle for grants, with sets.

use std::collections::BTreeSet;

use mortise_policy::grant::{Grant, GrantError, check as check_grant};

/// Checks a text of lines: the component's digest, then the granted digest (empty: no grant). Then follow origins,
/// `d origin` if declared and `g origin` if granted, and headers, `s header` if declared and `h header` if granted.
pub(crate) fn check(text: &str) {
    let mut lines = text.split('\n');
    let mut of_digest = || {
        let digest = lines.next().unwrap_or_default().to_owned();
        Grant { digest, origins: vec![], headers: vec![], passthrough: true }
    };
    let (mut asked, mut granted) = (of_digest(), of_digest());
    for line in lines {
        let Some((list, value)) = line.split_once(' ') else { continue };
        let list = match list {
            "d" => &mut asked.origins,
            "g" => &mut granted.origins,
            "s" => &mut asked.headers,
            "h" => &mut granted.headers,
            _ => continue,
        };
        list.push(value.to_owned());
    }
    check_parts(&asked, (!granted.digest.is_empty()).then_some(&granted));
}

/// Compares the answer with set logic.
pub(crate) fn check_parts(asked: &Grant, granted: Option<&Grant>) {
    let answer = check_grant(asked, granted);
    if let Err(error) = &answer {
        assert!(error.explain("acme").contains("`mortise grant acme`"), "{error}");
    }
    let Some(granted) = granted else {
        assert_eq!(answer, Err(GrantError::NotGranted));
        return;
    };
    let origins = missing(&asked.origins, &granted.origins);
    let headers = missing(&asked.headers, &granted.headers);
    let is_covered = origins.is_empty() && headers.is_empty();
    assert_eq!(answer.is_ok(), is_covered && granted.digest == asked.digest);
    match &answer {
        Ok(()) => {}
        Err(GrantError::Wider { origins: wider, headers: set }) => {
            assert_eq!((wider.iter().collect(), set.iter().collect()), (origins, headers));
        }
        Err(GrantError::DigestChanged { granted: before, found }) => {
            assert!(is_covered);
            assert_eq!((before, found), (&granted.digest, &asked.digest));
            assert_ne!(before, found);
        }
        Err(other) => panic!("{other}"),
    }
}

fn missing<'a>(asked: &'a [String], granted: &'a [String]) -> BTreeSet<&'a String> {
    let allowed: BTreeSet<&String> = granted.iter().collect();
    asked.iter().collect::<BTreeSet<_>>().difference(&allowed).copied().collect()
}
