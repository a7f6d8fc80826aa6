//! Sends one request to a vendor's token endpoint and reads its answer within bounds.

use std::time::Duration;

use mortise_policy::redact::Scrubber;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::super::body::{self, Bounds, Budget, Size};
use super::super::client::{Transport, VendorResponse, unusable};
use super::super::denial::Denial;
use super::super::error::EgressError;
use super::super::retry::{Outcome, Retries, not_taken};
use super::super::wait::in_seconds;
use super::TokenExchange;
use super::answer::SignInAnswer;
use super::brought;
use super::document::document;
use super::request::SignIn;
use super::told::Told;
use crate::config::Limits;
use crate::work;

/// Largest answer, in bytes. A token has a few KiB at most.
const ANSWER_BYTES: usize = 256 << 10;

/// The destination of a request for tokens, and how to read its answer.
pub(super) struct TokenEndpoint<'a> {
    pub(super) transport: &'a dyn Transport,
    pub(super) limits: &'a Limits,
    /// The id whose connections the request uses: an account, or an id that no other request has.
    pub(super) connection: Uuid,
    /// Whether the operator set the origin.
    pub(super) exempt: bool,
    pub(super) exchange: &'a TokenExchange,
    /// The places of the sentence in the vendor's error answers.
    pub(super) messages: &'a [String],
    /// The sentence for a refusal.
    pub(super) refusal: &'static str,
}

impl TokenEndpoint<'_> {
    /// Sends the request, once more if the vendor did not take it, and reads its answer with `read`. `sensitive` are
    /// the credentials in the request.
    pub(super) async fn ask<T>(
        &self,
        request: &SignIn,
        sensitive: &[Zeroizing<String>],
        read: impl FnOnce(SignInAnswer) -> Result<T, EgressError>,
    ) -> Result<T, EgressError> {
        let asked = async {
            let response = self.send(request).await?;
            self.read(response, sensitive, read).await
        };
        timeout(time(self.limits), asked).await.unwrap_or_else(|_| {
            let limit = self.limits.token_exchange_ms;
            Err(EgressError::Timeout(format!("signing in: the vendor did not answer within {limit} ms")))
        })
    }

    async fn send(&self, request: &SignIn) -> Result<VendorResponse, EgressError> {
        let mut retries = Retries::new(self.limits, Instant::now() + time(self.limits));
        loop {
            let sent = self.transport.send(self.connection, self.exempt, request.to_request()).await;
            let response = sent.map_err(|error| signing_in(unusable(error).error))?;
            let is_not_taken = not_taken(response.status(), response.headers());
            // Any method may end other tokens, and a code works once. So every sign-in counts as a write.
            match is_not_taken.then(|| retries.next(true, Outcome::NotTaken)).flatten() {
                Some(wait) => sleep(wait).await,
                None => return Ok(response),
            }
        }
    }

    async fn read<T>(
        &self,
        response: VendorResponse,
        sensitive: &[Zeroizing<String>],
        read: impl FnOnce(SignInAnswer) -> Result<T, EgressError>,
    ) -> Result<T, EgressError> {
        let (status, mut headers) = (response.status(), response.headers().clone());
        in_seconds(&mut headers);
        let size = Size { bytes: ANSWER_BYTES, limit: None };
        let bounds = Bounds {
            size,
            budget: Budget::new(Size { bytes: 2 * ANSWER_BYTES, ..size }),
            idle: Duration::from_millis(self.limits.vendor_idle_ms),
        };
        let body = body::whole(response, &bounds).await.map_err(|error| signing_in(error.into()))?;
        let size = body.len();
        work::on(size, || {
            let document = document(&body);
            let brought = brought::of_failure(self.exchange, &document);
            let told = match brought.overflowed {
                true => Told::nothing(),
                false => {
                    let sent = sensitive.iter().map(|secret| secret.as_str());
                    let brought = brought.values.iter().map(|value| value.as_str());
                    Told::of(&document, self.messages, &Scrubber::new(sent.chain(brought)))
                }
            };
            read(SignInAnswer { status, headers, document, told, refusal: self.refusal })
        })
        .await
    }
}

/// The longest that a sign-in at a vendor may take.
pub(super) fn time(limits: &Limits) -> Duration {
    Duration::from_millis(limits.token_exchange_ms)
}

fn signing_in(error: EgressError) -> EgressError {
    match error {
        EgressError::Denied(denial) => Denial::SignIn(Box::new(denial)).into(),
        EgressError::Timeout(reason) => EgressError::Timeout(format!("signing in: {reason}")),
        EgressError::Unusable(reason) => EgressError::Unusable(format!("signing in: {reason}")),
        other => other,
    }
}
