//! Cassettes of integrations, for commands that replay them as vendors.

use std::path::PathBuf;

use anyhow::{Result, bail};
use mortise_terminal::plain;

use super::local::Cassettes;
use crate::cassette;

/// Reads the cassettes of integrations, each given by its slug and its folder. Skips a cassette that it cannot read,
/// and prints its file, line and reason on standard error.
///
/// # Errors
/// If it could read none, and there are some.
pub(super) fn readable(folders: impl IntoIterator<Item = (String, PathBuf)>) -> Result<Cassettes> {
    let (mut all, mut unreadable) = (Cassettes::new(), 0);
    for (slug, folder) in folders {
        let cassettes = all.entry(slug).or_default();
        for read in cassette::load_some(&folder, |_| true).unwrap_or_else(|error| vec![Err(error)]) {
            match read {
                Ok(cassette) => cassettes.push(cassette),
                Err(error) => {
                    unreadable += 1;
                    eprintln!("skipped: {}", plain(&format!("{:#}", anyhow::Error::from(error))));
                }
            }
        }
    }
    if unreadable > 0 && all.values().all(Vec::is_empty) {
        bail!("no cassette can be read");
    }
    Ok(all)
}
