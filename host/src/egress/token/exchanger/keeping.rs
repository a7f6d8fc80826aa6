//! Stores the result of a sign-in: its values, sealed, or its failure with the account.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::super::super::EgressError;
use super::super::super::opened::Credentials;
use super::super::answer::Read;
use super::super::refusal::CredentialRefusal;
use super::super::request::SignIn;
use super::database_error::database;
use super::ended::{Ended, Signed};
use super::failed::{Failed, LONGEST_PAUSE};
use super::sign_in_key::SignInKey;
use super::{Brought, Exchanger, PAUSE, Subject};
use crate::account::{Account, ExchangedToken, Purpose, Rotated, Sealed, Secrets, Stored};

/// Bytes of a vendor's answer that the account's `last_error` keeps.
const KEPT_BYTES: usize = 16 << 10;
/// Rest of a lifetime at which the host signs in again, at most. For a shorter lifetime it is a fifth.
const AHEAD: Duration = Duration::from_secs(300);
/// How often the host tries to store a rotated refresh token while the database fails. The vendor accepts no other, so
/// the account would be lost without it.
const STORING: u32 = 10;
/// The time between these attempts.
const STORING_AGAIN: Duration = Duration::from_millis(200);

/// The sealed text of a token.
#[derive(Serialize, Deserialize)]
pub(super) struct Payload {
    fingerprint: String,
    secrets: BTreeMap<String, String>,
    open: BTreeMap<String, String>,
    unused: Vec<String>,
}

#[derive(Serialize)]
struct PayloadRef<'a> {
    fingerprint: &'a str,
    secrets: BTreeMap<&'a str, &'a str>,
    open: &'a BTreeMap<String, String>,
    unused: Vec<&'a str>,
}

/// The credentials of a sign-in request.
pub(super) struct Sent {
    /// The account's credentials.
    pub(super) credentials: Credentials,
    pub(super) fingerprint: String,
    /// Every credential in the request, and the values derived from them.
    pub(super) sensitive: Vec<Zeroizing<String>>,
}

impl Payload {
    /// The token as one call uses it. `sensitive` are the credentials in the request.
    pub(super) fn brought(
        self,
        token: &ExchangedToken,
        credentials: Option<Sealed>,
        mut sensitive: Vec<Zeroizing<String>>,
    ) -> Brought {
        let secrets = self.secrets.into_iter().map(|(name, value)| (name, SecretString::from(value))).collect();
        sensitive.extend(self.unused.into_iter().map(Zeroizing::new));
        Brought { token: token.sealed.clone(), secrets, open: self.open, credentials, sensitive }
    }
}

impl Exchanger {
    /// Stores the token of a sign-in, and in the account the credentials that the vendor replaced.
    pub(super) async fn keep(
        &self,
        subject: &Subject,
        account: &Account,
        holder: Uuid,
        sent: Sent,
        mut read: Read,
    ) -> Result<Ended, EgressError> {
        let tokens = self.accounts.exchanged_tokens();
        let Sent { mut credentials, mut fingerprint, mut sensitive } = sent;
        // A vendor may accept a replaced credential for some time.
        let over = read.replaced.keys().filter_map(|name| credentials.secrets.get(name));
        read.unused.extend(over.map(|secret| Zeroizing::new(secret.expose_secret().to_owned())).collect::<Vec<_>>());
        sensitive.extend(read.credentials().map(|value| Zeroizing::new(value.to_owned())));
        let sent = credentials.secrets.clone();
        let mut old = account.sealed.clone();
        for _ in 0..STORING {
            if !read.replaced.is_empty() {
                credentials.secrets.extend(read.replaced.clone());
                let next = SignIn::new(&subject.exchange, &subject.endpoints, &credentials)?;
                fingerprint = next.fingerprint;
                sensitive.extend(next.sensitive);
            }
            let new = self.vault.seal(account.id, &credentials.secrets);
            let token = Arc::new(self.seal(account.id, &fingerprint, &read)?);
            let rotates = !read.replaced.is_empty();
            let rotated = rotates.then_some(Rotated { old: &old, new: &new, refusal: CredentialRefusal::REASON });
            match tokens.store(account.id, holder, &token, rotated).await {
                Ok(Stored::Kept) => {
                    let credentials = if rotates { new } else { old };
                    return Ok(Ended::Token(Arc::new(Signed { token, credentials, sensitive })));
                }
                Ok(Stored::Overtaken) => {
                    // The token still signs for the calls that waited for it, if the account still exists.
                    self.account(account.id).await?;
                    return Ok(Ended::Token(Arc::new(Signed { token, credentials: old, sensitive })));
                }
                Ok(Stored::Changed) => {
                    let current = self.account(account.id).await?;
                    credentials = self.credentials(subject, &current).await?;
                    let text =
                        |secrets: &Secrets, name: &String| secrets.get(name).map(|s| s.expose_secret().to_owned());
                    let given = |name: &String| text(&credentials.secrets, name) != text(&sent, name);
                    if read.replaced.keys().any(given) {
                        let reason =
                            "the account's credentials were changed while the host signed in with the old ones";
                        return Err(EgressError::unavailable(reason, PAUSE));
                    }
                    old = current.sealed;
                }
                Err(error) if rotates => {
                    tracing::error!(account = %account.id, error = format!("{error:#}"), "a rotated refresh token is not stored yet");
                    tokio::time::sleep(STORING_AGAIN).await;
                }
                Err(error) => return Err(database(&error)),
            }
        }
        Err(EgressError::Internal)
    }

