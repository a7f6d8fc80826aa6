//! The only way out: policy → address → credential → vendor. Nothing else opens a connection for a plugin or holds a
//! decrypted secret.

mod answer;
mod body;
mod client;
mod connect;
mod connection;
pub mod credential;
pub mod exchange;
mod merge;
mod message;
mod opened;
mod pool;
mod profile;
mod quota;
mod redact;
pub mod resolve;
mod retry;
mod session;
mod signers;
mod template;
mod text;
mod tls;
pub mod token;
mod wait;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::sync::{mpsc, oneshot};
use url::Url;
use uuid::Uuid;

use crate::account::{Accounts, Sealed, Vault};
use crate::config::Limits;
use crate::observe::{Metrics, Stopwatch};

pub use answer::Answer;
pub use body::announced;
pub use client::{Network, Transport, TransportError, VendorResponse};
pub use connect::ConnectError;
pub use credential::{AuthKind, AuthScheme};
pub use exchange::{Decision, Exchange, ExchangeSummary, Transcript, VendorAnswer};
pub use message::found_message;
pub use mortise_policy::redact::REDACTED;
pub use profile::Profile;
pub use quota::RateLimit;
pub use resolve::{Resolve, SystemResolver};
pub use session::{OutboundRequest, Session};
pub use template::Template;
pub use tls::{authorities, tls_client};
pub use token::{Code, Consent, CredentialRefusal, Redeemed, Redeems, TokenExchange};

use body::{Bounds, Size};
use opened::Credentials;
use quota::Quotas;
use token::Exchanger;

/// What a call does with its vendor requests.
#[derive(Debug)]
pub enum Delivery {
    /// Send them and keep the answers.
    Buffered,
    /// Send them, and hand the body of a successful primary answer to the caller as it arrives.
    Streamed(oneshot::Sender<StreamedAnswer>),
    /// Send reads; record the first write instead of sending it, and end the call there.
    DryRun,
}

/// A primary answer whose body is still arriving: decompressed, scrubbed, headers by allow-list.
#[derive(Debug)]
pub struct StreamedAnswer {
    /// HTTP status.
    pub status: StatusCode,
    /// Allowed headers.
    pub headers: Arc<HeaderMap>,
    /// The body in pieces. Ends without an error only where the vendor's body did.
    pub body: mpsc::Receiver<std::io::Result<Bytes>>,
}

/// What the caller adds to the primary request.
#[derive(Debug, Clone, Default)]
pub struct RemoteInput {
    /// `remote_query`: appended to the primary request's query, in order. Names are already flat (`foo[bar]`).
    pub query: Vec<(String, String)>,
    /// `remote_data`: merged into the primary request's body; wins on a clash.
    pub data: Option<Box<serde_json::value::RawValue>>,
}

/// The account that a call runs for, its secrets still sealed.
#[derive(Debug)]
pub struct SessionAccount {
    /// The account.
    pub id: Uuid,
    /// Its credentials as the database holds them.
    pub sealed: Sealed,
    /// The OAuth application whose client its tokens were issued to.
    pub application: Option<Uuid>,
    /// Its other variables, defaults filled in.
    pub variables: BTreeMap<String, String>,
    /// The `authentication_method` it was created with.
    pub method: Option<String>,
    /// Whether the call asks if the vendor takes the credentials: then the host signs in also for an account that
    /// [needs new ones](crate::account::Status::NeedsReauth).
    pub is_probe: bool,
    /// The request that the call serves, for logs.
    pub request_id: Arc<str>,
    /// Counts the time spent waiting for vendors, signing in included.
    pub waited: Stopwatch,
    /// Where its requests are noted. Those of earlier sessions of the same call are in it already.
    pub transcript: Transcript,
    /// When the call is to be over.
    pub deadline: tokio::time::Instant,
}

