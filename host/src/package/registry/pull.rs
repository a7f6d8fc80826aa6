//! Gets a component from a registry, and checks every digest.

use std::collections::BTreeMap;

use anyhow::Result;
use mortise_policy::slug::is_slug;
use oci_client::RegistryOperation;
use oci_client::manifest::{OciDescriptor, OciImageManifest};
use serde::Deserialize;

use super::super::Integration;
use super::super::artifact::{CONFIG, LAYER, TITLE, is_digest, sha256};
use super::super::integration::INTEGRATION;
use super::{Pulled, Registry, RegistryError};

/// The largest configuration that is read.
const CONFIG_BYTES: usize = 1 << 20;

impl Registry {
    /// Gets the component, of at most `limit` bytes.
    ///
    /// # Errors
    /// The registry's errors, anything that is not a component of an integration, and a registry that is not done in
    /// time.
    pub async fn pull(&self, limit: usize) -> Result<Pulled> {
        self.in_time(self.pull_all(limit)).await
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
}
