//! New integrations: small, complete projects that build, pass their own tests and serve a call as they are made.

mod dependency;
pub mod sdk;
mod templates;

use std::path::{Path, PathBuf};
use std::{fs, io};

use thiserror::Error;
use uuid::Uuid;

use self::dependency::Dependency;
use self::templates::Template;
use crate::plugin::is_slug;
use crate::project::{Language, SDK, checkout};

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
}

impl Blueprint<'_> {
    /// Makes the project and returns its folder: in the checkout that `here` is in, as one of its own, else stand-alone right in
    /// `here`. It is there whole or not at all; an empty folder in its place is replaced.
    ///
    /// # Errors
    /// See [`ScaffoldError`].
    pub fn create(&self, here: &Path) -> Result<PathBuf, ScaffoldError> {
        if !is_slug(self.slug) {
            return Err(ScaffoldError::Slug(self.slug.to_owned()));
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
            ("{{schema}}", sdk.schema()),
            ("{{install}}", self.language.install(sdk == Dependency::Own).unwrap_or_default().to_owned()),
        ];
        let root = parent.join(self.slug);
        // An empty folder is replaced by the rename below, which refuses any other.
        if fs::read_dir(&root).map_or_else(|_| root.exists(), |mut entries| entries.next().is_some()) {
            return Err(ScaffoldError::Exists(root));
        }
        let unfinished = Unfinished(parent.join(format!(".{}.{}", self.slug, Uuid::new_v4().simple())));
        write_all(&unfinished.0, templates, &replacements)?;
        if sdk == Dependency::Own {
            sdk::write_to(&unfinished.0.join(SDK), self.language)?;
        }
        fs::rename(&unfinished.0, &root).map_err(|source| match source.kind() {
            io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotADirectory => ScaffoldError::Exists(root.clone()),
            _ => ScaffoldError::Write { path: root.clone(), source },
        })?;
        Ok(root)
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

fn write_all(root: &Path, templates: &[Template], replacements: &[(&str, String)]) -> Result<(), ScaffoldError> {
    templates.iter().try_for_each(|(file, template)| {
        let text = replacements.iter().fold((*template).to_owned(), |text, (name, value)| text.replace(name, value));
        write(&root.join(file), &text)
    })
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
