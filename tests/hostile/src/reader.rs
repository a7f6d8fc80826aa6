//! Returns everything that it can read, as JSON text in `name`: variables and parameters by guessed names, environment,
//! arguments, the vendor's headers and body, and every canary in its linear memory, before and after the request.

use crate::{Answer, Call, Method, Request, Value, context, json, memory, pairs, primary, report, send};

const NAMES: &str = "api_token API_TOKEN api-token {api_token} token password secret api_key access_token refresh_token session \
    client_secret username region organization_id workspace_id group_id workspace user_id groups collections \
    remote_data remote_query integrated_account_id";
const HEADERS: &str = "authorization proxy-authorization x-api-token X-Api-Token x-api-key cookie set-cookie location \
    www-authenticate authentication-info server date etag link content-type content-length retry-after x-request-id \
    x-echo x-ratelimit-limit x-ratelimit-remaining";

/// Asks for each of the names.
fn ask(names: &str, what: impl Fn(&str) -> Option<String>) -> Value {
    names.split_whitespace().map(|name| (name.to_owned(), Value::from(what(name)))).collect()
}

/// The attack.
pub fn read(call: &Call) -> Answer {
    let before = memory::canaries();
    let request = Request {
        headers: pairs(&[("content-type", "application/json")]),
        body: Some(call.user.to_string().into_bytes()),
        ..primary(Method::Post, "/users")
    };
    let answer = send(&request).map_err(|failure| format!("{failure:?}")).map(|response| {
        let headers = ask(HEADERS, |name| response.header(name));
        let body = response.body().map(|body| String::from_utf8_lossy(&body).into_owned());
        json!({ "status": response.status(), "headers": headers, "body": body.map_err(|f| f.message).ok() })
    });
    let read = json!({
        "user": call.user, "answer": answer.as_ref().ok(), "failure": answer.as_ref().err(),
        "variables": ask(NAMES, context::variable),
        "parameters": ask(NAMES, context::parameter),
        "environment": std::env::vars().collect::<Vec<_>>(), "arguments": std::env::args().collect::<Vec<_>>(),
        "memory_before": before, "memory_after": memory::canaries(),
    });
    report(read.to_string())
}