/// Why a vendor request, or a whole session, was not possible. Never holds a credential.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EgressError {
    /// The policy refused, or a limit of the call was reached. The integration's author or the operator must act.
    #[error("{0}")]
    Denied(String),
    /// The caller's `remote_data` or `remote_query` cannot be applied, or a part of the caller's own request cannot be sent.
    #[error("{reason}")]
    Remote {
        /// Which of the two; in passthrough `path`, `query`, `header` or `body`.
        input: &'static str,
        /// Why.
        reason: String,
    },
    /// The account's variables or credentials do not fit the integration.
    #[error("{0}")]
    Credentials(String),
    /// The account was deleted after the call had begun.
    #[error("the integrated account has been deleted")]
    Deleted,
    /// The vendor did not answer in time.
    #[error("{0}")]
    Timeout(String),
    /// The vendor gave no usable answer.
    #[error("{0}")]
    Unusable(String),
    /// The vendor refused the account's credentials when the host signed in, and the account has been marked: new ones are needed. Or it
    /// refused the code of a person's consent.
    #[error("{}", .0.message)]
    Refused(Box<CredentialRefusal>),
    /// The vendor's answer to a sign-in brings nothing and says nothing about the account's credentials.
    #[error("signing in: {reason}{words}")]
    SignIn {
        /// Why it is not usable.
        reason: String,
        /// The vendor's words behind a colon, or nothing.
        words: String,
    },
    /// The request cannot be signed or sent for the moment: the vendor is too busy for a sign-in, the database does not answer, or the host
    /// has no open file left for a connection.
    #[error("{reason}{words}")]
    Unavailable {
        /// Why.
        reason: String,
        /// The vendor's words behind a colon, or nothing.
        words: String,
        /// When to try again.
        retry_after: Duration,
    },
    /// The limit that the integration declares for an account is used up.
    #[error(
        "the integration's limit of {} requests in {} s for an account is used up: try again in {} s",
        limit.requests, limit.seconds, whole_seconds(*.retry_after)
    )]
    Quota {
        /// The limit.
        limit: RateLimit,
        /// When there is room again.
        retry_after: Duration,
    },
    /// The vendor has asked for a pause in this account's requests, which is not over. It was not asked again.
    #[error("the vendor limits the rate of this account's requests: try again in {} s", whole_seconds(*.retry_after))]
    Paused {
        /// What is left of the pause.
        retry_after: Duration,
    },
    /// A dry run reached a write. Ends the call.
    #[error("dry run")]
    DryRun,
    /// The host's own fault; the detail is logged.
    #[error("the host could not prepare the vendor request")]
    Internal,
}

impl EgressError {
    /// The kind of error in one word, for metrics and logs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Denied(_) => "denied",
            Self::Remote { .. } => "remote-input",
            Self::Credentials(_) => "credentials",
            Self::Deleted => "unknown-account",
            Self::Timeout(_) => "timeout",
            Self::Unusable(_) | Self::SignIn { .. } => "unusable",
            Self::Refused(_) => "refused",
            Self::Unavailable { .. } => "unavailable",
            Self::Quota { .. } => "declared-limit",
            Self::Paused { .. } => "paused",
            Self::DryRun => "dry-run",
            Self::Internal => "host",
        }
    }

    fn unavailable(reason: &str, retry_after: Duration) -> Self {
        Self::Unavailable { reason: reason.to_owned(), words: String::new(), retry_after }
    }

    /// What happened, without the vendor's words, which may be about people: for logs.
    pub fn reason(&self) -> String {
        match self {
            Self::Refused(refusal) => refusal.reason.to_owned(),
            Self::SignIn { reason, .. } => format!("signing in: {reason}"),
            Self::Unavailable { reason, .. } => reason.clone(),
            error => error.to_string(),
        }
    }

    /// What the vendor says, if it says something: a stranger's line, at most 1,000 bytes, without control characters and credentials.
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) => refusal.message.strip_prefix(refusal.reason)?.strip_prefix(": "),
            Self::SignIn { words, .. } | Self::Unavailable { words, .. } => words.strip_prefix(": "),
            _ => None,
        }
    }

    /// Whether a request was held back for the vendor's sake, or for want of an account, so that this is the call's error, whatever the
    /// plugin makes of it.
    pub fn is_withholding(&self) -> bool {
        matches!(
            self,
            Self::Deleted | Self::Refused(_) | Self::Unavailable { .. } | Self::Quota { .. } | Self::Paused { .. }
        )
    }
}

/// How long an answer with these headers asks to be left alone, at most 24 h. In every spelling that vendors use.
pub fn asked_wait(mut headers: HeaderMap) -> Option<Duration> {
    wait::in_seconds(&mut headers);
    wait::retry_after(&headers)
}

