//! Packages in registries (OCI distribution specification). Everything is read within bounds, and every digest is
//! checked.

mod error;
mod sign_in;
mod transport;

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use mortise_model::is_slug;
use oci_client::manifest::{
    OCI_IMAGE_INDEX_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE, OciDescriptor, OciImageIndex, OciImageManifest,
};
use oci_client::{Reference, RegistryOperation};
use reqwest::{Method, StatusCode};
use serde::Deserialize;

use self::error::DEADLINE;
pub use self::error::RegistryError;
use self::transport::{Credential, Http};
use super::artifact::{Artifact, Blob, CONFIG, LAYER, MANIFEST_BYTES, SBOM, TITLE, is_digest, sha256};
use super::credentials::{self, Credentials};
use super::integration::INTEGRATION;
use super::{Integration, Package, layout};
use crate::config::EgressConfig;

/// The largest configuration that is read.
const CONFIG_BYTES: usize = 1 << 20;

/// A component from a registry, with every digest checked.
#[derive(Debug)]
pub struct Pulled {
    /// The slug that it claims.
    pub slug: String,
    /// The component.
    pub wasm: Vec<u8>,
    /// The SHA-256 of the component in lower-case hexadecimal.
    pub digest: String,
    /// The digest of the manifest, by which the registry knows it.
    pub manifest: String,
}

/// One repository of a registry, and the tag or digest in it.
pub struct Registry {
    text: String,
    reference: Reference,
    http: Http,
    credentials: Option<Credentials>,
}

impl Registry {
    /// Reads a reference such as `oci://registry.example.com/team/acme:1.2.0` or `…/acme@sha256:…`, and finds the
    /// credentials for its registry. The default tag is `latest`. Plain HTTP is only for this machine, without the
    /// proxy.
    ///
    /// # Errors
    /// A text that is not a reference, credentials that cannot be used, and a machine without certificate authorities.
    pub fn open(text: &str, egress: &EgressConfig) -> Result<Self> {
        let wrong = |why: &str| RegistryError::Reference { text: text.to_owned(), why: why.to_owned() };
        let bare = text.strip_prefix("oci://").ok_or_else(|| wrong("it must begin with `oci://`"))?;
        // A first part that is not a host belongs to the name, and the registry is not named.
        let host =
            bare.split_once('/').map(|(host, _)| host).filter(|host| host.contains(['.', ':']) || *host == "localhost");
        let host = host.ok_or_else(|| wrong("it must be oci://<registry>/<repository>:<tag>"))?;
        let reference: Reference = bare.parse().map_err(|error| wrong(&format!("{error}")))?;
        if reference.digest().is_some_and(|digest| !is_digest(digest)) {
            return Err(wrong("a digest is `sha256:` and 64 digits").into());
        }
        let plain = is_loopback(host);
        let credentials = credentials::find(host)?;
        let http = Http::new(reference.resolve_registry(), reference.registry(), credentials.as_ref(), plain, egress)?;
        Ok(Self { text: text.to_owned(), reference, http, credentials })
    }

    /// The reference as it was written.
    pub fn reference(&self) -> &str {
        &self.text
    }

    /// The tag, if the reference has a tag and no digest.
    pub fn tag(&self) -> Option<&str> {
        self.reference.tag().filter(|_| self.reference.digest().is_none())
    }

