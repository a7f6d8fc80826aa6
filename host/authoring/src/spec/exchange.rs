//! One recorded exchange against the document.

use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::document::{Document, Operation, Version};
use super::objection::Objection;
use super::operation::{Place, media_type, name};
use super::schema::check as check_schema;
use super::translate::Side;
use super::typed::typed;
use crate::cassette::format::{Exchange, Request, Response};
use crate::pointer::part;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

pub(super) fn check(document: &Document, exchange: &Exchange, base: &str) -> Vec<Objection> {
    let Exchange { request, response, .. } = exchange;
    let path = match request.path.split_once("://") {
        None => format!("{}{}", base.trim_end_matches('/'), request.path),
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/").to_owned(),
    };
    let mut described: Vec<_> =
        document.operations().filter_map(|operation| Some((operation.matches(&path)?, operation))).collect();
    // `/users/me` is a path of its own, and not a user.
    described.sort_by_key(|(values, _)| values.len());
    let wanted = request.method.as_str().to_ascii_lowercase();
    let Some((values, operation)) = described.iter().find(|(_, operation)| operation.method == wanted) else {
        let others: Vec<_> = described.iter().map(|(_, operation)| operation.method.to_ascii_uppercase()).collect();
        let message = match others.as_slice() {
            [] => format!("the document has no path for {path}"),
            others => format!("the document has {} for {path}, and not {}", others.join(", "), request.method),
        };
        return vec![Objection::new("request.path", message, "/paths")];
    };
    let mut objections = parameters(document, operation, request, values);
    objections.extend(request_body(document, operation, request));
    objections.extend(answer(document, operation, response));
    objections
}

/// Path, query and headers. A cassette lists only the headers that matter, so none is missing.
fn parameters(
    document: &Document,
    operation: &Operation<'_>,
    request: &Request,
    path: &[(String, String)],
) -> Vec<Objection> {
    let parameters = operation.parameters(document);
    let declared = |place: Place, wanted: &str| {
        parameters.iter().find(|(parameter, _)| {
            let same = match place {
                Place::Header => name(parameter).eq_ignore_ascii_case(wanted),
                _ => name(parameter).trim_end_matches("[]") == wanted,
            };
            same && Place::of(parameter) == Some(place)
        })
    };
    let mut objections = Vec::new();
    for (name, value) in path {
        if let Some((_, pointer)) = declared(Place::Path, name) {
            objections.extend(parameter(document, pointer, value, &format!("request.path/{}", part(name))));
        }
    }
    for (name, value) in &request.query {
        let at = format!("request.query/{}", part(name));
        // `filter[name]` is a part of `filter`.
        match declared(Place::Query, name.split('[').next().unwrap_or(name)).or_else(|| declared(Place::Query, name)) {
            Some((_, pointer)) if !name.contains('[') => objections.extend(parameter(document, pointer, value, &at)),
            Some(_) => {}
            None => objections.push(Objection::new(at, "the document knows no such parameter", &operation.pointer)),
        }
    }
    for (parameter, pointer) in &parameters {
        let is_given =
            |(given, _): &(String, String)| given.split('[').next() == Some(name(parameter).trim_end_matches("[]"));
        let required =
            parameter.get("required") == Some(&Value::Bool(true)) && Place::of(parameter) == Some(Place::Query);
        if required && !request.query.iter().any(is_given) && !signs(document, name(parameter)) {
            let at = format!("request.query/{}", part(name(parameter)));
            objections.push(Objection::new(at, "the document requires this parameter", pointer));
        }
    }
    for (name, value) in &request.headers {
        if let (Some((_, pointer)), Ok(value)) = (declared(Place::Header, name.as_str()), value.to_str()) {
            objections.extend(parameter(document, pointer, value, &format!("request.headers/{name}")));
        }
    }
    objections
}

