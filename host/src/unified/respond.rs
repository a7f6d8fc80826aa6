//! Writes the formats of an answer. The host never serialises a vendor's body again: numbers, key order and spaces stay
//! as the vendor wrote them.

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

/// The member with the vendor's answer.
const REMOTE_DATA: &str = "remote_data";
/// Most left-out fields that the host reports when it replays a call.
const MAX_UNDECLARED: usize = 256;
/// Headers of an ordinary answer. The map gets room for them at once.
const HEADERS: usize = 8;
/// Longest value of `mortise-ignored-fields`, in bytes.
const MAX_IGNORED_HEADER: usize = 4_096;

/// A unified call's answer.
#[derive(Debug)]
pub struct UnifiedAnswer {
    /// 201 for a creation, otherwise 200.
    pub status: StatusCode,
    /// Content type, the vendor's rate limits, and the host's own headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: AnswerBody,
}

/// A complete body, or one that is still arriving.
#[derive(Debug)]
pub enum AnswerBody {
    /// The complete body.
    Whole(Bytes),
    /// The vendor's body, piece by piece. It ends without an error only if the vendor's body did.
    Stream(mpsc::Receiver<std::io::Result<Bytes>>),
}

/// The status of a success.
pub fn success(operation: Operation) -> StatusCode {
    match operation {
        Operation::CreateUser => StatusCode::CREATED,
        Operation::UpdateUser | Operation::GetUser | Operation::ListUsers | Operation::DeleteUser => StatusCode::OK,
    }
}

/// A user in the shape of its category, with the vendor's answer beside it.
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
    /// The members that are declared and not excluded.
    Of { user: Projection, declared: &'a Response, excluded: &'a BTreeSet<String> },
    /// The members of the schema.
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
/// Leaves out fields that are not `declared`, so that the capabilities stay true. `remote_data` is the vendor's own
/// text of the user. If it is wanted ([`with_remote_data`]) and there is no such text, it is `null`.
///
/// # Errors
///
/// If `null` cannot be written, which happens only without memory.
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

/// Whether the answer has the vendor's own text.
pub fn with_remote_data(parameters: &Parameters) -> bool {
    let is_left_out = parameters.ignore_remote_data || parameters.exclude.contains(REMOTE_DATA);
    parameters.format != Format::Normalized && !is_left_out
}

/// The vendor's whole answer as the text of one user. `None` if it is not wanted.
///
/// # Errors
///
/// If the vendor's body cannot be written as a JSON string, which happens only without memory.
pub fn remote_data<'a>(
    vendor: Option<&'a VendorAnswer>,
    parameters: &Parameters,
) -> Result<Option<Cow<'a, RawValue>>, serde_json::Error> {
    vendor.filter(|_| with_remote_data(parameters)).map(|answer| embed(&answer.body)).transpose()
}

/// Whether a member of a document is a declared field. The vendor's answer is not: it has its own place.
fn is_declared(name: &str, declared: &Response) -> bool {
    name != REMOTE_DATA && declared.has(name)
}

/// Every field of the category's schema in the schema's order, `null` if unknown, then the integration's own fields.
fn normalize(category: Category, mut fields: Map<String, Value>) -> Map<String, Value> {
    let known = category.response_fields().iter().filter(|name| **name != REMOTE_DATA);
    let mut normalized: Map<_, _> =
        known.map(|name| ((*name).to_owned(), fields.shift_remove(*name).unwrap_or(Value::Null))).collect();
    normalized.extend(fields);
    category.visit_dates(&mut normalized, |date| *date = utc(date.take()));
    normalized
}

/// An RFC 3339 time in UTC.
fn utc(value: Value) -> Value {
    let timestamp = value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    timestamp.map_or(value, |timestamp| Value::String(timestamp.to_string()))
}

/// One vendor request in the answers of `debug` and of a dry run. Exchanges contain no credentials.
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

/// The vendor requests of a call as a JSON array.
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

/// A repeated header becomes an array.
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

/// The answer of a dry run: the requests that the host would have sent.
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

