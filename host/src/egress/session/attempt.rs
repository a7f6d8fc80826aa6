//! Sends one request of a call within the vendor's rate limits. Repeats it if that is safe, and once with a new token.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::StatusCode;
use http::header::{ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use mortise_policy::headers;
use mortise_policy::redact::Scrubber;
use tracing::field::Empty;
use tracing::{Instrument, Span};
use url::Url;

use super::super::answer::{Answer, AnswerBody, unread};
use super::super::body::{self, BodyError};
use super::super::client::unusable;
use super::super::exchange::{Entry, Exchange, VendorAnswer};
use super::super::redact;
use super::super::retry::{Outcome, Retries, not_taken, turned_away};
use super::super::text::as_utf8;
use super::super::wait::{in_seconds, retry_after};
use super::super::{Delivery, EgressError};
use super::Session;
use super::signing::{Renewal, note_credentials, signer};
use crate::account::Sealed;
use crate::observe::span;

/// Headers that the host adds to a request, from its encoding to its length. The map gets room for them at once.
const ADDED_HEADERS: usize = 6;

/// The result of one attempt to send a request.
struct Attempt {
    result: Result<Answer, EgressError>,
    /// How the connection failed, if it did.
    broken: Option<Broken>,
}

/// How a connection failed, and whether the vendor may have the request.
#[derive(Clone, Copy)]
enum Broken {
    NotSent,
    NotTaken,
    MaybeSent,
}

impl Attempt {
    fn ended(result: Result<Answer, EgressError>) -> Self {
        Self { result, broken: None }
    }

    fn outcome(&self) -> Outcome<'_> {
        match (&self.result, self.broken) {
            (_, Some(Broken::NotSent)) => Outcome::NotSent,
            (_, Some(Broken::NotTaken)) => Outcome::NotTaken,
            (_, Some(Broken::MaybeSent)) => Outcome::Broken,
            (Ok(answer), None) => Outcome::Answered(answer.status, &answer.headers),
            (Err(_), None) => Outcome::Final,
        }
    }
}

impl Session {
    /// Sends a request. Repeats it if that is safe and may help (see [`Retries`]), and once with a new token.
    pub(super) async fn attempts(&mut self, request: &Exchange) -> Result<Answer, EgressError> {
        let mut retries = Retries::new(&self.shared.limits, self.deadline);
        loop {
            let entry = self.transcript.add(request.clone());
            self.pace(&entry).await?;
            if self.signers.is_general(request.origin)
                && let Err(error) = self.sign_in().await
            {
                return Err(self.withheld(&entry, Instant::now(), error));
            }
            if !self.may_leave(request.writes).await {
                return Err(self.failed(&entry, Instant::now(), EgressError::Internal));
            }
            let span = vendor_span(request);
            let attempt = self.attempt(&entry, request).instrument(span.clone()).await;
            entry.with(|exchange| self.note(entry.number(), exchange, &span));
            if let (Ok(answer), Some(_)) = (&attempt.result, &self.renewal)
                && answer.status == StatusCode::UNAUTHORIZED
                && self.signers.is_general(request.origin)
            {
                entry.with(|exchange| exchange.repeated = true);
                if let Err(error) = self.renew().await {
                    let entry = self.transcript.add(request.clone());
                    return Err(self.withheld(&entry, Instant::now(), error));
                }
                continue;
            }
            match retries.next(request.writes, attempt.outcome()) {
                Some(wait) => {
                    entry.with(|exchange| exchange.repeated = true);
                    tokio::time::sleep(wait).await;
                }
                None => return attempt.result,
            }
        }
    }

    /// Waits for the vendor's rate limits, at most as long as before a repetition.
    async fn pace(&mut self, entry: &Entry) -> Result<(), EgressError> {
        let wait = Duration::from_millis(self.shared.limits.vendor_retry_wait_ms);
        let until = self.deadline.min(tokio::time::Instant::now() + wait);
        let started = Instant::now();
        let admitted = self.shared.quotas.admit(self.account, &self.limits, until).await;
        admitted.map_err(|error| self.withheld(entry, started, error))
    }

