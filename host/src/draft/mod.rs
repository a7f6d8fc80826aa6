//! First drafts of integrations, from a vendor's OpenAPI document.
//!
//! The reader of `mortise test --spec` reads the document. What the document does not say is a [`Todo`], in the code
//! and in the list that `mortise new` prints. Names and types decide what a member means. A draft therefore builds and
//! passes its cassettes, but is only a start.

mod calls;
mod code;
mod example;
mod fields;
mod operation;
mod paging;
mod plan;
mod resource;
mod server;
mod shape;
mod sign;
mod source;
mod todo;
mod words;

use std::collections::HashSet;
use std::fmt;

use mortise_model::Category;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use thiserror::Error;

use self::plan::Plan;
use self::source::Source;
pub use self::todo::Todo;
use crate::cassette::spec::SpecError;

/// The category that a draft serves: the one with the most fields. A document does not say in which category callers
/// look for a vendor.
const CATEGORY: Category = Category::UserDirectory;

/// How many resources beside the drafted one the summary names. It counts the others.
const OTHERS_SHOWN: usize = 20;

/// Why nothing can be drafted.
#[derive(Debug, Error)]
pub enum DraftError {
    /// The text is not a document.
    #[error(transparent)]
    Document(#[from] SpecError),
    /// None of its paths looks like users.
    #[error("none of its paths looks like users; name the right one with --resource:{known}")]
    NoUsers {
        /// The document's paths.
        known: String,
    },
    /// Several paths look like users.
    #[error("several of its resources look like users; choose one with --resource:{known}")]
    Ambiguous {
        /// The resources.
        known: String,
    },
    /// The author names a path that is not there.
    #[error("--resource: it has no `{asked}`, but:{known}")]
    UnknownResource {
        /// The path that the author named.
        asked: String,
        /// The document's paths.
        known: String,
    },
    /// A reference leads nowhere, in a circle or out of the document.
    #[error("`{reference}` at {place} {why}")]
    Reference {
        /// Where the reference is: a JSON pointer.
        place: String,
        /// The reference.
        reference: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// There are too many references between the schemas.
    #[error("its schemas have too many nested parts to read them all; the last one was {0}")]
    TooMuch(String),
    /// Nothing of the resource can be served.
    #[error("nothing of {resource} can be drafted:{reasons}")]
    Nothing {
        /// The resource.
        resource: String,
        /// Why, by operation.
        reasons: String,
    },
}

impl DraftError {
    /// A reference that cannot be followed.
    fn reference(document: &Source, schema: &Value, pointer: &str) -> Self {
        let mut reference = schema.get("$ref").and_then(Value::as_str).unwrap_or_default();
        let mut passed = HashSet::new();
        let why = loop {
            if !passed.insert(reference) {
                break "leads in a circle";
            }
            let Some(target) = reference.strip_prefix('#') else {
                break "leads out of the document: bundle it into one file first";
            };
            let target = percent_decode_str(target).decode_utf8_lossy();
            let Some(found) = document.root.pointer(&target) else { break "leads nowhere" };
            let Some(next) = found.get("$ref").and_then(Value::as_str) else {
                break "leads through too many others";
            };
            reference = next;
        };
        Self::Reference { place: pointer.to_owned(), reference: reference.to_owned(), why }
    }
}

/// The names of the new integration.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// Its slug.
    pub slug: &'a str,
    /// Its type in Rust.
    pub type_name: &'a str,
    /// The vendor's name, if the document has none.
    pub label: &'a str,
    /// Where the schema of cassettes is, as a cassette names it.
    pub schema: &'a str,
}

/// The input of a draft.
#[derive(Debug, Clone, Copy)]
pub struct OpenApi<'a> {
    /// The text of the document, in JSON or YAML.
    pub text: &'a str,
    /// The path of the vendor's users, if the author names it.
    pub resource: Option<&'a str>,
}

/// A draft.
#[derive(Debug)]
pub struct Draft {
    /// Its files: path in the project, and text.
    pub files: Vec<(String, String)>,
    /// The operations that it serves: verb, and method and path at the vendor.
    pub operations: Vec<(&'static str, String)>,
    /// The TODOs.
    pub todos: Vec<Todo>,
    /// Other resources of the document that could be the users, for `--resource`.
    pub others: Vec<String>,
}

impl fmt::Display for Draft {
    /// The operations that it serves, and the TODOs by operation, for a terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const WIDTH: usize = 110;
        writeln!(f, "Drafted for {CATEGORY}:")?;
        for (verb, place) in &self.operations {
            writeln!(f, "  {verb:<8}{place}")?;
        }
        if !self.others.is_empty() {
            let mut others: Vec<_> = self.others.iter().take(OTHERS_SHOWN).map(|other| todo::one_line(other)).collect();
            let more = self.others.len() - others.len();
            others.extend((more > 0).then(|| format!("and {more} more")));
            let others = others.join(", ");
            f.write_str(&todo::wrapped(
                &format!("Other paths that could be users (--resource): {others}"),
                "",
                "  ",
                WIDTH,
            ))?;
        }
        writeln!(f, "\nLeft to do, each a TODO in src/lib.rs:")?;
        let mut places = Vec::new();
        for Todo { place, .. } in &self.todos {
            if places.contains(&place) {
                continue;
            }
            places.push(place);
            writeln!(f, "  {place}")?;
            for todo in self.todos.iter().filter(|todo| todo.place == *place) {
                f.write_str(&todo::wrapped(&todo.what, "    - ", "      ", WIDTH))?;
            }
        }
        Ok(())
    }
}

impl Draft {
    /// Drafts an integration from an OpenAPI document.
    ///
    /// # Errors
    /// See [`DraftError`].
    pub fn read(document: OpenApi<'_>, names: &Names<'_>) -> Result<Self, DraftError> {
        let source = Source::read(document.text)?;
        let plan = Plan::read(&source, document.resource, names)?;
        let mut files = vec![
            ("src/lib.rs".to_owned(), code::write(&plan, names)),
            ("README.md".to_owned(), code::readme(&plan, names)),
        ];
        files.extend(calls::write(&plan, names)?);
        let operations = plan.operations.iter().map(|(role, drafted)| (role.verb(), drafted.route.place.clone()));
        let operations = operations.collect();
        Ok(Self { files, operations, todos: plan.todos.0, others: plan.others })
    }

    /// Whether this file of the template is replaced: all of the integration and its cassettes are.
    pub fn replaces(&self, file: &str) -> bool {
        file.starts_with("src/") || file.starts_with("cassettes/") || self.files.iter().any(|(own, _)| own == file)
    }
}
