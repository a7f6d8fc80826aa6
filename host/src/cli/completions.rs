//! `mortise completions`: the command's words for a shell.

use std::io;

use anyhow::Result;
use clap::CommandFactory;
use clap_complete::Shell;

use super::command::Cli;

/// Prints the completions of this command for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  mortise completions bash > /etc/bash_completion.d/mortise
  mortise completions zsh > \"${fpath[1]}/_mortise\"
  mortise completions fish > ~/.config/fish/completions/mortise.fish")]
pub(super) struct Completions {
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self) -> Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "mortise", &mut script);
        Ok(io::Write::write_all(&mut io::stdout().lock(), &script)?)
    }
}
