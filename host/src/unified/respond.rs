//! The answer's formats. A vendor's body is never re-serialised: numbers, key order and spaces are the vendor's.

use std::borrow::Cow;
use std::collections::BTreeSet;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use mortise_model::{Category, ModelError, Operation, Projection, ReadError, User};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};
use tokio::sync::mpsc;

use super::parameters::{Format, Parameters};
use super::record::CallRecord;
use super::vendor::{embed, rate_headers};
use crate::egress::{Exchange, StreamedAnswer, VendorAnswer};
use crate::plugin::capabilities::Response;
use crate::plugin::one_line;

/// The vendor's answer in a document.
const REMOTE_DATA: &str = "remote_data";
/// Fields that are left out and told to those who replay calls.
const MAX_UNDECLARED: usize = 256;
/// Headers of an ordinary answer.
const HEADERS: usize = 8;
/// Bytes of `mortise-ignored-fields`.
const MAX_IGNORED_HEADER: usize = 4_096;

/// A unified call's answer.
#[derive(Debug)]
pub struct UnifiedAnswer {
    /// 201 for a creation, 200 for the rest.
    pub status: StatusCode,
    /// Content type, rate limits of the vendor, and the headers of our own.
    pub headers: HeaderMap,
    /// The body.
    pub body: AnswerBody,
}

/// A body that is there, or one that is still arriving.
#[derive(Debug)]
pub enum AnswerBody {
    /// All of it.
    Whole(Bytes),
    /// The vendor's, piece by piece. Ends without an error only where the vendor's did.
    Stream(mpsc::Receiver<std::io::Result<Bytes>>),
}

/// The status of a success.
pub fn success(operation: Operation) -> StatusCode {
    match operation {
        Operation::CreateUser => StatusCode::CREATED,
        Operation::UpdateUser | Operation::GetUser | Operation::ListUsers | Operation::DeleteUser => StatusCode::OK,
    }
}

/// A user in its category's shape, with the vendor's answer beside it.
#[derive(Debug)]
pub struct Document<'a> {
    fields: Fields<'a>,
    remote_data: Option<Cow<'a, RawValue>>,
    /// The fields that were left out because the integration does not declare them.
    pub undeclared: Vec<String>,
}

/// The members of a document, without `remote_data`.
#[expect(clippy::large_enum_variant, reason = "there is one for a call, and a box would be one allocation more")]
#[derive(Debug)]
enum Fields<'a> {
    /// Those that are declared and not excluded.
    Of { user: Projection, declared: &'a Response, excluded: &'a BTreeSet<String> },
    /// Those of the schema.
    Normalized(Map<String, Value>),
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match &self.fields {
            Fields::Of { user, declared, excluded } => {
                user.serialize_members(&mut map, |name| is_declared(name, declared) && !excluded.contains(name))?;
            }
            Fields::Normalized(fields) => {
                fields.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
            }
        }
        if let Some(remote_data) = &self.remote_data {
            map.serialize_entry(REMOTE_DATA, remote_data)?;
        }
        map.end()
    }
}

/// Builds the mapped answer for the formats `unified`, `normalized` and `debug`.
///
/// What the integration answers with beyond its `declared` fields is left out: the capabilities tell the truth. `remote_data` is the
/// vendor's own text of the user; without one it is `null`, where it is wanted ([`with_remote_data`]).
///
/// # Errors
///
/// Where `null` cannot be written, which memory alone can cause.
pub fn document<'a>(
    category: Category,
    user: User,
    declared: &'a Response,
    remote_data: Option<Cow<'a, RawValue>>,
    parameters: &'a Parameters,
) -> Result<Document<'a>, serde_json::Error> {
    let user = category.project(user);
    let undeclared = user.names(|name| name != REMOTE_DATA && !is_declared(name, declared));
    let undeclared = undeclared.into_iter().take(MAX_UNDECLARED).map(str::to_owned).collect();
    let (excluded, normalized) = (&parameters.exclude, parameters.format == Format::Normalized);
    let fields = if normalized {
        let mut fields = Map::from(user);
        fields.retain(|name, _| is_declared(name, declared));
        fields = normalize(category, fields);
        fields.retain(|name, _| !excluded.contains(name));
        Fields::Normalized(fields)
    } else {
        Fields::Of { user, declared, excluded }
    };
    let remote_data = match remote_data {
        _ if !with_remote_data(parameters) => None,
        None => Some(embed(&[])?),
        some => some,
    };
    Ok(Document { fields, remote_data, undeclared })
}

/// Whether the answer holds the vendor's own text.
pub fn with_remote_data(parameters: &Parameters) -> bool {
    let is_left_out = parameters.ignore_remote_data || parameters.exclude.contains(REMOTE_DATA);
    parameters.format != Format::Normalized && !is_left_out
}

/// The vendor's whole answer as the text of one user, where it is wanted.
///
/// # Errors
///
/// Where the vendor's body cannot be written as a JSON string, which memory alone can cause.
pub fn remote_data<'a>(
    vendor: Option<&'a VendorAnswer>,
    parameters: &Parameters,
) -> Result<Option<Cow<'a, RawValue>>, serde_json::Error> {
    vendor.filter(|_| with_remote_data(parameters)).map(|answer| embed(&answer.body)).transpose()
}

