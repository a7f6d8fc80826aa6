//! Packages in registries. Blobs are the work of `oci-client`; manifests and tokens are read here, within bounds.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use oci_client::client::{Client, ClientConfig, ClientProtocol};
use oci_client::errors::{OciDistributionError, OciErrorCode};
use oci_client::manifest::{
    OCI_IMAGE_INDEX_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE, OciDescriptor, OciImageIndex, OciImageManifest,
};
use oci_client::secrets::RegistryAuth;
use oci_client::{Reference, RegistryOperation};
use reqwest::header::{HeaderValue, WWW_AUTHENTICATE};
use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret;
use serde::Deserialize;
use thiserror::Error;
use url::Url;

use super::credentials::{self, Credentials};
use super::{Artifact, Blob, CONFIG, INTEGRATION, Integration, LAYER, MANIFEST_BYTES, Package, SBOM, TITLE, layout};
use super::{is_digest, sha256};
use crate::plugin::is_slug;

/// Until a connection to a registry stands.
const CONNECT: Duration = Duration::from_secs(10);
/// Silence of a registry.
const IDLE: Duration = Duration::from_secs(60);
/// A whole push or pull. A registry that sends a byte a minute is never silent; the largest component on a slow line is done by then.
const DEADLINE: Duration = Duration::from_secs(15 * 60);
/// The largest answer of a token endpoint that is read.
const TOKEN_BYTES: usize = 64 << 10;
/// The largest configuration that is read.
const CONFIG_BYTES: usize = 1 << 20;

/// Why a registry did not do what was asked, and who must act.
#[derive(Debug, Error)]
pub enum RegistryError {
    /// What stands after the command is no reference.
    #[error("`{text}` is no reference to a package: {why}")]
    Reference {
        /// As it was written.
        text: String,
        /// What is wrong.
        why: String,
    },
    /// The registry wants to know who asks, or does not allow it to them.
    #[error(
        "{registry} does not allow this{}: set MORTISE_REGISTRY={registry}, MORTISE_REGISTRY_USER and MORTISE_REGISTRY_PASSWORD, \
         or sign in with `docker login {registry}`, as somebody who may",
        user.as_ref().map_or_else(|| " to an anonymous caller".to_owned(), |user| format!(" to `{user}`"))
    )]
    Unauthorised {
        /// The registry.
        registry: String,
        /// The user that was named.
        user: Option<String>,
    },
    /// What it wants for a sign-in, or gives for one, cannot be used.
    #[error("the sign-in of {registry} cannot be used: {why}; ask the registry's operator")]
    SignIn {
        /// The registry.
        registry: String,
        /// What is wrong.
        why: String,
    },
    /// It took too long.
    #[error(
        "{registry} was not done within {} minutes and was given up: try again on a faster line, or ask the registry's \
         operator",
        DEADLINE.as_secs() / 60
    )]
    Deadline {
        /// The registry.
        registry: String,
    },
    /// There is no such repository, tag or digest.
    #[error("there is no {0} (or it is hidden from you): ask those who push it for its name")]
    NotFound(String),
    /// It is there, and is no component.
    #[error("{reference} is no Wasm artifact: {why}; `mortise push` and `wkg oci push` make them")]
    NotWasm {
        /// What was asked for.
        reference: String,
        /// What it is.
        why: String,
    },
    /// It is larger than this host takes.
    #[error("{what} of {reference} has {bytes} bytes, and at most {limit} are taken")]
    TooLarge {
        /// What was asked for.
        reference: String,
        /// The part.
        what: &'static str,
        /// Its size as far as it is known.
        bytes: u64,
        /// The bound.
        limit: usize,
    },
    /// The bytes are not those that their name promises.
    #[error("{registry} sent other bytes than `{expected}` names: nothing was kept; ask the registry's operator")]
    OtherBytes {
        /// The registry.
        registry: String,
        /// The digest that was asked for.
        expected: String,
    },
    /// An answer that is no success, for another reason.
    #[error("{registry} answered {status}{}{message}", if message.is_empty() { "" } else { ": " })]
    Answer {
        /// The registry.
        registry: String,
        /// The status.
        status: u16,
        /// What the registry says.
        message: String,
    },
    /// No answer.
    #[error("{registry} cannot be reached")]
    Unreachable {
        /// The registry.
        registry: String,
        /// Why.
        source: reqwest::Error,
    },
    /// Anything else of the client's.
    #[error("{registry}: {message}")]
    Client {
        /// The registry.
        registry: String,
        /// What the client says.
        message: String,
    },
}