/// Whether a query parameter belongs to a security scheme. The host sends it, and no cassette has it.
fn signs(document: &Document, wanted: &str) -> bool {
    let schemes = match document.version {
        Version::V2 => document.root.get("securityDefinitions"),
        _ => document.root.pointer("/components/securitySchemes"),
    };
    let in_query = |scheme: &Value| scheme.get("in").and_then(Value::as_str) == Some("query") && name(scheme) == wanted;
    schemes.and_then(Value::as_object).into_iter().flatten().any(|(_, scheme)| in_query(scheme))
}

/// Compares a parameter's text with its schema. In Swagger 2.0 the parameter is its own schema.
fn parameter(document: &Document, pointer: &str, text: &str, at: &str) -> Vec<Objection> {
    let pointer = match document.version {
        Version::V2 => pointer.to_owned(),
        _ => format!("{pointer}/schema"),
    };
    if !document.has(Side::Request, &pointer) {
        return Vec::new();
    }
    let schema = document.at(Side::Request, &pointer).unwrap_or(&Value::Null);
    check_schema(document, Side::Request, &pointer, &typed(text, schema), at)
}

fn request_body(document: &Document, operation: &Operation<'_>, request: &Request) -> Vec<Objection> {
    const AT: &str = "request.body";
    let kind = request.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if document.version == Version::V2 {
        return swagger_body(document, operation, request, kind);
    }
    let declared = operation.request_body(document);
    let (Some(body), Some((declared, pointer))) = (&request.body, &declared) else {
        return match (&request.body, &declared) {
            (Some(_), None) => vec![Objection::new(AT, "the document describes no body", &operation.pointer)],
            (None, Some((declared, pointer))) if declared.get("required") == Some(&Value::Bool(true)) => {
                vec![Objection::new(AT, "the document requires a body", pointer)]
            }
            _ => Vec::new(),
        };
    };
    let Some(content) = declared.get("content").and_then(Value::as_object) else { return Vec::new() };
    // A body without a recorded type is JSON, unless the vendor takes only forms.
    let only_forms = content.keys().all(|kind| kind.starts_with(FORM));
    let kind = kind.unwrap_or(if only_forms { FORM } else { JSON });
    let Some(key) = media_type(content, kind) else {
        let kinds: Vec<_> = content.keys().map(String::as_str).collect();
        let message = format!("the document describes bodies of {}, and not {kind}", kinds.join(", "));
        return vec![Objection::new("request.headers/content-type", message, pointer)];
    };
    let schema = format!("{pointer}/content/{}/schema", part(key));
    if !document.has(Side::Request, &schema) {
        return Vec::new();
    }
    if kind.starts_with(FORM) {
        let fields = form(body);
        let typed = Value::Object(typed_form(document, &schema, fields));
        return check_schema(document, Side::Request, &schema, &typed, AT);
    }
    if kind.contains("json") { check_schema(document, Side::Request, &schema, body, AT) } else { Vec::new() }
}

fn swagger_body(
    document: &Document,
    operation: &Operation<'_>,
    request: &Request,
    kind: Option<&str>,
) -> Vec<Objection> {
    const AT: &str = "request.body";
    let parameters = operation.parameters(document);
    let fields: Vec<_> = parameters.iter().filter(|(p, _)| Place::of(p) == Some(Place::Form)).collect();
    let is_required = |parameter: &Value| parameter.get("required") == Some(&Value::Bool(true));
    match (&request.body, operation.request_body(document)) {
        (Some(body), None) if !fields.is_empty() || kind.is_some_and(|kind| kind.starts_with(FORM)) => {
            let given = form(body);
            let mut objections = Vec::new();
            for (name, values) in &given {
                let at = format!("{AT}/{}", part(name));
                match fields.iter().find(|(field, _)| super::operation::name(field) == name) {
                    None => objections.push(Objection::new(at, "the document knows no such field", &operation.pointer)),
                    Some((_, pointer)) => {
                        for value in values {
                            objections.extend(parameter(document, pointer, value, &at));
                        }
                    }
                }
            }
            let missing = fields.iter().filter(|(f, _)| is_required(f) && !given.iter().any(|(n, _)| n == name(f)));
            objections.extend(missing.map(|(field, pointer)| {
                Objection::new(format!("{AT}/{}", part(name(field))), "the document requires this field", pointer)
            }));
            objections
        }
        (Some(_), None) => vec![Objection::new(AT, "the document describes no body", &operation.pointer)],
        (Some(body), Some((_, pointer))) => {
            check_schema(document, Side::Request, &format!("{pointer}/schema"), body, AT)
        }
        (None, Some((declared, pointer))) if is_required(declared) => {
            vec![Objection::new(AT, "the document requires a body", pointer)]
        }
        (None, _) => Vec::new(),
    }
}

