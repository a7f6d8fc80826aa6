//! `mortise key`: the master key of the credential vault.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use mortise_files as files;
use mortise_terminal::progress::{self, Progress};
use serde_json::json;

use super::args::ConfigArgs;
use super::database::closing;
use super::output::{Json, print_json};
use super::run::block_on;
use crate::account::{Accounts, MasterKey, MasterKeys, OwnedKeyFile, Resealed, Vault};
use crate::config::{Config, ConfigError};

/// How long after a new key is in place a host may still write values that it sealed with the old one. Sealing and
/// writing are one step. The longest part of it is the wait for a connection and for a lock of the database.
const SETTLE: Duration = Duration::from_secs(10);

/// The master key, which encrypts every account's credentials
#[derive(Debug, Subcommand)]
pub(super) enum Key {
    Init(Init),
    Rotate(Rotate),
}

/// Makes the master key: 256 random bits in a file that only you can read. Never overwrites a key
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise key init
  mortise key init --master-key-file /etc/mortise/master.key --json

Keep a copy in a safe place: without the key, no stored credential can be read again.
If the environment variable MORTISE_MASTER_KEY has the file's content, the host does not need the file.")]
pub(super) struct Init {
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: ConfigArgs,
}

/// Replaces the master key by a new one, and encrypts everything in the database with it, while hosts serve
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise key rotate
  mortise key rotate --data-dir /var/lib/mortise --json

The command puts the new key first in the key file, where running hosts find it by themselves. It encrypts everything with
the new key. Then it moves the old key to a file of its own, master.key.<id>, because older backups of the database need it.
After a crash, run the command again: it continues where it was.

With MORTISE_MASTER_KEY, or if several machines have copies of the key file, put the keys in place yourself. The variable and
the file can have several keys, separated by commas or line breaks. The host encrypts with the first and decrypts with all.
  1. give every host \"old,new\" and start it again
  2. give every host \"new,old\" and start it again
  3. run `mortise key rotate` with \"new,old\": it encrypts everything with the first key
  4. give every host \"new\"
`mortise key init --master-key-file new.key` makes a new key.")]
pub(super) struct Rotate {
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Key {
    pub(super) fn run(self) -> Result<()> {
        match self {
            Self::Init(init) => init.run(),
            Self::Rotate(rotate) => block_on(rotate.run()),
        }
    }
}

impl Init {
    fn run(self) -> Result<()> {
        let config = self.config.load()?;
        let path = config.master_key_path();
        if let Some(folder) = path.parent() {
            files::create_private_dir(folder)
                .with_context(|| format!("cannot make the directory {}", folder.display()))?;
        }
        let key = MasterKey::generate_file(&path)?;
        if self.json.json {
            return print_json(&json!({ "path": path, "key": key.id() }));
        }
        eprintln!("wrote a new master key to {}", path.display());
        eprintln!("keep a copy in a safe place: without it, no stored credential can be read again");
        Ok(())
    }
}

impl Rotate {
    async fn run(self) -> Result<()> {
        let config = self.config.load()?;
        let path = config.master_key_path();
        let (key, done, retired) = match MasterKeys::from_env()? {
            Some(keys) if !keys.is_rotating() => {
                return Err(ConfigError::Unusable(format!(
                    "the master key comes from {}, which only you can change: see `mortise key rotate --help`",
                    MasterKey::ENVIRONMENT
                ))
                .into());
            }
            Some(keys) => {
                belong(&config, &keys).await?;
                let key = first(&keys);
                (key, reseal(&config, keys).await?, Vec::new())
            }
            None => {
                let file = OwnedKeyFile::take(&path)?;
                let mut keys = file.keys()?;
                belong(&config, &keys).await?;
                if keys.is_rotating() {
                    eprintln!("{} holds several keys: continuing the rotation to the first", path.display());
                } else {
                    keys = file.begin()?;
                }
                let key = first(&keys);
                eprintln!("{key} is the master key now");
                let done = reseal(&config, keys).await?;
                file.end()?;
                (key, done, file.retired()?)
            }
        };
        let Resealed { changed, unreadable } = done;
        if self.json.json {
            print_json(&json!({ "key": key, "changed": changed, "unreadable": unreadable, "retired": retired }))?;
        } else {
            report(&key, changed, &path, &retired);
        }
        if unreadable > 0 {
            bail!("{unreadable} rows open with no key and stay as they are: their accounts need new credentials");
        }
        Ok(())
    }
}

fn report(key: &str, changed: u64, path: &Path, retired: &[PathBuf]) {
    progress::settle();
    eprintln!("{changed} rows are encrypted with the new key");
    if retired.is_empty() {
        eprintln!("done: remove the keys other than {key} from {}", MasterKey::ENVIRONMENT);
    } else {
        eprintln!("done: keep a copy of {} in a safe place", path.display());
    }
    for old in retired {
        eprintln!("the old key is in {}: delete it when no backup of the database needs it", old.display());
    }
}

/// Refuses keys of another database: a rotation with them would encrypt nothing, and hosts would seal with a key that opens nothing.
async fn belong(config: &Config, keys: &MasterKeys) -> Result<()> {
    let Some(url) = config.existing_database_url() else { return Ok(()) };
    match Accounts::probe(&url).await? {
        Some(sealed_with) => Ok(keys.must_hold(&sealed_with)?),
        None => Ok(()),
    }
}

/// The id of the key that seals.
fn first(keys: &MasterKeys) -> String {
    keys.ids().next().unwrap_or_default().to_owned()
}

/// Seals everything with the first of the keys, until nothing else can be left.
async fn reseal(config: &Config, keys: MasterKeys) -> Result<Resealed> {
    let accounts = Accounts::connect(&config.database_url()?).await?.with_vault(Arc::new(Vault::with_keys(keys)));
    closing(accounts, reseal_all).await
}

async fn reseal_all(accounts: &Accounts) -> Result<Resealed> {
    let progress = Progress::start("encrypting with the new key", None);
    let started = Instant::now();
    let mut total = 0;
    loop {
        // After this time no host writes with the old key alone.
        let settled = started.elapsed() >= SETTLE;
        let pass = accounts.reseal(|done| progress.now(format!("{} done", total + done))).await?;
        total += pass.changed;
        if settled && pass.changed == 0 {
            return Ok(Resealed { changed: total, ..pass });
        }
        progress.now(format!("{total} done, waiting for running hosts"));
        tokio::time::sleep(SETTLE / 10).await;
    }
}
