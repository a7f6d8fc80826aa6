//! `mortise call`: one unified call to a host that serves.

use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, Subcommand};
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use mortise_model::Category;
use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use url::Url;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::block_on;
use crate::config::ConfigError;
use crate::egress::tls_client;

/// The variable that holds the token.
const TOKEN: &str = "MORTISE_TOKEN";
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);
/// The longest silence of the host: well above the deadline of a call.
const SILENCE: Duration = Duration::from_secs(120);
/// Headers of an answer that are worth telling.
const TOLD: [HeaderName; 4] = [
    HeaderName::from_static("mortise-ignored-fields"),
    HeaderName::from_static("idempotent-replayed"),
    HeaderName::from_static("x-request-id"),
    RETRY_AFTER,
];

/// Makes one unified call to a host that serves
///
/// The answer's body goes to standard output, its status to standard error. Exit status 1 on an HTTP error.
#[derive(Debug, Subcommand)]
pub(super) enum Call {
    Create(Create),
    Update(Update),
}

/// Creates a user: POST /unified/{category}/users
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  export MORTISE_TOKEN=$(mortise token create --scope call --expires 1d)
  mortise call create ticketing --account 6e92a185-7953-48c8-a4aa-0a2f629a7209 \\
    --data '{\"name\": \"Ada Example\", \"emails\": [{\"email\": \"ada@example.com\"}]}'
  mortise call create user-directory --account 6e92a185-7953-48c8-a4aa-0a2f629a7209 --data @user.json \\
    --param organization_id=9001 --dry-run
  mortise call create ticketing --account 6e92a185-7953-48c8-a4aa-0a2f629a7209 --data - --idempotency-key order-17 < user.json")]
pub(super) struct Create {
    /// ticketing, user-directory or crm
    category: Category,
    #[command(flatten)]
    request: Request,
}

/// Updates a user: PATCH /unified/{category}/users/{id}
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise call update ticketing 4d2ab456 --account 6e92a185-7953-48c8-a4aa-0a2f629a7209 --data '{\"name\": \"Ada\"}'
  mortise call update crm 17 --account 6e92a185-7953-48c8-a4aa-0a2f629a7209 --data @change.json --format debug")]
pub(super) struct Update {
    /// ticketing, user-directory or crm
    category: Category,
    /// The vendor's id of the user
    id: String,
    #[command(flatten)]
    request: Request,
}

#[derive(Debug, Args)]
struct Request {
    /// The integrated account
    #[arg(long, value_name = "ID")]
    account: Uuid,
    /// The user as JSON: the text itself, @FILE, or - for standard input
    #[arg(long, value_name = "JSON")]
    data: String,
    /// unified, raw, normalized, stream or debug [default: unified]
    #[arg(long)]
    format: Option<String>,
    /// Show the requests that would go to the vendor, and send nothing that writes
    #[arg(long)]
    dry_run: bool,
    /// Refuse fields that the integration would ignore
    #[arg(long)]
    strict: bool,
    /// Repeats of the call with this key get the first answer, and the vendor sees one write
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    /// A further query parameter, such as `organization_id=9001` or `remote_query[expand]=all`. May be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = super::pair)]
    params: Vec<(String, String)>,
    /// Where the host serves
    #[arg(long, env = "MORTISE_URL", default_value = "http://127.0.0.1:8080")]
    url: Url,
    /// File with the API token; without it, the token is read from the variable MORTISE_TOKEN
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl Call {
    pub(super) fn run(self) -> Result<()> {
        let (method, category, id, request) = match self {
            Self::Create(Create { category, request }) => (Method::POST, category, None, request),
            Self::Update(Update { category, id, request }) => (Method::PATCH, category, Some(id), request),
        };
        block_on(request.send(method, category, id.as_deref()))
    }
}

impl Request {
    async fn send(self, method: Method, category: Category, id: Option<&str>) -> Result<()> {
        let url = self.target(category, id)?;
        let headers = self.headers()?;
        let body = body(&self.data)?;
        let client = Client::builder()
            .tls_backend_preconfigured(tls_client(None)?)
            .redirect(Policy::none())
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .build()?;
        let sent = client.request(method, url.clone()).headers(headers).body(body).send().await;
        // The URL of the error would repeat all parameters.
        let host = url.host_str().unwrap_or_default();
        let mut answer = sent.map_err(|e| anyhow!(e.without_url()).context(format!("no answer from {host}")))?;

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
        for name in TOLD {
            if let Some(value) = answer.headers().get(&name).and_then(|value| value.to_str().ok()) {
                eprintln!("{name}: {value}");
            }
        }
        let status = answer.status();
        if !status.is_success() {
            bail!("HTTP {status}");
        }
        eprintln!("HTTP {status}");
        Ok(())
    }

    fn target(&self, category: Category, id: Option<&str>) -> Result<Url> {
        let mut url = self.url.clone();
        {
            let unusable = |()| ConfigError::Unusable("--url: expected http://HOST:PORT or https://HOST".to_owned());
            let mut segments = url.path_segments_mut().map_err(unusable)?;
            segments.pop_if_empty().extend(["unified", category.as_str(), "users"]).extend(id);
        }
        let mut query = url.query_pairs_mut();
        query.clear().append_pair("integrated_account_id", &self.account.to_string());
        let flags = [("mortise_dry_run", self.dry_run), ("mortise_strict", self.strict)];
        query.extend_pairs(flags.into_iter().filter(|(_, set)| *set).map(|(name, _)| (name, "true")));
        query.extend_pairs(self.format.iter().map(|format| ("truto_response_format", format)));
        query.extend_pairs(&self.params);
        drop(query);
        Ok(url)
    }

    fn headers(&self) -> Result<HeaderMap> {
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
        let mut headers = HeaderMap::new();
        headers.insert(http::header::AUTHORIZATION, bearer);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(key) = &self.idempotency_key {
            let value = HeaderValue::from_str(key)
                .map_err(|_| unusable("--idempotency-key: a header cannot carry this key".to_owned()))?;
            headers.insert(HeaderName::from_static("idempotency-key"), value);
        }
        Ok(headers)
    }
}

/// What `--data` stands for: the text itself, `@FILE`, or `-` for standard input.
pub(super) fn body(data: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match data.strip_prefix('@') {
        Some(file) => fs::File::open(file)
            .and_then(|mut file| file.read_to_end(&mut bytes))
            .with_context(|| format!("--data: cannot read {file}"))?,
        None if data == "-" => io::stdin().read_to_end(&mut bytes).context("cannot read standard input")?,
        None => return Ok(data.as_bytes().to_vec()),
    };
    Ok(bytes)
}
