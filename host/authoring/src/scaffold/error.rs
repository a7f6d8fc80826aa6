//! Why no project was made.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::draft::DraftError;

/// Why no project was made. An error leaves nothing behind.
#[derive(Debug, Error)]
pub enum ScaffoldError {
    /// The slug is not valid.
    #[error(
        "`{0}` is not a slug: it must be 1 to 64 lower-case letters, digits and single hyphens between them, such as `acme`"
    )]
    Slug(String),
    /// The folder exists already.
    #[error("{} exists already: choose another slug, or remove it", .0.display())]
    Exists(PathBuf),
    /// `--sdk` names no SDK.
    #[error("--sdk: {} is not the SDK: name a checkout, or its `sdk` folder", .0.display())]
    Sdk(PathBuf),
    /// `mortise sdk` for a project that does not bring its SDK along.
    #[error("the manifest of {} does not name .mortise/sdk: it has its SDK from elsewhere", .0.display())]
    NoSdk(PathBuf),
    /// `--sdk` inside a checkout.
    #[error("--sdk: inside a checkout the SDK is that of the checkout: leave it out, or run this elsewhere")]
    SdkInCheckout,
    /// An OpenAPI document cannot be drafted from.
    #[error("--from-openapi")]
    Draft(#[from] DraftError),
    /// A draft in another language than Rust.
    #[error(
        "--from-openapi: drafts are written in Rust, whose compiler checks them; leave out --lang, or make a project without a draft"
    )]
    DraftLanguage,
    /// A file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The error of the file system.
        #[source]
        source: io::Error,
    },
}
