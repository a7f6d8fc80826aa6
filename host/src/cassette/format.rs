//! The file format, `plugins/<slug>/cassettes/*.json`: one unified call, the vendor requests that it makes with their answers,
//! and the unified answer.
//!
//! ```json
//! {
//!   "description": "creates an agent",
//!   "call": {
//!     "category": "ticketing", "operation": "create-user",
//!     "variables": {"api_token": "placeholder"},
//!     "body": {"name": "Ada Example"}
//!   },
//!   "exchanges": [{
//!     "request": {"method": "POST", "path": "/agents", "body": {"displayName": "Ada Example"}},
//!     "response": {"status": 201, "body": {"data": {"id": "1", "displayName": "Ada Example"}}}
//!   }],
//!   "answer": {"status": 201, "body": {"id": "1", "name": "Ada Example"}}
//! }
//! ```

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use mortise_model::{Category, Operation};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::files;

/// The largest cassette that is read.
const LIMIT: u64 = 4 << 20;

/// One recorded call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cassette {
    /// Where it was read from. Not in the file.
    #[serde(skip)]
    pub file: PathBuf,
    /// What the recording shows, for a reader.
    pub description: String,
    /// What the caller asked of the unified API.
    pub call: Call,
    /// The vendor requests that the integration makes for it, in order.
    pub exchanges: Vec<Exchange>,
    /// What the caller gets.
    pub answer: Answer,
}

/// A unified call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Category in the route.
    pub category: Category,
    /// What is asked; it decides the HTTP method.
    pub operation: Operation,
    /// The user's id in the route: of `update-user` only.
    #[serde(default)]
    pub id: Option<String>,
    /// Unified query parameters that the integration reads, `integrated_account_id` not among them. Default: none.
    #[serde(default)]
    pub query: BTreeMap<String, Value>,
    /// The account's `context`, with placeholders for credentials. Default: nothing.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// The request body.
    pub body: Map<String, Value>,
}

/// One vendor request and its answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// What the integration sends.
    pub request: Request,
    /// What the vendor answers.
    pub response: Response,
}

/// A vendor request, before the host signs it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// HTTP method, in capitals.
    #[serde(deserialize_with = "method")]
    pub method: Method,
    /// Path under the base of the integration's first origin, starting with `/`, percent-encoded as it is sent, without query.
    #[serde(deserialize_with = "path")]
    pub path: String,
    /// Query parameters, decoded. Default: none.
    #[serde(default)]
    pub query: Vec<(String, String)>,
    /// Headers that the integration sets. Default: none.
    #[serde(default, deserialize_with = "headers")]
    pub headers: HeaderMap,
    /// The body: JSON, or the text of a body that is not JSON. Default: no body.
    #[serde(default)]
    pub body: Option<Value>,
}

/// A vendor's answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// HTTP status.
    #[serde(deserialize_with = "status")]
    pub status: StatusCode,
    /// Headers. Default: none; a body without `content-type` is sent as `application/json`.
    #[serde(default, deserialize_with = "headers")]
    pub headers: HeaderMap,
    /// The body, sent byte for byte as it stands in the file. Under a content type that is not JSON it is a string with the
    /// text to send. Default: no body.
    #[serde(default)]
    pub body: Option<Box<RawValue>>,
}

/// What the caller of the unified API gets.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// HTTP status.
    #[serde(deserialize_with = "status")]
    pub status: StatusCode,
    /// The body without `remote_data`.
    pub body: Value,
    /// The fields that `mortise-ignored-fields` names. Default: none.
    #[serde(default)]
    pub ignored_fields: Vec<String>,
}

/// A cassette that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file or its folder cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// File or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not a cassette.
    #[error("{}:{}: {message}", path.display(), line.max(&1))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
}

/// Reads every `*.json` in `directory`, in the order of their names. A directory that does not exist holds none.
///
/// # Errors
/// The first file that cannot be read or is not a cassette, with its line.
pub fn load_dir(directory: &Path) -> Result<Vec<Cassette>, LoadError> {
    let unreadable = |path: PathBuf| |source| LoadError::Unreadable { path, source };
    let dir = match Dir::open_ambient_dir(directory, ambient_authority()) {
        Ok(dir) => dir,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(unreadable(directory.to_owned())(e)),
    };
    let mut names = Vec::new();
    for entry in dir.entries().map_err(unreadable(directory.to_owned()))? {
        let name = PathBuf::from(entry.map_err(unreadable(directory.to_owned()))?.file_name());
        if name.extension().is_some_and(|e| e == "json") {
            names.push(name);
        }
    }
    names.sort();
    let read = |name| {
        let file = directory.join(&name);
        let bytes = files::read_bounded(&dir, &name, LIMIT).map_err(unreadable(file.clone()))?;
        parse(file, &bytes)
    };
    names.into_iter().map(read).collect()
}

fn parse(file: PathBuf, json: &[u8]) -> Result<Cassette, LoadError> {
    let cassette: Cassette = serde_json::from_slice(json).map_err(|e| LoadError::Invalid {
        path: file.clone(),
        line: e.line(),
        message: e.to_string(),
    })?;
    let needs_id = cassette.call.operation == Operation::UpdateUser;
    if needs_id != cassette.call.id.is_some() {
        let message =
            format!("`call.id` belongs to `update-user`, and `call.operation` is `{}`", cassette.call.operation);
        return Err(LoadError::Invalid { path: file, line: 1, message });
    }
    Ok(Cassette { file, ..cassette })
}

fn method<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Method, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "GET" => Ok(Method::GET),
        "POST" => Ok(Method::POST),
        "PUT" => Ok(Method::PUT),
        "PATCH" => Ok(Method::PATCH),
        "DELETE" => Ok(Method::DELETE),
        other => Err(D::Error::custom(format!("method `{other}` is none of GET, POST, PUT, PATCH, DELETE"))),
    }
}

fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let path = String::deserialize(deserializer)?;
    if !path.starts_with('/') || path.contains(['?', '#']) {
        return Err(D::Error::custom(format!("path `{path}` must start with `/` and hold neither `?` nor `#`")));
    }
    Ok(path)
}

fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<StatusCode, D::Error> {
    let status = u16::deserialize(deserializer)?;
    StatusCode::from_u16(status).map_err(|_| D::Error::custom(format!("{status} is no HTTP status")))
}

fn headers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HeaderMap, D::Error> {
    BTreeMap::<String, String>::deserialize(deserializer)?
        .into_iter()
        .map(|(name, value)| {
            let parsed = (name.parse::<HeaderName>().ok(), HeaderValue::from_str(&value).ok());
            match parsed {
                (Some(name), Some(value)) => Ok((name, value)),
                _ => Err(D::Error::custom(format!("`{name}: {value}` is no HTTP header"))),
            }
        })
        .collect()
}
