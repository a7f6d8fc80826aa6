//! The HTTP status for each end of a call. `api/error.rs` writes the answer around it, and the log of calls keeps it.

use http::StatusCode;
use mortise_model::FailureKind;

use super::error::UnifiedError;
use super::idempotency::IdempotencyError;
use crate::account::AccountError;
use crate::call::CallError;
use crate::egress::EgressError;

impl UnifiedError {
    /// The status of an answer with this error.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::UnknownAccount => StatusCode::NOT_FOUND,
            Self::Quota(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Sandbox => StatusCode::METHOD_NOT_ALLOWED,
            Self::NeedsReauth(_) | Self::ValidationError(_) => StatusCode::UNAUTHORIZED,
            Self::NotLoaded(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::NoPassthrough(_) => StatusCode::FORBIDDEN,
            Self::NotOffered { .. } => StatusCode::NOT_IMPLEMENTED,
            Self::Vendor(error) => error.status,
            Self::Failed(failure) => of_failure(failure.kind),
            Self::Broken(error) => of_broken(error),
            Self::Nonsense(_) | Self::Page(_) | Self::EmptyPages { .. } => StatusCode::BAD_GATEWAY,
            Self::Egress(error) => of_egress(error),
            Self::Idempotency(IdempotencyError::Reused) => StatusCode::BAD_REQUEST,
            Self::Idempotency(_) => StatusCode::CONFLICT,
            Self::Internal(cause) if cause.chain().any(is_outage) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Debugged { source, .. } => source.status(),
        }
    }
}

fn of_failure(kind: FailureKind) -> StatusCode {
    match kind {
        FailureKind::InvalidInput | FailureKind::InvalidCursor => StatusCode::BAD_REQUEST,
        FailureKind::NotFound => StatusCode::NOT_FOUND,
        FailureKind::Unsupported => StatusCode::NOT_IMPLEMENTED,
        FailureKind::Timeout => StatusCode::GATEWAY_TIMEOUT,
        FailureKind::Refused => StatusCode::UNPROCESSABLE_ENTITY,
        FailureKind::Vendor | FailureKind::Denied | FailureKind::Internal => StatusCode::BAD_GATEWAY,
    }
}

fn of_broken(error: &CallError) -> StatusCode {
    match error {
        CallError::Full | CallError::HostMemory { wrote: false } | CallError::CircuitOpen(_) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        CallError::HostMemory { wrote: true } | CallError::CpuBudget(_) | CallError::Trapped { .. } => {
            StatusCode::BAD_GATEWAY
        }
        CallError::Deadline(_) => StatusCode::GATEWAY_TIMEOUT,
        // `UnifiedError` has its own variants for these.
        CallError::Failed(_) | CallError::NotWritten(_) | CallError::DryRun => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn of_egress(error: &EgressError) -> StatusCode {
    match error {
        EgressError::Remote { .. } | EgressError::Credentials(_) => StatusCode::BAD_REQUEST,
        EgressError::Timeout(_) => StatusCode::GATEWAY_TIMEOUT,
        EgressError::Denied(_) | EgressError::Unusable(_) | EgressError::SignIn { .. } => StatusCode::BAD_GATEWAY,
        EgressError::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        EgressError::Quota { .. } => StatusCode::TOO_MANY_REQUESTS,
        // `UnifiedError` has its own variants for the first three.
        EgressError::Deleted
        | EgressError::Refused(_)
        | EgressError::Paused { .. }
        | EgressError::DryRun
        | EgressError::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn is_outage(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.downcast_ref::<AccountError>().is_some_and(|error| error.outage().is_some())
}
