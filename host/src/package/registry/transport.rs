//! Requests to a registry: which requests have the credentials, where a redirection may lead, and which host answered.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use http::HeaderValue;
use http::header::LOCATION;
use mortise_policy::address::{classify, public_host};
use mortise_policy::redact::Scrubber;
use reqwest::dns::{Addrs, Name, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Method, RequestBuilder, Response, StatusCode};
use secrecy::ExposeSecret;
use url::{Host, Position, Url};
use zeroize::Zeroizing;

use super::super::credentials::Credentials;
use super::error::RegistryError;
use super::loopback::is_loopback;
use crate::config::EgressConfig;
use crate::egress::resolve::{ForbiddenAddress, guarded};
use crate::egress::{SystemResolver, tls_client};

/// Time until a connection is made.
const CONNECT: Duration = Duration::from_secs(10);
/// Longest silence of a registry.
const IDLE: Duration = Duration::from_secs(60);
/// Redirections that one read follows. Registries need one or two, to the place of their blobs.
const MOST_REDIRECTIONS: usize = 10;
/// The longest answer of which a message has a part, in bytes.
const WORDS: usize = 256 << 10;
/// Characters of the answer in a message.
const SHOWN: usize = 300;
/// The rule by which addresses that are not public are refused, for error messages.
const PUBLIC: &str = "a registry sends its callers to public hosts, and a public one has its tokens there";

/// The client for one registry.
pub(super) struct Http {
    /// The base URL of the registry.
    root: Url,
    /// Its name in references and messages.
    name: String,
    /// The user of the credentials, for messages.
    user: Option<String>,
    /// Texts that no message may contain: the credentials as they are sent, and tokens.
    secrets: Mutex<Vec<Zeroizing<String>>>,
    /// Whether it is on this machine and speaks plain HTTP.
    plain: bool,
    /// Whether a proxy connects to it.
    proxied: bool,
    /// The client for the registry itself, at whatever address the operator named.
    registry: Client,
    /// The client for places that the registry redirects to, which must be public.
    elsewhere: Client,
}