/// Whether a member of a document is a declared field. The vendor's answer is none: it has a place of its own.
fn is_declared(name: &str, declared: &Response) -> bool {
    name != REMOTE_DATA && declared.has(name)
}

/// Every field of the category's schema in its order, `null` where unknown, then the integration's own fields.
fn normalize(category: Category, mut fields: Map<String, Value>) -> Map<String, Value> {
    let known = category.response_fields().iter().filter(|name| **name != REMOTE_DATA);
    let mut normalized: Map<_, _> =
        known.map(|name| ((*name).to_owned(), fields.shift_remove(*name).unwrap_or(Value::Null))).collect();
    normalized.extend(fields);
    category.visit_dates(&mut normalized, |date| *date = utc(date.take()));
    normalized
}

/// A time of RFC 3339 in UTC.
fn utc(value: Value) -> Value {
    let timestamp = value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    timestamp.map_or(value, |timestamp| Value::String(timestamp.to_string()))
}

/// One vendor request in the answers of `debug` and of a dry run. Exchanges hold no credentials.
#[derive(Serialize)]
struct Request<'a> {
    method: &'a str,
    url: &'a str,
    headers: Map<String, Value>,
    body: Option<Cow<'a, RawValue>>,
    primary: bool,
    status: Option<u16>,
    response_headers: Option<Map<String, Value>>,
    response_body: Option<Cow<'a, RawValue>>,
    error: Option<String>,
    elapsed_us: u64,
}

/// The vendor requests of a call as a JSON list.
///
/// # Errors
///
/// As [`document`].
pub fn requests(exchanges: &[Exchange]) -> Result<Box<RawValue>, serde_json::Error> {
    let list: Result<Vec<_>, serde_json::Error> = exchanges
        .iter()
        .map(|exchange| {
            let answer = exchange.answer.as_ref();
            Ok(Request {
                method: exchange.method.as_str(),
                url: exchange.url.as_str(),
                headers: header_map(&exchange.request_headers),
                body: exchange.request_body.as_deref().map(embed).transpose()?,
                primary: exchange.primary,
                status: answer.map(|answer| answer.status.as_u16()),
                response_headers: answer.map(|answer| header_map(&answer.headers)),
                response_body: answer.map(|answer| embed(&answer.body)).transpose()?,
                error: exchange.error.as_ref().map(ToString::to_string),
                elapsed_us: u64::try_from(exchange.elapsed.as_micros()).unwrap_or(u64::MAX),
            })
        })
        .collect();
    to_raw_value(&list?)
}

/// A header that comes several times is a list.
fn header_map(headers: &HeaderMap) -> Map<String, Value> {
    let text = |value: &HeaderValue| Value::String(String::from_utf8_lossy(value.as_bytes()).into_owned());
    headers
        .keys()
        .map(|name| {
            let mut values: Vec<Value> = headers.get_all(name).iter().map(text).collect();
            let value = if values.len() == 1 { values.remove(0) } else { Value::Array(values) };
            (name.as_str().to_owned(), value)
        })
        .collect()
}

/// The answer of a dry run: the requests that would have been sent.
///
/// # Errors
///
/// As [`document`].
pub fn dry_run(exchanges: &[Exchange]) -> Result<Vec<u8>, serde_json::Error> {
    #[derive(Serialize)]
    struct DryRun {
        dry_run: bool,
        requests: Box<RawValue>,
    }
    serde_json::to_vec(&DryRun { dry_run: true, requests: requests(exchanges)? })
}

/// The answer of format `debug`.
///
/// # Errors
///
/// As [`document`].
pub fn debug(result: &impl Serialize, exchanges: &[Exchange]) -> Result<Vec<u8>, serde_json::Error> {
    #[derive(Serialize)]
    struct Debug<'a, T> {
        result: &'a T,
        debug: Requests,
    }
    #[derive(Serialize)]
    struct Requests {
        requests: Box<RawValue>,
    }
    serde_json::to_vec(&Debug { result, debug: Requests { requests: requests(exchanges)? } })
}

