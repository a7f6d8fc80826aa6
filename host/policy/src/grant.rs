//! The operator's consent: which plugin, by its bytes, may reach which origins.
//!
//! A plugin *declares* the origins that it wants; the operator *grants* them. Both keys must turn. A grant pins the SHA-256 of
//! the component, so that an exchanged file is refused even if it asks for nothing new.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What an operator granted to one plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// SHA-256 of the component, in lower-case hexadecimal.
    pub digest: String,
    /// The origins, in the canonical form of [`OriginTemplate`](crate::origin::OriginTemplate).
    pub origins: Vec<String>,
}

/// Why a plugin is not served. Its text is for the operator and names the command to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GrantError {
    /// There is no grant.
    NotGranted,
    /// The component is another one than the granted, and asks for no more origins.
    DigestChanged {
        /// The digest that was granted.
        granted: String,
        /// The digest of the component that is there.
        found: String,
    },
    /// The component asks for origins that were not granted, whether or not it is the granted one.
    WiderOrigins {
        /// The declared origins that were not granted, in the order of declaration.
        extra: Vec<String>,
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
            Self::WiderOrigins { extra } => format!(
                "the plugin asks for origins that are not granted ({}): review them and run `mortise grant {slug}`",
                extra.join(", ")
            ),
        }
    }
}

impl fmt::Display for GrantError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.explain("<slug>"))
    }
}

impl std::error::Error for GrantError {}

/// Whether a component with this digest, which declares these origins (in canonical form), is what the operator granted.
/// Declaring fewer origins than granted is fine.
///
/// # Errors
/// The reason, where it is not. Origins that were not granted are reported before a changed digest: they are what the
/// operator must look at.
pub fn check(digest: &str, declared: &[String], grant: Option<&Grant>) -> Result<(), GrantError> {
    let grant = grant.ok_or(GrantError::NotGranted)?;
    let extra: Vec<String> = declared.iter().filter(|origin| !grant.origins.contains(origin)).cloned().collect();
    if !extra.is_empty() {
        return Err(GrantError::WiderOrigins { extra });
    }
    if grant.digest != digest {
        return Err(GrantError::DigestChanged { granted: grant.digest.clone(), found: digest.to_owned() });
    }
    Ok(())
}
