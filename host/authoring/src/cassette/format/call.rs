//! The file format, `plugins/<slug>/cassettes/*.json`: one unified call, the vendor requests that it makes with their answers,
//! and the unified answer. [`schema`] is its JSON Schema; `docs/cassettes.md` explains it.
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

mod wire;

use std::collections::BTreeMap;
use std::path::PathBuf;

use http::{HeaderMap, Method, StatusCode};
use mortise_model::{Category, Operation};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The largest cassette, or other file of its kind, that is read, in bytes.
pub const LIMIT: u64 = 4 << 20;

/// One recorded call.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cassette {
    /// The file that it was read from. Not in the file itself.
    #[serde(skip)]
    pub file: PathBuf,
    /// The address of this schema, for editors. Default: none.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// What the recording shows, for its readers.
    pub description: String,
    /// What the caller asked of the unified API.
    pub call: Call,
    /// The sign-ins that the host makes for the account, in order, if its scheme has one. Default: the vendor accepts
    /// every sign-in and answers with placeholders.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sign_ins: Vec<SignIn>,
    /// The vendor requests that the integration makes, in order. If the host repeats one, each attempt is an exchange.
    pub exchanges: Vec<Exchange>,
    /// What the caller gets.
    pub answer: Answer,
}

/// A unified call.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Category in the route.
    #[schemars(schema_with = "wire::category_schema")]
    pub category: Category,
    /// The operation, which decides the HTTP method.
    #[schemars(schema_with = "wire::operation_schema")]
    pub operation: Operation,
    /// The user's id in the route. Only of operations on one user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Unified query parameters, including `remote_query` and without `integrated_account_id`. Default: none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub query: BTreeMap<String, Value>,
    /// Where the list continues: the vendor's cursor of a later page, as the integration writes it. Only of
    /// `list-users`. The call has the sealed cursor for it. Default: the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The account's `context`, with placeholders for credentials. Required variables that are not here have the value
    /// `placeholder`. Default: empty.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
    /// The account's `authentication_method`. Default: none, and the first scheme whose variables are all there signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication_method: Option<String>,
    /// The request body. Only of `create-user` and `update-user`. Default: an empty object.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub body: Map<String, Value>,
}

/// One sign-in that the host makes before it can sign requests.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// What the host sends. Default: the declared sign-in with the account's variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Request>,
    /// What the vendor answers, with placeholders for tokens.
    pub response: Response,
}

/// One vendor request and its answer.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// What the integration sends.
    pub request: Request,
    /// What the vendor answers.
    pub response: Response,
    /// Places where the vendor's own OpenAPI document is known to be wrong about this exchange. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spec_exceptions: Vec<SpecException>,
}

/// A place where a recorded exchange is right and the vendor's OpenAPI document is wrong.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpecException {
    /// The place as `mortise test --spec` names it, such as `response.body/data/id`. Everything below it is excepted,
    /// too.
    pub at: String,
    /// Why the recording is right: where else the vendor says so.
    pub reason: String,
}

/// A vendor request.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// HTTP method, in capitals.
    #[serde(with = "wire::method")]
    #[schemars(schema_with = "wire::method_schema")]
    pub method: Method,
    /// Path under the base of the integration's first origin, starting with `/`, or an absolute `https` URL below any
    /// of its origins. Percent-encoded, without query.
    #[serde(deserialize_with = "wire::path")]
    #[schemars(regex(pattern = r"^(/|https://)[^?#]*$"))]
    pub path: String,
    /// Query parameters, decoded, as pairs of name and value, without those that sign. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<(String, String)>,
    /// Headers that matter: the request must have each with this value. It may have others, too. Default: none.
    #[serde(default, with = "wire::headers", skip_serializing_if = "HeaderMap::is_empty")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub headers: HeaderMap,
    /// The body. It is JSON, the fields of a form as an object of texts and lists of texts, or the text of any body
    /// that is not JSON. Default: no body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

/// A vendor's answer.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// HTTP status.
    #[serde(with = "wire::status")]
    #[schemars(schema_with = "wire::status_schema")]
    pub status: StatusCode,
    /// Headers. Default: none. A body without `content-type` is sent as `application/json`.
    #[serde(default, with = "wire::headers", skip_serializing_if = "HeaderMap::is_empty")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub headers: HeaderMap,
    /// The body, sent byte for byte as it is in the file. Under a content type that is not JSON it is a string with the
    /// text to send. Default: no body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Value")]
    pub body: Option<Box<RawValue>>,
}

/// What the caller of the unified API gets.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// HTTP status.
    #[serde(with = "wire::status")]
    #[schemars(schema_with = "wire::status_schema")]
    pub status: StatusCode,
    /// The body. Of a success it is the whole body. `remote_data`, also of a page's users, is compared only if it is
    /// here. A page's `next_cursor` is `<cursor>` if another page follows. Of an error it has the members that matter.
    /// Others may be there, too, such as the host's explanation. Default: no body.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
    /// The fields that `mortise-ignored-fields` names, in any order. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored_fields: Vec<String>,
}

impl Cassette {
    /// The name of its file, without the ending.
    pub fn name(&self) -> String {
        self.file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }
}

impl Request {
    /// Whether it goes to an origin that it names, and not below the integration's first.
    pub fn is_absolute(&self) -> bool {
        !self.path.starts_with('/')
    }
}

impl Response {
    /// The body as it is sent, and the content type for a recording that names none.
    pub fn bytes(&self) -> (Vec<u8>, Option<&'static str>) {
        let Some(body) = &self.body else { return (Vec::new(), None) };
        let kind = self.headers.get(http::header::CONTENT_TYPE);
        let is_json = kind.is_none_or(|kind| kind.to_str().is_ok_and(|kind| kind.contains("json")));
        let text = (!is_json).then(|| serde_json::from_str::<String>(body.get()).ok()).flatten();
        let default = kind.is_none().then_some("application/json");
        (text.unwrap_or_else(|| body.get().to_owned()).into_bytes(), default)
    }
}

/// The JSON Schema (draft 2020-12) of a cassette, which `mortise test --schema` prints and `docs/cassette.schema.json`
/// contains.
pub fn schema() -> Value {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Cassette>().to_value();
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("title".to_owned(), "Mortise cassette".into());
    }
    schema
}