/// Why a plugin's answer is not a user: where it is wrong and what belongs there, without a value of it.
#[derive(Debug, thiserror::Error)]
pub enum NotAUser {
    /// It cannot be parsed.
    #[error("it is not JSON: {0}")]
    Json(#[source] serde_json::Error),
    /// A member has another type than the canonical user's.
    #[error("{0}")]
    Model(#[source] ModelError),
    /// A time is written in another way.
    #[error("`{0}` must be a time of RFC 3339, such as `2026-01-31T09:30:00Z`")]
    Time(String),
}

/// Reads the plugin's canonical answer; none is a user without fields.
///
/// # Errors
///
/// Where the text is not a canonical user, or a time in it is not one of RFC 3339.
pub fn canonical(answer: Option<&str>) -> Result<User, NotAUser> {
    let Some(answer) = answer else { return Ok(User::default()) };
    let user = User::from_json(answer).map_err(|error| match error {
        ReadError::Json(error) => NotAUser::Json(error),
        ReadError::Model(error) => NotAUser::Model(error),
    })?;
    match user.wrong_time(is_rfc_3339) {
        Some(path) => Err(NotAUser::Time(path)),
        None => Ok(user),
    }
}

/// Whether a text is a `date-time` of RFC 3339 §5.6 that exists. The crate for times reads more.
pub(super) fn is_rfc_3339(text: &str) -> bool {
    // A `0` of the shape stands for any digit.
    let has = |text: &[u8], shape: &[u8]| {
        let digit_or_letter = |byte: &u8| if byte.is_ascii_digit() { b'0' } else { byte.to_ascii_uppercase() };
        text.iter().map(digit_or_letter).eq(shape.iter().copied())
    };
    let Some((date_and_time, rest)) = text.as_bytes().split_at_checked(19) else { return false };
    let zone = match rest.strip_prefix(b".") {
        None => rest,
        // At least one digit stands behind the point.
        Some(fraction) => match fraction.iter().position(|byte| !byte.is_ascii_digit()) {
            Some(digits @ 1..) => fraction.get(digits..).unwrap_or_default(),
            _ => return false,
        },
    };
    let is_time = [b"0000-00-00T00:00:00", b"0000-00-00 00:00:00"].iter().any(|shape| has(date_and_time, *shape));
    is_time && (has(zone, b"Z") || has(zone, b"+00:00") || has(zone, b"-00:00")) && text.parse::<Timestamp>().is_ok()
}

impl UnifiedAnswer {
    /// A JSON answer of our own.
    pub(crate) fn json(status: StatusCode, body: Vec<u8>) -> Self {
        // Room for what the API adds, so that the map does not grow.
        let mut headers = HeaderMap::with_capacity(HEADERS);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self { status, headers, body: AnswerBody::Whole(body.into()) }
    }

    /// The vendor's own body and content type.
    pub(super) fn raw(status: StatusCode, vendor: Option<VendorAnswer>) -> Self {
        let Some(vendor) = vendor else {
            return Self { status, headers: HeaderMap::new(), body: AnswerBody::Whole(Bytes::new()) };
        };
        Self { status, headers: content_type(&vendor.headers), body: AnswerBody::Whole(vendor.body) }
    }

    /// The vendor's own body as it arrives.
    pub(super) fn stream(status: StatusCode, vendor: StreamedAnswer) -> Self {
        let mut headers = content_type(&vendor.headers);
        headers.extend(rate_headers(&vendor.headers));
        Self { status, headers, body: AnswerBody::Stream(vendor.body) }
    }
}

fn content_type(headers: &HeaderMap) -> HeaderMap {
    headers.get(header::CONTENT_TYPE).map(|value| (header::CONTENT_TYPE, value.clone())).into_iter().collect()
}

/// Names the generation.
const GENERATION: HeaderName = HeaderName::from_static("mortise-generation");
/// Says why it is not the newest.
const GENERATION_STALE: HeaderName = HeaderName::from_static("mortise-generation-stale");
/// Characters of that.
const MAX_STALE_HEADER: usize = 512;

/// The value of `mortise-ignored-fields`: `a, b`. Bytes that a header or the list cannot carry are percent-encoded, and a
/// list longer than 4 KiB ends in `...`. None for an empty list.
pub fn ignored_header(names: &[String]) -> Option<HeaderValue> {
    use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
    const UNSAFE: &AsciiSet = &CONTROLS.add(b' ').add(b',').add(b'%');
    let mut text = String::new();
    for name in names {
        let name = utf8_percent_encode(name, UNSAFE).to_string();
        if text.len() + name.len() > MAX_IGNORED_HEADER {
            text.push_str(if text.is_empty() { "..." } else { ", ..." });
            break;
        }
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(&name);
    }
    if text.is_empty() { None } else { HeaderValue::from_str(&text).ok() }
}

/// Names the generation that serves the call, where one does and the answer does not name it yet: a kept answer tells of the
/// generation that made it.
pub fn name_generation(headers: &mut HeaderMap, record: &CallRecord) {
    record.note(|known| {
        if let Some(id) = known.generation.as_ref().and_then(|generation| HeaderValue::from_str(generation.id()).ok()) {
            headers.entry(GENERATION).or_insert(id);
        }
    });
}

/// Tells why a newer version of the integration does not serve the call, where there is one: for developers, in one line.
pub fn name_stale(headers: &mut HeaderMap, record: &CallRecord) {
    record.note(|known| {
        let line = known.stale.as_deref().map(visible_line);
        headers.extend(line.and_then(|line| Some((GENERATION_STALE, HeaderValue::from_str(&line).ok()?))));
    });
}

/// The beginning of a text in one line of visible ASCII.
fn visible_line(text: &str) -> String {
    let visible = |c: char| if c == ' ' || c.is_ascii_graphic() { c } else { '?' };
    one_line(text).chars().map(visible).take(MAX_STALE_HEADER).collect()
}
