//! The values of one recording and their placeholders.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::ExposeSecret;

use super::kind::Kind;
use super::replaced::Replaced;
use super::secret::Secret;
use crate::account::Secrets;

/// Values and their placeholders.
pub(in crate::cassette::record) struct Placeholders {
    /// By value.
    pub(super) secrets: BTreeMap<String, Secret>,
    kept: BTreeSet<String>,
    pub(super) found: BTreeMap<(Kind, String), String>,
    /// The number of values of each kind.
    pub(super) counts: BTreeMap<Kind, usize>,
}

impl Placeholders {
    /// For an account's secrets, and for values that must stay.
    pub(in crate::cassette::record) fn new(secrets: &Secrets, kept: &[String]) -> Self {
        let value = |(name, secret): (&String, &secrecy::SecretString)| {
            (secret.expose_secret().to_owned(), Secret::named(name, false))
        };
        Self {
            secrets: secrets.iter().map(value).collect(),
            kept: kept.iter().map(|value| value.to_lowercase()).collect(),
            found: BTreeMap::new(),
            counts: BTreeMap::new(),
        }
    }

    pub(super) fn is_kept(&self, value: &str) -> bool {
        self.kept.contains(&value.to_lowercase())
    }

    /// Everything that was replaced.
    pub(in crate::cassette::record) fn replaced(&self) -> Vec<Replaced> {
        let secrets = self.secrets.values().map(|secret| Replaced {
            kind: Kind::Secret,
            value: secret.name.clone(),
            placeholder: secret.placeholder.clone(),
        });
        let found = self.found.iter().map(|((kind, value), placeholder)| Replaced {
            kind: *kind,
            value: value.clone(),
            placeholder: placeholder.clone(),
        });
        secrets.chain(found).collect()
    }
}
