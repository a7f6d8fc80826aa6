//! The operator's consent: which plugin, by its bytes, may reach which origins.
//!
//! A plugin *declares* the origins that it wants; the operator *grants* them. Both keys must turn. A grant pins the SHA-256 of
//! the component, so that an exchanged file is refused even if it asks for nothing new.
//!
//! On disk (`mortise.lock`, TOML):
//!
//! ```toml
//! version = 1
//!
//! [grants.acme]
//! digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
//! origins = ["https://api.acme.com/v1"]
//! ```

use std::collections::BTreeMap;
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

/// The file of all grants.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockFile {
    /// The version of this format.
    pub version: Version,
    /// Grants by the plugin's slug.
    #[serde(default)]
    pub grants: BTreeMap<String, Grant>,
}

/// The version of the lock file's format: 1. Reading any other fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Version;

impl Version {
    const NUMBER: u32 = 1;
}

impl From<Version> for u32 {
    fn from(_: Version) -> Self {
        Version::NUMBER
    }
}

impl TryFrom<u32> for Version {
    type Error = String;

    fn try_from(number: u32) -> Result<Self, Self::Error> {
        if number == Self::NUMBER {
            Ok(Self)
        } else {
            Err(format!(
                "this host reads version {} of the lock file, not {number}: use the host that wrote it",
                Self::NUMBER
            ))
        }
    }
}