    /// Signs in if the session has left that to its first request.
    async fn sign_in(&mut self) -> Result<(), EgressError> {
        match self.renewal.take() {
            Some(renewal) if renewal.token.is_none() => {
                let token = self.exchange(&renewal).await?;
                self.renewal = Some(Renewal { token: Some(token), ..renewal });
            }
            renewal => self.renewal = renewal,
        }
        Ok(())
    }

    /// Signs in again, once in a call, because the vendor has refused the token.
    async fn renew(&mut self) -> Result<(), EgressError> {
        match self.renewal.take() {
            Some(renewal) => self.exchange(&renewal).await.map(drop),
            None => Ok(()),
        }
    }

    /// Gets a token other than the current one, signs with it from now on, and returns it.
    async fn exchange(&mut self, renewal: &Renewal) -> Result<Sealed, EgressError> {
        let Renewal { subject, scheme, credentials, token } = renewal;
        let token = self.shared.exchanger.obtain(subject, credentials, token.as_ref(), self.deadline).await?;
        let mut signer = signer(scheme, credentials, &token)?;
        note_credentials(&self.transcript, &token);
        // Answers to earlier requests may still show the old token.
        signer.sensitive.append(&mut self.signers.general.sensitive);
        self.signers.general = signer;
        self.scrubber = Arc::new(Scrubber::new(self.signers.sensitive().map(|s| s.as_str())));
        Ok(token.token)
    }

    /// The error of a request that the host did not send because of a limit of the vendor or a missing token.
    fn withheld(&self, entry: &Entry, started: Instant, error: EgressError) -> EgressError {
        let (request_id, integration, account) = (&*self.request_id, &*self.slug, self.account);
        tracing::info!(request_id, integration, %account, number = entry.number(), reason = error.reason(), "egress: withheld");
        self.failed(entry, started, error)
    }

