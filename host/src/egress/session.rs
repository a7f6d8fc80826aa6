//! The vendor requests of one call. Dies with the call, and the opened credentials with it.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use http::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use mortise_policy::headers;
use mortise_policy::target::{Endpoint, compose, reserved_query};
use secrecy::SecretString;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::field::Empty;
use tracing::{Instrument, Span};
use url::Url;
use uuid::Uuid;

use super::body::{self, BodyError};
use super::client::TransportError;
use super::credential::{Credentials, Signer};
use super::exchange::{Exchange, Transcript, VendorAnswer};
use super::merge::merge;
use super::redact::Scrubber;
use super::resolve::ForbiddenAddress;
use super::{Delivery, EgressError, Profile, RemoteInput, SessionAccount, Shared, StreamedAnswer};
use crate::observe::{Stopwatch, span};

/// Pieces of a streamed body that wait for a slow caller.
const STREAM_PIECES: usize = 16;

/// Refused requests of one call that are logged.
const LOGGED_REFUSALS: u32 = 16;

/// One request as the guest describes it.
#[derive(Debug)]
pub struct OutboundRequest {
    /// HTTP method.
    pub method: Method,
    /// Path below the first origin, or absolute URL below any.
    pub target: String,
    /// Query parameters.
    pub query: Vec<(String, String)>,
    /// Headers by name and value.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Option<Vec<u8>>,
    /// Whether it carries the call.
    pub primary: bool,
}

/// A vendor's answer as the guest sees it.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers on the allow-list.
    pub headers: HeaderMap,
    body: AnswerBody,
}

#[derive(Debug)]
enum AnswerBody {
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

/// The egress of one call.
pub struct Session {
    shared: Arc<Shared>,
    account: Uuid,
    request_id: String,
    exempt: bool,
    slug: String,
    endpoints: Vec<Endpoint>,
    signer: Signer,
    scrubber: Arc<Scrubber>,
    remote: RemoteInput,
    delivery: Delivery,
    transcript: Transcript,
    /// Time spent waiting for vendors.
    waited: Stopwatch,
    /// When a body that is still streaming is cut off: the call may have ended long before.
    deadline: tokio::time::Instant,
    /// What must be done before the first request that is not a `GET`.
    first_write: FirstWrite,
}

/// What stands before a call's first request that is not a `GET`.
enum FirstWrite {
    /// Nothing, or it is done.
    Free,
    /// This comes first; `false`: nothing that writes may leave.
    Ask(BoxFuture<'static, bool>),
    /// Nothing that writes may leave.
    Barred,
}

impl Session {
    pub(super) fn open(
        shared: Arc<Shared>,
        profile: &Profile,
        account: SessionAccount,
        secrets: BTreeMap<String, SecretString>,
        remote: RemoteInput,
        delivery: Delivery,
    ) -> Result<Self, EgressError> {
        let endpoints = profile.endpoints(|name| account.variables.get(name).cloned())?;
        let credentials = Credentials { secrets, variables: account.variables };
        let signer = Signer::new(&profile.auth, account.method.as_deref(), &credentials)?;
        let scrubber = Arc::new(Scrubber::new(signer.sensitive.iter().map(|s| s.as_str())));
        let deadline = tokio::time::Instant::now() + shared.limits.call_deadline();
        Ok(Self {
            shared,
            account: account.id,
            request_id: account.request_id,
            exempt: profile.replacement.is_some(),
            slug: profile.slug.clone(),
            endpoints,
            signer,
            scrubber,
            remote,
            delivery,
            transcript: Transcript::default(),
            waited: Stopwatch::default(),
            deadline,
            first_write: FirstWrite::Free,
        })
    }

    /// What happened so far; stays readable after the session has ended.
    pub fn transcript(&self) -> Transcript {
        self.transcript.clone()
    }

    /// Has `ask` done before the first request that is not a `GET` leaves. Where it says `false`, no such request leaves in
    /// this session.
    pub fn before_first_write(&mut self, ask: impl Future<Output = bool> + Send + 'static) {
        self.first_write = FirstWrite::Ask(Box::pin(ask));
    }

