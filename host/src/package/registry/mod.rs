//! Packages in registries. Blobs are the work of `oci-client`; manifests and tokens are read here, within bounds.

mod error;
mod sign_in;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use oci_client::client::{Client, ClientConfig, ClientProtocol};
use oci_client::errors::{OciDistributionError, OciErrorCode};
use oci_client::manifest::{
    OCI_IMAGE_INDEX_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE, OciDescriptor, OciImageIndex, OciImageManifest,
};
use oci_client::{Reference, RegistryOperation};
use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret;
use serde::Deserialize;

use self::error::DEADLINE;
pub use self::error::RegistryError;
use super::credentials::{self, Credentials};
use super::{Artifact, Blob, CONFIG, INTEGRATION, Integration, LAYER, MANIFEST_BYTES, Package, SBOM, TITLE, layout};
use super::{is_digest, sha256};
use crate::plugin::is_slug;

/// Until a connection to a registry stands.
const CONNECT: Duration = Duration::from_secs(10);
/// Silence of a registry.
const IDLE: Duration = Duration::from_secs(60);
/// The largest configuration that is read.
const CONFIG_BYTES: usize = 1 << 20;

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

/// Whether the host of a reference is this machine.
fn is_loopback(host: &str) -> bool {
    let name = host
        .strip_prefix('[')
        .map_or_else(|| host.split(':').next().unwrap_or_default(), |rest| rest.split(']').next().unwrap_or_default());
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
