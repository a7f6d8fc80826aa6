//! How a call can end without an answer.

use std::fmt;

/// What every caller is told of a plugin that broke.
const BROKEN: &str = "the integration failed while serving the call";

/// Why a call did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The plugin returned a failure.
    #[error("{0}")]
    Failed(Failure),
    /// The plugin trapped, or went beyond a bound on memory, tables or bytes.
    #[error("{BROKEN}: {reason}{}{stderr}", if stderr.is_empty() { "" } else { "\n" })]
    Trapped {
        /// What stopped it.
        reason: String,
        /// Whether that is a bound, of the contract or of the host's settings, which callers may know.
        is_bound: bool,
        /// What it had written to standard error, such as a panic's message: at most 4 KiB, for its author. May be empty.
        stderr: String,
    },
    /// The guest used up its CPU budget.
    #[error("the integration used more than {0} ms of CPU time")]
    CpuBudget(u64),
    /// The deadline over guest and vendor time passed.
    #[error("the call did not finish within {0} ms")]
    Deadline(u64),
    /// The integration's calls only broke of late; seconds until the next one is let through.
    #[error("the integration failed in its last calls, so the host pauses its calls: try again in {0} s")]
    CircuitOpen(u64),
    /// No room for another call now.
    #[error("the host serves as many calls as it may (limits.concurrent_calls): try again in 1 s")]
    Full,
    /// This machine has no memory or address space left for the guest: the operator must act.
    #[error(
        "the host has no memory left for the call{}",
        if *.wrote { ", and the vendor may have carried it out: look there before you send it again" } else { "" }
    )]
    HostMemory {
        /// Whether the vendor may have changed something before.
        wrote: bool,
    },
    /// The plugin does not write a field, and the caller is strict about that. Nothing was written.
    #[error("{0} is not written by this integration")]
    NotWritten(String),
    /// A dry run reached its first write, which the transcript holds.
    #[error("dry run")]
    DryRun,
}

impl CallError {
    /// The host broke in the plugin's place.
    pub(super) fn trapped(reason: impl Into<String>) -> Self {
        Self::Trapped { reason: reason.into(), is_bound: false, stderr: String::new() }
    }

    /// The plugin's answer is beyond a bound.
    pub(super) fn beyond(reason: impl Into<String>) -> Self {
        Self::Trapped { reason: reason.into(), is_bound: true, stderr: String::new() }
    }

    /// What a caller is told: of a plugin that broke the bound that it broke, and nothing else, which is for the log.
    pub fn told(&self) -> String {
        match self {
            Self::Trapped { reason, is_bound: true, .. } => format!("{BROKEN}: {reason}"),
            Self::Trapped { .. } => BROKEN.to_owned(),
            told => told.to_string(),
        }
    }

    /// The kind of end in one word, for metrics and logs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Failed(failure) => failure.kind.as_str(),
            Self::Trapped { .. } => "trapped",
            Self::CpuBudget(_) => "cpu-budget",
            Self::Deadline(_) => "deadline",
            Self::CircuitOpen(_) => "circuit-open",
            Self::Full => "full",
            Self::HostMemory { .. } => "host-memory",
            Self::NotWritten(_) => "invalid",
            Self::DryRun => "dry-run",
        }
    }
}

/// A plugin's typed failure.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Who must act.
    pub kind: FailureKind,
    /// For the caller; may be empty for [`FailureKind::Vendor`] and [`FailureKind::Refused`]. At most 1,000 characters, no control characters.
    pub message: String,
    /// The unified field at fault.
    pub field: Option<String>,
}

/// The kinds of `failure` in `wit/integration.wit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// 400
    InvalidInput,
    /// 404
    NotFound,
    /// 501
    Unsupported,
    /// The vendor's own status.
    Vendor,
    /// 422: the vendor said no under a status of success.
    Refused,
    /// 400: the caller begins again at the first page.
    InvalidCursor,
    /// 502: refused by the egress policy or a limit of the call.
    Denied,
    /// 504
    Timeout,
    /// 502
    Internal,
}

impl FailureKind {
    /// The contract's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid-input",
            Self::NotFound => "not-found",
            Self::Unsupported => "unsupported",
            Self::Vendor => "vendor",
            Self::Refused => "refused",
            Self::InvalidCursor => "invalid-cursor",
            Self::Denied => "denied",
            Self::Timeout => "timeout",
            Self::Internal => "internal",
        }
    }

    /// Reads the contract's word; one that the host does not know is [`FailureKind::Internal`].
    pub fn parse(word: &str) -> Self {
        match word {
            "invalid-input" => Self::InvalidInput,
            "not-found" => Self::NotFound,
            "unsupported" => Self::Unsupported,
            "vendor" => Self::Vendor,
            "refused" => Self::Refused,
            "invalid-cursor" => Self::InvalidCursor,
            "denied" => Self::Denied,
            "timeout" => Self::Timeout,
            _ => Self::Internal,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.as_str(), self.message)
    }
}