/// A recorded form: an object, or its text.
fn form(body: &Value) -> Vec<(String, Vec<String>)> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match body {
        Value::Object(fields) => {
            let values = |value: &Value| match value {
                Value::Array(values) => values.iter().map(text).collect(),
                value => vec![text(value)],
            };
            fields.iter().map(|(name, value)| (name.clone(), values(value))).collect()
        }
        other => {
            let pairs = form_urlencoded::parse(other.as_str().unwrap_or_default().as_bytes()).into_owned();
            crate::cassette::request::pairs(pairs).into_iter().collect()
        }
    }
}

/// The fields of a form as the JSON that their schema describes.
fn typed_form(document: &Document, schema: &str, fields: Vec<(String, Vec<String>)>) -> Map<String, Value> {
    let property = |name: &str| {
        let place = format!("{schema}/properties/{}", part(name));
        document.at(Side::Request, &place).or_else(|| {
            let properties = document.at(Side::Request, schema)?.get("properties")?;
            properties.get(name)
        })
    };
    let value = |name: &str, mut values: Vec<String>| {
        let declared = property(name).unwrap_or(&Value::Null);
        match values.pop() {
            Some(value) if values.is_empty() => typed(&value, declared),
            last => {
                let items = declared.get("items").unwrap_or(&Value::Null);
                values.into_iter().chain(last).map(|value| typed(&value, items)).collect()
            }
        }
    };
    fields.into_iter().map(|(name, values)| (name.clone(), value(&name, values))).collect()
}

fn answer(document: &Document, operation: &Operation<'_>, response: &Response) -> Vec<Objection> {
    const AT: &str = "response.body";
    let Some((declared, pointer)) = operation.response(document, response.status) else {
        // Most documents leave out failures that every vendor has.
        if response.status.as_u16() >= 400 {
            return Vec::new();
        }
        let keys: Vec<_> = operation.responses(document).map(|(key, ..)| key).collect();
        let message = format!("the document describes {} and not {}", keys.join(", "), response.status.as_u16());
        return vec![Objection::new("response.status", message, format!("{}/responses", operation.pointer))];
    };
    let (bytes, kind) = response.bytes();
    if bytes.is_empty() {
        return Vec::new();
    }
    let kind = kind.or_else(|| response.headers.get(CONTENT_TYPE)?.to_str().ok()).unwrap_or(JSON);
    let schema = if document.version == Version::V2 {
        format!("{pointer}/schema")
    } else {
        let Some(content) = declared.get("content").and_then(Value::as_object).filter(|content| !content.is_empty())
        else {
            // For most failures a document has the status and leaves the body open.
            let is_failure = response.status.as_u16() >= 400;
            return (!is_failure)
                .then(|| Objection::new(AT, "the document describes no body", pointer))
                .into_iter()
                .collect();
        };
        let Some(key) = media_type(content, kind) else {
            let kinds: Vec<_> = content.keys().map(String::as_str).collect();
            let message = format!("the document describes bodies of {}, and not {kind}", kinds.join(", "));
            return vec![Objection::new("response.headers/content-type", message, pointer)];
        };
        format!("{pointer}/content/{}/schema", part(key))
    };
    if !document.has(Side::Response, &schema) || !kind.contains("json") {
        return Vec::new();
    }
    match serde_json::from_slice(&bytes) {
        Ok(body) => check_schema(document, Side::Response, &schema, &body, AT),
        Err(error) => vec![Objection::new(AT, format!("it is not JSON: {error}"), pointer)],
    }
}
