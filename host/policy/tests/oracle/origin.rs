//! Oracle for origin templates: the host ends as declared, with any value of a variable.

use std::net::Ipv4Addr;

use mortise_policy::origin::{Extent, Origin, OriginTemplate};

/// Checks a text of lines: the declared origin, then values for its variables in order. The last value serves for all
/// further variables.
pub(crate) fn check(text: &str) {
    let mut lines = text.split('\n');
    let declared = lines.next().unwrap_or_default();
    let values: Vec<&str> = lines.collect();
    check_override(declared);
    check_parts(declared, &values);
}

/// Resolves a template with these values, and checks the result.
pub(crate) fn check_parts(declared: &str, values: &[&str]) {
    let Ok(template) = OriginTemplate::parse(declared) else { return };
    let canonical = template.to_string();
    assert_eq!(OriginTemplate::parse(&canonical).as_ref(), Ok(&template), "{canonical} does not read as itself");

    let mut names: Vec<_> = template.variables().into_iter().map(|(name, _)| name).collect();
    names.dedup();
    let value = |name: &str| {
        let position = names.iter().position(|other| *other == name).unwrap();
        values.get(position).or(values.last()).map(|value| (*value).to_owned())
    };
    let Ok(origin) = template.resolve(value) else {
        assert!(!names.is_empty(), "{declared:?} has nothing to fill in and does not resolve");
        return;
    };
    let (authority, path) = parts(&canonical);
    let text = origin.to_string();
    let (found_authority, found_path) = parts(&text);
    assert_eq!(found_path, path);

    let fixed = authority.rsplit_once('}').map_or(authority, |(_, fixed)| fixed);
    assert!(found_authority.ends_with(fixed), "{text} does not end in {fixed}");
    let fixed_host = fixed.split(':').next().unwrap();
    assert!(fixed_host.split('.').rev().take(2).filter(|label| !label.is_empty()).count() == 2, "{fixed_host}");
    if !names.is_empty() {
        assert!(fixed_host.contains('.') && fixed_host.matches('.').count() >= 2, "{declared:?} has no fixed end");
    }
    let host = found_authority.split(':').next().unwrap();
    // Each variable became its value, and nothing else changed. Only a value for a star may contain dots.
    let filled = template.variables().into_iter().fold(authority.to_owned(), |filled, (name, extent)| {
        let value = value(name).unwrap().to_ascii_lowercase();
        assert!(extent == Extent::Labels || !value.contains('.'), "{text} has several labels for {name}");
        let star = if extent == Extent::Labels { "*" } else { "" };
        filled.replace(&format!("{{{name}{star}}}"), &value)
    });
    assert_eq!(found_authority, filled);
    assert!(host.parse::<Ipv4Addr>().is_err(), "{text}");
    for label in host.split('.') {
        assert!((1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-'), "{text}");
        assert!(label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{text}");
    }
    let base = origin.base();
    assert!(
        base.username().is_empty() && base.password().is_none() && base.query().is_none() && base.fragment().is_none()
    );
    assert_eq!(base.host_str(), Some(host));
}

/// Reads an operator's override, and checks the result.
pub(crate) fn check_override(text: &str) {
    let Ok(origin) = Origin::parse_override(text) else { return };
    let canonical = origin.to_string();
    assert_eq!(Origin::parse_override(&canonical).as_ref(), Ok(&origin), "{canonical} does not read as itself");
    assert!(canonical.starts_with("http://") || canonical.starts_with("https://"));
    assert!(!canonical.contains(['?', '#', '\\']) && !parts(&canonical).0.contains('@'), "{canonical}");
    assert!(!canonical.ends_with('/'), "{canonical}");
}

/// Authority and path of an `http` or `https` URL, parsed by hand.
fn parts(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").unwrap().1;
    rest.split_at(rest.find('/').unwrap_or(rest.len()))
}
