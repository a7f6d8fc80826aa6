//! The signers of one call: one for most of its requests, and others for origins that have schemes of their own.

use std::borrow::Cow;
use std::collections::BTreeMap;

use http::HeaderName;
use mortise_policy::origin::OriginTemplate;
use zeroize::Zeroizing;

use super::EgressError;
use super::credential::{AuthScheme, Signer};
use super::opened::Credentials;

/// The signers by origin.
pub(super) struct Signers {
    /// For the origins that no scheme names.
    pub(super) general: Signer,
    /// For the origins that a scheme names, by their number. `None` if the account does not have the credentials of
    /// that scheme.
    pub(super) named: BTreeMap<usize, Option<Signer>>,
}

/// The signers of schemes that name origins, for an account with these credentials.
pub(super) fn named(
    schemes: &[AuthScheme],
    origins: &[OriginTemplate],
    credentials: &Credentials,
) -> Result<BTreeMap<usize, Option<Signer>>, EgressError> {
    let mut named = BTreeMap::new();
    if schemes.iter().all(AuthScheme::is_general) {
        return Ok(named);
    }
    for (number, origin) in origins.iter().enumerate() {
        let origin = origin.to_string();
        let mut naming = schemes.iter().filter(|scheme| scheme.origins.contains(&origin)).peekable();
        if naming.peek().is_some() {
            let usable = naming.find(|scheme| scheme.suits(credentials));
            named.insert(number, usable.map(|scheme| Signer::new(Some(scheme), credentials)).transpose()?);
        }
    }
    Ok(named)
}

impl Signers {
    /// The signer of requests to the origin with this number.
    pub(super) fn of(&self, origin: usize) -> Result<&Signer, EgressError> {
        match self.named.get(&origin) {
            None => Ok(&self.general),
            Some(Some(signer)) => Ok(signer),
            Some(None) => Err(EgressError::Credentials(
                "the account lacks the credentials that the integration signs with at one of its origins".into(),
            )),
        }
    }

    /// Whether the account's main scheme, which may have a sign-in, signs the requests to the origin with this number.
    pub(super) fn is_general(&self, origin: usize) -> bool {
        !self.named.contains_key(&origin)
    }

    fn all(&self) -> impl Iterator<Item = &Signer> + Clone {
        std::iter::once(&self.general).chain(self.named.values().flatten())
    }

    /// The headers that only signers may set.
    pub(super) fn reserved_headers(&self) -> Vec<HeaderName> {
        self.all().flat_map(Signer::reserved_headers).cloned().collect()
    }

    /// The query parameters that only signers may set.
    pub(super) fn reserved_query(&self) -> Cow<'_, [String]> {
        if self.named.is_empty() {
            return self.general.reserved_query().into();
        }
        self.all().flat_map(|signer| signer.reserved_query()).cloned().collect::<Vec<_>>().into()
    }

    /// Every secret and every derived credential, for the scrubber.
    pub(super) fn sensitive(&self) -> impl Iterator<Item = &Zeroizing<String>> + Clone {
        self.all().flat_map(|signer| &signer.sensitive)
    }
}
