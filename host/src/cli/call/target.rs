//! Where a call goes, and how its answer is printed.

use std::io::{self, IsTerminal, Write};

use anyhow::{Context, Result, bail};
use clap::Args;
use http::header::{HeaderMap, HeaderName, RETRY_AFTER};
use mortise_model::Category;
use reqwest::{Method, RequestBuilder};
use url::Url;
use uuid::Uuid;

use crate::cli::args::pair;
use crate::cli::serving::{ServingHost, send};

/// Headers of an answer that the command prints.
const TOLD: [HeaderName; 6] = [
    HeaderName::from_static("mortise-ignored-fields"),
    HeaderName::from_static("mortise-deletes"),
    HeaderName::from_static("mortise-next-cursor"),
    HeaderName::from_static("idempotent-replayed"),
    HeaderName::from_static("x-request-id"),
    RETRY_AFTER,
];

/// The flags of every call.
#[derive(Debug, Args)]
pub(super) struct Target {
    /// The integrated account
    #[arg(long, value_name = "ID")]
    account: Uuid,
    /// unified, raw, normalized, stream or debug [default: unified]
    #[arg(long)]
    pub(super) format: Option<String>,
    /// Show the requests that would go to the vendor, and send nothing that writes
    #[arg(long)]
    dry_run: bool,
    /// A further query parameter, such as `organization_id=9001` or `remote_query[expand]=all`. May be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = pair)]
    pub(super) params: Vec<(String, String)>,
    #[command(flatten)]
    pub(super) host: ServingHost,
}

impl Target {
    /// A request for the users of a category, or for the one with this identifier.
    ///
    /// # Errors
    /// If the URL or the token cannot be used.
    pub(super) fn request(
        &self,
        method: Method,
        category: Category,
        id: Option<&str>,
        more: &[(&str, String)],
    ) -> Result<RequestBuilder> {
        Ok(self.host.client()?.request(method, self.url(category, id, more)?))
    }

    /// The URL of such a request, with these query parameters beside those of every call.
    ///
    /// # Errors
    /// If the URL cannot be used.
    pub(super) fn url(&self, category: Category, id: Option<&str>, more: &[(&str, String)]) -> Result<Url> {
        let mut url = self.host.url(["unified", category.as_str(), "users"].into_iter().chain(id))?;
        let mut query = url.query_pairs_mut();
        query.append_pair("integrated_account_id", &self.account.to_string());
        query.extend_pairs(self.dry_run.then_some(("mortise_dry_run", "true")));
        query.extend_pairs(self.format.iter().map(|format| ("truto_response_format", format)));
        query.extend_pairs(&self.params).extend_pairs(more);
        drop(query);
        Ok(url)
    }
}

/// Sends a request, and prints the answer as it is. Its headers and its status go to standard error, before and after
/// the body.
///
/// # Errors
/// If there is no answer, or it is an error.
pub(super) async fn print(request: RequestBuilder) -> Result<()> {
    let mut answer = send(request).await?;
    tell(answer.headers())?;
    let mut out = io::stdout().lock();
    let mut last = None;
    while let Some(piece) = answer.chunk().await.context("the answer broke off")? {
        out.write_all(&piece)?;
        out.flush()?;
        last = piece.last().copied();
    }
    if out.is_terminal() && last.is_some_and(|byte| byte != b'\n') {
        writeln!(out)?;
    }
    let status = answer.status();
    if !status.is_success() {
        bail!("HTTP {status}");
    }
    eprintln!("HTTP {status}");
    Ok(())
}

/// Writes headers at once, so that no line of another program comes in between.
fn tell(headers: &HeaderMap) -> io::Result<()> {
    let mut lines = String::new();
    for name in TOLD {
        if let Some(value) = headers.get(&name).and_then(|value| value.to_str().ok()) {
            lines += &format!("{name}: {value}\n");
        }
    }
    io::stderr().write_all(lines.as_bytes())
}
