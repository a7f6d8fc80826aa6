//! Makes connections: one lookup, whose answers are all classified, then a connection to one of these addresses, with
//! TLS and HTTP/1.1.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::{HeaderValue, Uri};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use moka::sync::Cache;
use rustls::pki_types::ServerName;
use secrecy::ExposeSecret;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tower::{Service, ServiceExt};
use url::Url;
use uuid::Uuid;

use super::connection::{Connection, Socket};
use super::resolve::{Resolve, guarded};
use super::{EgressError, tls};
use crate::config::Proxy;
use crate::descriptors;

/// Accounts whose TLS sessions are kept for resumption.
const MAX_ACCOUNTS: u64 = 10_000;
/// How long the host keeps an unused account's TLS sessions.
const TLS_SESSIONS: Duration = Duration::from_secs(90);
/// When to send a call again that found no open file left.
const FILES: Duration = Duration::from_secs(1);

/// The account of a connection and its destination. Another request may use the connection only if all of this is the
/// same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Place {
    account: Uuid,
    /// Whether the operator set the origin. Then the host does not classify its address.
    exempt: bool,
    https: bool,
    /// As in a URL: an IPv6 address has brackets.
    host: Arc<str>,
    port: u16,
}

impl Place {
    /// The place of the account's request to this URL. `None` unless the URL is `https`, or `http` if the operator set
    /// the origin.
    pub(super) fn of(account: Uuid, exempt: bool, url: &Url) -> Option<Self> {
        let https = match url.scheme() {
            "https" => true,
            "http" if exempt => false,
            _ => return None,
        };
        Some(Self { account, exempt, https, host: url.host_str()?.into(), port: url.port_or_known_default()? })
    }

    /// The value of the `host` header.
    pub(super) fn authority(&self) -> String {
        match (self.https, self.port) {
            (true, 443) | (false, 80) => self.host.to_string(),
            _ => [&*self.host, ":", &self.port.to_string()].concat(),
        }
    }
}

