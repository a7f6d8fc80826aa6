//! Recorded calls: `cassettes/*.json` beside an integration's sources. The host replays the same files against the component.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use mortise_model::{Category, Operation};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{Exchange, Expected, Mock};
use crate::Integration;
use crate::transport::Method;

/// One recorded call.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cassette {
    /// What the recording shows, for a reader.
    #[serde(rename = "description")]
    _description: String,
    call: UnifiedCall,
    exchanges: Vec<Recorded>,
    answer: UnifiedAnswer,
}

/// What the caller asks of the unified API.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UnifiedCall {
    category: Category,
    operation: Operation,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    query: BTreeMap<String, Value>,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    body: Map<String, Value>,
}

/// One vendor request with its answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recorded {
    request: Request,
    response: Response,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    method: String,
    path: String,
    #[serde(default)]
    query: Vec<(String, String)>,
    /// Shown to the reader; what the host adds to a request is not the integration's to test.
    #[serde(default, rename = "headers")]
    _headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Response {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Option<Box<RawValue>>,
}

/// What the caller gets.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UnifiedAnswer {
    status: u16,
    body: Value,
    #[serde(default)]
    ignored_fields: Vec<String>,
}

/// Replays every `*.json` in `directory`, in the order of their names.
///
/// # Panics
/// As [`replay`]; if there is none; and if one of the integration's operations is in none of them.
pub fn replay_all<T: Integration>(directory: impl AsRef<Path>) {
    let directory = directory.as_ref();
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let played: Vec<_> = files.iter().map(replay::<T>).collect();
    for support in T::capabilities().operations {
        let operation = (support.category, support.operation);
        assert!(played.contains(&operation), "no cassette plays {} in {}", operation.1, operation.0);
    }
}

/// Runs the recorded call natively, and returns its category and operation.
///
/// # Panics
/// If the file is not a cassette, the requests differ from the recorded ones, none or more than one of them is primary, or the
/// answer differs.
pub fn replay<T: Integration>(file: impl AsRef<Path>) -> (Category, Operation) {
    let file = file.as_ref();
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let cassette: Cassette = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    println!("{}", file.display());
    let Cassette { call, exchanges, answer, .. } = cassette;
    let mut mock = Mock::new(call.category);
    for variable in T::capabilities().variables.iter().filter(|variable| !variable.secret) {
        if let Some(value) = call.variables.get(variable.name).map(String::as_str).or(variable.default) {
            mock = mock.variable(variable.name, value);
        }
    }
    for (name, value) in call.query {
        mock = mock.parameter(&name, value);
    }
    let mock = exchanges.into_iter().fold(mock, |mock, recorded| mock.on(recorded.into()));
    let outcome = mock
        .run::<T>(call.operation, call.id.as_deref(), Value::Object(call.body))
        .unwrap_or_else(|error| panic!("the call failed: {error}"));
    assert_eq!(mock.requests().iter().filter(|request| request.primary).count(), 1, "one request is primary");
    let status = if call.operation == Operation::CreateUser { 201 } else { 200 };
    assert_eq!(answer.status, status, "{} answers with {status}", call.operation);
    assert_eq!(Value::Object(outcome.answer.unwrap_or_default()), answer.body, "the answer");
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    assert_eq!(sorted(outcome.ignored), sorted(answer.ignored_fields), "the ignored fields");
    (call.category, call.operation)
}

impl From<Recorded> for Exchange {
    fn from(recorded: Recorded) -> Self {
        let Recorded { request, response } = recorded;
        let method = match request.method.as_str() {
            "GET" => Method::Get,
            "POST" => Method::Post,
            "PUT" => Method::Put,
            "PATCH" => Method::Patch,
            "DELETE" => Method::Delete,
            other => panic!("`{other}` is no method that an integration can use"),
        };
        Self {
            method,
            target: request.path,
            query: request.query,
            body: Some(match request.body {
                None => Expected::Nothing,
                Some(Value::String(text)) => Expected::Text(text),
                Some(json) => Expected::Json(json),
            }),
            status: response.status,
            headers: response.headers.into_iter().collect(),
            answer: response.body.map(|body| body.get().as_bytes().to_vec()).unwrap_or_default(),
        }
    }
}
