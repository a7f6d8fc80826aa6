//! Why a folder is not a project.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a folder is not a project. The command line must name another, or the folder must change.
#[derive(Debug, Error)]
pub enum ProjectError {
    /// The folder is missing.
    #[error("cannot open {}", path.display())]
    Missing {
        /// The folder.
        path: PathBuf,
        /// The error of the file system.
        #[source]
        source: io::Error,
    },
    /// The folder has no manifest of a package.
    #[error(
        "{} is not an integration: it has no Cargo.toml of a package, no package.json and no pyproject.toml \
         (`mortise new <slug>` makes one)", .0.display()
    )]
    NoManifest(PathBuf),
    /// A manifest is broken.
    #[error("cannot read {}: {why}", path.display())]
    Unreadable {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The folder's name, or the slug in its manifest, is not a slug.
    #[error(
        "{}: `{slug}` is not a slug, which has 1 to 64 lower-case letters, digits and single hyphens: rename the folder, or name the \
         slug in {manifest}", root.display()
    )]
    Slug {
        /// The folder.
        root: PathBuf,
        /// The text that is not a slug.
        slug: String,
        /// The member of the manifest that can name another.
        manifest: &'static str,
    },
    /// Two folders make the same component.
    #[error("{} and {} both have the slug `{slug}`", first.display(), second.display())]
    Twice {
        /// The slug.
        slug: String,
        /// One folder.
        first: PathBuf,
        /// The other folder.
        second: PathBuf,
    },
    /// A checkout without integrations.
    #[error("there is no integration in {}: `mortise new <slug>` makes one", .0.display())]
    Empty(PathBuf),
}
