//! Advice about a component that the host would load. The loader does not enforce it.

use std::path::Path;

use mortise_policy::slug::is_slug;

use super::{Candidate, Capabilities, Loader};
use crate::egress::AuthScheme;

/// Largest usual component, in bytes. A larger one is mostly unused code, and loads slower. This project's own may have
/// up to 512 KiB (`.ci/run`).
pub const ORDINARY_BYTES: usize = 400 << 10;

/// Largest usual component in JavaScript, in bytes. Its engine has about 12 MB.
const JAVASCRIPT_BYTES: usize = 14 << 20;

/// Largest usual component in Python, in bytes. Its interpreter and standard library have about 18 MB.
const PYTHON_BYTES: usize = 21 << 20;

/// More origins than one vendor usually has.
const MANY_ORIGINS: usize = 4;

/// The language of an SDK and its version, from the text in a component. `0.1.0` is the Rust SDK, `js/0.1.0` that for
/// JavaScript.
pub fn sdk(stamp: &str) -> (&str, &str) {
    stamp.split_once('/').unwrap_or(("rust", stamp))
}

/// Facts that are allowed but probably not intended, a sentence each. `bytes` is the size of the component.
pub fn warnings(candidate: &Candidate, bytes: usize) -> Vec<String> {
    let Capabilities { origins, variables, auth, .. } = &candidate.capabilities;
    let mut warnings = Vec::new();
    for origin in origins {
        let host = origin.strip_prefix("https://").unwrap_or(origin);
        let first = host.split('.').next().unwrap_or_default();
        if first.starts_with('{') && first.ends_with('}') {
            warnings.push(format!(
                "origin `{origin}`: each account names a host of its own; where the vendor's hosts have a fixed part \
                 (`api-{first}`), declare it"
            ));
        }
    }
    if origins.len() > MANY_ORIGINS {
        warnings.push(format!("{} origins: an operator has to trust each of them", origins.len()));
    }
    for variable in variables.iter().filter(|variable| variable.secret) {
        if !auth.iter().any(|scheme| uses(scheme, &variable.name)) {
            warnings.push(format!("variable `{}`: no auth scheme uses this secret", variable.name));
        }
    }
    let language = candidate.sdk_version.as_deref().map(|version| sdk(version).0);
    warnings.extend(too_large(language, bytes));
    if language.is_none() {
        warnings.push("it does not say which SDK it was built with".to_owned());
    }
    warnings
}

/// The warning about a component that is larger than usual for its language.
fn too_large(language: Option<&str>, bytes: usize) -> Option<String> {
    let (usual, what) = match language {
        Some("js") => (JAVASCRIPT_BYTES, "one in JavaScript, which brings its engine,"),
        Some("python") => (PYTHON_BYTES, "one in Python, which brings its interpreter,"),
        _ => (ORDINARY_BYTES, "an ordinary component"),
    };
    let ask = match language {
        Some("js" | "python") => "which packages does it import?",
        _ => "was it built with `mortise build`, without --dev?",
    };
    let kib = |bytes: usize| bytes.div_ceil(1 << 10);
    (bytes > usual).then(|| format!("{} KiB: {what} has at most {} KiB; {ask}", kib(bytes), kib(usual)))
}

/// Whether a template of the scheme names the variable.
fn uses(scheme: &AuthScheme, name: &str) -> bool {
    let sign_in = scheme.exchange.iter().flat_map(|exchange| exchange.variables());
    scheme.params.iter().flat_map(|(_, template)| template.variables()).chain(sign_in).any(|variable| variable == name)
}

/// The slug in a file's name.
pub fn slug_of(file: &Path) -> Option<&str> {
    file.file_name()?.to_str()?.strip_suffix(Loader::EXTENSION).filter(|slug| is_slug(slug))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_component_is_told_what_those_of_its_language_have() {
        let said = |language, kib: usize| too_large(language, kib << 10).unwrap_or_default();
        for language in [Some("rust"), None] {
            assert_eq!(said(language, 400), "");
            let warning = said(language, 401);
            assert!(warning.starts_with("401 KiB: an ordinary component has at most 400 KiB;"), "{warning}");
        }
        for (language, usual, larger, name) in
            [("js", 12_000, 15_000, "JavaScript"), ("python", 18_200, 22_000, "Python")]
        {
            assert_eq!(said(Some(language), usual), "");
            let warning = said(Some(language), larger);
            assert!(warning.contains(name) && !warning.contains("400 KiB") && !warning.contains("--dev"), "{warning}");
        }
    }
}
