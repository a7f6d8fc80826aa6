//! A vendor's answer for a guest.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::sync::watch;

use super::EgressError;
use super::body::BodyError;

/// A vendor's answer for a guest.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers on the allow-list.
    pub headers: Arc<HeaderMap>,
    pub(super) body: AnswerBody,
}

#[derive(Debug)]
pub(super) enum AnswerBody {
    Read(Result<Bytes, EgressError>),
    /// The caller gets the body as it arrives. The host keeps a copy for the guest, up to the usual limit.
    Streaming(watch::Receiver<Option<Result<Bytes, EgressError>>>),
}

impl Answer {
    /// The whole body. If it is being streamed, waits for its end.
    ///
    /// # Errors
    /// If the body was too large, incomplete or too slow.
    pub async fn body(&mut self) -> Result<Bytes, EgressError> {
        match &mut self.body {
            AnswerBody::Read(body) => body.clone(),
            AnswerBody::Streaming(copy) => {
                let copy = copy.wait_for(Option::is_some).await.ok().and_then(|copy| copy.clone());
                copy.unwrap_or_else(|| Err(BodyError::Broken.into()))
            }
        }
    }
}

impl From<BodyError> for EgressError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Idle | BodyError::Late => Self::Timeout(error.to_string()),
            BodyError::TooLarge(_)
            | BodyError::TooLargeTogether(_)
            | BodyError::Broken
            | BodyError::Members
            | BodyError::Encoding => Self::Unusable(error.to_string()),
        }
    }
}

/// The error of an answer whose head has arrived, but whose body is not usable. If the vendor accepted a write, the
/// error says so.
pub(super) fn unread(error: BodyError, writes: bool, status: StatusCode) -> EgressError {
    let words = |reason: String| match writes && status.is_success() {
        true => format!(
            "the vendor accepted the write (status {}), but its answer cannot be read: {reason}",
            status.as_u16()
        ),
        false => reason,
    };
    match EgressError::from(error) {
        EgressError::Timeout(reason) => EgressError::Timeout(words(reason)),
        EgressError::Unusable(reason) => EgressError::Unusable(words(reason)),
        other => other,
    }
}
