//! Making connections: one lookup, its answers classified, then exactly those are dialled; TLS and HTTP/1.1 on top.

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
/// How long an unused account's TLS sessions are kept.
const TLS_SESSIONS: Duration = Duration::from_secs(90);
/// When a call that found no open file left may be sent again.
const FILES: Duration = Duration::from_secs(1);

/// Whose connection, and where it leads: another request may use it only if all of this is the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Place {
    account: Uuid,
    /// The operator set the origin, so its address is not classified.
    exempt: bool,
    https: bool,
    /// As in a URL: an IPv6 address has brackets.
    host: Arc<str>,
    port: u16,
}

impl Place {
    /// Where the account's request to this URL goes; `None` if it is not an `https` one, or an `http` one where the operator set the origin.
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

/// Why there is no connection. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The name was not found or not allowed, or nobody answers there.
    #[error("no connection")]
    Dial(#[source] Box<dyn Error + Send + Sync>),
    /// The proxy was not reached, or did not connect to the vendor.
    #[error("no connection through the proxy")]
    Proxy(#[source] Box<dyn Error + Send + Sync>),
    /// The process, or the machine, has no open file left for a connection.
    #[error("no open file left")]
    Files(#[source] Box<dyn Error + Send + Sync>),
    /// The handshake of TLS failed.
    #[error("no TLS")]
    Tls(#[source] io::Error),
    /// It took longer than `limits.vendor_connect_ms`.
    #[error("no connection within {} ms", .0.as_millis())]
    Late(Duration),
    /// HTTP could not begin on the new connection.
    #[error("no HTTP")]
    Http(#[source] hyper::Error),
    /// The URL has a scheme or a host that cannot be connected to.
    #[error("no address to connect to")]
    Address,
}

/// Makes connections.
pub(super) struct Connector {
    resolver: Arc<dyn Resolve>,
    time: Duration,
    proxy: Option<Via>,
    tls: rustls::ClientConfig,
    /// TLS sessions are resumed within an account only.
    sessions: Cache<(Uuid, bool), TlsConnector>,
}

/// The proxy, as its connections need it.
struct Via {
    uri: Uri,
    authorization: Option<HeaderValue>,
}

impl Connector {
    /// Looks names up with `resolver`, and gives a connection up after `time`.
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

    /// What a request on a connection to this place must carry for the proxy, if one reads it: its `proxy-authorization`, or `None` where
    /// it wants none. Only plain HTTP is read by a proxy.
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
        // A proxy is where the operator says it is. What it connects to, it looks up itself.
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
    /// The same, or [`Self::Files`] if it came of a lack of open files.
    fn or_files(self) -> Self {
        match self {
            Self::Dial(error) | Self::Proxy(error) if descriptors::are_lacking(&*error) => Self::Files(error),
            other => other,
        }
    }

    /// What a caller reads of it, and whether another attempt may come through.
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
