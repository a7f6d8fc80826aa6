//! Sends a package to a registry.

use anyhow::{Context, Result};
use oci_client::RegistryOperation;
use oci_client::manifest::{OCI_IMAGE_INDEX_MEDIA_TYPE, OciImageIndex};
use reqwest::{Method, StatusCode};

use super::super::artifact::{Artifact, Blob, SBOM};
use super::super::{Package, layout};
use super::{Registry, RegistryError};

impl Registry {
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
}
