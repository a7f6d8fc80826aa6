//! The OpenAPI 3.1 document.

use mortise_model::{Effect, Operation};
use serde_json::{Map, Value, json};

use super::{schemas, webhooks};
use crate::reference::endpoint::Method;
use crate::reference::field::{self, Field};
use crate::reference::unified::{idempotency_key, own_headers};
use crate::reference::{
    Access, Body, Reference, Route, UnifiedOperation, Words, category_name, errors, operation_name,
};

const DESCRIPTION: &str = "\
One users API over many vendors. `x-mortise-integrations` beside a field says which integrations require, write, ignore and \
return it. With `?integration=<slug>` the document describes one integration, and says exactly what that integration \
takes.\n\nThe host reads query parameters that are lists or objects in every usual spelling: `a=x&a=y`, `a[]=x`, `a[0]=x`, \
`a[key]=x`. Bodies are JSON objects of at most 1 MiB, sent as `application/json`. The host reads `text/plain` as JSON, too. Every \
answer has `x-request-id`: the caller's own if it has 1 to 128 visible ASCII characters.";

/// The other meaning of a 4xx or 5xx of a unified route.
const VENDOR_ERROR: &str = "The vendor's own answer: `truto_is_remote_error` is true, and `raw_response` is its body.";

/// Errors of the unified routes.
const UNIFIED_ERRORS: &[u16] = &[400, 401, 403, 404, 405, 408, 409, 413, 415, 429, 500, 501, 502, 503, 504];

/// Writes the document.
pub(in crate::reference) fn document(reference: &Reference) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    let mut components = schemas::shared();
    // The document of one integration leaves out the operations that it does not offer.
    let operations = reference.operations.iter().filter(|o| reference.alone.is_none() || !o.offered.is_empty());
    for operation in operations {
        schemas::of_operation(operation, &mut components);
        add(&mut paths, &operation.route(), operation.method(), unified(operation));
    }
    for route in &reference.routes {
        let described = match route.words {
            Words::Host => plain(route),
            Words::Vendor => vendors(route),
        };
        add(&mut paths, &route.endpoint.template(), route.endpoint.method.as_str(), described);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Mortise",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "token": [] }],
        "tags": tags(reference),
        "paths": paths,
        "webhooks": webhooks::webhooks(&reference.webhook_request),
        "components": {
            "schemas": components,
            "headers": headers(),
            "securitySchemes": {
                "token": {
                    "type": "http", "scheme": "bearer",
                    "description": "An API token: `mrt_…`, of scope `call` or `admin`. Unified calls and passthrough also take a token \
                                    for the account of the call: `mrta_…`.",
                },
            },
        },
    })
}

fn add(paths: &mut Map<String, Value>, path: &str, method: &str, operation: Value) {
    let item = paths.entry(path.to_owned()).or_insert_with(|| json!({}));
    if let Some(item) = item.as_object_mut() {
        item.insert(method.to_ascii_lowercase(), operation);
    }
}

fn tags(reference: &Reference) -> Vec<Value> {
    let mut names: Vec<&str> = reference.operations.iter().map(|operation| category_name(operation.category)).collect();
    names.extend(reference.routes.iter().map(|route| route.tag));
    names.dedup();
    names.into_iter().map(|name| json!({ "name": name })).collect()
}

