//! The errors of unified calls. `api/error.rs` turns them into HTTP.

use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode};
use jiff::Timestamp;
use mortise_model::{Category, Operation};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use super::failure::Failures;
use super::idempotency::IdempotencyError;
use super::list::NotAPage;
use super::respond::NotAUser;
use crate::account::AccountError;
use crate::call::{self, CallError};
use crate::egress::{EgressError, whole_seconds};
use crate::quota::QuotaExceeded;

/// Bytes of a vendor's body that the account's `last_error` keeps.
const MAX_KEPT_RESPONSE: usize = 16 << 10;

/// Why a unified call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum UnifiedError {
    /// The request breaks rules, and nothing was sent to the vendor. Or the plugin refused the input (400).
    #[error("{0}")]
    Invalid(Failures),
    /// The body is not JSON (415).
    #[error("send the body as application/json")]
    MediaType,
    /// The caller has no such account: it does not exist, or belongs to another tenant (404).
    #[error("integrated account not found")]
    UnknownAccount,
    /// The account's quota is used up (429).
    #[error(transparent)]
    Quota(#[from] QuotaExceeded),
    /// A write on a sandbox account (405).
    #[error("the integrated account is a sandbox: it writes with mortise_dry_run=true only")]
    Sandbox,
    /// The vendor has refused the account's credentials. Contains the error that the account keeps (401).
    #[error("the vendor has refused the credentials of the integrated account: update its context")]
    NeedsReauth(Option<Value>),
    /// The vendor has refused the validation of the account. Contains the error that the account keeps (401).
    #[error(
        "the vendor has refused the validation of the integrated account: change the account, or validate it again \
         (POST /integrated-account/{{id}}/validate)"
    )]
    ValidationError(Option<Value>),
    /// The account's integration is not loaded, or the host refuses it (503).
    #[error("integration {0} is not available: ask the operator to load it")]
    NotLoaded(String),
    /// The operator does not let callers send their own requests to the integration's vendor (403).
    #[error("passthrough is off for integration {0}: ask the operator to grant it")]
    NoPassthrough(String),
    /// The integration does not serve this operation (501).
    #[error("integration {slug} does not offer {operation} in {category}")]
    NotOffered {
        /// The integration.
        slug: String,
        /// The requested operation.
        operation: Operation,
        /// Its category.
        category: Category,
    },
    /// The vendor answered with an error (its status), or has no such record (404).
    #[error("{}", .0.message)]
    Vendor(Box<VendorError>),
    /// The plugin ended the call for another reason, whose kind decides the status (501, 502, 504).
    #[error("{}", .0.message)]
    Failed(call::Failure),
    /// The call ended without an answer: trap, budget, deadline, or no room.
    #[error(transparent)]
    Broken(#[from] CallError),
    /// The plugin's answer is not a user (502).
    #[error("the integration gave an answer that is not a user: {0}")]
    Nonsense(#[from] NotAUser),
    /// The plugin's page of users is not usable (502).
    #[error("the integration gave a page that cannot be used: {0}")]
    Page(#[from] NotAPage),
    /// Several pages in a row had no user for the caller, and the call may read no further (502).
    #[error("{pages} pages of the vendor in a row had no user for this list: continue with details.next_cursor")]
    EmptyPages {
        /// The number of these pages.
        pages: usize,
        /// The cursor with which the caller continues.
        cursor: String,
    },
    /// The account does not fit the integration, or the host cannot apply the caller's `remote_data`. Nothing was sent.
    #[error(transparent)]
    Egress(EgressError),
    /// The call's `Idempotency-Key` rules it out (400, 409).
    #[error(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// A failure of the host (500) or of its database (503). The text is only for the log.
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
    /// Another error in format `debug`, with the vendor requests that led to it.
    #[error("{source}")]
    Debugged {
        /// The error itself.
        source: Box<UnifiedError>,
        /// The vendor requests as JSON, without credentials.
        requests: Box<RawValue>,
    },
}

/// The vendor's refusal of a sign-in stays an error of the vendor, also if the host repeats an earlier one.
impl From<EgressError> for UnifiedError {
    fn from(error: EgressError) -> Self {
        let (message, headers) = (error.to_string(), HeaderMap::new());
        let vendor = match error {
            EgressError::Refused(refusal) => {
                let raw_response = Some(&refusal.body).filter(|body| !body.is_null()).map(to_raw_value);
                let raw_response = raw_response.and_then(Result::ok);
                VendorError { status: StatusCode::UNAUTHORIZED, message, raw_response, headers }
            }
            EgressError::Paused { retry_after } => VendorError {
                status: StatusCode::TOO_MANY_REQUESTS,
                message,
                raw_response: None,
                headers: HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from(whole_seconds(retry_after)))]),
            },
            EgressError::Deleted => return Self::UnknownAccount,
            error => return Self::Egress(error),
        };
        Self::Vendor(Box::new(vendor))
    }
}

impl UnifiedError {
    /// The kind of error as one word, for metrics and logs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid",
            Self::MediaType => "media-type",
            Self::UnknownAccount => "unknown-account",
            Self::Quota(_) => "quota",
            Self::Sandbox => "sandbox",
            Self::NeedsReauth(_) => "needs-reauth",
            Self::ValidationError(_) => "validation-error",
            Self::NotLoaded(_) => "not-loaded",
            Self::NoPassthrough(_) => "no-passthrough",
            Self::NotOffered { .. } => "not-offered",
            Self::Vendor(_) => "vendor",
            Self::Failed(failure) => failure.kind.as_str(),
            Self::Broken(error) => error.word(),
            Self::Nonsense(_) | Self::Page(_) => "nonsense",
            Self::EmptyPages { .. } => "empty-pages",
            Self::Egress(error) => error.word(),
            Self::Idempotency(_) => "idempotency",
            Self::Internal(cause) if cause.chain().any(is_database) => "database",
            Self::Internal(_) => "host",
            Self::Debugged { source, .. } => source.word(),
        }
    }
}

fn is_database(cause: &(dyn std::error::Error + 'static)) -> bool {
    matches!(cause.downcast_ref(), Some(AccountError::Database(_)))
}

/// A vendor's error, for the caller.
#[derive(Debug)]
pub struct VendorError {
    /// The vendor's status if it is 4xx or 5xx, otherwise 502.
    pub status: StatusCode,
    /// The plugin's sentence, or the one in the vendor's body. May be empty.
    pub message: String,
    /// The vendor's body: JSON if it parses, otherwise a JSON string. `None` without an answer.
    pub raw_response: Option<Box<RawValue>>,
    /// The vendor's rate-limit headers and `retry-after`.
    pub headers: HeaderMap,
}

impl VendorError {
    /// The form in which an account keeps it as its last error.
    pub(crate) fn kept(&self) -> Value {
        json!({
            "status": self.status.as_u16(),
            "message": self.message,
            "raw_response": self.raw_response.as_ref().filter(|raw| raw.get().len() <= MAX_KEPT_RESPONSE),
            "occurred_at": Timestamp::now().to_string(),
        })
    }
}
