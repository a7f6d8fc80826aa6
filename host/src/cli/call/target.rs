//! Where a call goes, and how its answer is printed.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use mortise_model::Category;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response};
use url::Url;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::cli::pair;
use crate::config::ConfigError;
use crate::egress::tls_client;

/// The variable that holds the token.
const TOKEN: &str = "MORTISE_TOKEN";
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);
/// The longest silence of the host: well above the deadline of a call.
const SILENCE: Duration = Duration::from_secs(120);
/// Headers of an answer that are worth telling.
const TOLD: [HeaderName; 6] = [
    HeaderName::from_static("mortise-ignored-fields"),
    HeaderName::from_static("mortise-deletes"),
    HeaderName::from_static("mortise-next-cursor"),
    HeaderName::from_static("idempotent-replayed"),
    HeaderName::from_static("x-request-id"),
    RETRY_AFTER,
];

/// What every call needs.
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
    /// Where the host serves
    #[arg(long, env = "MORTISE_URL", default_value = "http://127.0.0.1:8080")]
    url: Url,
    /// File with the API token; without it, the token is read from the variable MORTISE_TOKEN
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
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
        Ok(self.client()?.request(method, self.url(category, id, more)?))
    }

    /// Where such a request goes, with these query parameters beside those of every call.
    ///
    /// # Errors
    /// If the URL cannot be used.
    pub(super) fn url(&self, category: Category, id: Option<&str>, more: &[(&str, String)]) -> Result<Url> {
        let mut url = self.url.clone();
        {
            let unusable = |()| ConfigError::Unusable("--url: expected http://HOST:PORT or https://HOST".to_owned());
            let mut segments = url.path_segments_mut().map_err(unusable)?;
            segments.pop_if_empty().extend(["unified", category.as_str(), "users"]).extend(id);
        }
        let mut query = url.query_pairs_mut();
        query.clear().append_pair("integrated_account_id", &self.account.to_string());
        query.extend_pairs(self.dry_run.then_some(("mortise_dry_run", "true")));
        query.extend_pairs(self.format.iter().map(|format| ("truto_response_format", format)));
        query.extend_pairs(&self.params).extend_pairs(more);
        drop(query);
        Ok(url)
    }

    /// A client that sends the token with each request.
    ///
    /// # Errors
    /// If the token cannot be used.
    pub(super) fn client(&self) -> Result<Client> {
        let headers = HeaderMap::from_iter([(AUTHORIZATION, self.bearer()?)]);
        Ok(Client::builder()
            .tls_backend_preconfigured(tls_client(None)?)
            .redirect(Policy::none())
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .default_headers(headers)
            .build()?)
    }

    fn bearer(&self) -> Result<HeaderValue> {
        let (place, token) = match &self.token_file {
            Some(file) => {
                let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
                (file.display().to_string(), Zeroizing::new(text))
            }
            None => (TOKEN.to_owned(), Zeroizing::new(std::env::var(TOKEN).unwrap_or_default())),
        };
        let unusable = |text: String| ConfigError::Unusable(text);
        if token.trim().is_empty() {
            return Err(unusable(format!("there is no API token: set {TOKEN} or name a file with --token-file")).into());
        }
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.trim()))
            .map_err(|_| unusable(format!("{place} does not hold an API token")))?;
        bearer.set_sensitive(true);
        Ok(bearer)
    }
}

/// Sends a request. An error does not repeat the URL: it holds all parameters.
pub(super) async fn send(request: RequestBuilder) -> Result<Response> {
    request.send().await.map_err(|error| {
        let host = error.url().and_then(Url::host_str).unwrap_or("the host").to_owned();
        anyhow!(error.without_url()).context(format!("no answer from {host}"))
    })
}

/// Sends a request, and prints the answer as it is: its headers that are worth telling and its status on standard error, before and
/// after the body.
///
/// # Errors
/// If there is no answer, or an error.
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

/// Tells headers in one piece, so that no other program's line comes in between.
fn tell(headers: &HeaderMap) -> io::Result<()> {
    let mut lines = String::new();
    for name in TOLD {
        if let Some(value) = headers.get(&name).and_then(|value| value.to_str().ok()) {
            lines += &format!("{name}: {value}\n");
        }
    }
    io::stderr().write_all(lines.as_bytes())
}