/// A component from a registry, every digest of it checked.
#[derive(Debug)]
pub struct Pulled {
    /// What it is to be called; a claim.
    pub slug: String,
    /// The component.
    pub wasm: Vec<u8>,
    /// The SHA-256 of the component in lower-case hexadecimal.
    pub digest: String,
    /// The digest of the manifest, by which the registry knows it.
    pub manifest: String,
}

/// One repository of a registry, and what of it is meant.
pub struct Registry {
    text: String,
    reference: Reference,
    client: Client,
    http: reqwest::Client,
    credentials: Option<Credentials>,
    plain: bool,
}

impl Registry {
    /// Reads a reference such as `oci://registry.example.com/team/acme:1.2.0` or `…/acme@sha256:…`, and finds the credentials for
    /// its registry. Without a tag it is `latest`. Plain HTTP is spoken with this machine only.
    ///
    /// # Errors
    /// A text that is no reference, credentials that cannot be used, and a machine without certificate authorities.
    pub fn open(text: &str) -> Result<Self> {
        let wrong = |why: &str| RegistryError::Reference { text: text.to_owned(), why: why.to_owned() };
        let bare = text.strip_prefix("oci://").ok_or_else(|| wrong("it begins with `oci://`"))?;
        // What is no host is a part of the name, in a registry that nobody has named.
        let host =
            bare.split_once('/').map(|(host, _)| host).filter(|host| host.contains(['.', ':']) || *host == "localhost");
        let host = host.ok_or_else(|| wrong("it is oci://<registry>/<repository>:<tag>"))?;
        let reference: Reference = bare.parse().map_err(|error| wrong(&format!("{error}")))?;
        if reference.digest().is_some_and(|digest| !is_digest(digest)) {
            return Err(wrong("a digest is `sha256:` and 64 digits").into());
        }
        let plain = is_loopback(host);
        let protocol = if plain { ClientProtocol::Http } else { ClientProtocol::Https };
        // The client of this library takes the process's provider; a second one in a process stays the first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::try_from(ClientConfig {
            protocol,
            connect_timeout: Some(CONNECT),
            read_timeout: Some(IDLE),
            user_agent: concat!("mortise/", env!("CARGO_PKG_VERSION")),
            ..ClientConfig::default()
        })
        .map_err(|error| anyhow::anyhow!("the client of registries cannot be made: {error}"))?;
        // Credentials and tokens go with its requests: no redirection may take them to plain HTTP.
        let http = reqwest::Client::builder().connect_timeout(CONNECT).read_timeout(IDLE).https_only(!plain).build()?;
        let credentials = credentials::find(host)?;
        Ok(Self { text: text.to_owned(), reference, client, http, credentials, plain })
    }

    /// The reference as it was written.
    pub fn reference(&self) -> &str {
        &self.text
    }

    /// The tag, where a tag and no digest is meant.
    pub fn tag(&self) -> Option<&str> {
        self.reference.tag().filter(|_| self.reference.digest().is_none())
    }

    /// Puts the package under the tag of the reference, and its list of parts beside it. What is there already is not sent again.
    ///
    /// # Errors
    /// A reference without a tag, what the registry says, and one that is not done in time.
    pub async fn push(&self, package: &Package) -> Result<()> {
        self.in_time(self.push_all(package)).await
    }

    async fn push_all(&self, package: &Package) -> Result<()> {
        let Some(tag) = self.tag() else {
            let why = "a package is pushed under a tag, and a digest follows from its bytes".to_owned();
            return Err(RegistryError::Reference { text: self.text.clone(), why }.into());
        };
        let token = self.sign_in(RegistryOperation::Push).await?;
        self.put(token.as_deref(), tag, &package.component).await?;
        let knows_referrers = self.put(token.as_deref(), &package.sbom.manifest.digest, &package.sbom).await?;
        if !knows_referrers {
            self.refer(token.as_deref(), package).await?;
        }
        Ok(())
    }

    /// Gets the component, of at most `limit` bytes.
    ///
    /// # Errors
    /// What the registry says, anything that is no component of an integration, and a registry that is not done in time.
    pub async fn pull(&self, limit: usize) -> Result<Pulled> {
        self.in_time(self.pull_all(limit)).await
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let late = |_| RegistryError::Deadline { registry: self.name() };
        tokio::time::timeout(DEADLINE, work).await.map_err(late)?
    }

    async fn pull_all(&self, limit: usize) -> Result<Pulled> {
        let token = self.sign_in(RegistryOperation::Pull).await?;
        let wanted = self.reference.digest().or(self.reference.tag()).unwrap_or("latest");
        let (bytes, media_type) = self.manifest(token.as_deref(), wanted).await?;
        let digest = sha256(&bytes);
        if let Some(expected) = self.reference.digest().filter(|expected| *expected != digest) {
            return Err(self.other_bytes(expected).into());
        }
        let other = |why: String| RegistryError::NotWasm { reference: self.text.clone(), why };
        let manifest: OciImageManifest =
            serde_json::from_slice(&bytes).map_err(|_| other(format!("its manifest is of the type `{media_type}`")))?;
        if manifest.config.media_type != CONFIG {
            return Err(other(format!("its configuration is of the type `{}`", manifest.config.media_type)).into());
        }
        let [layer] = manifest.layers.as_slice() else {
            return Err(other(format!("it has {} layers", manifest.layers.len())).into());
        };
        if layer.media_type != LAYER {
            return Err(other(format!("its layer is of the type `{}`", layer.media_type)).into());
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Config {
            #[serde(default)]
            layer_digests: Vec<String>,
        }
        let config = self.blob(&manifest.config, "the configuration", CONFIG_BYTES).await?;
        let config: Config =
            serde_json::from_slice(&config).map_err(|error| other(format!("its configuration is not one: {error}")))?;
        if config.layer_digests.iter().any(|digest| *digest != layer.digest) {
            return Err(other("its configuration speaks of another layer".to_owned()).into());
        }
        let annotation = |all: &Option<BTreeMap<String, String>>, name| all.as_ref()?.get(name).cloned();
        let integration = annotation(&manifest.annotations, INTEGRATION);
        let integration = integration.and_then(|text| serde_json::from_str::<Integration>(&text).ok());
        let title = annotation(&layer.annotations, TITLE);
        let slug = integration.map(|integration| integration.slug);
        let slug = slug.or_else(|| title?.strip_suffix(".wasm").map(str::to_owned)).filter(|slug| is_slug(slug));
        let slug = slug.ok_or_else(|| other("it does not say which integration it is".to_owned()))?;
        let wasm = self.blob(layer, "the component", limit).await?;
        let component = layer.digest.trim_start_matches("sha256:").to_owned();
        Ok(Pulled { slug, wasm, digest: component, manifest: digest })
    }

    /// Signs in; the token, where the registry gives one.
    ///
    /// Tokens are fetched here: the client would send credentials to whatever place the registry names, in the clear if that is an
    /// `http` one, and panics on a token that no header can carry.
    async fn sign_in(&self, operation: RegistryOperation) -> Result<Option<String>, RegistryError> {
        let url = format!("{}://{}/v2/", self.scheme(), self.reference.resolve_registry());
        let answer = self.http.get(url).send().await.map_err(|error| self.unreachable(error))?;
        let challenges = answer.headers().get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
        let challenges: Vec<_> = challenges.map(str::to_owned).collect();
        if let Some(challenge) = challenges.iter().find_map(|challenge| after_bearer(challenge)) {
            let token = self.token(challenge, operation).await?;
            let auth = RegistryAuth::Bearer(token.clone());
            self.client.store_auth_if_needed(self.reference.resolve_registry(), &auth).await;
            return Ok(Some(token));
        }
        if challenges.is_empty() || self.credentials.is_none() {
            return Ok(None);
        }
        // The registry asks again, and gets user and password itself: to name another place now would win it nothing.
        let auth = Credentials::auth(self.credentials.as_ref());
        match self.client.auth(&self.reference, &auth, operation).await.map_err(|error| self.failed(error))? {
            None => Ok(None),
            Some(_) => Err(self.no_sign_in("it wants another one at each request")),
        }
    }

    /// A token from the place that the registry names, with the credentials if there are any.
    async fn token(&self, challenge: &str, operation: RegistryOperation) -> Result<String, RegistryError> {
        let parameters = parameters(challenge);
        let realm = parameters.get("realm").and_then(|realm| Url::parse(realm).ok());
        let mut realm = realm.ok_or_else(|| self.no_sign_in("it does not say where tokens are to be had"))?;
        // As with registries: plain HTTP stays on this machine, and only a registry on it may send us there.
        let here = self.plain && realm.scheme() == "http" && realm.host_str().is_some_and(is_loopback);
        if realm.scheme() != "https" && !here {
            let place = realm.origin().ascii_serialization();
            return Err(self.no_sign_in(&format!("tokens are to be had at {place}, which is not HTTPS")));
        }
        let actions = match operation {
            RegistryOperation::Pull => "pull",
            RegistryOperation::Push => "pull,push",
        };
        let scope = format!("repository:{}:{actions}", self.reference.repository());
        realm.query_pairs_mut().append_pair("scope", &scope);
        if let Some(service) = parameters.get("service") {
            realm.query_pairs_mut().append_pair("service", service);
        }
        let mut request = self.http.get(realm);
        if let Some(own) = &self.credentials {
            request = request.basic_auth(&own.user, Some(own.password.expose_secret()));
        }
        let answer = request.send().await.map_err(|error| self.unreachable(error))?;
        // Token endpoints refuse in several ways, and none is about what was asked for.
        if matches!(answer.status().as_u16(), 400 | 401 | 403 | 404) {
            return Err(self.unauthorised());
        }
        let mut answer = self.success(answer).await?;
        let bytes = self.bounded(&mut answer, "the token", TOKEN_BYTES).await?;
        #[derive(Deserialize)]
        struct Answer {
            token: Option<String>,
            access_token: Option<String>,
        }
        let answer: Option<Answer> = serde_json::from_slice(&bytes).ok();
        let token = answer.and_then(|answer| answer.token.or(answer.access_token));
        token
            .filter(|token| !token.is_empty() && HeaderValue::from_str(token).is_ok())
            .ok_or_else(|| self.no_sign_in("its token is unusable"))
    }

    /// Sends an artifact under this tag or digest; whether the registry lists what refers to a manifest.
    async fn put(&self, token: Option<&str>, name: &str, artifact: &Artifact) -> Result<bool, RegistryError> {
        for blob in &artifact.blobs {
            let there = self.client.blob_exists(&self.reference, &blob.digest).await;
            if !there.map_err(|error| self.failed(error))? {
                let sent = self.client.push_blob(&self.reference, blob.bytes.clone(), &blob.digest).await;
                sent.map_err(|error| self.failed(error))?;
            }
        }
        self.put_manifest(token, name, &artifact.manifest).await
    }

    async fn put_manifest(&self, token: Option<&str>, name: &str, manifest: &Blob) -> Result<bool, RegistryError> {
        let request = self.request(Method::PUT, token, name).header("content-type", &manifest.media_type);
        let answer = request.body(manifest.bytes.clone()).send().await.map_err(|error| self.unreachable(error))?;
        let knows_referrers = answer.headers().contains_key("oci-subject");
        self.success(answer).await.map(|_| knows_referrers)
    }

    /// Keeps the list of what refers to the component under the tag that stands for it, in registries that do not keep it
    /// themselves (OCI distribution specification, referrers tag schema).
    async fn refer(&self, token: Option<&str>, package: &Package) -> Result<()> {
        let tag = package.digest().replace(':', "-");
        let mut index = match self.manifest(token, &tag).await {
            Ok((bytes, _)) => {
                serde_json::from_slice::<OciImageIndex>(&bytes).context("the list of referrers is none")?
            }
            Err(RegistryError::NotFound(_)) => layout::index(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let entry = layout::entry(&package.sbom, Some(SBOM));
        if index.manifests.iter().all(|known| known.digest != entry.digest) {
            index.manifests.push(entry);
            let index = Blob::new(OCI_IMAGE_INDEX_MEDIA_TYPE, serde_json::to_vec(&index)?);
            self.put_manifest(token, &tag, &index).await?;
        }
        Ok(())
    }

    /// The manifest under this tag or digest, and its type.
    async fn manifest(&self, token: Option<&str>, name: &str) -> Result<(Vec<u8>, String), RegistryError> {
        let accept = format!("{OCI_IMAGE_MEDIA_TYPE}, {OCI_IMAGE_INDEX_MEDIA_TYPE}");
        let request = self.request(Method::GET, token, name).header("accept", accept);
        let answer = request.send().await.map_err(|error| self.unreachable(error))?;
        let mut answer = self.success(answer).await?;
        let media_type = answer.headers().get("content-type").and_then(|value| value.to_str().ok());
        let media_type = media_type.unwrap_or("unknown").to_owned();
        let bytes = self.bounded(&mut answer, "the manifest", MANIFEST_BYTES).await?;
        Ok((bytes, media_type))
    }

    async fn blob(&self, part: &OciDescriptor, what: &'static str, limit: usize) -> Result<Vec<u8>, RegistryError> {
        let size = u64::try_from(part.size).unwrap_or(u64::MAX);
        let too_large = |bytes| RegistryError::TooLarge { reference: self.text.clone(), what, bytes, limit };
        if size > limit as u64 {
            return Err(too_large(size));
        }
        if !is_digest(&part.digest) {
            let why = format!("`{}` is no SHA-256", part.digest);
            return Err(RegistryError::NotWasm { reference: self.text.clone(), why });
        }
        // A manifest may name other places for a part, and the client would go to any of them.
        let part = &OciDescriptor { urls: None, ..part.clone() };
        let stream = self.client.pull_blob_stream(&self.reference, part).await.map_err(|error| self.failed(error))?;
        let mut stream = stream.stream;
        let mut bytes = Vec::new();
        // The stream checks digests, too, and its own words say less.
        while let Ok(Some(piece)) = stream.try_next().await {
            bytes.extend_from_slice(&piece);
            if bytes.len() as u64 > size {
                break;
            }
        }
        if sha256(&bytes) == part.digest { Ok(bytes) } else { Err(self.other_bytes(&part.digest)) }
    }

    fn request(&self, method: Method, token: Option<&str>, name: &str) -> reqwest::RequestBuilder {
        let scheme = self.scheme();
        let (registry, repository) = (self.reference.resolve_registry(), self.reference.repository());
        let request = self.http.request(method, format!("{scheme}://{registry}/v2/{repository}/manifests/{name}"));
        match (token, &self.credentials) {
            (Some(token), _) => request.bearer_auth(token),
            (None, Some(own)) => request.basic_auth(&own.user, Some(own.password.expose_secret())),
            (None, None) => request,
        }
    }

    async fn success(&self, mut answer: reqwest::Response) -> Result<reqwest::Response, RegistryError> {
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let message = self.bounded(&mut answer, "the answer", 4 << 10).await.unwrap_or_default();
        Err(self.status(status, &String::from_utf8_lossy(&message)))
    }

    async fn bounded(
        &self,
        answer: &mut reqwest::Response,
        what: &'static str,
        limit: usize,
    ) -> Result<Vec<u8>, RegistryError> {
        let mut bytes = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| self.unreachable(error))? {
            bytes.extend_from_slice(&piece);
            if bytes.len() > limit {
                let (reference, bytes) = (self.text.clone(), bytes.len() as u64);
                return Err(RegistryError::TooLarge { reference, what, bytes, limit });
            }
        }
        Ok(bytes)
    }

    fn scheme(&self) -> &'static str {
        if self.plain { "http" } else { "https" }
    }

    fn name(&self) -> String {
        self.reference.registry().to_owned()
    }

    fn other_bytes(&self, expected: &str) -> RegistryError {
        RegistryError::OtherBytes { registry: self.name(), expected: expected.to_owned() }
    }

    fn no_sign_in(&self, why: &str) -> RegistryError {
        RegistryError::SignIn { registry: self.name(), why: why.to_owned() }
    }

    fn unreachable(&self, error: reqwest::Error) -> RegistryError {
        RegistryError::Unreachable { registry: self.name(), source: error.without_url() }
    }

    fn status(&self, status: StatusCode, message: &str) -> RegistryError {
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => self.unauthorised(),
            StatusCode::NOT_FOUND => RegistryError::NotFound(self.text.clone()),
            _ => RegistryError::Answer {
                registry: self.name(),
                status: status.as_u16(),
                message: message.replace(char::is_control, " ").chars().take(300).collect(),
            },
        }
    }

    fn unauthorised(&self) -> RegistryError {
        let user = self.credentials.as_ref().map(|own| own.user.clone());
        RegistryError::Unauthorised { registry: self.name(), user }
    }

    fn failed(&self, error: OciDistributionError) -> RegistryError {
        match error {
            OciDistributionError::UnauthorizedError { .. } | OciDistributionError::AuthenticationFailure(_) => {
                self.unauthorised()
            }
            OciDistributionError::ServerError { code, message, .. } => {
                self.status(StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), &message)
            }
            OciDistributionError::RegistryError { envelope, .. } => {
                let mut codes = envelope.errors.iter().map(|error| &error.code);
                if codes.clone().any(|code| matches!(code, OciErrorCode::Unauthorized | OciErrorCode::Denied)) {
                    self.unauthorised()
                } else if codes.any(|code| {
                    matches!(
                        code,
                        OciErrorCode::BlobUnknown | OciErrorCode::NameUnknown | OciErrorCode::ManifestUnknown
                    )
                }) {
                    RegistryError::NotFound(self.text.clone())
                } else {
                    RegistryError::Client { registry: self.name(), message: envelope.to_string() }
                }
            }
            OciDistributionError::RequestError(error) => match error.status() {
                Some(status) => self.status(status, ""),
                None => self.unreachable(error),
            },
            other => RegistryError::Client { registry: self.name(), message: other.to_string() },
        }
    }
}

