//! The operator's consent: the component, by its bytes, and the origins and headers that it may use.
//!
//! A plugin *declares* the origins that it needs, and the vendor's own request headers. The operator *grants* them.
//! Both must agree. A grant contains the SHA-256 of the component, so the host refuses an exchanged file even if it
//! needs nothing new.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The needs of a component, or the grant that an operator gave to one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// SHA-256 of the component, in lower-case hexadecimal.
    pub digest: String,
    /// The origins, in the canonical form of [`OriginTemplate`](crate::origin::OriginTemplate).
    pub origins: Vec<String>,
    /// The vendor's own request headers, in the form that [`declarable`](crate::headers::declarable) accepts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<String>,
    /// Whether callers may send their own requests to these origins, with an account's credentials and without the
    /// plugin. A component does not declare it. The operator decides, and it is `true` unless the lock file has another
    /// value.
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

/// The digest that identifies a component in a grant: its SHA-256 in lower-case hexadecimal.
pub fn digest(component: &[u8]) -> String {
    hex::encode(Sha256::digest(component))
}

impl Grant {
    /// Whether this grants every origin and header of `asked`, for any digest. Passthrough does not count.
    pub fn covers(&self, asked: &Self) -> bool {
        beyond(&asked.origins, &self.origins).is_empty() && beyond(&asked.headers, &self.headers).is_empty()
    }
}

/// The entries of `asked` that are not in `granted`.
fn beyond(asked: &[String], granted: &[String]) -> Vec<String> {
    asked.iter().filter(|asked| !granted.contains(asked)).cloned().collect()
}

/// Why the host does not serve a plugin. The text is for the operator and names the command to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GrantError {
    /// There is no grant.
    NotGranted,
    /// The component is another one than the granted one, and needs nothing more.
    DigestChanged {
        /// The digest in the grant.
        granted: String,
        /// The digest of the present component.
        found: String,
    },
    /// The component needs more than was granted, whether or not it is the granted one.
    Wider {
        /// The declared origins that were not granted, in the order of declaration.
        origins: Vec<String>,
        /// The declared headers that were not granted, in the order of declaration.
        headers: Vec<String>,
    },
}

impl GrantError {
    /// The text for the operator, with the plugin's name. [`Display`](fmt::Display) writes `<slug>` in its place.
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

/// Checks whether the operator granted this component and its needs. A component may need less than the grant.
///
/// # Errors
/// The reason against it. Missing origins and headers come before a changed digest, because the operator must look at
/// them.
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
