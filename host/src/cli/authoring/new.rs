//! `mortise new`: makes an integration to start from.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use mortise_authoring::draft::OpenApi;
use mortise_authoring::project::{Language, checkout};
use mortise_authoring::scaffold::{Blueprint, Made};
use mortise_files as files;

use crate::cli::output::print_line;

/// Makes a new integration: a small project that builds, passes its own tests and serves a call at once
///
/// Outside a checkout it is a stand-alone project in a folder of that name, with the SDK of this version in .mortise/sdk. Inside one it
/// is plugins/<slug>, or an example beside the SDK in the other languages. Nothing that is there is ever overwritten.
///
/// With --from-openapi it is a first draft for a real vendor: its address, how it signs, its users' operations, their structs and one
/// cassette each, as far as the vendor's OpenAPI document tells. The draft builds and its cassettes pass. What the document does not
/// tell is printed as a list, and stands in src/lib.rs as TODO with the operation.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise new acme
  mortise new acme --lang python
  mortise new acme --sdk ~/mortise
  mortise new acme --from-openapi acme-openapi.yaml
  mortise new acme --from-openapi acme-openapi.yaml --resource /v2/agents

A draft, and then:
  mortise test acme                             the cassettes against the draft
  mortise test acme --spec acme-openapi.yaml    the cassettes against the document
  grep -n TODO acme/src/lib.rs                  what is left to do")]
pub(in crate::cli) struct New {
    /// The integration's slug: lower-case letters, digits and single hyphens. It cannot change later
    slug: String,
    /// Language to write it in
    #[arg(long, value_name = "LANGUAGE", value_enum, default_value_t = Lang::Rust)]
    lang: Lang,
    /// Depend on the SDK of a checkout, to work on both: the checkout or its `sdk` folder
    #[arg(long, value_name = "DIR")]
    sdk: Option<PathBuf>,
    /// Draft it from the vendor's OpenAPI document: JSON or YAML, OpenAPI 3.0, 3.1 or Swagger 2.0, at most 64 MiB. In
    /// Rust only
    #[arg(long, value_name = "FILE")]
    from_openapi: Option<PathBuf>,
    /// The path of the vendor's users in that document, such as /v2/agents [default: found by name]
    #[arg(long, value_name = "PATH", requires = "from_openapi")]
    resource: Option<String>,
}

/// Most bytes of an OpenAPI document; the largest public ones have about 40 MB.
const MAX_DOCUMENT: u64 = 64 << 20;

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Lang {
    Rust,
    Js,
    Python,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Rust => Self::Rust,
            Lang::Js => Self::JavaScript,
            Lang::Python => Self::Python,
        }
    }
}

impl New {
    pub(super) fn run(self) -> Result<()> {
        let here = env::current_dir().context("the working directory no longer exists")?;
        let text = self.from_openapi.as_deref().map(document).transpose()?;
        let document = text.as_deref().map(|text| OpenApi { text, resource: self.resource.as_deref() });
        let language = self.lang.into();
        let blueprint = Blueprint { slug: &self.slug, language, sdk: self.sdk.as_deref(), document };
        let Made { root, draft, is_laid_out } = blueprint.create(&here)?;
        let shown = root.strip_prefix(&here).unwrap_or(&root).display();
        // In a checkout the commands work from the author's working directory; a project of its own must be entered
        // first.
        let in_checkout = checkout(&here).is_some();
        let dir = if in_checkout { format!(" {shown}") } else { String::new() };
        let own_sdk = !in_checkout && self.sdk.is_none();
        let enter = format!("cd {shown}");
        let install = Language::from(self.lang).install(own_sdk).map(|command| match in_checkout {
            true => format!("({enter} && {command})"),
            false => command.to_owned(),
        });
        print_line(&format!("made {shown}"))?;
        if let Some(draft) = &draft {
            print_line(&format!("\n{}", draft.to_string().trim_end()))?;
        }
        print_line("\nNext:")?;
        let enter = (!in_checkout).then_some(enter);
        let commands = ["build", "test", "dev"].map(|command| format!("mortise {command}{dir}"));
        let layout = (!is_laid_out).then(|| "cargo fmt".to_owned());
        for step in enter.into_iter().chain(layout).chain(install).chain(commands) {
            print_line(&format!("  {step}"))?;
        }
        Ok(())
    }
}

/// The text of an OpenAPI document.
fn document(file: &Path) -> Result<String> {
    files::read_text(file, MAX_DOCUMENT).with_context(|| format!("--from-openapi: cannot read {}", file.display()))
}