    /// Whether a request with this method may leave.
    async fn may_leave(&mut self, method: &Method) -> bool {
        if method == Method::GET {
            return true;
        }
        // Barred until it is known otherwise.
        let free = match std::mem::replace(&mut self.first_write, FirstWrite::Barred) {
            FirstWrite::Free => true,
            FirstWrite::Ask(ask) => ask.await,
            FirstWrite::Barred => false,
        };
        if free {
            self.first_write = FirstWrite::Free;
        }
        free
    }

    /// Counts the time spent waiting for vendors; stays readable after the session has ended.
    pub fn stopwatch(&self) -> Stopwatch {
        self.waited.clone()
    }

    /// Sends one request and waits for its answer: the whole of it, or its headers where the body is streamed.
    ///
    /// # Errors
    /// As [`EgressError`] says. An error status of the vendor is an answer.
    pub async fn send(&mut self, request: OutboundRequest) -> Result<Answer, EgressError> {
        let (exchange, url) = match self.prepare(request) {
            Ok(prepared) => prepared,
            Err(error) => {
                if self.transcript.refuse() <= LOGGED_REFUSALS {
                    let (request_id, integration) = (&*self.request_id, &*self.slug);
                    tracing::warn!(request_id, integration, account = %self.account, reason = %error, "egress: refused");
                }
                return Err(error);
            }
        };
        let dry = matches!(self.delivery, Delivery::DryRun) && exchange.method != Method::GET;
        let index = {
            let mut exchanges = self.transcript.lock();
            exchanges.push(exchange.clone());
            exchanges.len() - 1
        };
        if dry {
            return Err(EgressError::DryRun);
        }
        if !self.may_leave(&exchange.method).await {
            self.never_left(index);
            return Err(self.failed(index, Instant::now(), EgressError::Internal));
        }
        let span = vendor_span(&exchange);
        let waiting = self.waited.start();
        let result = self.exchange(index, exchange, url, Instant::now()).instrument(span.clone()).await;
        drop(waiting);
        self.note(index, &span);
        result
    }

    /// The canonical line of a request that was allowed, and the end of its span. Neither has query values or bodies.
    fn note(&self, index: usize, span: &Span) {
        let exchanges = self.transcript.lock();
        let Some(exchange) = exchanges.get(index) else { return };
        let status = exchange.answer.as_ref().map(|answer| answer.status.as_u16());
        span.record("http.response.status_code", status);
        if exchange.error.is_some() {
            span.record("otel.status_code", "error");
        }
        let (request_id, integration, account) = (&*self.request_id, &*self.slug, self.account);
        let (method, host, path) = (&exchange.method, exchange.url.host_str(), exchange.url.path());
        if let Some(reason @ EgressError::Denied(_)) = &exchange.error {
            self.transcript.refuse();
            tracing::warn!(request_id, integration, %account, %method, host, path, %reason, "egress: refused");
            return;
        }
        tracing::info!(
            request_id,
            integration,
            %account,
            %method,
            host,
            path,
            number = index + 1,
            status,
            error = exchange.error.as_ref().map(display),
            us = u64::try_from(exchange.elapsed.as_micros()).unwrap_or(u64::MAX),
            bytes_out = exchange.request_body.as_ref().map_or(0, Bytes::len),
            bytes_in = exchange.answer.as_ref().map_or(0, |answer| answer.body.len()),
            "egress: allowed"
        );
    }

