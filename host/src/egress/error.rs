//! How a vendor request, or a whole session, can fail.

use std::time::Duration;

use super::denial::Denial;
use super::quota::RateLimit;
use super::token::CredentialRefusal;
use super::wait::whole_seconds;

/// Why a vendor request, or a whole session, was not possible. Never holds a credential.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EgressError {
    /// The policy refused, or a limit of the call was reached. The integration's author or the operator must act.
    #[error(transparent)]
    Denied(#[from] Denial),
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

    pub(super) fn unavailable(reason: &str, retry_after: Duration) -> Self {
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

    /// What the vendor says, if it says something: a stranger's line, at most 1,000 bytes, without control characters, format characters and credentials.
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
