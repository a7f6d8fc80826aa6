//! Carries out sign-ins: once for all calls that wait, in one process at a time, and before the token expires.
//!
//! A sign-in runs in a task of its own, so that it ends even if its caller goes away. The vendor has already changed
//! something, and a rotated refresh token exists nowhere else.

mod brought;
mod keeping;
mod subject;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use moka::sync::Cache;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;
use tracing::Instrument;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::super::EgressError;
use super::super::client::Transport;
use super::super::opened::Credentials;
use super::answer::Read;
use super::endpoint::{TokenEndpoint, time};
use super::refusal::CredentialRefusal;
use super::request::SignIn;
use crate::account::{Account, AccountError, Accounts, ExchangedToken, Sealed, Status, Vault};
use crate::config::Limits;
use crate::observe::{Metrics, span};
use keeping::{Sent, refused_before};

pub(in super::super) use brought::Brought;
pub(in super::super) use subject::Subject;

/// How long a failed sign-in answers further calls, so that they do not ask the vendor again.
pub(in super::super) const PAUSE: Duration = Duration::from_secs(1);
/// The longest such time, if the vendor names one.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Accounts whose failures the host remembers.
const MAX_FAILURES: u64 = 10_000;
/// How often the host looks whether another process has signed in: first after 20 ms, then more slowly, up to 250 ms.
const LOOKS: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(250));

/// The end of a sign-in.
#[derive(Clone)]
enum Ended {
    Token(Arc<Signed>),
    /// Another process signs in, and the present token is still valid.
    LeftToOthers,
}

/// A token and the credentials that belong to it.
struct Signed {
    token: Arc<ExchangedToken>,
    /// The account's credentials with which the host signed in.
    credentials: Sealed,
    /// Every credential of request and answer.
    sensitive: Vec<Zeroizing<String>>,
}

/// Identifies a sign-in. With new credentials of the account, another one begins at once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct SignInKey {
    account: Uuid,
    fingerprint: String,
}

/// The state of the account before a sign-in.
struct Current {
    account: Account,
    credentials: Credentials,
    request: SignIn,
    token: Option<Arc<ExchangedToken>>,
}

type Flight = watch::Receiver<Option<Result<Ended, EgressError>>>;

/// A failure that answers further calls for a moment.
struct Failed {
    error: EgressError,
    until: Instant,
}

/// Signs in for accounts.
pub(in super::super) struct Exchanger {
    metrics: Arc<Metrics>,
    accounts: Accounts,
    vault: Arc<Vault>,
    transport: Arc<dyn Transport>,
    limits: Limits,
    flights: Mutex<HashMap<SignInKey, Flight>>,
    tasks: TaskTracker,
    failures: Cache<SignInKey, Arc<Failed>>,
}

