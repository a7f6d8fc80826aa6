//! A package on disk: an OCI image layout. That is a folder that registries' tools read, with the same bytes that a
//! registry gets.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use mortise_files as files;
use oci_client::manifest::{
    ImageIndexEntry, OCI_IMAGE_INDEX_MEDIA_TYPE, OciDescriptor, OciImageIndex, OciImageManifest,
};

use super::Package;
use super::artifact::{Artifact, Blob, MANIFEST_BYTES, SBOM, is_digest, sha256};

/// The file that makes a folder a layout, and its content.
const MARK: (&str, &[u8]) = ("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#);
/// The largest blob that is read.
const BLOB_BYTES: u64 = 256 << 20;

impl Package {
    /// Whether the folder holds a package.
    pub fn is_at(folder: &Path) -> bool {
        folder.join(MARK.0).is_file()
    }

    /// Writes the package into the folder, and replaces a package that is there.
    ///
    /// # Errors
    /// If the folder contains something else, even beside a package, or cannot be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let place = || format!("cannot write {}", folder.display());
        ensure!(folder.file_name().is_some(), "{} is not the name of a folder: name one with --out", folder.display());
        let is_replaced = folder.exists() && fs::read_dir(folder).with_context(place)?.next().is_some();
        if is_replaced {
            ensure!(Self::is_at(folder), "{} is not a package: name another place with --out", folder.display());
            let old = Self::read(folder).context("what is there is not replaced: name another place with --out")?;
            if let Some(other) = old.first_other(folder).with_context(place)? {
                bail!(
                    "{} is not a part of the package there: move it away, or name another place with --out",
                    other.display()
                );
            }
        }
        let beside = |what| folder.with_extension(format!("{}.{what}", uuid::Uuid::new_v4().simple()));
        let (aside, old) = (beside("tmp"), beside("old"));
        let written = self.fill(&aside).and_then(|()| {
            if is_replaced {
                fs::rename(folder, &old)?;
            }
            let put = fs::rename(&aside, folder);
            if is_replaced && put.is_err() {
                // The first error is the one to report.
                let _ = fs::rename(&old, folder);
            }
            Ok(put?)
        });
        if written.is_err() {
            // The first error is the one to report.
            let _ = fs::remove_dir_all(&aside);
        }
        written.with_context(place)?;
        if is_replaced {
            fs::remove_dir_all(&old).with_context(|| format!("cannot remove {}, the old package", old.display()))?;
        }
        Ok(())
    }

    /// Every file and folder of the package on disk.
    fn names(&self) -> BTreeSet<PathBuf> {
        let artifacts = [&self.component, &self.sbom];
        let blobs = artifacts.into_iter().flat_map(|artifact| artifact.blobs.iter().chain([&artifact.manifest]));
        let blobs = blobs.map(|blob| Path::new("blobs/sha256").join(blob.digest.trim_start_matches("sha256:")));
        [MARK.0, "index.json", "blobs", "blobs/sha256"].map(PathBuf::from).into_iter().chain(blobs).collect()
    }

    /// Something in the folder that is not a part of this package.
    fn first_other(&self, folder: &Path) -> std::io::Result<Option<PathBuf>> {
        let names = self.names();
        // It looks into a folder that a part's name leads to, but not into a link.
        let mut folders = vec![folder.to_owned()];
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(next)? {
                let entry = entry?;
                let path = entry.path();
                if !path.strip_prefix(folder).is_ok_and(|name| names.contains(name)) {
                    return Ok(Some(path));
                }
                if entry.file_type()?.is_dir() {
                    folders.push(path);
                }
            }
        }
        Ok(None)
    }

    fn fill(&self, folder: &Path) -> Result<()> {
        let blobs = folder.join("blobs/sha256");
        fs::create_dir_all(&blobs)?;
        for artifact in [&self.component, &self.sbom] {
            for blob in artifact.blobs.iter().chain([&artifact.manifest]) {
                fs::write(blobs.join(blob.digest.trim_start_matches("sha256:")), &blob.bytes)?;
            }
        }
        let tag = [("org.opencontainers.image.ref.name".to_owned(), self.integration.version.clone())];
        let mut component = entry(&self.component, None);
        component.annotations = Some(tag.into());
        let manifests = vec![component, entry(&self.sbom, Some(SBOM))];
        fs::write(folder.join("index.json"), serde_json::to_vec(&index(manifests))?)?;
        Ok(fs::write(folder.join(MARK.0), MARK.1)?)
    }

    /// Reads a package, and checks every digest in it.
    ///
    /// # Errors
    /// If there is none, or it is not as [`write`](Self::write) leaves it.
    pub fn read(folder: &Path) -> Result<Self> {
        let read = || {
            let dir = Dir::open_ambient_dir(folder, ambient_authority())?;
            let index = files::read_in(&dir, "index.json", MANIFEST_BYTES as u64)?;
            let index: OciImageIndex = serde_json::from_slice(&index).context("index.json")?;
            let (mut component, mut sbom) = (None, None);
            for listed in &index.manifests {
                let descriptor = OciDescriptor {
                    media_type: listed.media_type.clone(),
                    digest: listed.digest.clone(),
                    ..OciDescriptor::default()
                };
                let manifest = blob(&dir, &descriptor)?;
                let parsed: OciImageManifest = serde_json::from_slice(&manifest.bytes)?;
                let blobs = [&parsed.config].into_iter().chain(&parsed.layers).map(|part| blob(&dir, part));
                let artifact = Artifact { manifest, blobs: blobs.collect::<Result<_>>()? };
                *(if parsed.subject.is_some() { &mut sbom } else { &mut component }) = Some(artifact);
            }
            let component = component.context("it has no component")?;
            Self::of_artifacts(component, sbom.context("it has no list of parts")?)
        };
        read().with_context(|| format!("{} is not a package: `mortise package` makes one", folder.display()))
    }
}

/// The entry of an artifact in an index.
pub(super) fn entry(artifact: &Artifact, artifact_type: Option<&str>) -> ImageIndexEntry {
    let OciDescriptor { media_type, digest, size, .. } = artifact.manifest.descriptor();
    let artifact_type = artifact_type.map(str::to_owned);
    ImageIndexEntry { media_type, digest, size, platform: None, annotations: None, artifact_type }
}

/// An index of these manifests.
pub(super) fn index(manifests: Vec<ImageIndexEntry>) -> OciImageIndex {
    let media_type = Some(OCI_IMAGE_INDEX_MEDIA_TYPE.to_owned());
    OciImageIndex { schema_version: 2, media_type, manifests, artifact_type: None, annotations: None }
}

fn blob(dir: &Dir, descriptor: &OciDescriptor) -> Result<Blob> {
    ensure!(is_digest(&descriptor.digest), "`{}` is not a SHA-256", descriptor.digest);
    let name = format!("blobs/sha256/{}", descriptor.digest.trim_start_matches("sha256:"));
    let bytes = files::read_in(dir, &name, BLOB_BYTES).with_context(|| name.clone())?;
    ensure!(sha256(&bytes) == descriptor.digest, "{name} has changed");
    Ok(Blob { media_type: descriptor.media_type.clone(), digest: descriptor.digest.clone(), bytes })
}