/// A time for `Retry-After`: the next whole second, and at least one.
pub fn whole_seconds(time: Duration) -> u64 {
    wait::ceil(time).max(1)
}

/// The host's egress: clients, limits and the vault's key to the credentials.
pub struct Egress {
    shared: Arc<Shared>,
}

struct Shared {
    accounts: Accounts,
    transport: Arc<dyn Transport>,
    vault: Arc<Vault>,
    limits: Limits,
    exchanger: Arc<Exchanger>,
    quotas: Quotas,
}

impl Egress {
    /// Makes the egress. `accounts` keep what sign-ins bring; `transport` is the [`Network`] but in benchmarks.
    pub fn new(
        limits: Limits,
        vault: Arc<Vault>,
        accounts: Accounts,
        transport: Arc<dyn Transport>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let exchanger = Arc::new(Exchanger::new(&limits, accounts.clone(), vault.clone(), transport.clone(), metrics));
        Self { shared: Arc::new(Shared { accounts, transport, vault, limits, exchanger, quotas: Quotas::new() }) }
    }

    /// Opens the account's credentials for one call, and signs in where its scheme needs that. The call's deadline begins here.
    ///
    /// # Errors
    /// [`EgressError::Credentials`] if the account does not fit the integration's origins or schemes,
    /// [`EgressError::Internal`] if its secrets cannot be opened; for a sign-in that fails [`EgressError::Refused`],
    /// [`EgressError::Unavailable`], [`EgressError::Unusable`] or [`EgressError::Timeout`]; [`EgressError::Deleted`] if the account is
    /// gone by then.
    pub async fn session(
        &self,
        profile: &Profile,
        mut account: SessionAccount,
        remote: RemoteInput,
        delivery: Delivery,
    ) -> Result<Session, EgressError> {
        let Shared { vault, accounts, .. } = &*self.shared;
        let (variables, application) = (std::mem::take(&mut account.variables), account.application);
        let credentials =
            Credentials::open(vault, accounts, account.id, &account.sealed, application, variables).await?;
        Session::open(self.shared.clone(), profile, account, credentials, remote, delivery).await
    }

    /// Trades a code for what the account of its person carries. The code is sent to the declared address below a granted origin, at most
    /// once: after a failure the person has to consent again. Nothing is stored. The vendor may have spent the code when the future is
    /// dropped: run it, and what stores its outcome, in a task of its own.
    ///
    /// # Errors
    /// [`EgressError::Credentials`] before anything is sent, if a variable or the client does not fit the declaration, and afterwards, if
    /// what was captured does not fit the origins; [`EgressError::Refused`] if the vendor refuses the code or the client;
    /// [`EgressError::SignIn`] if its answer does not bring what the account needs; otherwise as for a sign-in.
    pub async fn redeem(&self, whom: Redeems<'_>, code: Code<'_>) -> Result<Redeemed, EgressError> {
        self.shared.exchanger.redeem(whom, code).await
    }

    /// Where [`redeem`](Self::redeem) sends the code of an account with these variables: for whoever remembers it from the beginning of a
    /// consent to its end. A variable that the redirect brings can change it then, within the granted origins.
    ///
    /// # Errors
    /// [`EgressError::Credentials`] if the scheme declares no consent, or a variable does not fit.
    pub fn token_endpoint(
        &self,
        profile: &Profile,
        scheme: &AuthScheme,
        variables: &BTreeMap<String, String>,
    ) -> Result<Url, EgressError> {
        token::token_endpoint(profile, scheme, variables)
    }

    /// Waits for sign-ins that are under way, as long as one may take: a refresh token that a vendor has just replaced must not
    /// be lost with the process.
    pub async fn finish(&self) {
        self.shared.exchanger.finish().await;
    }
}

impl Shared {
    /// The bounds of each body of the call that this transcript tells of.
    fn bounds(&self, transcript: &Transcript) -> Bounds {
        let size = |bytes, limit| Size { bytes, limit: Some(limit) };
        Bounds {
            size: size(self.limits.vendor_body_bytes, "vendor_body_bytes"),
            budget: transcript.budget(size(self.limits.vendor_total_bytes, "vendor_total_bytes")),
            idle: Duration::from_millis(self.limits.vendor_idle_ms),
        }
    }
}
