//! New integrations: small, complete projects that build, pass their own tests and serve a call as they are made.

mod templates;

use std::path::{Path, PathBuf};
use std::{fs, io};

use thiserror::Error;
use uuid::Uuid;

use self::templates::Template;
use crate::plugin::is_slug;
use crate::project::{Language, checkout};

/// The SDKs' version, which is the host's own.
const VERSION: &str = env!("CARGO_PKG_VERSION");

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
    #[error("--sdk: {} is not there: name the `sdk` folder of a checkout", .0.display())]
    Sdk(PathBuf),
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
    /// The `sdk` folder of a checkout to depend on. Without it the project depends on the published SDK of exactly this version.
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
            (Some(root), None) => (
                root.join(templates::folder_in_checkout(self.language)),
                templates::in_checkout(self.language),
                Some(root.join("sdk")),
            ),
            (None, sdk) => (here.to_owned(), templates::alone(self.language), sdk.map(Path::to_owned)),
        };
        let replacements = [
            ("{{slug}}", self.slug.to_owned()),
            ("{{label}}", label(self.slug)),
            ("{{type}}", type_name(self.slug)),
            ("{{sdk}}", sdk_dependency(self.language, sdk.as_deref())?),
        ];
        let root = parent.join(self.slug);
        // An empty folder is replaced by the rename below, which refuses any other.
        if fs::read_dir(&root).map_or_else(|_| root.exists(), |mut entries| entries.next().is_some()) {
            return Err(ScaffoldError::Exists(root));
        }
        let unfinished = Unfinished(parent.join(format!(".{}.{}", self.slug, Uuid::new_v4().simple())));
        write_all(&unfinished.0, templates, &replacements)?;
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
    for (file, template) in templates {
        let path = root.join(file);
        let text = replacements.iter().fold((*template).to_owned(), |text, (name, value)| text.replace(name, value));
        let folder = path.parent().unwrap_or(root);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, text))
            .map_err(|source| ScaffoldError::Write { path, source })?;
    }
    Ok(())
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

/// The dependency on the SDK, as the language's manifest has it: a version, or a path into `sdk`.
fn sdk_dependency(language: Language, sdk: Option<&Path>) -> Result<String, ScaffoldError> {
    let Some(sdk) = sdk else {
        return Ok(match language {
            Language::Rust => format!("\"={VERSION}\""),
            Language::JavaScript => format!("\"{VERSION}\""),
            Language::Python => format!("\"mortise-sdk=={VERSION}\""),
        });
    };
    let folder = match language {
        Language::Rust => sdk.to_owned(),
        Language::JavaScript => sdk.join("js"),
        Language::Python => sdk.join("python"),
    };
    if !folder.join(language.manifest()).is_file() {
        return Err(ScaffoldError::Sdk(folder.join(language.manifest())));
    }
    let folder = folder.canonicalize().map_err(|_| ScaffoldError::Sdk(folder))?;
    // A JSON string is a TOML string, too.
    let quoted = |text: String| serde_json::Value::from(text).to_string();
    let folder = folder.to_string_lossy();
    Ok(match language {
        Language::Rust => format!("{{ path = {} }}", quoted(folder.into_owned())),
        Language::JavaScript => quoted(format!("file:{folder}")),
        Language::Python => quoted(format!("mortise-sdk @ file://{folder}")),
    })
}