    /// Stores a failure with the account, and keeps it for a moment as the answer to further calls.
    pub(super) async fn remember(&self, subject: &Subject, account: &Account, key: SignInKey, error: &EgressError) {
        let (status, body) = match error {
            EgressError::Refused(refusal) => (StatusCode::UNAUTHORIZED, refusal.body.clone()),
            EgressError::Unavailable { .. } => (StatusCode::SERVICE_UNAVAILABLE, Value::Null),
            EgressError::Timeout(_) => (StatusCode::GATEWAY_TIMEOUT, Value::Null),
            _ => (StatusCode::BAD_GATEWAY, Value::Null),
        };
        let body = Some(body).filter(|body| body.to_string().len() <= KEPT_BYTES);
        let record = json!({
            "status": status.as_u16(),
            "message": error.to_string(),
            "raw_response": body,
            "occurred_at": Timestamp::now().to_string(),
        });
        let noted = match error {
            _ if subject.tries => Ok(()),
            EgressError::Refused(_) => self.accounts.mark_needs_reauth(account.id, &account.sealed, record).await,
            _ => self.accounts.record_failure(account.id, &account.sealed, record).await,
        };
        if let Err(error) = noted {
            tracing::error!(account = %account.id, error = format!("{error:#}"), "the account could not be updated");
        }
        let pause = match error {
            EgressError::Unavailable { retry_after, .. } => PAUSE.max(LONGEST_PAUSE.min(*retry_after)),
            _ => PAUSE,
        };
        self.failures.insert(key, Arc::new(Failed { error: error.clone(), until: Instant::now() + pause }));
    }

    fn seal(&self, account: Uuid, fingerprint: &str, read: &Read) -> Result<ExchangedToken, EgressError> {
        let secrets = read.secrets.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
        let unused = read.unused.iter().map(|value| value.as_str()).collect();
        let payload = PayloadRef { fingerprint, secrets, open: &read.open, unused };
        let text = Zeroizing::new(serde_json::to_vec(&payload).map_err(|_| EgressError::Internal)?);
        let now = Timestamp::now();
        let after = |time: Duration| now + SignedDuration::try_from(time).unwrap_or_default();
        Ok(ExchangedToken {
            sealed: self.vault.seal_bytes(Purpose::ExchangedToken, account, &text),
            refresh_at: after(read.lifetime - AHEAD.min(read.lifetime / 5)),
            expires_at: after(read.lifetime),
        })
    }

    /// Opens a token. `None` if it does not open, for instance after a change of keys. The host then signs in again.
    pub(super) fn open(&self, account: Uuid, token: &ExchangedToken) -> Option<Payload> {
        let text = self.vault.open_bytes(Purpose::ExchangedToken, account, &token.sealed).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Opens a token that can sign now: it belongs to these credentials, is valid, and the vendor has not refused it.
    pub(super) fn usable(
        &self,
        account: Uuid,
        token: &ExchangedToken,
        fingerprint: &str,
        refused: Option<&Sealed>,
    ) -> Option<Payload> {
        let holds = Timestamp::now() < token.expires_at && refused != Some(&token.sealed);
        holds.then(|| self.open(account, token)).flatten().filter(|payload| payload.fingerprint == fingerprint)
    }
}

/// The error if the vendor has refused these credentials to another process.
pub(super) fn refused_before(account: &Account) -> EgressError {
    let kept = account.last_error.clone().unwrap_or_default();
    let message =
        kept.get("message").and_then(Value::as_str).unwrap_or("the vendor has refused the account's credentials");
    let body = kept.get("raw_response").cloned().unwrap_or_default();
    EgressError::Refused(Box::new(CredentialRefusal {
        reason: CredentialRefusal::REASON,
        message: message.to_owned(),
        body,
        rejected: None,
    }))
}