/// The purpose of a request, which decides about its credentials.
#[derive(Clone, Copy)]
pub(super) enum Credential<'c> {
    None,
    Bearer(&'c str),
    Basic(&'c Credentials),
}

impl Http {
    /// The client for `registry`, a host with its port if it has one.
    pub(super) fn new(
        registry: &str,
        name: &str,
        credentials: Option<&Credentials>,
        plain: bool,
        egress: &EgressConfig,
    ) -> Result<Self> {
        let scheme = if plain { "http" } else { "https" };
        let root =
            Url::parse(&format!("{scheme}://{registry}/")).with_context(|| format!("`{registry}` is not a host"))?;
        let elsewhere = client(plain, egress)?;
        let elsewhere = match egress.proxy {
            // The proxy looks names up, and the operator chose its address.
            Some(_) => elsewhere,
            None => elsewhere.dns_resolver(Arc::new(Public { plain })),
        };
        let registry = client(plain, egress)?.build()?;
        let user = credentials.map(|own| own.user.clone());
        let secrets = Mutex::new(credentials.map(Credentials::as_sent).into_iter().flatten().collect());
        let proxied = egress.proxy.is_some() && !plain;
        Ok(Self { root, name: name.to_owned(), user, secrets, plain, proxied, registry, elsewhere: elsewhere.build()? })
    }

    /// Keeps this text out of all messages.
    pub(super) fn hide(&self, secret: &str) {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).push(Zeroizing::new(secret.to_owned()));
    }

    /// The URL of a path of the registry.
    pub(super) fn url(&self, path: &str) -> Result<Url, RegistryError> {
        self.root.join(path).map_err(|_| self.misled(&self.name, path, "is not an address"))
    }

    /// The place to which an answer to a request to `from` redirects, if [`Self::allows`] it.
    pub(super) fn location(&self, from: &Url, answer: &Response) -> Result<Url, RegistryError> {
        let misled = |place: &str, why: &str| Err(self.misled(&self.who(from), place, why));
        let location = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let Some(to) = from.join(location).ok().filter(|_| !location.is_empty()) else {
            return misled(location, "is not an address");
        };
        match self.allows(&to) {
            Ok(()) => Ok(to),
            Err(why) => misled(&to.origin().ascii_serialization(), why),
        }
    }

    /// Why the registry may not redirect to this URL. The URL must lead to the registry itself, or by HTTPS to a public
    /// host. If the registry is on this machine, plain HTTP to this machine is allowed as well. When the host connects,
    /// it looks names up, and checks their addresses by the same rule.
    fn allows(&self, to: &Url) -> Result<(), &'static str> {
        if self.is_own(to) || self.is_here(to) {
            return Ok(());
        }
        match to.host().map(|host| public_host(&host)) {
            _ if to.scheme() != "https" => Err("is not HTTPS"),
            Some(Ok(())) => Ok(()),
            _ => Err("is not public"),
        }
    }

    /// Sends a request to `url`, which the registry or its reference names. Only the registry itself gets the
    /// credentials.
    pub(super) async fn send(
        &self,
        method: Method,
        url: &Url,
        credential: Credential<'_>,
        with: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Response, RegistryError> {
        let request = if self.is_own(url) {
            let request = self.registry.request(method, url.clone());
            match credential {
                Credential::None => request,
                Credential::Bearer(token) => request.bearer_auth(token),
                Credential::Basic(own) => request.basic_auth(&own.user, Some(own.password.expose_secret())),
            }
        } else {
            self.elsewhere.request(method, url.clone())
        };
        with(request).send().await.map_err(|error| self.unreachable(error, url))
    }

    /// The client for the realm that has the registry's tokens, or the reason why there is none. The realm is on the
    /// registry's own host name, or by HTTPS on a public host. If the registry itself is not public, like one inside a
    /// company, the realm need not be either.
    pub(super) fn realm(&self, realm: &Url, registry_is_public: bool) -> Result<&Client, &'static str> {
        let own_host = realm.host() == self.root.host() && realm.scheme() == "https";
        if self.is_own(realm) || own_host || (!registry_is_public && realm.scheme() == "https") {
            return Ok(&self.registry);
        }
        self.allows(realm).map(|()| &self.elsewhere)
    }

    /// Whether the registry is public, by the address that gave this answer. Behind a proxy that address is unknown,
    /// and the name decides.
    pub(super) fn is_public(&self, answer: &Response) -> bool {
        match (self.root.host(), answer.remote_addr().filter(|_| !self.proxied)) {
            (_, Some(address)) => classify(address.ip()).is_ok(),
            (Some(Host::Ipv4(ip)), None) => classify(ip.into()).is_ok(),
            (Some(Host::Ipv6(ip)), None) => classify(ip.into()).is_ok(),
            (name, None) => name.is_some_and(|name| public_host(&name).is_ok()),
        }
    }

    /// Asks the realm for a token, with the credentials if there are any.
    pub(super) async fn get_token(
        &self,
        client: &Client,
        url: Url,
        credentials: Option<&Credentials>,
    ) -> Result<Response, RegistryError> {
        let request = client.get(url.clone());
        let request = match credentials {
            Some(own) => request.basic_auth(&own.user, Some(own.password.expose_secret())),
            None => request,
        };
        request.send().await.map_err(|error| self.unreachable(error, &url))
    }

    /// Reads from `url`, and follows redirections. After a redirection to another host, no request has credentials.
    pub(super) async fn get(
        &self,
        mut url: Url,
        mut credential: Credential<'_>,
        accept: Option<&str>,
    ) -> Result<Response, RegistryError> {
        for _ in 0..=MOST_REDIRECTIONS {
            let with = |request: RequestBuilder| match accept {
                Some(types) => request.header("accept", types),
                None => request,
            };
            let answer = self.send(Method::GET, &url, credential, with).await?;
            if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Ok(answer);
            }
            let next = self.location(&url, &answer)?;
            if !self.is_own(&next) {
                credential = Credential::None;
            }
            url = next;
        }
        Err(self.misled(
            &self.who(&url),
            &url.origin().ascii_serialization(),
            "is one redirection too many: 10 are followed",
        ))
    }

    pub(super) fn is_own(&self, url: &Url) -> bool {
        url.origin() == self.root.origin()
    }

    /// Whether registry and URL are on this machine and speak plain HTTP.
    fn is_here(&self, url: &Url) -> bool {
        self.plain && url.scheme() == "http" && url.host_str().is_some_and(is_loopback)
    }

    /// The answer, if it is a success.
    pub(super) async fn success(&self, answer: Response, what: &str) -> Result<Response, RegistryError> {
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let own = self.is_own(answer.url());
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if own => return Err(self.unauthorised()),
            StatusCode::NOT_FOUND if own => return Err(RegistryError::NotFound(what.to_owned())),
            _ => {}
        }
        let who = self.who(answer.url());
        Err(RegistryError::Answer { who, status: status.as_u16(), message: self.words(answer).await })
    }

    /// The registry's message in an answer. Empty if the answer is too long or breaks off, because a secret that is cut
    /// off would not be found in it.
    async fn words(&self, mut answer: Response) -> String {
        let mut words = Vec::new();
        loop {
            match answer.chunk().await {
                Ok(Some(piece)) if words.len() + piece.len() <= WORDS => words.extend_from_slice(&piece),
                Ok(None) => return self.shown(&String::from_utf8_lossy(&words)),
                Ok(Some(_)) | Err(_) => return String::new(),
            }
        }
    }

    /// Text of others for a message: without secrets, on one line, and of limited length.
    fn shown(&self, words: &str) -> String {
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let words = Scrubber::new(secrets.iter().map(|secret| secret.as_str())).text(words);
        words.replace(char::is_control, " ").chars().take(SHOWN).collect()
    }

    /// The registry does not allow the request.
    pub(super) fn unauthorised(&self) -> RegistryError {
        RegistryError::Unauthorised { registry: self.name.clone(), user: self.user.clone() }
    }

    /// The host that answers at this URL, for messages.
    fn who(&self, url: &Url) -> String {
        match self.is_own(url) {
            true => self.name.clone(),
            false => {
                format!("{}, where {} sends its callers,", &url[Position::BeforeHost..Position::AfterPort], self.name)
            }
        }
    }

    fn misled(&self, who: &str, place: &str, why: &str) -> RegistryError {
        RegistryError::Misled { who: who.to_owned(), place: self.shown(place), why: why.to_owned() }
    }

    /// No answer, or one that broke off.
    pub(super) fn unreachable(&self, error: reqwest::Error, url: &Url) -> RegistryError {
        RegistryError::Unreachable { who: self.who(url), source: error.without_url() }
    }
}

