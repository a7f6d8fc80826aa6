//! The vendor requests of one call. Dies with the call, and the opened credentials with it.

use std::collections::BTreeMap;
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
use super::client::unusable;
use super::credential::{AuthScheme, Signer};
use super::exchange::{Exchange, Transcript, VendorAnswer};
use super::merge::merge;
use super::redact::Scrubber;
use super::retry::{Outcome, Retries, retry_after};
use super::template::Credentials;
use super::token::{Brought, Subject};
use super::{Delivery, EgressError, Profile, RateLimit, RemoteInput, SessionAccount, Shared, StreamedAnswer};
use crate::account::Sealed;
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
    limits: Arc<[RateLimit]>,
    signer: Signer,
    /// For the one new sign-in of the call, where its scheme has one.
    renewal: Option<Renewal>,
    /// What signing in brought for the guest.
    brought: BTreeMap<String, String>,
    scrubber: Arc<Scrubber>,
    remote: RemoteInput,
    delivery: Delivery,
    transcript: Transcript,
    /// Time spent waiting for vendors.
    waited: Stopwatch,
    /// When a body that is still streaming is cut off: the call may have ended long before.
    deadline: tokio::time::Instant,
    /// Requests of the guest that were not refused; each may have been sent several times.
    requests: usize,
    /// Whether one of them carries the call.
    has_primary: bool,
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

/// What it takes to sign in again.
struct Renewal {
    subject: Arc<Subject>,
    scheme: AuthScheme,
    /// The account's own.
    credentials: Credentials,
    /// The token that signs now.
    token: Sealed,
}

/// What came of one attempt to send a request.
struct Attempt {
    result: Result<Answer, EgressError>,
    /// Whether the connection broke off, or none was made.
    broken: Option<Broken>,
}

/// How a connection failed.
#[derive(Clone, Copy)]
enum Broken {
    NotSent,
    MaybeSent,
}

impl Attempt {
    fn ended(result: Result<Answer, EgressError>) -> Self {
        Self { result, broken: None }
    }

    fn outcome(&self) -> Outcome<'_> {
        match (&self.result, self.broken) {
            (_, Some(Broken::NotSent)) => Outcome::NotSent,
            (_, Some(Broken::MaybeSent)) => Outcome::Broken,
            (Ok(answer), None) => Outcome::Answered(answer.status, &answer.headers),
            (Err(_), None) => Outcome::Final,
        }
    }
}

impl Session {
    pub(super) async fn open(
        shared: Arc<Shared>,
        profile: &Profile,
        account: SessionAccount,
        secrets: BTreeMap<String, SecretString>,
        remote: RemoteInput,
        delivery: Delivery,
    ) -> Result<Self, EgressError> {
        let deadline = tokio::time::Instant::now() + shared.limits.call_deadline();
        let endpoints = profile.endpoints(|name| account.variables.get(name).cloned())?;
        let credentials = Credentials { secrets, variables: account.variables };
        let scheme = AuthScheme::choose(&profile.auth, account.method.as_deref(), &credentials)?;
        let transcript = Transcript::default();
        let mut brought = BTreeMap::new();
        let mut renewal = None;
        let signer = match scheme.and_then(|scheme| Some((scheme, scheme.exchange.as_ref()?))) {
            None => Signer::new(scheme, &credentials)?,
            Some((scheme, exchange)) => {
                let subject = Arc::new(Subject {
                    account: account.id,
                    slug: profile.slug.clone(),
                    exempt: profile.replacement.is_some(),
                    endpoints: endpoints.clone(),
                    variables: credentials.variables.clone(),
                    exchange: exchange.clone(),
                });
                let waiting = account.waited.start();
                let token = shared.exchanger.obtain(&subject, &credentials, None, deadline).await?;
                drop(waiting);
                let signer = signer(scheme, &credentials, &token)?;
                rotate(&transcript, &token);
                brought = token.open;
                renewal = Some(Renewal { subject, scheme: scheme.clone(), credentials, token: token.token });
                signer
            }
        };
        let scrubber = Arc::new(Scrubber::new(signer.sensitive.iter().map(|s| s.as_str())));
        Ok(Self {
            shared,
            account: account.id,
            request_id: account.request_id,
            exempt: profile.replacement.is_some(),
            slug: profile.slug.clone(),
            endpoints,
            limits: profile.limits.clone(),
            signer,
            renewal,
            brought,
            scrubber,
            remote,
            delivery,
            transcript,
            waited: account.waited,
            deadline,
            requests: 0,
            has_primary: false,
            first_write: FirstWrite::Free,
        })
    }

    /// Values that signing in brought and that the guest may read, like variables of the account.
    pub fn brought(&self) -> &BTreeMap<String, String> {
        &self.brought
    }

    /// When the call is to be over.
    pub fn deadline(&self) -> tokio::time::Instant {
        self.deadline
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
        if matches!(self.delivery, Delivery::DryRun) && exchange.method != Method::GET {
            self.transcript.lock().push(exchange);
            return Err(EgressError::DryRun);
        }
        let _waiting = self.waited.start();
        self.attempts(&exchange, &url).await
    }

