//! The query parameters of a unified call: the host's own, and those that the integration declares.

use std::collections::{BTreeMap, BTreeSet};

use mortise_model::{JsonType, Level, QueryParameter};
use serde_json::Value;
use uuid::Uuid;

use super::failure::{Failure, Failures, Place};
use super::query::{Query, Scalar};
use super::values;
use crate::plugin::capabilities::FieldSupport;

/// The host's own parameters that every operation accepts.
const OF_EVERY_CALL: [&str; 3] = ["integrated_account_id", "mortise_strict", "mortise_dry_run"];

/// The form of the answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// The mapped fields and `remote_data`.
    #[default]
    Unified,
    /// The vendor's body, unchanged.
    Raw,
    /// Every field of the category's schema, without `remote_data`.
    Normalized,
    /// The vendor's body while it arrives.
    Stream,
    /// [`Format::Unified`], with every vendor request and answer beside it.
    Debug,
}

impl Format {
    const NAMES: [(&str, Self); 5] = [
        ("unified", Self::Unified),
        ("raw", Self::Raw),
        ("normalized", Self::Normalized),
        ("stream", Self::Stream),
        ("debug", Self::Debug),
    ];

    /// Whether the mapped user is part of the answer.
    pub fn wants_user(self) -> bool {
        !matches!(self, Self::Raw | Self::Stream)
    }
}

/// The parsed query string of one unified call.
#[derive(Debug)]
pub struct Parameters {
    /// `integrated_account_id`. `None` if it is missing or malformed, which is then one of the failures.
    pub account: Option<Uuid>,
    /// `truto_response_format`. Default: unified.
    pub format: Format,
    /// `truto_ignore_remote_data`. Default: false.
    pub ignore_remote_data: bool,
    /// `truto_exclude_fields`: top-level names to leave out of the answer.
    pub exclude: BTreeSet<String>,
    /// `mortise_strict`: a field that would be ignored is a violation. Default: false.
    pub strict: bool,
    /// `mortise_dry_run`: send nothing that writes. Default: false.
    pub dry_run: bool,
    query: Query,
}

impl Parameters {
    /// Parses a raw query string (without `?`). Violations go to `failures`, and their parameters keep their defaults.
    pub fn parse(raw: &str, failures: &mut Failures) -> Self {
        let query = Query::parse(raw, failures);
        Self {
            account: account(&query, failures),
            format: format(&query, failures),
            ignore_remote_data: boolean(&query, "truto_ignore_remote_data", failures),
            exclude: exclude(&query, failures),
            strict: boolean(&query, "mortise_strict", failures),
            dry_run: boolean(&query, "mortise_dry_run", failures),
            query,
        }
    }

    /// Turns the format `stream` into `raw`, for an answer that must be complete before it is sent.
    pub(super) fn buffer(&mut self) {
        if self.format == Format::Stream {
            self.format = Format::Raw;
        }
    }

    /// All parameters as the caller gave them.
    pub(super) fn query(&self) -> &Query {
        &self.query
    }

    /// `remote_query` for the vendor, flat and in order: `foo[bar]` for `remote_query[foo][bar]`.
    pub fn remote_query(&self) -> &[(String, String)] {
        self.query.remote()
    }

    /// The parameters that an operation declares, as JSON text by name, without filters. Skips parameters that are not
    /// declared.
    pub fn declared(&self, support: &[FieldSupport], failures: &mut Failures) -> BTreeMap<String, String> {
        let is_meant = |field: &&FieldSupport| {
            let name = field.field.as_str();
            field.level != Level::Ignored && (QueryParameter::named(name).is_some() || field.json_type.is_some())
        };
        let mut declared = BTreeMap::new();
        for field in support.iter().filter(is_meant) {
            let given = match field.json_type {
                None => self.given(&field.field, failures),
                Some(_) => self.query.value(&field.field),
            };
            match given {
                None if field.level == Level::Required => {
                    failures.push(Failure::missing(Place::Query, &field.field));
                }
                None => {}
                Some(value) => match typed(value, field.json_type) {
                    Ok(value) => {
                        if !values::known(&value, &field.values) {
                            failures.push(Failure::new(Place::Query, &field.field, values::rule(&field.values)));
                        }
                        declared.insert(field.field.clone(), value.to_string());
                    }
                    Err(rule) => failures.push(Failure::new(Place::Query, &field.field, rule)),
                },
            }
        }
        declared
    }

