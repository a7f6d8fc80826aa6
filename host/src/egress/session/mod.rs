//! The vendor requests of one call. Dies with the call, and the opened credentials with it.

mod attempt;
mod outbound_request;
mod prepare;
mod signing;
mod stream;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::header::HeaderName;
use mortise_policy::headers;
use mortise_policy::redact::Scrubber;
use mortise_policy::target::Endpoint;
use uuid::Uuid;

use super::answer::Answer;
use super::body::{Bounds, Size};
use super::credential::AuthScheme;
use super::exchange::Transcript;
use super::opened::Credentials;
use super::shared::Shared;
use super::signers::{self, Signers};
use super::token::Subject;
use super::{Delivery, EgressError, Profile, RateLimit, RemoteInput, SessionAccount};
use crate::observe::Stopwatch;
use crate::work;
use signing::{Renewal, Signing};

pub use outbound_request::OutboundRequest;

/// Refused requests of one call that are logged.
const LOGGED_REFUSALS: u32 = 16;

/// The egress of one call.
pub struct Session {
    shared: Arc<Shared>,
    account: Uuid,
    request_id: Arc<str>,
    exempt: bool,
    slug: Arc<str>,
    endpoints: Vec<Endpoint>,
    /// The request headers of the vendor's own that the guest may set.
    declared_headers: Arc<[String]>,
    limits: Arc<[RateLimit]>,
    signers: Signers,
    /// The name by which an account chooses the scheme that signs most requests.
    method: Option<&'static str>,
    /// For the one new sign-in of the call, where its scheme has one.
    renewal: Option<Renewal>,
    /// What signing in brought for the guest.
    brought: BTreeMap<String, String>,
    scrubber: Arc<Scrubber>,
    remote: RemoteInput,
    delivery: Delivery,
    transcript: Transcript,
    /// Of each vendor answer, and of all together.
    bounds: Bounds,
    /// Of the primary one, where it may be larger.
    primary: Option<Size>,
    /// Time spent waiting for vendors.
    waited: Stopwatch,
    /// When a body that is still streaming is cut off: the call may have ended long before.
    deadline: tokio::time::Instant,
    /// Whether a request carries the call.
    has_primary: bool,
    /// Whether no request writes, whatever its method: an operation that reads may ask by `POST`.
    only_reads: bool,
    /// Whether the caller describes the request, and no guest: see [`Session::pass_through`].
    passes_through: bool,
    /// What must be done before the first request that writes.
    first_write: FirstWrite,
    /// How many requests that are no `GET`s may still leave, where that is bounded.
    writes: Option<u32>,
}

/// What stands before a call's first request that writes.
enum FirstWrite {
    /// Nothing, or it is done.
    Free,
    /// This comes first; `false`: nothing that writes may leave.
    Ask(BoxFuture<'static, bool>),
    /// Nothing that writes may leave.
    Barred,
}

impl Session {
    pub(super) async fn open(
        shared: Arc<Shared>,
        profile: &Profile,
        account: SessionAccount,
        mut credentials: Credentials,
        remote: RemoteInput,
        delivery: Delivery,
    ) -> Result<Self, EgressError> {
        let endpoints = profile.endpoints(|name| credentials.variables.get(name).cloned())?;
        let scheme = AuthScheme::choose(&profile.auth, account.method.as_deref(), &mut credentials)?;
        let named = signers::named(&profile.auth, &profile.origins, &credentials)?;
        let signing = match scheme.and_then(|scheme| Some((scheme, scheme.sign_in()?))) {
            None => Signing::direct(scheme, &credentials)?,
            Some((scheme, exchange)) => {
                let subject = Subject {
                    account: account.id,
                    slug: profile.slug.clone(),
                    exempt: profile.replacement.is_some(),
                    endpoints: endpoints.clone(),
                    variables: credentials.variables.clone(),
                    exchange: exchange.clone(),
                    messages: profile.messages.clone(),
                    tries: matches!(delivery, Delivery::DryRun),
                    is_probe: account.is_probe,
                };
                Signing::sign_in(&shared, &account, subject, scheme, credentials).await?
            }
        };
        let Signing { signer, renewal, brought } = signing;
        let signers = Signers { general: signer, named };
        let scrubber = Arc::new(Scrubber::new(signers.sensitive().map(|s| s.as_str())));
        Ok(Self {
            bounds: shared.bounds(&account.transcript),
            primary: None,
            shared,
            account: account.id,
            request_id: account.request_id,
            exempt: profile.replacement.is_some(),
            slug: profile.slug.clone(),
            endpoints,
            declared_headers: profile.headers.clone(),
            limits: profile.limits.clone(),
            signers,
            method: scheme.map(AuthScheme::method),
            renewal,
            brought,
            scrubber,
            remote,
            delivery,
            transcript: account.transcript,
            waited: account.waited,
            deadline: account.deadline,
            has_primary: false,
            only_reads: false,
            passes_through: false,
            first_write: FirstWrite::Free,
            writes: None,
        })
    }

