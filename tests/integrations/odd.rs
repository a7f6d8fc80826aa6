//! Odd answers of a vendor, and the error that every integration must make of them.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use mortise::cassette::format::Response;
use mortise::cassette::{Cassette, Instead, Player};
use mortise_model::Operation;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

/// Plays these cassettes while the vendor answers oddly. Returns one line for each wrong answer to the caller.
pub(crate) async fn taken_for_a_success(player: &Player, cassettes: &[&Cassette]) -> Vec<String> {
    let mut wrong = Vec::new();
    for cassette in cassettes {
        match cassette.call.operation {
            Operation::CreateUser | Operation::UpdateUser => {
                let expected = pages().into_iter().chain(no_records(cassette)).chain(failures());
                wrong.extend(written(player, cassette, expected).await);
            }
            Operation::DeleteUser => {
                wrong.extend(written(player, cassette, pages().into_iter().chain(failures())).await)
            }
            Operation::GetUser | Operation::ListUsers => wrong.extend(read(player, cassette).await),
        }
    }
    wrong
}

/// Odd answers to a read. The host must not take them for a user, or for the end of a list.
async fn read(player: &Player, cassette: &Cassette) -> Vec<String> {
    let bodies = [json!({}), json!(null), json!("ok"), json!(7), json!(true), json!([{}]), json!({"data": {}})];
    let odd = bodies.map(|body| json_of(&body)).into_iter();
    let mut wrong = Vec::new();
    for answer in odd.chain(pages().into_iter().chain(failures()).map(|expected| expected.answer)) {
        let text = body_of(&answer);
        let got = player.answer_instead(cassette, Instead::Always(answer)).await.expect("an answer");
        if got.status.is_success() {
            wrong.push(format!("{}: {text} becomes {} and {}, not an error", cassette.name(), got.status, got.body));
        }
    }
    wrong
}

async fn written(player: &Player, cassette: &Cassette, expected: impl IntoIterator<Item = Expected>) -> Vec<String> {
    let mut wrong = Vec::new();
    for Expected { answer, status, message } in expected {
        let text = body_of(&answer);
        let got = player.answer_instead(cassette, Instead::FromFirstWrite(answer)).await.expect("an answer");
        let said = got.body.get("message").and_then(Value::as_str).unwrap_or_default();
        if got.status != status || !said.contains(message) {
            let (name, got, body) = (cassette.name(), got.status, got.body);
            wrong.push(format!("{name}: {text} becomes {got} and {body}, not {status} with `{message}`"));
        }
    }
    wrong
}

fn body_of(answer: &Response) -> String {
    answer.body.as_ref().map_or("nothing", |body| body.get()).to_owned()
}

/// An answer of the vendor, and the expected answer to the caller.
struct Expected {
    answer: Response,
    status: StatusCode,
    /// A part of the message.
    message: &'static str,
}

/// An answer of success with JSON.
fn json_of(body: &Value) -> Response {
    let body = Some(to_raw_value(body).expect("JSON"));
    Response { status: StatusCode::OK, headers: HeaderMap::new(), body }
}

/// Pages for people: the outcome of the write is unknown.
fn pages() -> Vec<Expected> {
    let of = |kind: &'static str, page: &str| {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(kind))]);
        let (status, message) = (StatusCode::BAD_GATEWAY, "the outcome is unknown");
        Expected { answer: Response { headers, ..json_of(&page.into()) }, status, message }
    };
    vec![
        of("text/html; charset=utf-8", "<!DOCTYPE html><html><title>Sign in</title></html>"),
        of("text/html", "We are back soon."),
        of("text/plain", "\u{feff}\n<HTML><body>Scheduled maintenance</body></HTML>"),
        of("application/octet-stream", "<?xml version=\"1.0\"?><!doctype html><html/>"),
    ]
}

/// Answers without a user: the write is done, and the user is unknown, unless the vendor is known to send no user.
fn no_records(cassette: &Cassette) -> Vec<Expected> {
    let write = cassette.exchanges.iter().find(|exchange| exchange.request.method != Method::GET);
    let sends_none = write.is_some_and(|write| write.response.body.is_none());
    let (status, message) = if sends_none { (cassette.answer.status, "") } else { (StatusCode::BAD_GATEWAY, " ") };
    let bodies =
        [json!({}), json!([]), json!(null), json!("ok"), json!(7), json!(true), json!([{}]), json!({"data": {}})];
    // Some vendors answer a write with one word, which is recorded.
    let recorded = write.map(|write| body_of(&write.response));
    let is_recorded = |body: &Value| recorded.as_deref() == Some(body.to_string().as_str());
    let others = bodies.into_iter().filter(|body| !is_recorded(body));
    others.map(|body| Expected { answer: json_of(&body), status, message }).collect()
}

/// Errors that vendors send with a status of success.
fn failures() -> Vec<Expected> {
    let bodies = [
        json!({"success": false, "error": "Nobody may do that.", "data": null}),
        json!({"STATUS": "Error", "MESSAGE": "Nobody may do that."}),
        json!({"error": 400, "message": "Nobody may do that."}),
        json!({"error": {"message": "Nobody may do that."}}),
        json!({"data": null, "errors": [{"message": "Nobody may do that."}]}),
    ];
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    bodies.map(|body| Expected { answer: json_of(&body), status, message: "Nobody may do that." }).into()
}
