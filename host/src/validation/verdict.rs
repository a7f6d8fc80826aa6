//! The meaning of the vendor's answer for an account.

use http::StatusCode;
use mortise_model::FailureKind;

use crate::call::CallError;
use crate::egress::EgressError;
use crate::unified::failure::cut;
use crate::unified::{UnifiedError, VendorError};

/// Bytes of the vendor's message in a verdict at most.
const MAX_WORDS: usize = 2_048;

/// Whether a vendor takes an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The vendor takes it.
    Valid,
    /// The host did not ask the vendor, and another attempt would not either: the integration declares no probe and
    /// lists no users, or the account lacks a value that a request needs.
    Unchecked {
        /// Why.
        reason: String,
    },
    /// The vendor refuses it: somebody must change the account, or its rights at the vendor.
    Refused {
        /// The vendor's status; 422 if the vendor refused under a status of success.
        status: StatusCode,
        /// The vendor's message, cut at 2 KiB.
        message: String,
    },
    /// Not known now: the vendor cannot be reached, fails or asks for a pause. Try again.
    Unreachable {
        /// The failure.
        message: String,
    },
}

impl Verdict {
    /// The verdict in one word, for JSON.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Unchecked { .. } => "unchecked",
            Self::Refused { .. } => "refused",
            Self::Unreachable { .. } => "unreachable",
        }
    }

    /// The message beside the word; `None` for [`Valid`](Self::Valid).
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Valid => None,
            Self::Unchecked { reason: message } | Self::Refused { message, .. } | Self::Unreachable { message } => {
                Some(message)
            }
        }
    }
}

/// The end of a call that says something about the account, or about the vendor.
#[derive(Debug)]
pub(super) enum Reply {
    Taken,
    Refused(Box<VendorError>),
    Unreachable(String),
    Unasked(String),
}

impl Reply {
    /// Reads the end of a call.
    ///
    /// # Errors
    /// The error itself if the host or the integration is at fault.
    pub(super) fn of(outcome: Result<(), UnifiedError>) -> Result<Self, UnifiedError> {
        match outcome {
            Ok(()) => Ok(Self::Taken),
            Err(UnifiedError::Vendor(error)) if refuses(error.status) => Ok(Self::Refused(error)),
            Err(error) if may_pass(&error) => Ok(Self::Unreachable(bounded(error.to_string()))),
            Err(error) if is_unasked(&error) => Ok(Self::Unasked(bounded(error.to_string()))),
            Err(error) => Err(error),
        }
    }

    /// The outcome that the account keeps: a refusal, or `Some(None)` for none. `None` if the account stays as it is.
    /// The call itself has stored a refusal of the credentials already.
    pub(super) fn to_keep(&self) -> Option<Option<&VendorError>> {
        match self {
            Self::Taken => Some(None),
            Self::Refused(error) if error.status != StatusCode::UNAUTHORIZED => Some(Some(error)),
            Self::Refused(_) | Self::Unreachable(_) | Self::Unasked(_) => None,
        }
    }
}

impl From<Reply> for Verdict {
    fn from(reply: Reply) -> Self {
        match reply {
            Reply::Taken => Self::Valid,
            Reply::Refused(error) => Self::Refused { status: error.status, message: bounded(error.message) },
            Reply::Unreachable(message) => Self::Unreachable { message },
            Reply::Unasked(reason) => Self::Unchecked { reason },
        }
    }
}

/// Whether a vendor's status is a verdict about the account: a client error that does not pass with time.
fn refuses(status: StatusCode) -> bool {
    let passes = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
    status.is_client_error() && !passes.contains(&status)
}

/// Whether another attempt can end differently although nobody changes anything.
fn may_pass(error: &UnifiedError) -> bool {
    match error {
        UnifiedError::Vendor(_) | UnifiedError::Broken(CallError::Deadline(_)) => true,
        UnifiedError::Failed(failure) => failure.kind == FailureKind::Timeout,
        UnifiedError::Egress(error) => matches!(
            error,
            EgressError::Timeout(_)
                | EgressError::Unusable(_)
                | EgressError::SignIn { .. }
                | EgressError::Unavailable { .. }
                | EgressError::Quota { .. }
        ),
        _ => false,
    }
}

/// Whether the integration could not make the request with the account's variables.
fn is_unasked(error: &UnifiedError) -> bool {
    match error {
        UnifiedError::Invalid(_) | UnifiedError::Egress(EgressError::Credentials(_)) => true,
        UnifiedError::Failed(failure) => failure.kind == FailureKind::Unsupported,
        _ => false,
    }
}

fn bounded(mut words: String) -> String {
    cut(&mut words, MAX_WORDS);
    words
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn vendor(status: u16) -> UnifiedError {
        let status = StatusCode::from_u16(status).expect("a status");
        let message = "é".repeat(MAX_WORDS);
        UnifiedError::Vendor(Box::new(VendorError { status, message, raw_response: None, headers: HeaderMap::new() }))
    }

    #[test]
    fn only_a_status_that_blames_the_asking_side_is_a_refusal() {
        for status in [400, 401, 402, 403, 404, 410, 422, 499] {
            assert!(matches!(Reply::of(Err(vendor(status))), Ok(Reply::Refused(_))), "{status}");
        }
        for status in [408, 425, 429, 500, 502, 503, 599] {
            assert!(matches!(Reply::of(Err(vendor(status))), Ok(Reply::Unreachable(_))), "{status}");
        }
        let unfit = UnifiedError::Egress(EgressError::Credentials("the account has no `site`".to_owned()));
        assert!(matches!(Reply::of(Err(unfit)), Ok(Reply::Unasked(_))));
        assert!(matches!(Reply::of(Err(CallError::Full.into())), Err(UnifiedError::Broken(CallError::Full))));
    }

    #[test]
    fn the_vendors_words_are_bounded() {
        let verdict = Verdict::from(Reply::of(Err(vendor(403))).expect("a refusal"));
        assert_eq!(verdict.message().map(str::len), Some(MAX_WORDS));
    }
}
