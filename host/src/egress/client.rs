//! Sends requests to vendors. Each account has connections of its own, so that tenants share nothing that is bound to a
//! connection.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::HeaderValue;
use http::header::{HOST, PROXY_AUTHORIZATION, USER_AGENT};
use http_body_util::{BodyExt, Full};
use mortise_policy::address::{Refused, public_host};
use url::Position;
use uuid::Uuid;

use super::connect::{ConnectError, Connector, Place};
use super::connection::{Connection, Message};
use super::denial::Denial;
use super::error::EgressError;
use super::pool::{Leased, Pool};
use super::resolve::{ForbiddenAddress, Resolve};
use super::tls::tls_client;
use crate::config::{EgressConfig, Limits};
use crate::descriptors;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// There is no connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The new connection was closed before the request was sent.
    #[error("the connection was closed before the request was sent")]
    Unsent(#[source] hyper::Error),
    /// The connection broke off; the vendor may have read the request.
    #[error("the connection broke off")]
    Broken(#[source] Box<dyn Error + Send + Sync>),
    /// The URL's host is an address or a name that is not public. A connection to it would bypass the resolver.
    #[error(transparent)]
    Host(#[from] Refused),
    /// The answer has a status that HTTP does not define (RFC 9110 §15).
    #[error("the vendor answered with status {0}, but HTTP has none above 599")]
    Status(u16),
    /// The URL cannot be sent.
    #[error("the request cannot be sent")]
    Request(#[from] http::Error),
}

impl TransportError {
    /// Whether the request certainly never left.
    pub fn is_before_sending(&self) -> bool {
        match self {
            Self::Broken(_) | Self::Status(_) => false,
            Self::Connect(_) | Self::Unsent(_) | Self::Host(_) | Self::Request(_) => true,
        }
    }
}

/// A vendor's answer whose head has arrived.
pub type VendorResponse = http::Response<reqwest::Body>;

/// Sends a checked and signed request to a vendor and returns the head of the answer.
pub trait Transport: Send + Sync + 'static {
    /// Sends a request for this account. If `exempt`, the operator set the origin, and the host does not classify its
    /// address.
    fn send(
        &self,
        account: Uuid,
        exempt: bool,
        request: reqwest::Request,
    ) -> BoxFuture<'_, Result<VendorResponse, TransportError>>;
}

/// The [`Transport`] over the network.
pub struct Network {
    connector: Connector,
    pool: Pool,
}

impl Network {
    /// Prepares connections. `resolver` resolves the vendors' names.
    ///
    /// # Errors
    /// If TLS cannot be set up on this machine, or `egress.ca_file` cannot be used.
    pub fn new(limits: &Limits, egress: &EgressConfig, resolver: Arc<dyn Resolve>) -> Result<Self> {
        let tls = tls_client(egress.ca_file.as_deref())?;
        let time = Duration::from_millis(limits.vendor_connect_ms);
        Ok(Self {
            connector: Connector::new(tls, egress.proxy.as_ref(), resolver, time)?,
            pool: Pool::new(descriptors::idle_connections(limits, descriptors::current())),
        })
    }

    async fn exchange(&self, place: Place, request: reqwest::Request) -> Result<VendorResponse, TransportError> {
        let mut message = self.message(&place, request)?;
        loop {
            let waiting = self.pool.take(&place).await;
            let is_new = waiting.is_none();
            let mut connection = match waiting {
                Some(connection) => connection,
                None => self.connect(&place).await?,
            };
            let mut error = match connection.send(message).await {
                Ok(answer) => {
                    let (head, body) = answer.into_parts();
                    let body = Leased::new(body, &head.headers, &self.pool, place, connection);
                    return Ok(http::Response::from_parts(head, reqwest::Body::wrap(body)));
                }
                Err(error) => error,
            };
            message = match error.take_message() {
                // The vendor has closed the idle connection, and nothing of the request was sent.
                Some(unsent) if !is_new => unsent,
                Some(_) => return Err(TransportError::Unsent(error.into_error())),
                None => return Err(TransportError::Broken(error.into_error().into())),
            };
        }
    }

    /// A new connection. If there is no open file left for it, the host closes idle connections and tries once more.
    async fn connect(&self, place: &Place) -> Result<Connection, ConnectError> {
        let first = self.connector.connect(place).await;
        let Err(ConnectError::Files(_)) = first else { return first };
        self.pool.give_up().await;
        let second = self.connector.connect(place).await;
        if let Err(ConnectError::Files(error)) = &second {
            tracing::error!("egress: {}", descriptors::none_left(&**error));
        }
        second
    }

    /// The request in the form of HTTP/1.1.
    fn message(&self, place: &Place, mut request: reqwest::Request) -> Result<Message, http::Error> {
        let headers = std::mem::take(request.headers_mut());
        let body = request.body_mut().take().map(whole);
        let url = request.url();
        let proxy = self.connector.read_by_proxy(place);
        let target = if proxy.is_some() {
            &url[..Position::AfterQuery]
        } else {
            &url[Position::BeforePath..Position::AfterQuery]
        };
        let mut message =
            http::Request::builder().method(request.method()).uri(target).body(Full::new(body.unwrap_or_default()))?;
        *message.headers_mut() = headers;
        let headers = message.headers_mut();
        headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(concat!("mortise/", env!("CARGO_PKG_VERSION"))));
        headers.insert(HOST, place.authority().try_into()?);
        if let Some(authorization) = proxy.flatten() {
            headers.insert(PROXY_AUTHORIZATION, authorization);
        }
        Ok(message)
    }
}

/// The bytes of a body. The host sends only bodies that are one piece and complete.
fn whole(mut body: reqwest::Body) -> Bytes {
    let piece = body.frame().now_or_never().flatten().and_then(Result::ok);
    piece.and_then(|piece| piece.into_data().ok()).unwrap_or_default()
}

impl Transport for Network {
    fn send(
        &self,
        account: Uuid,
        exempt: bool,
        request: reqwest::Request,
    ) -> BoxFuture<'_, Result<VendorResponse, TransportError>> {
        Box::pin(async move {
            if !exempt {
                // The host checked the origins when they were declared. This is the last check before a socket.
                request.url().host().ok_or(Refused::EmptyLabel).and_then(|host| public_host(&host))?;
            }
            let place = Place::of(account, exempt, request.url()).ok_or(ConnectError::Address)?;
            let response = self.exchange(place, request).await?;
            match response.status().as_u16() {
                ..600 => Ok(response),
                status => Err(TransportError::Status(status)),
            }
        })
    }
}

