//! New integrations: small, complete projects that build, pass their own tests and serve a call as they are made.

mod dependency;
pub mod sdk;
mod templates;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io};

use thiserror::Error;
use uuid::Uuid;

use self::dependency::{Dependency, quoted};
use self::templates::Template;
use crate::draft::{Draft, DraftError, Names, OpenApi};
use crate::plugin::is_slug;
use crate::project::{Language, SDK, checkout};

/// The page of a project that stands alone.
const README: &str = "README.md";

/// Why no project was made. Nothing is left behind.
#[derive(Debug, Error)]
pub enum ScaffoldError {
    /// The slug is none.
    #[error(
        "`{0}` is no slug: 1 to 64 lower-case letters, digits and single hyphens between them are one, such as `acme`"
    )]
    Slug(String),
    /// There is something already.
    #[error("{} is there already and is left as it is: choose another slug, or remove it", .0.display())]
    Exists(PathBuf),
    /// `--sdk` does not hold the SDK.
    #[error("--sdk: {} is not the SDK: name a checkout, or its `sdk` folder", .0.display())]
    Sdk(PathBuf),
    /// A project that does not bring its SDK along is to get a newer one.
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
        /// What the file system says.
        #[source]
        source: io::Error,
    },
}

/// What to make.
#[derive(Debug, Clone, Copy)]
pub struct Blueprint<'a> {
    /// The slug, and so the folder's name.
    pub slug: &'a str,
    /// The language.
    pub language: Language,
    /// A checkout, or its `sdk` folder, to depend on. Without it the project brings along the SDK of this version.
    pub sdk: Option<&'a Path>,
    /// An OpenAPI document of the vendor, from which a first draft is made in place of the integration for a made-up one.
    pub document: Option<OpenApi<'a>>,
}

/// What was made.
#[derive(Debug)]
pub struct Made {
    /// The project's folder.
    pub root: PathBuf,
    /// What was drafted.
    pub draft: Option<Draft>,
    /// Whether the sources are laid out. A draft's are not if there is no rustfmt.
    pub is_laid_out: bool,
}

impl Blueprint<'_> {
    /// Makes the project: in the checkout that `here` is in, as one of its own, else stand-alone right in `here`. It is there whole or not
    /// at all; an empty folder in its place is replaced.
    ///
    /// # Errors
    /// See [`ScaffoldError`].
    pub fn create(&self, here: &Path) -> Result<Made, ScaffoldError> {
        if !is_slug(self.slug) {
            return Err(ScaffoldError::Slug(self.slug.to_owned()));
        }
        if self.document.is_some() && self.language != Language::Rust {
            return Err(ScaffoldError::DraftLanguage);
        }
        let checkout = checkout(here);
        let (parent, templates, sdk) = match (&checkout, self.sdk) {
            (Some(_), Some(_)) => return Err(ScaffoldError::SdkInCheckout),
            (Some(root), None) => {
                let folder = templates::folder_in_checkout(self.language);
                (root.join(folder), templates::in_checkout(self.language), Dependency::in_checkout(root, folder))
            }
            (None, Some(sdk)) => {
                (here.to_owned(), templates::alone(self.language), Dependency::named(sdk, self.language)?)
            }
            (None, None) => (here.to_owned(), templates::alone(self.language), Dependency::Own),
        };
        let replacements = [
            ("{{slug}}", self.slug.to_owned()),
            ("{{label}}", label(self.slug)),
            ("{{type}}", type_name(self.slug)),
            ("{{sdk}}", sdk.in_manifest(self.language)),
            ("{{schema}}", quoted(sdk.schema())),
            ("{{install}}", self.language.install(sdk == Dependency::Own).unwrap_or_default().to_owned()),
        ];
        let root = parent.join(self.slug);
        // An empty folder is replaced by the rename below, which refuses any other.
        if fs::read_dir(&root).map_or_else(|_| root.exists(), |mut entries| entries.next().is_some()) {
            return Err(ScaffoldError::Exists(root));
        }
        let draft = self.document.map(|document| self.draft(document, &sdk.schema())).transpose()?;
        let unfinished = Unfinished(parent.join(format!(".{}.{}", self.slug, Uuid::new_v4().simple())));
        write_all(&unfinished.0, &templates, &replacements, draft.as_ref())?;
        let is_laid_out = draft.is_none() || lay_out(&unfinished.0);
        if sdk == Dependency::Own {
            sdk::write_to(&unfinished.0.join(SDK), self.language)?;
        }
        fs::rename(&unfinished.0, &root).map_err(|source| match source.kind() {
            io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotADirectory => ScaffoldError::Exists(root.clone()),
            _ => ScaffoldError::Write { path: root.clone(), source },
        })?;
        Ok(Made { root, draft, is_laid_out })
    }

    fn draft(&self, document: OpenApi<'_>, schema: &str) -> Result<Draft, DraftError> {
        let (type_name, label) = (type_name(self.slug), label(self.slug));
        Draft::read(document, &Names { slug: self.slug, type_name: &type_name, label: &label, schema })
    }
}

/// A folder that is removed unless it has been renamed.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // It is not there any more where all went well.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Writes the files of the template, and of a draft in place of the integration in it.
fn write_all(
    root: &Path,
    templates: &[Template],
    replacements: &[(&str, String)],
    draft: Option<&Draft>,
) -> Result<(), ScaffoldError> {
    let mut kept = templates.iter().filter(|(file, _)| draft.is_none_or(|draft| !draft.replaces(file)));
    kept.try_for_each(|(file, template)| {
        let text = replacements.iter().fold((*template).to_owned(), |text, (name, value)| text.replace(name, value));
        write(&root.join(file), &text)
    })?;
    // A checkout has the pages of its integrations elsewhere.
    let has_page = templates.iter().any(|(file, _)| *file == README);
    let mut drafted = draft.iter().flat_map(|draft| &draft.files).filter(|(file, _)| has_page || file != README);
    drafted.try_for_each(|(file, text)| write(&root.join(file), text))
}

/// Lays out the sources by rustfmt, which comes with the compiler.
fn lay_out(root: &Path) -> bool {
    let mut rustfmt = Command::new("rustfmt");
    let laid_out =
        rustfmt.args(["--quiet", "--edition", "2024", "src/lib.rs"]).current_dir(root).stdin(Stdio::null()).output();
    laid_out.is_ok_and(|output| output.status.success())
}

/// Writes a file, and makes its folder.
fn write(path: &Path, text: &str) -> Result<(), ScaffoldError> {
    let folder = path.parent().unwrap_or(path);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, text));
    written.map_err(|source| ScaffoldError::Write { path: path.to_owned(), source })
}

/// `acme-cloud` as people write it: `Acme Cloud`.
fn label(slug: &str) -> String {
    slug.split('-').map(capitalised).collect::<Vec<_>>().join(" ")
}

/// `acme-cloud` as a type: `AcmeCloudIntegration`. The ending keeps it apart from whatever a language or an SDK names by itself.
fn type_name(slug: &str) -> String {
    let words: String = slug.split('-').map(capitalised).collect();
    let start = if words.starts_with(|first: char| first.is_ascii_digit()) { "Vendor" } else { "" };
    format!("{start}{words}Integration")
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}
