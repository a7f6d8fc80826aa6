//! Access to a host that serves, for commands that ask it: its address, the token, and reading its answers.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use http::StatusCode;
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};
use url::Url;
use zeroize::Zeroizing;

use crate::config::ConfigError;
use crate::egress::tls_client;

/// The variable that holds the token.
const TOKEN: &str = "MORTISE_TOKEN";
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);
/// The longest time without data from the host: well above the deadline of a call.
const SILENCE: Duration = Duration::from_secs(120);
/// The largest answer that a command reads whole, in bytes: far above what a host answers with.
const MAX_ANSWER: usize = 256 << 20;
/// The longest pause that a command makes; if a host asks for a longer one, the command ends.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Where a host serves, for `#[command(flatten)]`.
#[derive(Debug, Args)]
pub(in crate::cli) struct ServingHost {
    /// The URL of the host
    #[arg(long, env = "MORTISE_URL", default_value = "http://127.0.0.1:8080")]
    url: Url,
    /// File with the API token [default: the variable MORTISE_TOKEN]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl ServingHost {
    /// The URL of a path of the API, segment by segment, without a query.
    ///
    /// # Errors
    /// If `--url` cannot be used.
    pub(in crate::cli) fn url<'s>(&self, segments: impl IntoIterator<Item = &'s str>) -> Result<Url> {
        let mut url = self.url.clone();
        let unusable = |()| ConfigError::Unusable("--url: expected http://HOST:PORT or https://HOST".to_owned());
        url.path_segments_mut().map_err(unusable)?.pop_if_empty().extend(segments);
        url.set_query(None);
        Ok(url)
    }

    /// A client that sends the token with each request.
    ///
    /// # Errors
    /// If the token cannot be used.
    pub(in crate::cli) fn client(&self) -> Result<Client> {
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

/// Sends a request. An error does not contain the URL, which has all parameters.
pub(in crate::cli) async fn send(request: RequestBuilder) -> Result<Response> {
    request.send().await.map_err(|error| {
        let host = error.url().and_then(Url::host_str).unwrap_or("the host").to_owned();
        anyhow!(error.without_url()).context(format!("no answer from {host}"))
    })
}

/// How long the host asks to wait, if waiting helps.
pub(in crate::cli) fn pause(answer: &Response) -> Option<Duration> {
    let waits = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE].contains(&answer.status());
    let seconds = answer.headers().get(RETRY_AFTER).filter(|_| waits)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds)).filter(|pause| *pause <= LONGEST_PAUSE)
}

/// The body of an answer.
pub(in crate::cli) async fn whole(mut answer: Response) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.context("the answer broke off")? {
        if body.len() + piece.len() > MAX_ANSWER {
            bail!("the answer is longer than {MAX_ANSWER} bytes");
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}
