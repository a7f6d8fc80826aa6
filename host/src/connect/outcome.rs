//! The outcome of an attempt to connect an account.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::words::words;

/// The outcome of an attempt to connect an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The integration's slug.
    pub integration: String,
    /// The account, if there is one.
    pub account: Option<Uuid>,
    /// The code with which the application's backend confirms the account, if it must ([`ConnectConfig::confirm`]).
    /// Works once.
    ///
    /// [`ConnectConfig::confirm`]: crate::config::ConnectConfig::confirm
    pub confirmation_code: Option<String>,
    /// Reason of the failure; `None` after a success.
    pub failure: Option<Failure>,
}

impl Outcome {
    /// An attempt that ended before there was an account.
    pub fn failed(integration: impl Into<String>, error_type: ErrorType, message: impl Into<String>) -> Self {
        let failure = Some(Failure::new(error_type, message));
        Self { integration: integration.into(), account: None, confirmation_code: None, failure }
    }

    /// The final message for the page that opened this one, in the form of browser SDKs. A success has no member
    /// `error`, because SDKs take any such member for a failure.
    pub fn message(&self) -> Value {
        let mut message = Map::new();
        let mut set = |name: &str, value: Value| drop(message.insert(name.to_owned(), value));
        set("is_truto", true.into());
        match &self.failure {
            None => set("result", "success".into()),
            Some(failure) => {
                set("result", "error".into());
                set("error", failure.message.as_str().into());
                set("error_type", failure.error_type.as_str().into());
                if let Some(words) = &failure.vendor {
                    set("vendor", words.as_str().into());
                }
            }
        }
        set("integration", self.integration.as_str().into());
        if let Some(account) = self.account {
            set("integrated_account_id", account.to_string().into());
        }
        if let Some(code) = &self.confirmation_code {
            set("confirmation_code", code.as_str().into());
        }
        Value::Object(message)
    }
}

/// The reason why an account is not connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Kind of the failure.
    pub error_type: ErrorType,
    /// Description for people, in the host's words, without advice: [`next`](Self::next) has that.
    pub message: String,
    /// Text of the vendor, a stranger, as [`said`](Self::said) cleans it.
    pub vendor: Option<String>,
    /// Whether only the operator can remove the cause.
    #[serde(default)]
    pub is_operators: bool,
}

impl Failure {
    /// A failure whose cause the person can remove.
    pub fn new(error_type: ErrorType, message: impl Into<String>) -> Self {
        Self { error_type, message: message.into(), vendor: None, is_operators: false }
    }

    /// The same failure, whose cause only the operator can remove.
    #[must_use]
    pub fn of_operator(self) -> Self {
        Self { is_operators: true, ..self }
    }

    /// Advice for the person. `operator` is the name of the operator, whose application has sent the person here.
    pub fn next(&self, operator: &str) -> String {
        match self.error_type {
            _ if self.is_operators => {
                format!("Tell {operator}: they must mend their settings first. The reference leads them to the reason.")
            }
            ErrorType::InvalidToken => format!("Go back to {operator} and ask for a new link."),
            ErrorType::InvalidIntegration => format!("Go back to {operator} and choose another integration."),
            ErrorType::ConnectionError => format!("Go back to {operator} and try again."),
            ErrorType::ValidationError => {
                format!("Check that your user there may do what {operator} needs, then connect the account again.")
            }
        }
    }

    /// The same failure with the vendor's text.
    #[must_use]
    pub fn said(self, text: &str) -> Self {
        Self { vendor: words(text), ..self }
    }
}

/// The kinds of failures that browser SDKs know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorType {
    /// The link token is unknown, used or expired.
    InvalidToken,
    /// The link token does not allow the integration, or the host has not loaded it.
    InvalidIntegration,
    /// The vendor refused the sign-in, or the person did not consent there.
    ConnectionError,
    /// The vendor refused the first request for the account, which exists.
    ValidationError,
}

impl ErrorType {
    /// The name in messages, redirects and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidToken => "invalid_token",
            Self::InvalidIntegration => "invalid_integration",
            Self::ConnectionError => "connection_error",
            Self::ValidationError => "validation_error",
        }
    }
}
