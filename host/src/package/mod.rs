//! A package for shipping: a component with the facts that its users need, in the form in which registries keep it.
//!
//! A package is an OCI artifact, by the conventions for WebAssembly. It has a manifest, a configuration of the type
//! `application/vnd.wasm.config.v0+json` and exactly one layer `application/wasm`. Any tool that knows these
//! conventions can pull it. Facts beyond that are in an annotation. The list of parts (SBOM) is an artifact of its own
//! that refers to the package, because tools refuse a second layer. On disk a package is an OCI image layout, with the
//! same bytes that a registry gets. ADR 0022 has the reasons.

pub mod about;
mod credentials;
mod layout;
pub mod registry;
mod sbom;

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use oci_client::manifest::{OCI_IMAGE_MEDIA_TYPE, OciDescriptor, OciImageManifest};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use self::about::About;
pub use self::registry::{Pulled, Registry, RegistryError};
use crate::plugin::Candidate;
use crate::project::Project;

/// The type of the configuration of a component.
const CONFIG: &str = "application/vnd.wasm.config.v0+json";
/// The type of the layer with the component.
const LAYER: &str = "application/wasm";
/// The type of the list of parts.
const SBOM: &str = "application/vnd.cyclonedx+json";
/// The type of an empty configuration, and its bytes.
const EMPTY: (&str, &[u8]) = ("application/vnd.oci.empty.v1+json", b"{}");
/// The annotation with the facts about a component: an [`Integration`] as JSON.
const INTEGRATION: &str = "mortise.integration";
/// The annotation of a file's name.
const TITLE: &str = "org.opencontainers.image.title";

/// The largest manifest that is read, in bytes, which is the limit of registries.
const MANIFEST_BYTES: usize = 4 << 20;

/// Bytes with their type and digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Blob {
    media_type: String,
    /// `sha256:` and 64 digits.
    digest: String,
    bytes: Vec<u8>,
}

impl Blob {
    fn new(media_type: &str, bytes: Vec<u8>) -> Self {
        Self { media_type: media_type.to_owned(), digest: sha256(&bytes), bytes }
    }

    fn descriptor(&self) -> OciDescriptor {
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
    manifest: Blob,
    blobs: Vec<Blob>,
}

/// An integration that is ready to be shipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// What it declares of itself.
    pub integration: Integration,
    component: Artifact,
    sbom: Artifact,
}

/// The facts about a component before anybody loads it. They are a claim: `mortise pull` loads the component and asks
/// it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Integration {
    /// The name in URLs, in accounts and on disk.
    pub slug: String,
    /// The name for people.
    pub label: String,
    /// The version of the project.
    pub version: String,
    /// SHA-256 of the component in lower-case hexadecimal: what an operator grants.
    pub digest: String,
    /// The version of the contract that a host must have.
    pub contract: Option<String>,
    /// The SDK that it was built with, by the component's own word.
    pub sdk: Option<String>,
    /// The origins that it wants to reach.
    pub origins: Vec<String>,
    /// The variables of an account.
    pub variables: Vec<Variable>,
    /// The operations that it serves: `ticketing create-user`.
    pub operations: Vec<String>,
}

/// One variable of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// Whether an account needs it.
    pub required: bool,
    /// Whether it is a credential.
    pub secret: bool,
}

impl Package {
    /// Packs a project's component, which the host would load. The same component and tools make the same bytes.
    ///
    /// # Errors
    /// If the project does not say its version, or its parts cannot be listed.
    pub fn pack(project: &Project, candidate: &Candidate, wasm: Vec<u8>) -> Result<Self> {
        let about = About::read(project)?;
        let sbom = sbom::of(project, &about, &candidate.digest)?;
        let capabilities = &candidate.capabilities;
        let variables = capabilities.variables.iter();
        let operations = capabilities.operations.iter();
        let integration = Integration {
            slug: capabilities.slug.clone(),
            label: capabilities.label.clone(),
            version: about.version.clone(),
            digest: candidate.digest.clone(),
            contract: candidate.contract(),
            sdk: candidate.sdk_version.clone(),
            origins: capabilities.origins.clone(),
            variables: variables
                .map(|v| Variable { name: v.name.clone(), required: v.required, secret: v.secret })
                .collect(),
            operations: operations.map(|o| format!("{} {}", o.category, o.operation)).collect(),
        };
        let layer = Blob::new(LAYER, wasm);
        ensure!(layer.digest == format!("sha256:{}", candidate.digest), "the component changed while it was packed");
        // Registries and tools use the digest of the configuration as an identity, so it must name the layer's.
        let config = json!({
            "created": about.created.to_string(),
            "architecture": "wasm",
            "os": "wasip2",
            "layerDigests": [layer.digest],
            "component": { "exports": candidate.exports, "imports": candidate.imports, "target": null },
        });
        let config = Blob::new(CONFIG, serde_json::to_vec(&config)?);
        let mut annotations = about.annotations();
        annotations.insert(TITLE.to_owned(), capabilities.label.clone());
        annotations.insert(INTEGRATION.to_owned(), serde_json::to_string(&integration)?);
        let component = artifact(None, annotations, config, &format!("{}.wasm", integration.slug), layer, None)?;

        let subject = component.manifest.descriptor();
        let annotations = BTreeMap::from([("org.opencontainers.image.created".to_owned(), about.created.to_string())]);
        let empty = Blob::new(EMPTY.0, EMPTY.1.to_vec());
        let name = format!("{}.cdx.json", integration.slug);
        let sbom = artifact(Some(SBOM), annotations, empty, &name, Blob::new(SBOM, sbom), Some(subject))?;
        Ok(Self { integration, component, sbom })
    }

    /// The digest of the manifest, by which a registry knows the package.
    pub fn digest(&self) -> &str {
        &self.component.manifest.digest
    }

    /// The parts of a package, by their manifests.
    fn of_artifacts(component: Artifact, sbom: Artifact) -> Result<Self> {
        let manifest: OciImageManifest = serde_json::from_slice(&component.manifest.bytes)?;
        let text = manifest.annotations.as_ref().and_then(|all| all.get(INTEGRATION));
        let text = text.with_context(|| format!("its manifest has no annotation `{INTEGRATION}`"))?;
        let integration = serde_json::from_str(text).with_context(|| format!("its annotation `{INTEGRATION}`"))?;
        Ok(Self { integration, component, sbom })
    }
}

/// An artifact of one layer, which is a file of that name.
fn artifact(
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
fn sha256(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

/// Whether this host reads digests of this kind.
fn is_digest(text: &str) -> bool {
    let hex = text.strip_prefix("sha256:").unwrap_or_default();
    hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}
