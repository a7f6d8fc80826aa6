//! `mortise key`: the master key of the credential vault.

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use super::args::ConfigArgs;
use crate::account::MasterKey;
use crate::files;

/// The master key, which encrypts every account's credentials
#[derive(Debug, Subcommand)]
pub(super) enum Key {
    Init(Init),
}

/// Makes the master key: 256 random bits in a file that only you can read. Never overwrites one
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise key init
  mortise key init --master-key-file /etc/mortise/master.key

Keep a copy in a safe place: without the key, no stored credential can be read again.
The environment variable MORTISE_MASTER_KEY, with the file's content, takes the file's place.")]
pub(super) struct Init {
    #[command(flatten)]
    config: ConfigArgs,
}

impl Key {
    pub(super) fn run(self) -> Result<()> {
        let Self::Init(Init { config }) = self;
        let config = config.load()?;
        let path = config.master_key_path();
        if let Some(folder) = path.parent() {
            files::create_private_dir(folder)
                .with_context(|| format!("cannot make the directory {}", folder.display()))?;
        }
        MasterKey::generate_file(&path)?;
        eprintln!("wrote a new master key to {}", path.display());
        eprintln!("keep a copy in a safe place: without it, no stored credential can be read again");
        Ok(())
    }
}