    /// Refuses parameters of a read or a deletion of one user that its integration does not accept. Otherwise the
    /// vendor would act as if they were not there.
    pub(super) fn refuse_undeclared(&self, slug: &str, support: &[FieldSupport], failures: &mut Failures) {
        let declared: Vec<&str> = support.iter().map(|field| field.field.as_str()).collect();
        let names = self.query.given().map(|(name, _)| name);
        for name in names.filter(|name| !is_of_every_call(name) && !declared.contains(name)) {
            if self.given(name, failures).is_some() {
                let taken = match declared.join(", ") {
                    none if none.is_empty() => "no parameters of its own".to_owned(),
                    some => format!("only {some}"),
                };
                failures.push(Failure::new(
                    Place::Query,
                    name,
                    format_args!("is not supported: {slug} takes {taken} here"),
                ));
            }
        }
    }

    /// The value of a parameter. A deletion has a flag, whose `false` counts as no value, and a text.
    fn given(&self, name: &str, failures: &mut Failures) -> Option<Value> {
        match QueryParameter::named(name) {
            Some(QueryParameter::Force) => boolean(&self.query, name, failures).then_some(Value::Bool(true)),
            Some(QueryParameter::ReassignTo) => scalar(&self.query, name, failures).map(Value::from),
            _ => self.query.value(name),
        }
    }
}

/// Whether a parameter is the host's own and every operation accepts it. Truto's parameters, known or not, begin with
/// `truto_`.
pub(super) fn is_of_every_call(name: &str) -> bool {
    OF_EVERY_CALL.contains(&name) || name.starts_with("truto_")
}

/// The alternatives, for the sentence about an unknown name.
pub(super) fn listed(known: &[&str]) -> String {
    if known.is_empty() { "it has none".to_owned() } else { format!("it has {}", known.join(", ")) }
}

fn scalar<'a>(query: &'a Query, name: &str, failures: &mut Failures) -> Option<&'a str> {
    match query.scalar(name) {
        Scalar::Absent => None,
        Scalar::Text(text) => Some(text),
        Scalar::Several => {
            failures.push(Failure::new(Place::Query, name, "takes one value and must be given once"));
            None
        }
    }
}

fn account(query: &Query, failures: &mut Failures) -> Option<Uuid> {
    const NAME: &str = "integrated_account_id";
    if query.scalar(NAME) == Scalar::Absent {
        failures.push(Failure::missing(Place::Query, NAME));
    }
    let id = scalar(query, NAME, failures)?.parse();
    if id.is_err() {
        failures.push(Failure::new(Place::Query, NAME, "must be a uuid"));
    }
    id.ok()
}

fn format(query: &Query, failures: &mut Failures) -> Format {
    const NAME: &str = "truto_response_format";
    let Some(text) = scalar(query, NAME, failures) else { return Format::default() };
    match Format::NAMES.iter().find(|(name, _)| *name == text) {
        Some((_, format)) => *format,
        None => {
            failures.push(Failure::new(Place::Query, NAME, values::rule(&Format::NAMES.map(|(name, _)| name))));
            Format::default()
        }
    }
}

/// Python writes `True`.
fn boolean(query: &Query, name: &str, failures: &mut Failures) -> bool {
    match scalar(query, name, failures) {
        None => false,
        Some(text) if text.eq_ignore_ascii_case("true") => true,
        Some(text) if text.eq_ignore_ascii_case("false") => false,
        Some(_) => {
            failures.push(Failure::new(Place::Query, name, "must be true or false"));
            false
        }
    }
}

fn exclude(query: &Query, failures: &mut Failures) -> BTreeSet<String> {
    const NAME: &str = "truto_exclude_fields";
    let mut names = BTreeSet::new();
    let items = match query.value(NAME) {
        None => Vec::new(),
        Some(Value::Array(items)) => items,
        Some(item) => vec![item],
    };
    for item in items {
        match item.as_str() {
            Some(text) => {
                names.extend(text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned))
            }
            None => failures.push(Failure::new(Place::Query, NAME, "must be a list of field names")),
        }
    }
    names
}

/// Converts the text of a query string to the declared type.
fn typed(value: Value, json_type: Option<JsonType>) -> Result<Value, &'static str> {
    let parsed = |value: &Value| value.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let (fits, rule) = match json_type {
        None => return Ok(value),
        Some(JsonType::String) => (value.is_string().then_some(value), "must be a string"),
        Some(JsonType::Integer) => (parsed(&value).filter(|v| v.is_i64() || v.is_u64()), "must be an integer"),
        Some(JsonType::Number) => (parsed(&value).filter(Value::is_number), "must be a number"),
        Some(JsonType::Boolean) => (parsed(&value).filter(Value::is_boolean), "must be true or false"),
        Some(JsonType::Object) => (value.is_object().then_some(value), "must be an object, written as name[key]=value"),
        Some(JsonType::Array) => match value {
            Value::Array(_) => return Ok(value),
            one => return Ok(Value::Array(vec![one])),
        },
    };
    fits.ok_or(rule)
}