    /// Puts the package under the tag of the reference, and its list of parts beside it. It does not send again what is
    /// there.
    ///
    /// # Errors
    /// A reference without a tag, the registry's errors, and a registry that is not done in time.
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
    /// The registry's errors, anything that is not a component of an integration, and a registry that is not done in
    /// time.
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
        let config = self.blob(token.as_deref(), &manifest.config, "the configuration", CONFIG_BYTES).await?;
        let config: Config =
            serde_json::from_slice(&config).map_err(|error| other(format!("its configuration is not one: {error}")))?;
        if config.layer_digests.iter().any(|digest| *digest != layer.digest) {
            return Err(other("its configuration names another layer".to_owned()).into());
        }
        let annotation = |all: &Option<BTreeMap<String, String>>, name| all.as_ref()?.get(name).cloned();
        let integration = annotation(&manifest.annotations, INTEGRATION);
        let integration = integration.and_then(|text| serde_json::from_str::<Integration>(&text).ok());
        let title = annotation(&layer.annotations, TITLE);
        let slug = integration.map(|integration| integration.slug);
        let slug = slug.or_else(|| title?.strip_suffix(".wasm").map(str::to_owned)).filter(|slug| is_slug(slug));
        let slug = slug.ok_or_else(|| other("it does not say which integration it is".to_owned()))?;
        let wasm = self.blob(token.as_deref(), layer, "the component", limit).await?;
        let component = layer.digest.trim_start_matches("sha256:").to_owned();
        Ok(Pulled { slug, wasm, digest: component, manifest: digest })
    }

    /// Sends an artifact under this tag or digest. Returns whether the registry lists what refers to a manifest.
    async fn put(&self, token: Option<&str>, name: &str, artifact: &Artifact) -> Result<bool, RegistryError> {
        for blob in &artifact.blobs {
            self.put_blob(token, blob).await?;
        }
        self.put_manifest(token, name, &artifact.manifest).await
    }

    /// Sends a blob in one piece, if the registry does not have it.
    async fn put_blob(&self, token: Option<&str>, blob: &Blob) -> Result<(), RegistryError> {
        let there = self.url(&format!("blobs/{}", blob.digest))?;
        let there = self.http.send(Method::HEAD, &there, self.credential(token), |head| head).await?;
        if there.status() != StatusCode::NOT_FOUND {
            return self.http.success(there, &self.text).await.map(drop);
        }
        let uploads = self.url("blobs/uploads/")?;
        let begun = self.http.send(Method::POST, &uploads, self.credential(token), |post| post).await?;
        let begun = self.http.success(begun, &self.text).await?;
        let mut place = self.http.location(&uploads, &begun)?;
        place.query_pairs_mut().append_pair("digest", &blob.digest);
        let put = self.http.send(Method::PUT, &place, self.credential(token), |put| {
            put.header("content-type", "application/octet-stream").body(blob.bytes.clone())
        });
        self.http.success(put.await?, &self.text).await.map(drop)
    }

    async fn put_manifest(&self, token: Option<&str>, name: &str, manifest: &Blob) -> Result<bool, RegistryError> {
        let url = self.url(&format!("manifests/{name}"))?;
        let put = self.http.send(Method::PUT, &url, self.credential(token), |put| {
            put.header("content-type", &manifest.media_type).body(manifest.bytes.clone())
        });
        let answer = self.http.success(put.await?, &self.text).await?;
        Ok(answer.headers().contains_key("oci-subject"))
    }

    /// Writes the list of what refers to the component, under the tag made of its digest, for registries that do not
    /// keep that list themselves (OCI distribution specification, referrers tag schema).
    async fn refer(&self, token: Option<&str>, package: &Package) -> Result<()> {
        let tag = package.digest().replace(':', "-");
        let mut index = match self.manifest(token, &tag).await {
            Ok((bytes, _)) => {
                serde_json::from_slice::<OciImageIndex>(&bytes).context("the list of referrers cannot be read")?
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
        let url = self.url(&format!("manifests/{name}"))?;
        let answer = self.http.get(url, self.credential(token), Some(&accept)).await?;
        let mut answer = self.http.success(answer, &self.text).await?;
        let media_type = answer.headers().get("content-type").and_then(|value| value.to_str().ok());
        let media_type = media_type.unwrap_or("unknown").to_owned();
        let bytes = self.bounded(&mut answer, "the manifest", MANIFEST_BYTES).await?;
        Ok((bytes, media_type))
    }

    async fn blob(
        &self,
        token: Option<&str>,
        part: &OciDescriptor,
        what: &'static str,
        limit: usize,
    ) -> Result<Vec<u8>, RegistryError> {
        let size = u64::try_from(part.size).unwrap_or(u64::MAX);
        let too_large = |bytes| RegistryError::TooLarge { reference: self.text.clone(), what, bytes, limit };
        if size > limit as u64 {
            return Err(too_large(size));
        }
        if !is_digest(&part.digest) {
            let why = format!("`{}` is not a SHA-256", part.digest);
            return Err(RegistryError::NotWasm { reference: self.text.clone(), why });
        }
        // A manifest may name other places for a part, but this asks the registry itself.
        let url = self.url(&format!("blobs/{}", part.digest))?;
        let answer = self.http.get(url, self.credential(token), None).await?;
        let mut answer = self.http.success(answer, &self.text).await?;
        let bytes = self.bounded(&mut answer, what, usize::try_from(size).unwrap_or(limit)).await;
        match bytes {
            Ok(bytes) if sha256(&bytes) == part.digest => Ok(bytes),
            Ok(_) | Err(RegistryError::TooLarge { .. }) => Err(self.other_bytes(&part.digest)),
            Err(error) => Err(error),
        }
    }

    /// Everything that requests to the registry need.
    fn credential<'c>(&'c self, token: Option<&'c str>) -> Credential<'c> {
        match (token, &self.credentials) {
            (Some(token), _) => Credential::Bearer(token),
            (None, Some(own)) => Credential::Basic(own),
            (None, None) => Credential::None,
        }
    }

    fn url(&self, path: &str) -> Result<url::Url, RegistryError> {
        self.http.url(&format!("v2/{}/{path}", self.reference.repository()))
    }

    async fn bounded(
        &self,
        answer: &mut reqwest::Response,
        what: &'static str,
        limit: usize,
    ) -> Result<Vec<u8>, RegistryError> {
        let mut bytes = Vec::new();
        let url = answer.url().clone();
        while let Some(piece) = answer.chunk().await.map_err(|error| self.http.unreachable(error, &url))? {
            bytes.extend_from_slice(&piece);
            if bytes.len() > limit {
                let (reference, bytes) = (self.text.clone(), bytes.len() as u64);
                return Err(RegistryError::TooLarge { reference, what, bytes, limit });
            }
        }
        Ok(bytes)
    }

    fn name(&self) -> String {
        self.reference.registry().to_owned()
    }

    fn other_bytes(&self, expected: &str) -> RegistryError {
        RegistryError::OtherBytes { registry: self.name(), expected: expected.to_owned() }
    }
}

/// Whether the host in a reference is this machine.
fn is_loopback(host: &str) -> bool {
    let name = host
        .strip_prefix('[')
        .map_or_else(|| host.split(':').next().unwrap_or_default(), |rest| rest.split(']').next().unwrap_or_default());
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
