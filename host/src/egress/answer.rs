//! A vendor's answer as a guest gets it.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::sync::watch;

use super::EgressError;
use super::body::BodyError;

/// A vendor's answer as the guest sees it.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers on the allow-list.
    pub headers: HeaderMap,
    pub(super) body: AnswerBody,
}

#[derive(Debug)]
pub(super) enum AnswerBody {
    Read(Result<Bytes, BodyError>),
    /// The body goes to the caller as it arrives; a copy is kept for the guest up to the usual limit.
    Streaming(watch::Receiver<Option<Result<Bytes, BodyError>>>),
}

impl Answer {
    /// The whole body. Waits for its end where it is being streamed.
    ///
    /// # Errors
    /// If the body was too large, incomplete or too slow.
    pub async fn body(&mut self) -> Result<Bytes, EgressError> {
        let body = match &mut self.body {
            AnswerBody::Read(body) => body.clone(),
            AnswerBody::Streaming(copy) => match copy.wait_for(Option::is_some).await {
                Ok(copy) => copy.clone().unwrap_or(Err(BodyError::Broken)),
                Err(_) => Err(BodyError::Broken),
            },
        };
        body.map_err(EgressError::from)
    }
}

impl From<BodyError> for EgressError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Idle | BodyError::Late => Self::Timeout(error.to_string()),
            BodyError::TooLarge(_) | BodyError::Broken | BodyError::Encoding => Self::Unusable(error.to_string()),
        }
    }
}