    /// Sends a request, again where that is safe and may help (see [`Retries`]), and once with a new token.
    async fn attempts(&mut self, request: &Exchange, url: &Url) -> Result<Answer, EgressError> {
        let mut retries = Retries::new(&self.shared.limits, self.deadline);
        loop {
            let index = self.record(request.clone());
            self.pace(index).await?;
            if !self.may_leave(&request.method).await {
                return Err(self.failed(index, Instant::now(), EgressError::Internal));
            }
            let span = vendor_span(request);
            let attempt = self.attempt(index, request, url.clone()).instrument(span.clone()).await;
            self.note(index, &span);
            if let (Ok(answer), Some(_)) = (&attempt.result, &self.renewal)
                && answer.status == StatusCode::UNAUTHORIZED
            {
                if let Err(error) = self.renew().await {
                    let index = self.record(request.clone());
                    return Err(self.withheld(index, Instant::now(), error));
                }
                continue;
            }
            match retries.next(&request.method, attempt.outcome()) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return attempt.result,
            }
        }
    }

    fn record(&self, exchange: Exchange) -> usize {
        let mut exchanges = self.transcript.lock();
        exchanges.push(exchange);
        exchanges.len() - 1
    }

    /// Waits for the vendor's limits, as long as for a repetition.
    async fn pace(&mut self, index: usize) -> Result<(), EgressError> {
        let wait = Duration::from_millis(self.shared.limits.vendor_retry_wait_ms);
        let until = self.deadline.min(tokio::time::Instant::now() + wait);
        let started = Instant::now();
        let admitted = self.shared.quotas.admit(self.account, &self.limits, until).await;
        admitted.map_err(|error| self.withheld(index, started, error))
    }

    /// Signs in again, once in a call: the vendor has refused the token.
    async fn renew(&mut self) -> Result<(), EgressError> {
        let Some(renewal) = self.renewal.take() else { return Ok(()) };
        let Renewal { subject, scheme, credentials, token } = renewal;
        let token = self.shared.exchanger.obtain(&subject, &credentials, Some(&token), self.deadline).await?;
        let mut signer = signer(&scheme, &credentials, &token)?;
        rotate(&self.transcript, &token);
        // Answers to earlier requests may still show the old token.
        signer.sensitive.append(&mut self.signer.sensitive);
        self.scrubber = Arc::new(Scrubber::new(signer.sensitive.iter().map(|s| s.as_str())));
        self.signer = signer;
        Ok(())
    }

    /// A request that the host does not send for the vendor's sake.
    fn withheld(&self, index: usize, started: Instant, error: EgressError) -> EgressError {
        let (request_id, integration, account) = (&*self.request_id, &*self.slug, self.account);
        tracing::info!(request_id, integration, %account, number = index + 1, reason = %error, "egress: withheld");
        self.failed(index, started, error)
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
        if self.requests >= limits.vendor_requests {
            return Err(denied(format!(
                "a call may send {} vendor requests (limits.vendor_requests)",
                limits.vendor_requests
            )));
        }
        if request.primary && self.has_primary {
            return Err(denied("the integration marked a second request as primary".into()));
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
            unsent: true,
            error: None,
            elapsed: Duration::ZERO,
        };
        self.requests += 1;
        self.has_primary |= exchange.primary;
        Ok((exchange, url))
    }

    fn headers(&self, given: &[(String, String)]) -> Result<HeaderMap, EgressError> {
        let mut headers = headers::requests(given, &self.signer.reserved_headers())
            .map_err(|error| EgressError::Denied(error.to_string()))?;
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("application/json"));
        Ok(headers)
    }

    async fn attempt(&mut self, index: usize, exchange: &Exchange, mut url: Url) -> Attempt {
        let started = Instant::now();
        let mut headers = exchange.request_headers.clone();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        self.signer.sign(&mut url, &mut headers);
        let mut request = reqwest::Request::new(exchange.method.clone(), url);
        *request.headers_mut() = headers;
        *request.body_mut() = exchange.request_body.clone().map(Into::into);
        let timeout = Duration::from_millis(self.shared.limits.vendor_timeout_ms);
        // Before it does: the call may end at any moment from now on.
        self.set_unsent(index, false);
        let sent = tokio::time::timeout(timeout, self.shared.transport.send(self.account, self.exempt, request)).await;
        let response = match sent {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                let unanswered = unusable(error);
                self.set_unsent(index, !unanswered.sent);
                let broken = if unanswered.sent { Broken::MaybeSent } else { Broken::NotSent };
                let result = Err(self.failed(index, started, unanswered.error));
                return Attempt { result, broken: unanswered.passing.then_some(broken) };
            }
            Err(_) => {
                let message = format!("the vendor did not answer within {} ms", timeout.as_millis());
                return Attempt::ended(Err(self.failed(index, started, EgressError::Timeout(message))));
            }
        };
        let status = response.status();
        let headers = self.response_headers(response.headers(), &exchange.url);
        if status == StatusCode::TOO_MANY_REQUESTS
            && let Some(time) = retry_after(&headers, jiff::Timestamp::now())
        {
            self.shared.quotas.pause(self.account, &self.limits, time);
        }
        let streams = exchange.primary && status.is_success();
        if streams && let Delivery::Streamed(_) = self.delivery {
            return Attempt::ended(self.stream(index, response, headers, started));
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
        let broken = matches!(body, Err(BodyError::Broken)).then_some(Broken::MaybeSent);
        Attempt { result: Ok(Answer { status, headers, body: AnswerBody::Read(body) }), broken }
    }

    fn set_unsent(&self, index: usize, unsent: bool) {
        if let Some(exchange) = self.transcript.lock().get_mut(index) {
            exchange.unsent = unsent;
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

/// The signer of an account that has signed in.
fn signer(scheme: &AuthScheme, own: &Credentials, brought: &Brought) -> Result<Signer, EgressError> {
    let mut all = Credentials { secrets: own.secrets.clone(), variables: own.variables.clone() };
    all.secrets.extend(brought.secrets.clone());
    all.variables.extend(brought.open.clone());
    Signer::new(Some(scheme), &all)
}

fn rotate(transcript: &Transcript, brought: &Brought) {
    if let Some(credentials) = &brought.rotated {
        transcript.set_rotated(credentials.clone());
    }
}
