//! `mortise vendor`: serves an integration's cassettes as a vendor on loopback.

use std::env;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use mortise_authoring::project::{self, Project};
use serde_json::json;

use super::cassettes;
use crate::cassette::ReplayingVendor;
use crate::cli::output::{Json, print_json, print_line};
use crate::cli::run::block_on;
use crate::cli::serve::shutdown_signal;
use crate::config::ConfigError;

/// Serves an integration's cassettes as a vendor on loopback, until Ctrl-C
///
/// It answers a request with the recorded exchange of the same method and path. If there are several, it takes the one
/// whose body and query are most alike, then the next in turn. A request that is not recorded is a 404 that lists the
/// recorded ones. It ignores credentials. It reports and skips a cassette that cannot be read.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise vendor acme
  mortise vendor ./my-integration --port 4010
  mortise serve --origin acme=http://127.0.0.1:4010/acme")]
pub(in crate::cli) struct Vendor {
    /// The slug of an integration of the checkout, or the folder of one
    #[arg(value_name = "SLUG|DIR")]
    integration: PathBuf,
    /// Port on 127.0.0.1; 0 picks a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    #[command(flatten)]
    json: Json,
}

impl Vendor {
    pub(super) fn run(self) -> Result<()> {
        let here = env::current_dir().context("the working directory no longer exists")?;
        let in_checkout = project::checkout(&here).map(|root| root.join("plugins").join(&self.integration));
        let folder = in_checkout.filter(|folder| folder.is_dir() && self.integration.components().count() == 1);
        let project = Project::open(&folder.unwrap_or(self.integration))?;
        let recorded = cassettes::readable([(project.slug.clone(), project.cassettes())])?;
        if recorded.values().all(Vec::is_empty) {
            let message = format!("{} has no cassettes: `mortise record` makes one", project.cassettes().display());
            return Err(ConfigError::Unusable(message).into());
        }
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        block_on(async {
            let vendor = ReplayingVendor::start_on(address, &recorded).await;
            let vendor = vendor.with_context(|| format!("cannot listen on {address}"))?;
            let origin = vendor.origin(&project.slug);
            // Before the address is printed: a signal then finds its handler.
            let end = shutdown_signal()?;
            if self.json.json {
                print_json(&json!({ "slug": project.slug, "origin": origin }))?;
            } else {
                print_line(&format!(
                    "{origin}\n\nA host that reaches it:\n  mortise serve --origin {}={origin}\n\nCtrl-C ends it.",
                    project.slug
                ))?;
            }
            end.await;
            Ok(())
        })
    }
}
