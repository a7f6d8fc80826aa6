//! Makes a project.

use std::path::Path;
use std::process::{Command, Stdio};
use std::{fs, io};

use mortise_policy::slug::is_slug;
use uuid::Uuid;

use super::dependency::{Dependency, quoted};
use super::names::{label, type_name};
use super::templates::{self, Template};
use super::unfinished::Unfinished;
use super::write::write;
use super::{Made, ScaffoldError, sdk};
use crate::draft::{Draft, DraftError, Names, OpenApi};
use crate::project::{Language, SDK, checkout};

/// The documentation page of a stand-alone project.
const README: &str = "README.md";

/// The project to make.
#[derive(Debug, Clone, Copy)]
pub struct Blueprint<'a> {
    /// The slug, which is also the folder's name.
    pub slug: &'a str,
    /// The language.
    pub language: Language,
    /// A checkout, or its `sdk` folder, to depend on. Without it the project brings along the SDK of this version.
    pub sdk: Option<&'a Path>,
    /// An OpenAPI document of the vendor. It makes a first draft from it, in place of the integration for a made-up
    /// vendor.
    pub document: Option<OpenApi<'a>>,
}

impl Blueprint<'_> {
    /// Makes the project: inside a checkout that contains `here`, or otherwise stand-alone in `here`. It makes the
    /// whole project or nothing. It replaces an empty folder in its place.
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
        // The rename below replaces an empty folder, and refuses any other.
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

/// Formats the sources by rustfmt, which comes with the compiler.
fn lay_out(root: &Path) -> bool {
    let mut rustfmt = Command::new("rustfmt");
    let laid_out =
        rustfmt.args(["--quiet", "--edition", "2024", "src/lib.rs"]).current_dir(root).stdin(Stdio::null()).output();
    laid_out.is_ok_and(|output| output.status.success())
}
