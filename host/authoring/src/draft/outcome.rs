//! A draft: its files, and its summary for a terminal.

use std::fmt;

use super::plan::Plan;
use super::source::Source;
use super::todo::{self, Todo};
use super::{CATEGORY, DraftError, Names, OpenApi, calls, code};

/// How many resources beside the drafted one the summary names. It counts the others.
const OTHERS_SHOWN: usize = 20;

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