fn client(plain: bool, egress: &EgressConfig) -> Result<ClientBuilder> {
    let client = Client::builder()
        .tls_backend_preconfigured(tls_client(egress.ca_file.as_deref())?)
        .user_agent(concat!("mortise/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT)
        .read_timeout(IDLE)
        .https_only(!plain);
    let Some(proxy) = egress.proxy.as_ref().filter(|_| !plain) else { return Ok(client) };
    let mut way = reqwest::Proxy::all(proxy.url.clone())?;
    if let Some(authorization) = &proxy.authorization {
        let mut value = HeaderValue::from_str(authorization.expose_secret())?;
        value.set_sensitive(true);
        way = way.custom_http_auth(value);
    }
    Ok(client.proxy(way))
}

/// Looks up names that a registry redirects to. Their addresses must be public, or this machine's if the registry is on
/// it.
struct Public {
    plain: bool,
}

impl reqwest::dns::Resolve for Public {
    fn resolve(&self, name: Name) -> Resolving {
        let exempt = self.plain && is_loopback(name.as_str());
        Box::pin(async move {
            let addresses = guarded(Arc::new(SystemResolver), exempt, name.as_str().to_owned()).await;
            let addresses = addresses.map_err(|error| match error.is::<ForbiddenAddress>() {
                true => format!("{error}: {PUBLIC}").into(),
                false => error,
            })?;
            let addresses: Addrs = Box::new(addresses.collect::<Vec<SocketAddr>>().into_iter());
            Ok(addresses)
        })
    }
}
