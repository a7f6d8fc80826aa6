//! What a reviewer would ask of a component that the host would load: the loader has no opinion on these.

use std::path::Path;

use super::{Candidate, Capabilities, Loader};
use crate::egress::AuthScheme;

/// What an ordinary vendor's component in Rust stays below, in bytes: more is mostly unused code, and loads slower. The largest of
/// this project's own may have 512 KiB (`.ci/run`).
pub const ORDINARY_BYTES: usize = 400 << 10;

/// More origins than one vendor usually has.
const MANY_ORIGINS: usize = 4;

/// The language of an SDK and its version, by what it leaves in a component: `0.1.0` is the Rust SDK, `js/0.1.0` another.
pub fn sdk(stamp: &str) -> (&str, &str) {
    stamp.split_once('/').unwrap_or(("rust", stamp))
}

/// What is allowed and probably not meant, a sentence each. `bytes`: the size of the component.
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
            warnings.push(format!("variable `{}`: a secret that no auth scheme uses is of no use", variable.name));
        }
    }
    match candidate.sdk_version.as_deref().map(sdk) {
        Some(("rust", _)) if bytes > ORDINARY_BYTES => warnings.push(format!(
            "{} KiB: an ordinary component in Rust has at most {} KiB; was it built with `mortise build`, without --dev?",
            bytes.div_ceil(1 << 10),
            ORDINARY_BYTES >> 10
        )),
        Some(_) => {}
        None => warnings.push("it does not say which SDK it was built with".to_owned()),
    }
    warnings
}

/// Whether a template of the scheme names the variable.
fn uses(scheme: &AuthScheme, name: &str) -> bool {
    let sign_in = scheme.exchange.iter().flat_map(|exchange| exchange.variables());
    scheme.params.iter().flat_map(|(_, template)| template.variables()).chain(sign_in).any(|variable| variable == name)
}

/// The slug that a file's name claims.
pub fn slug_of(file: &Path) -> Option<&str> {
    file.file_name()?.to_str()?.strip_suffix(Loader::EXTENSION).filter(|slug| super::is_slug(slug))
}
