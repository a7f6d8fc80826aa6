//! `mortise call`: one unified call to a host that serves, or the pages of one list.

mod list;
mod target;

use std::fs;
use std::io::{self, Read};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue};
use mortise_model::Category;
use reqwest::{Method, RequestBuilder};

use self::list::List;
use self::target::{Target, print};
use super::run::block_on;
use crate::config::ConfigError;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Makes one unified call to a host that serves
///
/// The answer's body goes to standard output, its status to standard error. Exit status 1 on an HTTP error.
#[derive(Debug, Subcommand)]
pub(super) enum Call {
    Create(Create),
    Update(Update),
    Get(Get),
    List(List),
    Delete(Delete),
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
    document: Document,
    #[command(flatten)]
    key: Key,
    #[command(flatten)]
    target: Target,
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
    document: Document,
    #[command(flatten)]
    key: Key,
    #[command(flatten)]
    target: Target,
}

/// Reads a user: GET /unified/{category}/users/{id}
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise call get ticketing 4d2ab456 --account 6e92a185-7953-48c8-a4aa-0a2f629a7209
  mortise call get crm 17 --account 6e92a185-7953-48c8-a4aa-0a2f629a7209 --format raw > as-the-vendor-says.json

A user that the vendor does not have is HTTP 404, and exit status 1.")]
pub(super) struct Get {
    /// ticketing, user-directory or crm
    category: Category,
    /// The vendor's id of the user
    id: String,
    #[command(flatten)]
    target: Target,
}

/// Deletes a user: DELETE /unified/{category}/users/{id}
///
/// The vendor decides what that does to the user. `mortise-deletes` on standard error says it: deletes, deactivates,
/// trashes, unlinks or erases. `mortise call delete … --dry-run` shows the request and sends nothing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise call delete ticketing 4d2ab456 --account 6e92a185-7953-48c8-a4aa-0a2f629a7209 --dry-run
  mortise call delete ticketing 4d2ab456 --account 6e92a185-7953-48c8-a4aa-0a2f629a7209
  mortise call delete crm 17 --account 6e92a185-7953-48c8-a4aa-0a2f629a7209 --param reassign_to=18 --idempotency-key leaver-17

A user that is already gone is HTTP 404, and exit status 1.")]
pub(super) struct Delete {
    /// ticketing, user-directory or crm
    category: Category,
    /// The vendor's id of the user
    id: String,
    #[command(flatten)]
    key: Key,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Args)]
struct Document {
    /// The user as JSON: the text itself, @FILE, or - for standard input
    #[arg(long, value_name = "JSON")]
    data: String,
    /// Refuse fields that the integration would ignore
    #[arg(long)]
    strict: bool,
}

#[derive(Debug, Args)]
struct Key {
    /// Repeats of the call with this key get the first answer, and the vendor gets one write
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
}

impl Call {
    pub(super) fn run(self) -> Result<()> {
        let request = match self {
            Self::List(list) => return block_on(list.run()),
            Self::Create(Create { category, document, key, target }) => {
                key.on(document.on(&target, Method::POST, category, None)?)?
            }
            Self::Update(Update { category, id, document, key, target }) => {
                key.on(document.on(&target, Method::PATCH, category, Some(&id))?)?
            }
            Self::Get(Get { category, id, target }) => target.request(Method::GET, category, Some(&id), &[])?,
            Self::Delete(Delete { category, id, key, target }) => {
                key.on(target.request(Method::DELETE, category, Some(&id), &[])?)?
            }
        };
        block_on(print(request))
    }
}

impl Document {
    fn on(&self, target: &Target, method: Method, category: Category, id: Option<&str>) -> Result<RequestBuilder> {
        let strict = self.strict.then(|| ("mortise_strict", "true".to_owned()));
        let request = target.request(method, category, id, strict.as_slice())?;
        let json = HeaderValue::from_static("application/json");
        Ok(request.header(CONTENT_TYPE, json).body(body(&self.data)?))
    }
}

impl Key {
    fn on(&self, request: RequestBuilder) -> Result<RequestBuilder> {
        let Some(key) = &self.idempotency_key else { return Ok(request) };
        let value = HeaderValue::from_str(key)
            .map_err(|_| ConfigError::Unusable("--idempotency-key: a header cannot carry this key".to_owned()))?;
        Ok(request.header(IDEMPOTENCY_KEY, value))
    }
}

/// The value of `--data`: the text itself, `@FILE`, or `-` for standard input.
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
