//! Errors of a vendor request or of a whole session.

use std::time::Duration;

use super::denial::Denial;
use super::quota::RateLimit;
use super::token::CredentialRefusal;
use super::wait::whole_seconds;

/// Why the host could not make a vendor request or open a session. Never holds a credential.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EgressError {
    /// The policy refused the request, or the call has reached a limit. The integration's author or the operator must
    /// act.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// The host cannot apply the caller's `remote_data` or `remote_query`, or cannot send a part of the caller's own
    /// request.
    #[error("{reason}")]
    Remote {
        /// The part of the caller's input: one of the two, or in passthrough `path`, `query`, `header` or `body`.
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
    /// The vendor refused the account's credentials when the host signed in. The host has marked the account, and it
    /// needs new ones. Or the vendor refused the code of a person's consent.
    #[error("{}", .0.message)]
    Refused(Box<CredentialRefusal>),
    /// The vendor's answer to a sign-in has no token, and says nothing about the account's credentials.
    #[error("signing in: {reason}{words}")]
    SignIn {
        /// Why the answer is not usable.
        reason: String,
        /// The vendor's words behind a colon, or nothing.
        words: String,
    },
    /// The host cannot sign or send the request for the moment: the vendor is too busy for a sign-in, the database does
    /// not answer, or the host has no open file left for a connection.
    #[error("{reason}{words}")]
    Unavailable {
        /// Why.
        reason: String,
        /// The vendor's words behind a colon, or nothing.
        words: String,
        /// When to try again.
        retry_after: Duration,
    },
    /// The account has used up the limit that the integration declares.
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
    /// The vendor has asked for a pause in this account's requests, and the pause is not over. The host has not sent
    /// the request.
    #[error("the vendor limits the rate of this account's requests: try again in {} s", whole_seconds(*.retry_after))]
    Paused {
        /// The rest of the pause.
        retry_after: Duration,
    },
    /// A dry run reached a write. Ends the call.
    #[error("dry run")]
    DryRun,
    /// A fault of the host. The log has the detail.
    #[error("the host could not prepare the vendor request")]
    Internal,
}

impl EgressError {
    /// The kind of error as one word, for metrics and logs.
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

    /// The error without the vendor's words, for logs. The words may be about people.
    pub fn reason(&self) -> String {
        match self {
            Self::Refused(refusal) => refusal.reason.to_owned(),
            Self::SignIn { reason, .. } => format!("signing in: {reason}"),
            Self::Unavailable { reason, .. } => reason.clone(),
            error => error.to_string(),
        }
    }

    /// The vendor's words, if there are any: a line of at most 1,000 bytes, without control characters, format
    /// characters and credentials.
    /// It is not the host's text.
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) => refusal.message.strip_prefix(refusal.reason)?.strip_prefix(": "),
            Self::SignIn { words, .. } | Self::Unavailable { words, .. } => words.strip_prefix(": "),
            _ => None,
        }
    }

    /// Whether the host did not send a request because of a limit of the vendor, a missing token or a deleted account.
    /// This is then the call's error, whatever the plugin answers.
    pub fn is_withholding(&self) -> bool {
        matches!(
            self,
            Self::Deleted | Self::Refused(_) | Self::Unavailable { .. } | Self::Quota { .. } | Self::Paused { .. }
        )
    }
}