impl Exchanger {
    pub(in super::super) fn new(
        limits: &Limits,
        accounts: Accounts,
        vault: Arc<Vault>,
        transport: Arc<dyn Transport>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            metrics,
            accounts,
            vault,
            transport,
            limits: limits.clone(),
            flights: Mutex::default(),
            tasks: TaskTracker::new(),
            failures: Cache::builder().max_capacity(MAX_FAILURES).time_to_live(LONGEST_PAUSE).build(),
        }
    }

    /// The token for this account's requests: the stored one or that of a new sign-in. `refused` is a token that the
    /// vendor did not take. Waits until `deadline`.
    pub(in super::super) async fn obtain(
        self: &Arc<Self>,
        subject: &Arc<Subject>,
        credentials: &Credentials,
        refused: Option<&Sealed>,
        deadline: tokio::time::Instant,
    ) -> Result<Brought, EgressError> {
        let SignIn { fingerprint, sensitive, .. } = SignIn::new(&subject.exchange, &subject.endpoints, credentials)?;
        let key = SignInKey { account: subject.account, fingerprint };
        let tokens = self.accounts.exchanged_tokens();
        let known = match refused {
            None => tokens.recent(subject.account).await,
            Some(_) => tokens.get(subject.account).await.map(|row| row.token),
        };
        let known = known.map_err(|error| database(&error))?;
        let failed = self.failures.get(&key).filter(|failed| failed.until > Instant::now());
        if let Some(token) = known
            && let Some(payload) = self.usable(subject.account, &token, &key.fingerprint, refused)
        {
            if Timestamp::now() >= token.refresh_at && failed.is_none() {
                drop(self.flight(&key, subject, None, true));
            }
            return Ok(payload.brought(&token, None, sensitive));
        }
        if let Some(failed) = failed {
            return Err(failed.error.clone());
        }
        loop {
            let mut flight = self.flight(&key, subject, refused, false);
            let ended = tokio::time::timeout_at(deadline, flight.wait_for(Option::is_some)).await;
            let ended = ended.map_err(|_| {
                EgressError::Timeout("signing in at the vendor took longer than a call may take".into())
            })?;
            match ended.ok().and_then(|ended| ended.clone()) {
                // That sign-in began before the vendor refused this token, or another process does it: begin a new
                // one.
                Some(Ok(Ended::LeftToOthers)) => {}
                Some(Ok(Ended::Token(signed))) if refused == Some(&signed.token.sealed) => {}
                Some(Ok(Ended::Token(signed))) => {
                    let payload = self.open(subject.account, &signed.token).ok_or(EgressError::Internal)?;
                    let sensitive = sensitive.into_iter().chain(signed.sensitive.clone()).collect();
                    return Ok(payload.brought(&signed.token, Some(signed.credentials.clone()), sensitive));
                }
                Some(Err(error)) => return Err(error),
                None => return Err(EgressError::Internal),
            }
        }
    }

    /// The transport to vendors.
    pub(super) fn transport(&self) -> &Arc<dyn Transport> {
        &self.transport
    }

    /// The limits of a sign-in.
    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The longest that a sign-in at the vendor may take.
    fn time(&self) -> Duration {
        time(&self.limits)
    }

    /// Waits for running sign-ins, at most as long as one may take.
    pub(in super::super) async fn finish(&self) {
        self.tasks.close();
        if tokio::time::timeout(self.time(), self.tasks.wait()).await.is_err() {
            tracing::warn!("sign-ins were still under way at the end of the shutdown");
        }
    }

    /// The running sign-in of this account with these credentials, or a new one. If `ahead`, the present token is still
    /// valid.
    fn flight(
        self: &Arc<Self>,
        key: &SignInKey,
        subject: &Arc<Subject>,
        refused: Option<&Sealed>,
        ahead: bool,
    ) -> Flight {
        let mut flights = self.flights();
        if let Some(flight) = flights.get(key) {
            return flight.clone();
        }
        let (ended, flight) = watch::channel(None);
        flights.insert(key.clone(), flight.clone());
        let landing = Landing { exchanger: self.clone(), key: key.clone() };
        let (subject, refused) = (subject.clone(), refused.cloned());
        let span = span!("sign-in", otel.kind = "client", mortise.integration = &*subject.slug);
        let signing_in = async move {
            let outcome = landing.exchanger.exchange(&subject, refused.as_ref(), ahead).await;
            // Later calls find the token in the database.
            drop(landing);
            ended.send_replace(Some(outcome));
        };
        self.tasks.spawn(signing_in.instrument(span).in_current_span());
        flight
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<SignInKey, Flight>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the lease and signs in, or waits for the process that holds the lease.
    async fn exchange(&self, subject: &Subject, refused: Option<&Sealed>, ahead: bool) -> Result<Ended, EgressError> {
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

    async fn account(&self, id: Uuid) -> Result<Account, EgressError> {
        let account = self.accounts.get(id, None).await.map_err(|error| database(&error))?;
        account.ok_or(EgressError::Deleted)
    }

    async fn credentials(&self, subject: &Subject, account: &Account) -> Result<Credentials, EgressError> {
        let application = account.application_id.filter(|_| subject.exchange.takes_application());
        let variables = subject.variables.clone();
        Credentials::open(&self.vault, &self.accounts, account.id, &account.sealed, application, variables).await
    }
}

/// Removes a sign-in from the list when its task ends in any way, so that no call waits for it in vain.
struct Landing {
    exchanger: Arc<Exchanger>,
    key: SignInKey,
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.exchanger.flights().remove(&self.key);
    }
}

fn database(error: &AccountError) -> EgressError {
    tracing::error!(error = format!("{error:#}"), "the database failed while the host was to sign in");
    EgressError::unavailable("the host's database does not answer", PAUSE)
}
