//! One loaded version of an integration. It is immutable. A call keeps its generation while newer ones replace it.

use std::sync::Arc;

use mortise_policy::grant::Grant;

use super::Capabilities;
use crate::account::{Account, Authenticates, Authentication, Secrets};
use crate::call::{AdmissionControl, Prepared};
use crate::egress::Profile;

/// A component that compiled, linked, described itself, passed the check and is granted.
pub struct Generation {
    /// SHA-256 of the component in lower-case hexadecimal.
    pub digest: String,
    /// The version of the SDK that built the component, if the component names it.
    pub sdk_version: Option<String>,
    /// Its declaration.
    pub capabilities: Capabilities,
    /// Its origins and the signing of its requests.
    pub profile: Profile,
    /// Admission control of its calls: how many run at the same time, and the circuit.
    pub admission: Arc<AdmissionControl>,
    /// The linked component, ready to be instantiated.
    pub prepared: Arc<Prepared>,
    /// When the host published it.
    pub loaded_at: jiff::Timestamp,
    /// Counts the generations that exist.
    pub(super) _alive: Arc<()>,
}

impl Generation {
    /// The short name of this generation, which is that of its component.
    pub fn id(&self) -> &str {
        short(&self.digest)
    }

    /// The grant that it needed.
    pub fn asks(&self) -> Grant {
        self.capabilities.asks(&self.digest)
    }
}

impl Authenticates for Generation {
    fn authentication(&self, account: &Account, secrets: &Secrets) -> Authentication {
        let variables = self.capabilities.open_values(&account.context);
        let method = account.authentication_method.as_deref();
        self.profile.authentication(method, secrets, variables, account.application_id)
    }
}

/// The short name of a component: the first 12 digits of its digest.
pub fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

impl std::fmt::Debug for Generation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Generation")
            .field("slug", &self.capabilities.slug)
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}
