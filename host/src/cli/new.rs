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
/// Outside a checkout it is a stand-alone project in a folder of that name, with the SDK of this version in .mortise/sdk. Inside one it
/// is plugins/<slug>, or an example beside the SDK in the other languages. Nothing that is there is ever overwritten.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise new acme
  mortise new acme --lang python
  mortise new acme --sdk ~/mortise")]
pub(super) struct New {
    /// The integration's slug: lower-case letters, digits and single hyphens. It never changes again
    slug: String,
    /// Language to write it in
    #[arg(long, value_name = "LANGUAGE", value_enum, default_value_t = Lang::Rust)]
    lang: Lang,
    /// Depend on the SDK of a checkout, to work on both: the checkout or its `sdk` folder
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
        let in_checkout = checkout(&here).is_some();
        let dir = if in_checkout { format!(" {shown}") } else { String::new() };
        let own_sdk = !in_checkout && self.sdk.is_none();
        let enter = format!("cd {shown}");
        let install = Language::from(self.lang).install(own_sdk).map(|command| match in_checkout {
            true => format!("({enter} && {command})"),
            false => command.to_owned(),
        });
        print_line(&format!("made {shown}\n\nNext:"))?;
        let enter = (!in_checkout).then_some(enter);
        let commands = ["build", "test", "dev"].map(|command| format!("mortise {command}{dir}"));
        for step in enter.into_iter().chain(install).chain(commands) {
            print_line(&format!("  {step}"))?;
        }
        Ok(())
    }
}