/// A request without an answer.
#[derive(Debug)]
pub(super) struct Unanswered {
    /// The error for the caller.
    pub(super) error: EgressError,
    /// Whether the vendor may have got the request.
    pub(super) sent: bool,
    /// Whether another attempt may succeed.
    pub(super) passing: bool,
}

/// The meaning of a failed request for the caller and for retries.
pub(super) fn unusable(error: TransportError) -> Unanswered {
    let refused = |error| Unanswered { error, sent: false, passing: false };
    let sent = !error.is_before_sending();
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(inner) = cause {
        if let Some(forbidden) = inner.downcast_ref::<ForbiddenAddress>() {
            return refused(Denial::Address(forbidden.clone()).into());
        }
        cause = inner.source();
    }
    let (told, passing) = match &error {
        TransportError::Host(reason) => return refused(Denial::Host(*reason).into()),
        TransportError::Request(error) => {
            tracing::error!(%error, "egress: a vendor request cannot be sent");
            return refused(EgressError::Internal);
        }
        TransportError::Status(_) => (EgressError::Unusable(error.to_string()), false),
        TransportError::Connect(error) => error.explain(),
        TransportError::Unsent(_) | TransportError::Broken(_) => {
            let reason = "the vendor closed the connection without a usable answer".to_owned();
            (EgressError::Unusable(reason), true)
        }
    };
    tracing::debug!(error = format!("{:#}", anyhow::Error::from(error)), "egress: no usable answer");
    Unanswered { error: told, sent, passing }
}