    /// Policy: everything that can be refused without a connection.
    fn prepare(&mut self, request: OutboundRequest) -> Result<(Exchange, Url), EgressError> {
        let denied = |reason: String| EgressError::Denied(reason);
        let limits = &self.shared.limits;
        {
            let exchanges = self.transcript.lock();
            if exchanges.len() >= limits.vendor_requests {
                return Err(denied(format!(
                    "a call may send {} vendor requests (limits.vendor_requests)",
                    limits.vendor_requests
                )));
            }
            if request.primary && exchanges.iter().any(|e| e.primary) {
                return Err(denied("the integration marked a second request as primary".into()));
            }
        }
        let mut query = request.query;
        reserved_query(&query, self.signer.reserved_query()).map_err(|error| denied(error.to_string()))?;
        if request.primary {
            reserved_query(&self.remote.query, self.signer.reserved_query())
                .map_err(|error| EgressError::Remote { input: "remote_query", reason: error.to_string() })?;
            query.extend(self.remote.query.iter().cloned());
        }
        let (_, url) = compose(&self.endpoints, &request.target, &query).map_err(|error| denied(error.to_string()))?;
        let mut headers = self.headers(&request.headers)?;
        let mut body = request.body.map(Bytes::from);
        if request.primary
            && let Some(data) = &self.remote.data
        {
            body = merge(body, data, &mut headers)?;
        }
        if body.as_ref().is_some_and(|body| body.len() > limits.request_body_bytes) {
            return Err(denied(format!(
                "a vendor request's body may have {} bytes (limits.request_body_bytes)",
                limits.request_body_bytes
            )));
        }
        let exchange = Exchange {
            method: request.method,
            url: url.clone(),
            request_headers: headers,
            request_body: body,
            primary: request.primary,
            answer: None,
            unsent: false,
            error: None,
            elapsed: Duration::ZERO,
        };
        Ok((exchange, url))
    }

    fn headers(&self, given: &[(String, String)]) -> Result<HeaderMap, EgressError> {
        let mut headers = headers::requests(given, &self.signer.reserved_headers())
            .map_err(|error| EgressError::Denied(error.to_string()))?;
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("application/json"));
        Ok(headers)
    }

    async fn exchange(
        &mut self,
        index: usize,
        exchange: Exchange,
        mut url: Url,
        started: Instant,
    ) -> Result<Answer, EgressError> {
        let mut headers = exchange.request_headers;
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        self.signer.sign(&mut url, &mut headers);
        let mut request = reqwest::Request::new(exchange.method, url);
        *request.headers_mut() = headers;
        *request.body_mut() = exchange.request_body.map(Into::into);
        let timeout = Duration::from_millis(self.shared.limits.vendor_timeout_ms);
        let sent = tokio::time::timeout(timeout, self.shared.transport.send(self.account, self.exempt, request)).await;
        let response = match sent {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                if error.is_before_sending() {
                    self.never_left(index);
                }
                return Err(self.failed(index, started, unusable(error)));
            }
            Err(_) => {
                let message = format!("the vendor did not answer within {} ms", timeout.as_millis());
                return Err(self.failed(index, started, EgressError::Timeout(message)));
            }
        };
        let status = response.status();
        let headers = self.response_headers(response.headers(), &exchange.url);
        let streams = exchange.primary && status.is_success();
        if streams && let Delivery::Streamed(_) = self.delivery {
            return self.stream(index, response, headers, started);
        }
        let body = body::whole(response, self.shared.bounds(self.transcript.bytes()))
            .await
            .map(|body| self.scrubber.bytes(body));
        let mut exchanges = self.transcript.lock();
        if let Some(exchange) = exchanges.get_mut(index) {
            exchange.elapsed = started.elapsed();
            exchange.error = body.as_ref().err().cloned().map(EgressError::from);
            exchange.answer =
                Some(VendorAnswer { status, headers: headers.clone(), body: body.clone().unwrap_or_default() });
        }
        Ok(Answer { status, headers, body: AnswerBody::Read(body) })
    }

    fn never_left(&self, index: usize) {
        if let Some(exchange) = self.transcript.lock().get_mut(index) {
            exchange.unsent = true;
        }
    }

    fn failed(&self, index: usize, started: Instant, error: EgressError) -> EgressError {
        if let Some(exchange) = self.transcript.lock().get_mut(index) {
            exchange.elapsed = started.elapsed();
            exchange.error = Some(error.clone());
        }
        error
    }

