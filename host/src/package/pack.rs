//! Packing a project's component.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use mortise_authoring::project::Project;
use oci_client::manifest::OciImageManifest;
use serde_json::json;

use super::about::About;
use super::artifact::{Artifact, Blob, CONFIG, EMPTY, LAYER, SBOM, TITLE, artifact};
use super::integration::{INTEGRATION, Integration, Variable};
use super::sbom;
use crate::plugin::Candidate;

/// An integration that is ready to be shipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// What it declares of itself.
    pub integration: Integration,
    pub(super) component: Artifact,
    pub(super) sbom: Artifact,
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
    pub(super) fn of_artifacts(component: Artifact, sbom: Artifact) -> Result<Self> {
        let manifest: OciImageManifest = serde_json::from_slice(&component.manifest.bytes)?;
        let text = manifest.annotations.as_ref().and_then(|all| all.get(INTEGRATION));
        let text = text.with_context(|| format!("its manifest has no annotation `{INTEGRATION}`"))?;
        let integration = serde_json::from_str(text).with_context(|| format!("its annotation `{INTEGRATION}`"))?;
        Ok(Self { integration, component, sbom })
    }
}