/// Why a plugin's answer is not a user: the place and the rule, without a value of the answer.
#[derive(Debug, thiserror::Error)]
pub enum NotAUser {
    /// The answer is not JSON.
    #[error("it is not JSON: {0}")]
    Json(#[source] serde_json::Error),
    /// A member has another type than the canonical user's.
    #[error("{0}")]
    Model(#[source] ModelError),
    /// A time is not written as in RFC 3339.
    #[error("`{0}` must be a time of RFC 3339, such as `2026-01-31T09:30:00Z`")]
    Time(String),
}

/// Reads the plugin's canonical answer. `None` becomes a user without fields.
///
/// # Errors
///
/// If the text is not a canonical user, or contains a time that is not RFC 3339.
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

/// Whether a text is an existing `date-time` of RFC 3339 §5.6. The crate for times accepts more.
pub(super) fn is_rfc_3339(text: &str) -> bool {
    // A `0` in the shape matches any digit.
    let has = |text: &[u8], shape: &[u8]| {
        let digit_or_letter = |byte: &u8| if byte.is_ascii_digit() { b'0' } else { byte.to_ascii_uppercase() };
        text.iter().map(digit_or_letter).eq(shape.iter().copied())
    };
    let Some((date_and_time, rest)) = text.as_bytes().split_at_checked(19) else { return false };
    let zone = match rest.strip_prefix(b".") {
        None => rest,
        // At least one digit must follow the point.
        Some(fraction) => match fraction.iter().position(|byte| !byte.is_ascii_digit()) {
            Some(digits @ 1..) => fraction.get(digits..).unwrap_or_default(),
            _ => return false,
        },
    };
    let is_time = [b"0000-00-00T00:00:00", b"0000-00-00 00:00:00"].iter().any(|shape| has(date_and_time, *shape));
    is_time && (has(zone, b"Z") || has(zone, b"+00:00") || has(zone, b"-00:00")) && text.parse::<Timestamp>().is_ok()
}

impl UnifiedAnswer {
    /// A JSON answer of the host.
    pub(crate) fn json(status: StatusCode, body: Vec<u8>) -> Self {
        // Room for the headers that the API adds, so that the map does not grow.
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

    /// The vendor's own body while it arrives.
    pub(super) fn stream(status: StatusCode, vendor: StreamedAnswer) -> Self {
        let mut headers = content_type(&vendor.headers);
        headers.extend(rate_headers(&vendor.headers));
        Self { status, headers, body: AnswerBody::Stream(vendor.body) }
    }
}

fn content_type(headers: &HeaderMap) -> HeaderMap {
    headers.get(header::CONTENT_TYPE).map(|value| (header::CONTENT_TYPE, value.clone())).into_iter().collect()
}

/// The header with the id of the generation.
const GENERATION: HeaderName = HeaderName::from_static("mortise-generation");
/// The header with the reason why the generation is not the newest.
const GENERATION_STALE: HeaderName = HeaderName::from_static("mortise-generation-stale");
/// Most characters of that reason.
const MAX_STALE_HEADER: usize = 512;

/// The value of `mortise-ignored-fields`: `a, b`. Bytes that a header or the list cannot carry are percent-encoded. If
/// the list is longer than 4 KiB, it is cut and ends in `...`. `None` for an empty list.
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

/// Adds the id of the generation that serves the call. A kept answer already has the id of the generation that made it.
pub fn name_generation(headers: &mut HeaderMap, record: &CallRecord) {
    record.note(|known| {
        if let Some(id) = known.generation.as_ref().and_then(|generation| HeaderValue::from_str(generation.id()).ok()) {
            headers.entry(GENERATION).or_insert(id);
        }
    });
}

/// Adds the reason why a newer version of the integration does not serve the call, if there is one: one line, for
/// developers.
pub fn name_stale(headers: &mut HeaderMap, record: &CallRecord) {
    record.note(|known| {
        let line = known.stale.as_deref().map(visible_line);
        headers.extend(line.and_then(|line| Some((GENERATION_STALE, HeaderValue::from_str(&line).ok()?))));
    });
}

/// The beginning of a text as one line of visible ASCII.
fn visible_line(text: &str) -> String {
    let visible = |c: char| if c == ' ' || c.is_ascii_graphic() { c } else { '?' };
    one_line(text).chars().map(visible).take(MAX_STALE_HEADER).collect()
}