    /// Hands the body to the caller piece by piece, and keeps a bounded copy in case the guest asks for it.
    fn stream(
        &mut self,
        index: usize,
        response: reqwest::Response,
        headers: HeaderMap,
        started: Instant,
    ) -> Result<Answer, EgressError> {
        let status = response.status();
        let limit = self.shared.limits.vendor_body_bytes;
        let mut pieces = match body::pieces(response, self.shared.bounds(self.transcript.bytes()), false) {
            Ok(pieces) => pieces,
            Err(error) => return Err(self.failed(index, started, error.into())),
        };
        if let Some(exchange) = self.transcript.lock().get_mut(index) {
            exchange.elapsed = started.elapsed();
            exchange.answer = Some(VendorAnswer { status, headers: headers.clone(), body: Bytes::new() });
        }
        let (to_caller, from_vendor) = mpsc::channel(STREAM_PIECES + 1);
        let (set_copy, copy) = watch::channel(None);
        let (scrubber, deadline) = (self.scrubber.clone(), self.deadline);
        let waiting = self.waited.start();
        tokio::spawn(async move {
            let _waiting = waiting;
            // The one place more: a failure finds room even where the caller reads nothing.
            let Ok(failure) = to_caller.clone().reserve_owned().await else { return };
            let piped = async {
                let mut scrubbed = scrubber.stream();
                let mut kept = Vec::new();
                let mut keep = |piece: &Bytes| {
                    if kept.len() <= limit {
                        kept.extend_from_slice(piece);
                    }
                };
                while let Some(piece) = pieces.next().await {
                    let piece = scrubbed.push(&piece?);
                    keep(&piece);
                    if !piece.is_empty() {
                        let _ = to_caller.send(Ok(piece)).await;
                    }
                }
                let rest = scrubbed.finish();
                keep(&rest);
                if !rest.is_empty() {
                    let _ = to_caller.send(Ok(rest)).await;
                }
                Ok(kept)
            };
            let ended = tokio::select! {
                // A vendor that is silent would not show that the caller has gone away.
                () = to_caller.closed() => return,
                ended = tokio::time::timeout_at(deadline, piped) => ended.unwrap_or(Err(BodyError::Late)),
            };
            set_copy.send_replace(Some(match ended {
                Ok(kept) if kept.len() > limit => Err(BodyError::TooLarge(limit)),
                Ok(kept) => Ok(kept.into()),
                Err(error) => {
                    failure.send(Err(std::io::Error::other(error.clone())));
                    Err(error)
                }
            }));
        });
        if let Delivery::Streamed(sender) = std::mem::replace(&mut self.delivery, Delivery::Buffered) {
            deliver(sender, StreamedAnswer { status, headers: headers.clone(), body: from_vendor });
        }
        Ok(Answer { status, headers, body: AnswerBody::Streaming(copy) })
    }

    /// The vendor's headers by allow-list, bounded and scrubbed.
    fn response_headers(&self, given: &HeaderMap, url: &Url) -> HeaderMap {
        let mut allowed = headers::response(given, url);
        for value in allowed.values_mut() {
            // A value that is no text cannot be searched for credentials.
            let clean = value.to_str().ok().and_then(|text| HeaderValue::from_str(&self.scrubber.text(text)).ok());
            *value = clean.unwrap_or(HeaderValue::from_static(""));
        }
        allowed
    }
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

fn deliver(sender: oneshot::Sender<StreamedAnswer>, answer: StreamedAnswer) {
    // A caller that has gone away takes no answer; the vendor's work is done all the same.
    let _ = sender.send(answer);
}

/// The caller's words for a failed connection. The URL is left out: it may be signed.
fn unusable(error: TransportError) -> EgressError {
    let error = match error {
        TransportError::Exchange(error) => error.without_url(),
        TransportError::Host(refused) => return EgressError::Denied(refused.to_string()),
        TransportError::Client(error) => {
            tracing::error!(%error, "egress: no client for vendor requests");
            return EgressError::Internal;
        }
    };
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(forbidden) = inner.downcast_ref::<ForbiddenAddress>() {
            return EgressError::Denied(forbidden.to_string());
        }
        cause = inner.source();
    }
    tracing::debug!(error = format!("{:#}", anyhow::Error::from(error)), "egress: no usable answer");
    EgressError::Unusable("the vendor could not be reached, or closed the connection without a usable answer".into())
}
