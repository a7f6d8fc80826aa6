//! One repository of a registry, and what sending to it and getting from it have in common.

use anyhow::Result;
use oci_client::Reference;
use oci_client::manifest::{OCI_IMAGE_INDEX_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE};

use super::super::artifact::{MANIFEST_BYTES, is_digest};
use super::super::credentials::{self, Credentials};
use super::RegistryError;
use super::error::DEADLINE;
use super::loopback::is_loopback;
use super::transport::{Credential, Http};
use crate::config::EgressConfig;

/// One repository of a registry, and the tag or digest in it.
pub struct Registry {
    pub(super) text: String,
    pub(super) reference: Reference,
    pub(super) http: Http,
    pub(super) credentials: Option<Credentials>,
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

    pub(super) async fn in_time<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let late = |_| RegistryError::Deadline { registry: self.name() };
        tokio::time::timeout(DEADLINE, work).await.map_err(late)?
    }

    /// The manifest under this tag or digest, and its type.
    pub(super) async fn manifest(&self, token: Option<&str>, name: &str) -> Result<(Vec<u8>, String), RegistryError> {
        let accept = format!("{OCI_IMAGE_MEDIA_TYPE}, {OCI_IMAGE_INDEX_MEDIA_TYPE}");
        let url = self.url(&format!("manifests/{name}"))?;
        let answer = self.http.get(url, self.credential(token), Some(&accept)).await?;
        let mut answer = self.http.success(answer, &self.text).await?;
        let media_type = answer.headers().get("content-type").and_then(|value| value.to_str().ok());
        let media_type = media_type.unwrap_or("unknown").to_owned();
        let bytes = self.bounded(&mut answer, "the manifest", MANIFEST_BYTES).await?;
        Ok((bytes, media_type))
    }

    /// Everything that requests to the registry need.
    pub(super) fn credential<'c>(&'c self, token: Option<&'c str>) -> Credential<'c> {
        match (token, &self.credentials) {
            (Some(token), _) => Credential::Bearer(token),
            (None, Some(own)) => Credential::Basic(own),
            (None, None) => Credential::None,
        }
    }

    pub(super) fn url(&self, path: &str) -> Result<url::Url, RegistryError> {
        self.http.url(&format!("v2/{}/{path}", self.reference.repository()))
    }

    pub(super) async fn bounded(
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

    pub(super) fn name(&self) -> String {
        self.reference.registry().to_owned()
    }

    pub(super) fn other_bytes(&self, expected: &str) -> RegistryError {
        RegistryError::OtherBytes { registry: self.name(), expected: expected.to_owned() }
    }
}
