//! How it ended.

use serde::Serialize;
use uuid::Uuid;

/// How an attempt to connect an account ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The integration's slug.
    pub integration: String,
    /// The account, if there is one.
    pub account: Option<Uuid>,
    /// What the application's backend confirms the account with, where it must ([`ConnectConfig::confirm`]). Works once.
    ///
    /// [`ConnectConfig::confirm`]: crate::config::ConnectConfig::confirm
    pub confirmation_code: Option<String>,
    /// Why it failed, if it did.
    pub failure: Option<Failure>,
}

/// Why an account is not connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// What kind of failure it is.
    pub error_type: ErrorType,
    /// What happened and how to go on, for people, in the host's words.
    pub message: String,
    /// What the vendor says: text of a stranger, bounded and without control characters.
    pub vendor: Option<String>,
}

/// The kinds of failures that browser SDKs know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorType {
    /// The link token is unknown, used or expired.
    InvalidToken,
    /// The integration is not one that the link token allows, or is not loaded.
    InvalidIntegration,
    /// The vendor, or the person there, did not let the host in.
    ConnectionError,
    /// The vendor refused the first request for the account, which exists.
    ValidationError,
}

impl ErrorType {
    /// The word in messages, redirects and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidToken => "invalid_token",
            Self::InvalidIntegration => "invalid_integration",
            Self::ConnectionError => "connection_error",
            Self::ValidationError => "validation_error",
        }
    }
}