/// Why there is no connection. The host has sent nothing.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The name was not found or is not allowed, or nothing listens at its address.
    #[error("no connection")]
    Dial(#[source] Box<dyn Error + Send + Sync>),
    /// The proxy was not reached, or did not connect to the vendor.
    #[error("no connection through the proxy")]
    Proxy(#[source] Box<dyn Error + Send + Sync>),
    /// The process or the machine has no open file left for a connection.
    #[error("no open file left")]
    Files(#[source] Box<dyn Error + Send + Sync>),
    /// The handshake of TLS failed.
    #[error("no TLS")]
    Tls(#[source] io::Error),
    /// The connection took longer than `limits.vendor_connect_ms`.
    #[error("no connection within {} ms", .0.as_millis())]
    Late(Duration),
    /// HTTP could not begin on the new connection.
    #[error("no HTTP")]
    Http(#[source] hyper::Error),
    /// The scheme or host of the URL cannot be connected to.
    #[error("no address to connect to")]
    Address,
}

/// Makes connections.
pub(super) struct Connector {
    resolver: Arc<dyn Resolve>,
    time: Duration,
    proxy: Option<Via>,
    tls: rustls::ClientConfig,
    /// TLS sessions are resumed only within an account.
    sessions: Cache<(Uuid, bool), TlsConnector>,
}

/// The proxy, in the form that connections need.
struct Via {
    uri: Uri,
    authorization: Option<HeaderValue>,
}

impl Connector {
    /// Makes a connector that resolves names with `resolver` and gives a connection up after `time`.
    pub(super) fn new(
        tls: rustls::ClientConfig,
        proxy: Option<&Proxy>,
        resolver: Arc<dyn Resolve>,
        time: Duration,
    ) -> anyhow::Result<Self> {
        let via = |proxy: &Proxy| {
            let authorization =
                proxy.authorization.as_ref().map(|secret| HeaderValue::from_str(secret.expose_secret()));
            let mut authorization = authorization.transpose()?;
            authorization.iter_mut().for_each(|value| value.set_sensitive(true));
            anyhow::Ok(Via { uri: proxy.url.as_str().parse()?, authorization })
        };
        let sessions = Cache::builder().max_capacity(MAX_ACCOUNTS).time_to_idle(TLS_SESSIONS).build();
        Ok(Self { resolver, time, proxy: proxy.map(via).transpose()?, tls, sessions })
    }

    /// What a request to this place must carry for the proxy. `None` if no proxy reads the request, because a proxy
    /// reads only plain HTTP. `Some(None)` if the proxy wants no `proxy-authorization`.
    pub(super) fn read_by_proxy(&self, place: &Place) -> Option<Option<HeaderValue>> {
        self.proxy.as_ref().filter(|_| !place.https).map(|via| via.authorization.clone())
    }

    /// Connects.
    pub(super) async fn connect(&self, place: &Place) -> Result<Connection, ConnectError> {
        let connecting = async {
            let stream = Socket::new(self.dial(place).await.map_err(ConnectError::or_files)?);
            let socket = stream.downgrade();
            if !place.https {
                return Connection::begin(stream, socket).await.map_err(ConnectError::Http);
            }
            let name = place.host.trim_start_matches('[').trim_end_matches(']').to_owned();
            let name = ServerName::try_from(name).map_err(|_| ConnectError::Address)?;
            let stream = self.tls(place).connect(name, stream).await.map_err(ConnectError::Tls)?;
            Connection::begin(stream, socket).await.map_err(ConnectError::Http)
        };
        tokio::time::timeout(self.time, connecting).await.unwrap_or(Err(ConnectError::Late(self.time)))
    }

    fn tls(&self, place: &Place) -> TlsConnector {
        self.sessions.get_with((place.account, place.exempt), || {
            let mut tls = self.tls.clone();
            tls.resumption = rustls::client::Resumption::in_memory_sessions(8);
            TlsConnector::from(Arc::new(tls))
        })
    }

    async fn dial(&self, place: &Place) -> Result<TcpStream, ConnectError> {
        // The operator sets the address of the proxy. The proxy itself resolves the vendor's name.
        let (resolver, exempt) = (self.resolver.clone(), place.exempt || self.proxy.is_some());
        let mut tcp = HttpConnector::new_with_resolver(Lookup { resolver, exempt });
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(self.time));
        let scheme = if place.https { "https" } else { "http" };
        let uri: Uri =
            format!("{scheme}://{}:{}/", place.host, place.port).parse().map_err(|_| ConnectError::Address)?;
        let stream = match &self.proxy {
            None => tcp.oneshot(uri).await.map_err(|error| ConnectError::Dial(error.into()))?,
            Some(via) if place.https => {
                let tunnel = Tunnel::new(via.uri.clone(), tcp);
                let tunnel = match &via.authorization {
                    Some(authorization) => tunnel.with_auth(authorization.clone()),
                    None => tunnel,
                };
                tunnel.oneshot(uri).await.map_err(|error| ConnectError::Proxy(error.into()))?
            }
            Some(via) => tcp.oneshot(via.uri.clone()).await.map_err(|error| ConnectError::Proxy(error.into()))?,
        };
        Ok(stream.into_inner())
    }
}

/// The lookup of one connection.
#[derive(Clone)]
struct Lookup {
    resolver: Arc<dyn Resolve>,
    exempt: bool,
}

impl Service<Name> for Lookup {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(guarded(self.resolver.clone(), self.exempt, name.as_str().to_owned()))
    }
}

impl ConnectError {
    /// The same error, or [`Self::Files`] if its cause is a lack of open files.
    fn or_files(self) -> Self {
        match self {
            Self::Dial(error) | Self::Proxy(error) if descriptors::are_lacking(&*error) => Self::Files(error),
            other => other,
        }
    }

    /// The error for the caller, and whether another attempt may succeed.
    pub(super) fn explain(&self) -> (EgressError, bool) {
        let unusable = |reason: String| EgressError::Unusable(reason);
        match self {
            Self::Tls(error) => {
                let reason = format!("no TLS connection to the vendor: {}", tls::reason(error));
                (unusable(reason), !tls::is_lasting(error))
            }
            Self::Proxy(error) => {
                let reason = format!("the proxy of this host (egress.proxy) does not connect to the vendor: {error}");
                (unusable(reason), true)
            }
            Self::Files(error) => (EgressError::unavailable(descriptors::none_left(&**error), FILES), true),
            Self::Dial(_) | Self::Late(_) | Self::Http(_) | Self::Address => {
                (unusable("the vendor could not be reached".to_owned()), true)
            }
        }
    }
}
