//! The signature of a session's requests, with the sign-in that it may need.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::credential::{AuthScheme, Signer};
use super::super::exchange::Transcript;
use super::super::opened::Credentials;
use super::super::shared::Shared;
use super::super::token::{Brought, Subject};
use super::super::{EgressError, SessionAccount};
use crate::account::Sealed;

/// The signer of most requests in a session, and how to renew it.
pub(super) struct Signing {
    pub(super) signer: Signer,
    /// For the one new sign-in of the call. `None` if the scheme has no sign-in.
    pub(super) renewal: Option<Renewal>,
    /// Values of the sign-in's answer that the guest may read.
    pub(super) brought: BTreeMap<String, String>,
}

/// The input of a new sign-in.
pub(super) struct Renewal {
    pub(super) subject: Arc<Subject>,
    pub(super) scheme: AuthScheme,
    /// The account's own credentials.
    pub(super) credentials: Credentials,
    /// The token that signs now. `None` before a dry run's first request.
    pub(super) token: Option<Sealed>,
}

impl Signing {
    /// Signs with the account's own credentials. Without a scheme, requests are not signed.
    pub(super) fn direct(scheme: Option<&AuthScheme>, credentials: &Credentials) -> Result<Self, EgressError> {
        Ok(Self { signer: Signer::new(scheme, credentials)?, renewal: None, brought: BTreeMap::new() })
    }

    /// Signs in, or takes the token that the database holds.
    ///
    /// A sign-in may end other tokens at the vendor. So a dry run signs in at once only if the guest needs what the answer brings, and
    /// otherwise before its first read.
    pub(super) async fn sign_in(
        shared: &Shared,
        account: &SessionAccount,
        subject: Subject,
        scheme: &AuthScheme,
        credentials: Credentials,
    ) -> Result<Self, EgressError> {
        let (subject, scheme) = (Arc::new(subject), scheme.clone());
        if subject.tries && !subject.exchange.tells_the_guest() {
            let signer = Signer::reserving(&scheme, &credentials)?;
            let renewal = Some(Renewal { subject, scheme, credentials, token: None });
            return Ok(Self { signer, renewal, brought: BTreeMap::new() });
        }
        let _waiting = account.waited.start();
        let token = shared.exchanger.obtain(&subject, &credentials, None, account.deadline).await?;
        let signer = signer(&scheme, &credentials, &token)?;
        note_credentials(&account.transcript, &token);
        let renewal = Some(Renewal { subject, scheme, credentials, token: Some(token.token) });
        Ok(Self { signer, renewal, brought: token.open })
    }
}

/// The signer of an account that has signed in.
pub(super) fn signer(scheme: &AuthScheme, own: &Credentials, brought: &Brought) -> Result<Signer, EgressError> {
    let (secrets, variables) = (own.secrets.clone(), own.variables.clone());
    let mut all = Credentials { secrets, variables, client: own.client.clone() };
    all.secrets.extend(brought.secrets.clone());
    all.variables.extend(brought.open.clone());
    let mut signer = Signer::new(Some(scheme), &all)?;
    signer.sensitive.extend(brought.sensitive.iter().cloned());
    Ok(signer)
}

pub(super) fn note_credentials(transcript: &Transcript, brought: &Brought) {
    if let Some(credentials) = &brought.credentials {
        transcript.set_credentials(credentials.clone());
    }
}
