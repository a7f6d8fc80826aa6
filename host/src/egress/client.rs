//! Connections: pooled for each account, so that nothing bound to a connection is shared between tenants.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::future::BoxFuture;
use moka::sync::Cache;
use mortise_policy::address::{Refused, public_host};
use reqwest::redirect::Policy;
use rustls_platform_verifier::BuilderVerifierExt;
use uuid::Uuid;

use super::EgressError;
use super::resolve::{Exempt, ForbiddenAddress, Guarded, Resolve};
use crate::config::Limits;

/// Idle connections that an account keeps to a vendor: as many as it is likely to use at once. Fewer make connections churn.
pub const IDLE_CONNECTIONS: usize = 32;
/// Accounts whose connections are kept.
const MAX_ACCOUNTS: u64 = 10_000;
/// How long an unused account's connections are kept.
const IDLE_TIME: Duration = Duration::from_secs(90);
/// Header lines of a vendor's answer; more is an error of the connection.
const MAX_HEADER_LINES: usize = 128;

/// TLS for HTTP/1.1 clients, with the certificate authorities of this machine.
///
/// # Errors
/// If there are none.
pub fn tls_client() -> Result<rustls::ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()
        .context("no certificate authorities are installed (Debian: apt-get install ca-certificates)")?
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(tls)
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The connection failed or broke off.
    #[error(transparent)]
    Exchange(#[from] reqwest::Error),
    /// The URL's host is an address, or a name that is not public: a connection to it would not ask the resolver.
    #[error(transparent)]
    Host(#[from] Refused),
    /// The answer has a status that HTTP does not have (RFC 9110 §15).
    #[error("the vendor answered with status {0}, and there is none above 599")]
    Status(u16),
    /// The client could not be made: this machine's fault.
    #[error(transparent)]
    Client(Arc<reqwest::Error>),
}

impl TransportError {
    /// Whether the request certainly never left: there was no connection to send it on.
    pub fn is_before_sending(&self) -> bool {
        match self {
            Self::Exchange(error) => error.is_connect(),
            Self::Status(_) => false,
            Self::Host(_) | Self::Client(_) => true,
        }
    }
}

/// Carries a request, checked and signed, to a vendor and brings the head of the answer back.
pub trait Transport: Send + Sync + 'static {
    /// Sends for this account. `exempt`: the operator set the origin, so its address is not classified.
    fn send(
        &self,
        account: Uuid,
        exempt: bool,
        request: reqwest::Request,
    ) -> BoxFuture<'_, Result<reqwest::Response, TransportError>>;
}

/// The network: a client for each account in use.
pub struct Network {
    tls: rustls::ClientConfig,
    resolver: Arc<dyn Resolve>,
    connect: Duration,
    clients: Cache<(Uuid, bool), reqwest::Client>,
}

impl Network {
    /// Prepares to connect. `resolver` looks up the vendors' names.
    ///
    /// # Errors
    /// If TLS cannot be set up on this machine.
    pub fn new(limits: &Limits, resolver: Arc<dyn Resolve>) -> Result<Self> {
        Ok(Self {
            tls: tls_client()?,
            resolver,
            connect: Duration::from_millis(limits.vendor_connect_ms),
            clients: Cache::builder().max_capacity(MAX_ACCOUNTS).time_to_idle(IDLE_TIME).build(),
        })
    }

    fn build(&self, exempt: bool) -> Result<reqwest::Client, reqwest::Error> {
        // TLS sessions are resumed within an account only.
        let mut tls = self.tls.clone();
        tls.resumption = rustls::client::Resumption::in_memory_sessions(8);
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(concat!("mortise/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .referer(false)
            .no_proxy()
            .http1_only()
            .http1_max_headers(MAX_HEADER_LINES)
            .connect_timeout(self.connect)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .pool_idle_timeout(IDLE_TIME)
            .https_only(!exempt);
        if exempt {
            builder.dns_resolver(Arc::new(Exempt(self.resolver.clone()))).build()
        } else {
            builder.dns_resolver(Arc::new(Guarded(self.resolver.clone()))).build()
        }
    }
}

impl Transport for Network {
    fn send(
        &self,
        account: Uuid,
        exempt: bool,
        request: reqwest::Request,
    ) -> BoxFuture<'_, Result<reqwest::Response, TransportError>> {
        Box::pin(async move {
            if !exempt {
                // The origins were checked when they were declared; this is the last gate before a socket.
                request.url().host().ok_or(Refused::EmptyLabel).and_then(|host| public_host(&host))?;
            }
            let client =
                self.clients.try_get_with((account, exempt), || self.build(exempt)).map_err(TransportError::Client)?;
            let response = client.execute(request).await?;
            match response.status().as_u16() {
                ..600 => Ok(response),
                status => Err(TransportError::Status(status)),
            }
        })
    }
}

/// A request that has no answer.
#[derive(Debug)]
pub(super) struct Unanswered {
    /// The caller's words for it.
    pub(super) error: EgressError,
    /// Whether the vendor may have got the request.
    pub(super) sent: bool,
    /// Whether another attempt may come through.
    pub(super) passing: bool,
}

/// What a failed connection means. The URL is left out: it may be signed.
pub(super) fn unusable(error: TransportError) -> Unanswered {
    let refused = |error| Unanswered { error, sent: false, passing: false };
    let sent = !error.is_before_sending();
    let error = match error {
        TransportError::Exchange(error) => error.without_url(),
        TransportError::Status(_) => {
            return Unanswered { error: EgressError::Unusable(error.to_string()), sent, passing: false };
        }
        TransportError::Host(reason) => return refused(EgressError::Denied(reason.to_string())),
        TransportError::Client(error) => {
            tracing::error!(%error, "egress: no client for vendor requests");
            return refused(EgressError::Internal);
        }
    };
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(forbidden) = inner.downcast_ref::<ForbiddenAddress>() {
            return refused(EgressError::Denied(forbidden.to_string()));
        }
        cause = inner.source();
    }
    tracing::debug!(error = format!("{:#}", anyhow::Error::from(error)), "egress: no usable answer");
    let reason = "the vendor could not be reached, or closed the connection without a usable answer";
    Unanswered { error: EgressError::Unusable(reason.into()), sent, passing: true }
}