fn unified(operation: &UnifiedOperation) -> Value {
    let offering = operation.offered.len();
    let names = schemas::Names::of(operation);
    let headers: Vec<&str> =
        UNIFIED_HEADERS.iter().copied().chain(own_headers(operation.operation).iter().map(|(name, _)| *name)).collect();
    let mut parameters: Vec<Value> = operation.path.iter().map(|field| parameter(field, "path", 0)).collect();
    parameters.extend(operation.query.iter().map(|field| parameter(field, "query", 0)));
    parameters.extend(operation.declared.iter().map(|field| parameter(field, "query", offering)));
    parameters.extend(operation.headers.iter().map(|field| parameter(field, "header", 0)));
    let mut responses = Map::new();
    let answer = json!({
        "application/json": { "schema": { "$ref": format!("#/components/schemas/{}", names.answer) } },
        "*/*": { "schema": { "description": "The vendor's own body, in the formats `raw` and `stream`." } },
    });
    let dry = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/DryRun" } } });
    let success = match operation.operation {
        Operation::ListUsers => "A page of users, in the requested format.",
        Operation::DeleteUser => "The user is deleted, as `mortise-deletes` says.",
        _ => "The user, in the requested format.",
    };
    if operation.status() == 200 {
        responses.insert("200".to_owned(), response(success, &headers, answer));
    } else {
        responses.insert("200".to_owned(), response("The requests that a dry run would send.", &headers, dry));
        responses.insert(operation.status().to_string(), response(success, &headers, answer));
    }
    for status in UNIFIED_ERRORS {
        responses.insert(status.to_string(), with_generation(error(*status)));
    }
    for range in ["4XX", "5XX"] {
        let error = response(VENDOR_ERROR, &["x-request-id", "retry-after"], error_body());
        responses.insert(range.to_owned(), with_generation(error));
    }
    let offered: Vec<_> = operation.offered.iter().map(|offer| offer.slug.as_str()).collect();
    let mut document = json!({
        "operationId": names.id,
        "tags": [category_name(operation.category)],
        "summary": operation_name(operation.operation),
        "x-mortise-integrations": offered,
        "parameters": parameters,
        "responses": responses,
    });
    if operation.operation.has_body() {
        let schema = json!({ "$ref": format!("#/components/schemas/{}", names.request) });
        let body = json!({ "required": true, "content": { "application/json": { "schema": schema } } });
        field::set(&mut document, "requestBody", body);
    }
    document
}

/// A route whose body and answer are the vendor's.
fn vendors(route: &Route) -> Value {
    let writes = route.endpoint.method != Method::Get;
    let mut parameters = parameters(route);
    parameters.extend(writes.then(|| parameter(&idempotency_key(), "header", 0)));
    let any = || json!({ "*/*": { "schema": { "description": "The vendor's own body." } } });
    let mut responses = Map::new();
    for status in route.errors {
        let meaning = format!("{} Or the vendor's own answer, with `mortise-vendor-status`.", errors::meaning(*status));
        let body =
            json!({ "anyOf": [{ "$ref": "#/components/schemas/Error" }, { "description": "The vendor's own body." }] });
        let content = json!({ "application/json": { "schema": body }, "*/*": { "schema": {} } });
        let headers: &[&str] = &["x-request-id", "mortise-vendor-status", "retry-after", "www-authenticate"];
        responses.insert(status.to_string(), with_generation(response(&meaning, headers, content)));
    }
    for range in ["2XX", "3XX", "4XX", "5XX"] {
        let description = match range {
            "2XX" => {
                "The vendor's own answer. Without `mortise-vendor-status`: the requests that a dry run would send."
            }
            _ => "The vendor's own answer.",
        };
        let headers: &[&str] = &["x-request-id", "mortise-vendor-status", "retry-after", "idempotent-replayed"];
        responses.insert(range.to_owned(), with_generation(response(description, headers, any())));
    }
    let mut operation = operation(route, parameters, responses);
    if writes {
        field::set(&mut operation, "requestBody", json!({ "required": false, "content": { "*/*": { "schema": {} } } }));
    }
    operation
}

/// The parameters of a route's path and query.
fn parameters(route: &Route) -> Vec<Value> {
    let path = route.path_parameters.iter().map(|field| parameter(field, "path", 0));
    path.chain(route.query.iter().map(|field| parameter(field, "query", 0))).collect()
}

fn plain(route: &Route) -> Value {
    let mut responses = Map::new();
    let content = |schema: &Value| json!({ "application/json": { "schema": schema } });
    responses.insert(route.status.to_string(), response("Success.", &["x-request-id"], content(&route.answer)));
    for status in route.errors {
        responses.insert(status.to_string(), error(*status));
    }
    if let Some((status, schema)) = &route.other {
        let what = if *status < 300 { "Success." } else { "Not now." };
        responses.insert(status.to_string(), response(what, &["x-request-id"], content(schema)));
    }
    let mut operation = operation(route, parameters(route), responses);
    if let Some(body) = &route.body {
        field::set(
            &mut operation,
            "requestBody",
            json!({ "required": body.required, "content": { "application/json": { "schema": body_schema(body) } } }),
        );
    }
    operation
}