    /// Logs a request that the policy allowed, and completes its span. Both are without query values and bodies. A
    /// success is logged at `debug`: the call's own line has the number of its requests and the last status.
    fn note(&self, number: usize, exchange: &Exchange, span: &Span) {
        let status = exchange.answer.as_ref().map(|answer| answer.status.as_u16());
        span.record("http.response.status_code", status);
        if exchange.error.is_some() {
            span.record("otel.status_code", "error");
        }
        let (request_id, integration, account) = (&*self.request_id, &*self.slug, self.account);
        let (method, host, path) = (&exchange.method, exchange.url.host_str(), exchange.url.path());
        if let Some(reason @ EgressError::Denied(_)) = &exchange.error {
            tracing::warn!(request_id, integration, %account, %method, host, path, %reason, "egress: refused");
            return;
        }
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    request_id,
                    integration,
                    %account,
                    %method,
                    host,
                    path,
                    number,
                    status,
                    error = exchange.error.as_ref().map(EgressError::reason),
                    us = u64::try_from(exchange.elapsed.as_micros()).unwrap_or(u64::MAX),
                    bytes_out = exchange.request_body.as_ref().map_or(0, Bytes::len),
                    bytes_in = exchange.answer.as_ref().map_or(0, |answer| answer.body.len()),
                    "egress: allowed"
                )
            };
        }
        match status {
            Some(..400) if exchange.error.is_none() => line!(debug),
            _ => line!(info),
        }
    }

    async fn attempt(&mut self, entry: &Entry, exchange: &Exchange) -> Attempt {
        let started = Instant::now();
        let (mut url, given) = (Url::clone(&exchange.url), &*exchange.request_headers);
        let mut headers = HeaderMap::with_capacity(given.len() + ADDED_HEADERS);
        headers.extend(given.iter().map(|(name, value)| (name.clone(), value.clone())));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        match self.signers.of(exchange.origin) {
            Ok(signer) => signer.sign(&mut url, &mut headers),
            Err(error) => return Attempt::ended(Err(self.failed(entry, started, error))),
        }
        let mut request = reqwest::Request::new(exchange.method.clone(), url);
        *request.headers_mut() = headers;
        *request.body_mut() = exchange.request_body.clone().map(Into::into);
        let timeout = Duration::from_millis(self.shared.limits.vendor_timeout_ms);
        // Set before the request leaves, because the call may end at any moment from now on.
        entry.with(|exchange| exchange.unsent = false);
        let sent = tokio::time::timeout(timeout, self.shared.transport.send(self.account, self.exempt, request)).await;
        let response = match sent {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                let unanswered = unusable(error);
                entry.with(|exchange| exchange.unsent = !unanswered.sent);
                let broken = if unanswered.sent { Broken::MaybeSent } else { Broken::NotSent };
                let result = Err(self.failed(entry, started, unanswered.error));
                return Attempt { result, broken: unanswered.passing.then_some(broken) };
            }
            Err(_) => {
                let message = format!("the vendor did not answer within {} ms", timeout.as_millis());
                return Attempt::ended(Err(self.failed(entry, started, EgressError::Timeout(message))));
            }
        };
        self.received(entry, exchange, response, started).await
    }

    /// Reads the answer to a request, or streams it to the caller.
    async fn received(
        &mut self,
        entry: &Entry,
        exchange: &Exchange,
        response: http::Response<reqwest::Body>,
        started: Instant,
    ) -> Attempt {
        let status = response.status();
        let not_taken = not_taken(status, response.headers());
        let headers = Arc::new(response_headers(&self.scrubber, response.headers(), &exchange.url).await);
        if status == StatusCode::TOO_MANY_REQUESTS
            && let Some(time) = retry_after(&headers)
        {
            self.shared.quotas.pause(self.account, &self.limits, time);
        }
        let streams = exchange.primary && status.is_success();
        if streams && let Delivery::Streamed(_) = self.delivery {
            return Attempt::ended(self.stream(entry, exchange.writes, response, headers, started).await);
        }
        let body = match body::whole(response, &self.bounds(exchange.primary)).await {
            Ok(body) => Ok(redact::whole(&self.scrubber, body).await),
            Err(error) => Err(error),
        };
        let broken = match &body {
            _ if not_taken => Some(Broken::NotTaken),
            Err(BodyError::Broken) => Some(Broken::MaybeSent),
            _ => None,
        };
        let body = body.map_err(|error| unread(error, exchange.writes, status));
        entry.with(|exchange| {
            exchange.elapsed = started.elapsed();
            exchange.error = body.as_ref().err().cloned();
            exchange.turned_away = not_taken || turned_away(status, &headers);
            exchange.answer =
                Some(VendorAnswer { status, headers: headers.clone(), body: body.clone().unwrap_or_default() });
        });
        Attempt { result: Ok(Answer { status, headers, body: AnswerBody::Read(body) }), broken }
    }

    pub(super) fn failed(&self, entry: &Entry, started: Instant, error: EgressError) -> EgressError {
        entry.with(|exchange| {
            exchange.elapsed = started.elapsed();
            exchange.error = Some(error.clone());
        });
        error
    }
}

/// The vendor's allowed headers, bounded and scrubbed. Times are in seconds, and the charset is that of the converted
/// body.
async fn response_headers(scrubber: &Scrubber, given: &HeaderMap, url: &Url) -> HeaderMap {
    let mut allowed = headers::response(given, url);
    in_seconds(&mut allowed);
    if let Some(content_type) = allowed.get(CONTENT_TYPE).and_then(as_utf8) {
        allowed.insert(CONTENT_TYPE, content_type);
    }
    let mut searched = 0;
    for value in allowed.values_mut() {
        searched += value.len();
        // The scrubber cannot search a value that is not text.
        match value.to_str().map(|text| scrubber.text(text)) {
            Ok(Cow::Borrowed(_)) => {}
            Ok(Cow::Owned(clean)) => *value = HeaderValue::try_from(clean).unwrap_or(HeaderValue::from_static("")),
            Err(_) => *value = HeaderValue::from_static(""),
        }
        if searched >= redact::PIECE {
            searched = 0;
            tokio::task::yield_now().await;
        }
    }
    allowed
}

/// The span of one vendor request, for traces.
fn vendor_span(exchange: &Exchange) -> Span {
    span!(
        "vendor",
        otel.name = exchange.method.as_str(),
        otel.kind = "client",
        http.request.method = exchange.method.as_str(),
        server.address = exchange.url.host_str(),
        server.port = exchange.url.port_or_known_default(),
        url.path = exchange.url.path(),
        http.response.status_code = Empty,
        otel.status_code = Empty,
    )
}
