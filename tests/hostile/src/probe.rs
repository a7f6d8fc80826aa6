//! Sends the requests that the caller describes, for tests that check what leaves the host and what comes back into the
//! guest.

use crate::bindings::mortise::integration::http::{Method, Request, send};
use crate::{Answer, Call, Failure, Value, context, json, report};

/// The attack. `name` is JSON: `{"method", "target", "query": [[k, v]], "headers": [[k, v]], "body", "primary": true,
/// "repeat": n, "read": ["header", …], "fail": kind}`, where only `target` is required, or an array of such objects.
///
/// The answered `name` is a JSON array with one entry for each request: `{"status", "headers", "body"}` or
/// `{"kind", "message", "field"}`. With `ignore`, the step says that the component does not write a field. With
/// `method?`, the entry is the name of the scheme that signs. With `fail` in the last object, the call ends in a
/// failure of that kind.
pub fn probe(call: &Call) -> Answer {
    let script: Value = serde_json::from_str(&call.name).unwrap_or_default();
    let steps = if script.is_array() { list(&script).collect() } else { vec![&script] };
    let all = steps.iter().flat_map(|step| core::iter::repeat_n(step, step["repeat"].as_u64().unwrap_or(1) as usize));
    let outcome =
        |step| run(step).unwrap_or_else(|f| json!({ "kind": f.kind, "message": f.message, "field": f.field }));
    let outcomes: Vec<_> = all.map(|step| outcome(step)).collect();
    match steps.last().and_then(|step| step["fail"].as_str()) {
        Some(kind) => Err(Failure { kind: kind.to_owned(), message: String::new(), field: None }),
        None => report(Value::from(outcomes).to_string()),
    }
}

fn run(step: &Value) -> Result<Value, Failure> {
    if let Some(field) = step["ignore"].as_str() {
        context::ignore(field);
        return Ok(Value::Null);
    }
    if step["method?"] == true {
        return Ok(context::authentication_method().into());
    }
    let pairs = |value| list(value).map(|pair| (text(&pair[0]), text(&pair[1]))).collect();
    let method = match step["method"].as_str().unwrap_or("GET") {
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        _ => Method::Get,
    };
    let (target, body) = (text(&step["target"]), step["body"].as_str().map(|body| body.as_bytes().to_vec()));
    let (query, headers) = (pairs(&step["query"]), pairs(&step["headers"]));
    let response = send(&Request { method, target, query, headers, body, primary: step["primary"] == true })?;
    let headers: Vec<_> = list(&step["read"]).map(|name| (name, response.header(&text(name)))).collect();
    let body = response.body()?;
    Ok(json!({ "status": response.status(), "headers": headers, "body": String::from_utf8_lossy(&body) }))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
