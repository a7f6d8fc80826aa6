//! The session of a call: what it may send, and how it sends.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::header::HeaderName;
use mortise_policy::headers;
use mortise_policy::redact::Scrubber;
use mortise_policy::target::Endpoint;
use uuid::Uuid;

use super::super::answer::Answer;
use super::super::body::{Bounds, Size};
use super::super::credential::AuthScheme;
use super::super::exchange::Transcript;
use super::super::opened::Credentials;
use super::super::shared::Shared;
use super::super::signers::{self, Signers};
use super::super::token::Subject;
use super::super::{Delivery, EgressError, Profile, RateLimit, RemoteInput, SessionAccount};
use super::OutboundRequest;
use super::first_write::FirstWrite;
use super::signing::{Renewal, Signing};
use crate::observe::Stopwatch;
use crate::work;

/// Refused requests of one call that are logged.
const LOGGED_REFUSALS: u32 = 16;

/// The egress of one call.
pub struct Session {
    pub(super) shared: Arc<Shared>,
    pub(super) account: Uuid,
    pub(super) request_id: Arc<str>,
    pub(super) exempt: bool,
    pub(super) slug: Arc<str>,
    pub(super) endpoints: Vec<Endpoint>,
    /// The request headers of the vendor's own that the guest may set.
    pub(super) declared_headers: Arc<[String]>,
    pub(super) limits: Arc<[RateLimit]>,
    pub(super) signers: Signers,
    /// The name by which an account chooses the scheme that signs most requests.
    method: Option<&'static str>,
    /// For the one new sign-in of the call. `None` if the scheme has no sign-in.
    pub(super) renewal: Option<Renewal>,
    /// Values of the sign-in's answer that the guest may read.
    brought: BTreeMap<String, String>,
    pub(super) scrubber: Arc<Scrubber>,
    pub(super) remote: RemoteInput,
    pub(super) delivery: Delivery,
    pub(super) transcript: Transcript,
    /// The bounds of each vendor answer, and of all together.
    bounds: Bounds,
    /// The bound of the primary answer, if it may be larger.
    primary: Option<Size>,
    /// Time that the call waits for vendors.
    pub(super) waited: Stopwatch,
    /// When the host cuts off a body that still streams. The call may have ended long before.
    pub(super) deadline: tokio::time::Instant,
    /// Whether the call has sent its primary request.
    pub(super) has_primary: bool,
    /// Whether no request writes, whatever its method. An operation that reads may use `POST`.
    pub(super) only_reads: bool,
    /// Whether the caller describes the request, instead of a guest. See [`Session::pass_through`].
    pub(super) passes_through: bool,
    /// The condition for the first request that writes.
    first_write: FirstWrite,
    /// How many requests that are not a `GET` may still leave. `None` without a bound.
    pub(super) writes: Option<u32>,
}

impl Session {
    pub(in crate::egress) async fn open(
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

    /// Values of the sign-in's answer that the guest may read, like variables of the account.
    pub fn brought(&self) -> &BTreeMap<String, String> {
        &self.brought
    }

    /// The `authentication_method` of the scheme that signs the session's requests. `None` if they are not signed.
    pub fn authentication_method(&self) -> Option<&'static str> {
        self.method
    }

    /// When the call must end.
    pub fn deadline(&self) -> tokio::time::Instant {
        self.deadline
    }

    /// The exchanges so far. The transcript stays readable after the session has ended.
    pub fn transcript(&self) -> Transcript {
        self.transcript.clone()
    }

    /// Declares that the operation reads, so that no request of this session writes. Otherwise each request that is not
    /// a `GET` writes.
    pub fn only_read(&mut self) {
        self.only_reads = true;
    }

    /// Declares that the caller describes the request. Refusals are then the caller's error ([`EgressError::Remote`]).
    /// The host keeps no copy of a streamed answer, because only the caller reads it.
    pub fn pass_through(&mut self) {
        self.passes_through = true;
    }

    /// Whether a request may set this header: a header about content or a declared one, unless the host signs with it.
    pub fn takes_header(&self, name: &HeaderName) -> bool {
        let is_reserved =
            || self.signers.reserved_headers().iter().any(|own| headers::same(own.as_str(), name.as_str()));
        let is_declared = || self.declared_headers.iter().any(|declared| declared == name.as_str());
        (headers::ALLOWED.contains(&name.as_str()) || is_declared()) && !is_reserved()
    }

    /// Runs `ask` before the first request that writes. If it returns `false`, no such request leaves in this session.
    pub fn before_first_write(&mut self, ask: impl Future<Output = bool> + Send + 'static) {
        self.first_write = FirstWrite::Ask(Box::pin(ask));
    }

    /// Lets only one request leave that is not a `GET`.
    pub fn write_once(&mut self) {
        self.writes = Some(1);
    }

    /// Lets the primary answer be as large as that of a list
    /// ([`vendor_list_bytes`](crate::config::Limits::vendor_list_bytes)).
    pub fn expect_list(&mut self) {
        self.primary = Some(Size { bytes: self.shared.limits.vendor_list_bytes, limit: Some("vendor_list_bytes") });
    }

    /// The bounds of the answer to a request.
    pub(super) fn bounds(&self, primary: bool) -> Bounds {
        let size = self.primary.filter(|_| primary).unwrap_or(self.bounds.size);
        Bounds { size, ..self.bounds.clone() }
    }

    /// Whether a request that writes, or one that does not, may leave.
    pub(super) async fn may_leave(&mut self, writes: bool) -> bool {
        if !writes {
            return true;
        }
        // The barrier stays if this future is dropped while it waits.
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

    /// Sends one request and waits for its answer: the whole answer, or its headers if the body is streamed.
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