    /// Values that signing in brought and that the guest may read, like variables of the account.
    pub fn brought(&self) -> &BTreeMap<String, String> {
        &self.brought
    }

    /// The name by which an account's `authentication_method` chooses the scheme that signs its requests; none where they are not signed.
    pub fn authentication_method(&self) -> Option<&'static str> {
        self.method
    }

    /// When the call is to be over.
    pub fn deadline(&self) -> tokio::time::Instant {
        self.deadline
    }

    /// What happened so far; stays readable after the session has ended.
    pub fn transcript(&self) -> Transcript {
        self.transcript.clone()
    }

    /// Says that the operation reads, so that no request of this session writes. Otherwise all that are not `GET`s do.
    pub fn only_read(&mut self) {
        self.only_reads = true;
    }

    /// Says that the caller describes the request: what is refused is the caller's to mend ([`EgressError::Remote`]), and of a streamed answer
    /// no copy is kept, as nobody reads it but the caller.
    pub fn pass_through(&mut self) {
        self.passes_through = true;
    }

    /// Whether a request may set this header: one of content or one that the integration declares, unless the host signs with it.
    pub fn takes_header(&self, name: &HeaderName) -> bool {
        let is_reserved =
            || self.signers.reserved_headers().iter().any(|own| headers::same(own.as_str(), name.as_str()));
        let is_declared = || self.declared_headers.iter().any(|declared| declared == name.as_str());
        (headers::ALLOWED.contains(&name.as_str()) || is_declared()) && !is_reserved()
    }

    /// Has `ask` done before the first request that writes leaves. Where it says `false`, no such request leaves in this session.
    pub fn before_first_write(&mut self, ask: impl Future<Output = bool> + Send + 'static) {
        self.first_write = FirstWrite::Ask(Box::pin(ask));
    }

    /// Lets one request leave that is not a `GET`, and no second one.
    pub fn write_once(&mut self) {
        self.writes = Some(1);
    }

    /// Lets the primary answer be as large as that of a list ([`vendor_list_bytes`](crate::config::Limits::vendor_list_bytes)).
    pub fn expect_list(&mut self) {
        self.primary = Some(Size { bytes: self.shared.limits.vendor_list_bytes, limit: Some("vendor_list_bytes") });
    }

    /// The bounds of the answer to a request.
    fn bounds(&self, primary: bool) -> Bounds {
        let size = self.primary.filter(|_| primary).unwrap_or(self.bounds.size);
        Bounds { size, ..self.bounds.clone() }
    }

    /// Whether a request may leave that writes or does not.
    async fn may_leave(&mut self, writes: bool) -> bool {
        if !writes {
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
        let bytes =
            request.body.as_ref().map_or(0, Vec::len) + self.remote.data.as_ref().map_or(0, |data| data.get().len());
        let exchange = match work::on(bytes, || self.prepare(request)).await {
            Ok(exchange) => exchange,
            Err(error) => {
                if self.transcript.refuse() <= LOGGED_REFUSALS {
                    let (request_id, integration) = (&*self.request_id, &*self.slug);
                    tracing::warn!(request_id, integration, account = %self.account, reason = %error, "egress: refused");
                }
                return Err(error);
            }
        };
        if matches!(self.delivery, Delivery::DryRun) && exchange.writes {
            self.transcript.add(exchange);
            return Err(EgressError::DryRun);
        }
        let _waiting = self.waited.start();
        self.attempts(&exchange).await
    }
}