fn operation(route: &Route, parameters: Vec<Value>, responses: Map<String, Value>) -> Value {
    let mut operation = json!({
        "operationId": route.id,
        "tags": [route.tag],
        "summary": route.summary,
        "x-mortise-access": route.access.as_str(),
        "parameters": parameters,
        "responses": responses,
    });
    if !route.description.is_empty() {
        field::set(&mut operation, "description", json!(route.description));
    }
    if route.access == Access::Open {
        field::set(&mut operation, "security", json!([]));
    }
    operation
}

/// The host refuses members that it does not know.
fn body_schema(body: &Body) -> Value {
    let mut schema = field::schema(&body.fields, 0);
    schema.insert("additionalProperties".to_owned(), json!(false));
    schema.extend(body.rules.clone());
    Value::Object(schema)
}

/// A parameter, with lists and objects in the spelling of most clients.
pub(super) fn parameter(field: &Field, place: &str, offering: usize) -> Value {
    let required = field.required || field::is_required_by_all(field, offering);
    let mut schema = field::property(field, offering);
    let mut parameter = Map::new();
    parameter.insert("name".to_owned(), json!(field.name));
    parameter.insert("in".to_owned(), json!(place));
    if required {
        parameter.insert("required".to_owned(), json!(true));
    } else if place == "query" {
        parameter.insert("allowEmptyValue".to_owned(), json!(true));
    }
    if let Some(schema) = schema.as_object_mut() {
        for key in ["description", "x-mortise-integrations"] {
            if let Some(value) = schema.shift_remove(key) {
                parameter.insert(key.to_owned(), value);
            }
        }
    }
    if field.types() == ["object"] {
        parameter.insert("style".to_owned(), json!("deepObject"));
        parameter.insert("explode".to_owned(), json!(true));
    }
    parameter.insert("schema".to_owned(), schema);
    Value::Object(parameter)
}

const UNIFIED_HEADERS: &[&str] = &["x-request-id", "mortise-generation", "retry-after"];

fn response(description: &str, headers: &[&str], content: Value) -> Value {
    let headers: Map<_, _> = headers
        .iter()
        .map(|name| ((*name).to_owned(), json!({ "$ref": format!("#/components/headers/{name}") })))
        .collect();
    json!({ "description": description, "headers": headers, "content": content })
}

/// Adds to an error's answer the header with the generation, which it has if the call reached an integration.
fn with_generation(mut response: Value) -> Value {
    if let Some(headers) = response.get_mut("headers") {
        field::set(headers, "mortise-generation", json!({ "$ref": "#/components/headers/mortise-generation-if-any" }));
    }
    response
}

fn error(status: u16) -> Value {
    let headers: &[&str] = match status {
        401 => &["x-request-id", "www-authenticate"],
        409 | 429 | 503 => &["x-request-id", "retry-after"],
        _ => &["x-request-id"],
    };
    response(&errors::meaning(status), headers, error_body())
}

fn error_body() -> Value {
    json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } })
}

fn headers() -> Value {
    let text = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    let generation = json!({ "type": "string", "pattern": "^[0-9a-f]{12}$" });
    json!({
        "x-request-id": {
            "description": "The id of this answer in the host's log, for the operator.", "required": true,
            "schema": { "type": "string", "minLength": 1, "maxLength": 128 },
        },
        "mortise-generation": {
            "description": "The first 12 digits of the SHA-256 of the integration's component.", "required": true,
            "schema": generation,
        },
        "mortise-generation-if-any": {
            "description": "The first 12 digits of the SHA-256 of the integration's component, if the call reached an integration.",
            "schema": generation,
        },
        "mortise-vendor-status": text("The vendor's status. Only the vendor's own answers have it."),
        "mortise-next-cursor": text("Where the list continues, in the format `raw`. The last page has no such header."),
        "mortise-deletes": {
            "description": "The effect of the deletion on the user.",
            "schema": { "type": "string", "enum": Effect::ALL },
        },
        "mortise-ignored-fields": text("Fields of the body that the integration ignored: `title, colour`."),
        "idempotent-replayed": {
            "description": "The answer is that of an earlier request with the same `Idempotency-Key`.",
            "schema": { "type": "string", "const": "true" },
        },
        "retry-after": {
            "description": "Seconds to wait. A vendor's value may be a date.",
            "schema": { "type": "string" },
        },
        "www-authenticate": text("`Bearer`, if the token is wrong."),
    })
}