/// What follows `Bearer` in a `WWW-Authenticate`, wherever in it that stands.
fn after_bearer(challenge: &str) -> Option<&str> {
    const BEARER: &str = "bearer ";
    let at = challenge.to_ascii_lowercase().find(BEARER)?;
    challenge.get(at + BEARER.len()..)
}

/// The parameters of a challenge; of two of one name the first.
fn parameters(mut text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    while let Some((name, rest)) = text.split_once('=') {
        let (value, rest) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => rest.split_once(',').unwrap_or((rest, "")),
        };
        let name = name.trim_matches([',', ' ']).to_ascii_lowercase();
        found.entry(name).or_insert_with(|| value.trim().to_owned());
        text = rest;
    }
    found
}

/// Whether the host of a reference is this machine.
fn is_loopback(host: &str) -> bool {
    let name = host
        .strip_prefix('[')
        .map_or_else(|| host.split(':').next().unwrap_or_default(), |rest| rest.split(']').next().unwrap_or_default());
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_read_as_registries_write_them() {
        let docker = "Bearer realm=\"https://auth.example.com/token\",service=\"registry.example.com\"";
        let read = parameters(after_bearer(docker).expect("a challenge"));
        assert_eq!(read.get("realm").map(String::as_str), Some("https://auth.example.com/token"));
        assert_eq!(read.get("service").map(String::as_str), Some("registry.example.com"));
        let both = "Basic realm=\"a, b\", bearer Realm=https://auth.example.com, scope=\"x=y\"";
        let read = parameters(after_bearer(both).expect("a challenge"));
        assert_eq!(read.get("realm").map(String::as_str), Some("https://auth.example.com"));
        assert_eq!(after_bearer("Basic realm=\"test\""), None);
    }
}
