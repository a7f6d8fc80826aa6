//! OCI artifacts: a manifest and the blobs that it names, with the types that packages use.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use oci_client::manifest::{OCI_IMAGE_MEDIA_TYPE, OciDescriptor, OciImageManifest};
use sha2::{Digest, Sha256};

/// The type of the configuration of a component.
pub(super) const CONFIG: &str = "application/vnd.wasm.config.v0+json";
/// The type of the layer with the component.
pub(super) const LAYER: &str = "application/wasm";
/// The type of the list of parts.
pub(super) const SBOM: &str = "application/vnd.cyclonedx+json";
/// The type of an empty configuration, and its bytes.
pub(super) const EMPTY: (&str, &[u8]) = ("application/vnd.oci.empty.v1+json", b"{}");

/// The annotation of a file's name.
pub(super) const TITLE: &str = "org.opencontainers.image.title";

/// The largest manifest that is read, in bytes, which is the limit of registries.
pub(super) const MANIFEST_BYTES: usize = 4 << 20;

/// Bytes with their type and digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Blob {
    pub(super) media_type: String,
    /// `sha256:` and 64 digits.
    pub(super) digest: String,
    pub(super) bytes: Vec<u8>,
}

impl Blob {
    pub(super) fn new(media_type: &str, bytes: Vec<u8>) -> Self {
        Self { media_type: media_type.to_owned(), digest: sha256(&bytes), bytes }
    }

    pub(super) fn descriptor(&self) -> OciDescriptor {
        OciDescriptor {
            media_type: self.media_type.clone(),
            digest: self.digest.clone(),
            size: i64::try_from(self.bytes.len()).unwrap_or(i64::MAX),
            ..OciDescriptor::default()
        }
    }
}

/// A manifest and the blobs that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Artifact {
    pub(super) manifest: Blob,
    pub(super) blobs: Vec<Blob>,
}

/// An artifact of one layer, which is a file of that name.
pub(super) fn artifact(
    artifact_type: Option<&str>,
    annotations: BTreeMap<String, String>,
    config: Blob,
    file: &str,
    layer: Blob,
    subject: Option<OciDescriptor>,
) -> Result<Artifact> {
    let titled = BTreeMap::from([(TITLE.to_owned(), file.to_owned())]);
    let manifest = OciImageManifest {
        media_type: Some(OCI_IMAGE_MEDIA_TYPE.to_owned()),
        artifact_type: artifact_type.map(str::to_owned),
        config: config.descriptor(),
        layers: vec![OciDescriptor { annotations: Some(titled), ..layer.descriptor() }],
        subject,
        annotations: Some(annotations),
        ..OciImageManifest::default()
    };
    let manifest = Blob::new(OCI_IMAGE_MEDIA_TYPE, serde_json::to_vec(&manifest)?);
    ensure!(manifest.bytes.len() <= MANIFEST_BYTES, "what it declares is too large for a manifest");
    Ok(Artifact { manifest, blobs: vec![config, layer] })
}

/// The digest of these bytes in the spelling of artifacts.
pub(super) fn sha256(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

/// Whether this host reads digests of this kind.
pub(super) fn is_digest(text: &str) -> bool {
    let hex = text.strip_prefix("sha256:").unwrap_or_default();
    hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}
