//! The operator's consent: which plugin, by its bytes, may reach which origins and set which headers.
//!
//! A plugin *declares* the origins and the request headers of the vendor's own that it wants; the operator *grants* them. Both keys
//! must turn. A grant pins the SHA-256 of the component, so that an exchanged file is refused even if it asks for nothing new.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a component asks for, and what an operator granted to one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// SHA-256 of the component, in lower-case hexadecimal.
    pub digest: String,
    /// The origins, in the canonical form of [`OriginTemplate`](crate::origin::OriginTemplate).
    pub origins: Vec<String>,
    /// The vendor's own request headers, as [`declarable`](crate::headers::declarable) takes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<String>,
    /// Whether callers may send requests of their own to these origins, with an account's credentials and without the plugin. A
    /// component does not ask for it: it is the operator's choice, and `true` unless the lock file says otherwise.
    #[serde(default = "allowed", skip_serializing_if = "is_allowed")]
    pub passthrough: bool,
}

fn allowed() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_allowed(passthrough: &bool) -> bool {
    *passthrough
}

impl Grant {
    /// Whether this grants every origin and header of `asked`, of whatever digest. Passthrough is nothing that is asked for.
    pub fn covers(&self, asked: &Self) -> bool {
        beyond(&asked.origins, &self.origins).is_empty() && beyond(&asked.headers, &self.headers).is_empty()
    }
}

/// Those of `asked` that are not among `granted`.
fn beyond(asked: &[String], granted: &[String]) -> Vec<String> {
    asked.iter().filter(|asked| !granted.contains(asked)).cloned().collect()
}

/// Why a plugin is not served. Its text is for the operator and names the command to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GrantError {
    /// There is no grant.
    NotGranted,
    /// The component is another one than the granted, and asks for nothing more.
    DigestChanged {
        /// The digest that was granted.
        granted: String,
        /// The digest of the component that is there.
        found: String,
    },
    /// The component asks for more than was granted, whether or not it is the granted one.
    Wider {
        /// The declared origins that were not granted, in the order of declaration.
        origins: Vec<String>,
        /// The declared headers that were not granted, in the order of declaration.
        headers: Vec<String>,
    },
}

impl GrantError {
    /// The text for the operator of a plugin whose name is known. [`Display`](fmt::Display) writes `<slug>` in its place.
    pub fn explain(&self, slug: &str) -> String {
        match self {
            Self::NotGranted => format!("the plugin is not granted: review its origins and run `mortise grant {slug}`"),
            Self::DigestChanged { granted, found } => format!(
                "the plugin has changed since it was granted (granted sha256 {granted}, found {found}): if you trust the \
                 new file, run `mortise grant {slug}`"
            ),
            Self::Wider { origins, headers } => {
                let asked =
                    [("origins", origins), ("headers", headers)].into_iter().filter(|(_, list)| !list.is_empty());
                let asked: Vec<_> = asked.map(|(what, list)| format!("{what} ({})", list.join(", "))).collect();
                format!(
                    "the plugin asks for {} that are not granted: review them and run `mortise grant {slug}`",
                    asked.join(" and ")
                )
            }
        }
    }
}

impl fmt::Display for GrantError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.explain("<slug>"))
    }
}

impl std::error::Error for GrantError {}

/// Whether a component that asks for this is what the operator granted. Asking for less than granted is fine.
///
/// # Errors
/// The reason, where it is not. Origins and headers that were not granted are reported before a changed digest: they are what the
/// operator must look at.
pub fn check(asked: &Grant, granted: Option<&Grant>) -> Result<(), GrantError> {
    let granted = granted.ok_or(GrantError::NotGranted)?;
    if !granted.covers(asked) {
        let (origins, headers) = (beyond(&asked.origins, &granted.origins), beyond(&asked.headers, &granted.headers));
        return Err(GrantError::Wider { origins, headers });
    }
    if granted.digest != asked.digest {
        return Err(GrantError::DigestChanged { granted: granted.digest.clone(), found: asked.digest.clone() });
    }
    Ok(())
}
