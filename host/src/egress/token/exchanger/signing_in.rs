//! One sign-in: its lease, the account as it is then, the request and its answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::super::super::EgressError;
use super::super::super::opened::Credentials;
use super::super::answer::Read;
use super::super::endpoint::TokenEndpoint;
use super::super::refusal::CredentialRefusal;
use super::super::request::SignIn;
use super::database_error::database;
use super::ended::{Ended, Signed};
use super::keeping::{Sent, refused_before};
use super::sign_in_key::SignInKey;
use super::{Exchanger, Subject};
use crate::account::{Account, ExchangedToken, Sealed, Status};

/// How often the host looks whether another process has signed in: first after 20 ms, then more slowly, up to 250 ms.
const LOOKS: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(250));

/// The state of the account before a sign-in.
struct Current {
    account: Account,
    credentials: Credentials,
    request: SignIn,
    token: Option<Arc<ExchangedToken>>,
}

impl Exchanger {
    /// Takes the lease and signs in, or waits for the process that holds the lease.
    pub(super) async fn exchange(
        &self,
        subject: &Subject,
        refused: Option<&Sealed>,
        ahead: bool,
    ) -> Result<Ended, EgressError> {
        let tokens = self.accounts.exchanged_tokens();
        let holder = Uuid::new_v4();
        // The lease lasts longer than a sign-in, so that no other process takes over while this one is at work.
        let lease = self.time() * 3 / 2;
        let (mut pause, longest) = LOOKS;
        let before = tokens.get(subject.account).await.map_err(|error| database(&error))?.token;
        loop {
            let row = tokens.get(subject.account).await.map_err(|error| database(&error))?;
            if row.leased_until.is_none() {
                let leased = tokens.lease(subject.account, holder, lease).await;
                if leased.is_err() {
                    // There is no lease for a deleted account.
                    self.account(subject.account).await?;
                }
                if leased.map_err(|error| database(&error))? {
                    break;
                }
            } else if ahead {
                return Ok(Ended::LeftToOthers);
            }
            // Another process was faster. The account as it is now tells whether it had the same credentials.
            let is_new = |token: &ExchangedToken| before.as_ref().is_none_or(|before| before.sealed != token.sealed);
            if row.token.is_some_and(|token| is_new(&token))
                && let Current { token: Some(token), account, request, .. } = self.look(subject, refused).await?
            {
                let signed = Signed { token, credentials: account.sealed, sensitive: request.sensitive };
                return Ok(Ended::Token(Arc::new(signed)));
            }
            tokio::time::sleep(pause).await;
            pause = longest.min(pause * 2);
        }
        let outcome = self.sign_in(subject, holder, refused, ahead).await;
        if let Err(error) = tokens.release(subject.account, holder).await {
            tracing::warn!(account = %subject.account, error = format!("{error:#}"), "a sign-in's lease runs on");
        }
        outcome
    }

    /// Signs in with the account as it is now.
    async fn sign_in(
        &self,
        subject: &Subject,
        holder: Uuid,
        refused: Option<&Sealed>,
        ahead: bool,
    ) -> Result<Ended, EgressError> {
        let Current { account, credentials, mut request, token } = self.look(subject, refused).await?;
        if let Some(token) = token
            && !(ahead && Timestamp::now() >= token.refresh_at)
        {
            let signed = Signed { token, credentials: account.sealed, sensitive: request.sensitive };
            return Ok(Ended::Token(Arc::new(signed)));
        }
        let key = SignInKey { account: account.id, fingerprint: request.fingerprint.clone() };
        let sensitive = std::mem::take(&mut request.sensitive);
        let started = Instant::now();
        let read = self.ask(subject, request, &sensitive).await;
        let ended = match read {
            Ok(read) => {
                let sent = Sent { credentials, fingerprint: key.fingerprint.clone(), sensitive };
                self.keep(subject, &account, holder, sent, read).await
            }
            // If the account has been deleted, the vendor's answer does not matter.
            Err(error) => match self.account(account.id).await {
                Err(deleted @ EgressError::Deleted) => Err(deleted),
                _ => Err(error),
            },
        };
        let (integration, account_id) = (&*subject.slug, subject.account);
        let (kind, elapsed_us) =
            (subject.exchange.kind.as_str(), u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX));
        self.metrics.sign_in(
            integration,
            match &ended {
                Ok(_) => "ok",
                Err(EgressError::Refused(_)) => "refused",
                Err(_) => "failed",
            },
        );
        match &ended {
            Ok(_) => tracing::info!(integration, account = %account_id, kind, elapsed_us, "egress: signed in"),
            Err(error) => {
                tracing::warn!(integration, account = %account_id, kind, elapsed_us, reason = error.reason(), "egress: sign-in failed");
                self.remember(subject, &account, key, error).await;
            }
        }
        ended
    }

    /// The account as it is now, and a token that makes a sign-in unnecessary.
    async fn look(&self, subject: &Subject, refused: Option<&Sealed>) -> Result<Current, EgressError> {
        let account = self.account(subject.account).await?;
        if account.status == Status::NeedsReauth && !subject.is_probe {
            return Err(refused_before(&account));
        }
        let credentials = self.credentials(subject, &account).await?;
        let request = SignIn::new(&subject.exchange, &subject.endpoints, &credentials)?;
        let row = self.accounts.exchanged_tokens().get(subject.account).await.map_err(|error| database(&error))?;
        let usable =
            |token: &Arc<ExchangedToken>| self.usable(account.id, token, &request.fingerprint, refused).is_some();
        let token = row.token.filter(usable);
        Ok(Current { account, credentials, request, token })
    }

    /// Sends the request and reads its answer. `sensitive` are the credentials in the request.
    async fn ask(
        &self,
        subject: &Subject,
        request: SignIn,
        sensitive: &[Zeroizing<String>],
    ) -> Result<Read, EgressError> {
        let endpoint = TokenEndpoint {
            transport: &*self.transport,
            limits: &self.limits,
            connection: subject.account,
            exempt: subject.exempt,
            exchange: &subject.exchange,
            messages: &subject.messages,
            refusal: CredentialRefusal::REASON,
        };
        let texts = sensitive.iter().map(|secret| secret.as_str());
        endpoint.ask(&request, sensitive, |answer| answer.read(&subject.exchange, texts)).await
    }

    pub(super) async fn account(&self, id: Uuid) -> Result<Account, EgressError> {
        let account = self.accounts.get(id, None).await.map_err(|error| database(&error))?;
        account.ok_or(EgressError::Deleted)
    }

    pub(super) async fn credentials(&self, subject: &Subject, account: &Account) -> Result<Credentials, EgressError> {
        let application = account.application_id.filter(|_| subject.exchange.takes_application());
        let variables = subject.variables.clone();
        Credentials::open(&self.vault, &self.accounts, account.id, &account.sealed, application, variables).await
    }
}
