//! `mortise new`: an integration to start from.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use super::print_line;
use crate::project::{Language, checkout};
use crate::scaffold::Blueprint;

/// Makes a new integration: a small project that builds, passes its own tests and serves a call at once
///
/// Outside a checkout it is a stand-alone project in a folder of that name. Inside one it is plugins/<slug>, or an example beside
/// the SDK in the other languages. Nothing that is there is ever overwritten.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise new acme
  mortise new acme --lang python
  mortise new acme --sdk ~/mortise/sdk")]
pub(super) struct New {
    /// The integration's slug: lower-case letters, digits and single hyphens. It never changes again
    slug: String,
    /// Language to write it in
    #[arg(long, value_name = "LANGUAGE", value_enum, default_value_t = Lang::Rust)]
    lang: Lang,
    /// Depend on the SDK in the `sdk` folder of a checkout instead of the published one
    #[arg(long, value_name = "DIR")]
    sdk: Option<PathBuf>,
}

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
        let here = env::current_dir().context("the working directory is gone")?;
        let blueprint = Blueprint { slug: &self.slug, language: self.lang.into(), sdk: self.sdk.as_deref() };
        let root = blueprint.create(&here)?;
        let shown = root.strip_prefix(&here).unwrap_or(&root).display();
        // In a checkout the commands are given from where the author is; a project of its own is entered.
        let (enter, dir) = match checkout(&here) {
            Some(_) => (String::new(), format!(" {shown}")),
            None => (format!("cd {shown} && "), String::new()),
        };
        print_line(&format!(
            "made {shown}\n\nNext:\n  {enter}mortise build{dir}\n  mortise test{dir}\n  mortise dev{dir}"
        ))?;
        Ok(())
    }
}
