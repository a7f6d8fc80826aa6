//! The reaction of a vendor to a request, as steps on its connection.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::answer::Answer;
use super::recorded::Recorded;
use super::wire::{chunk, head};
use crate::http1::Headers;

/// The reaction of the vendor to one request. The connection stays open afterwards, unless the behaviour closes it.
#[derive(Clone)]
pub struct Behaviour(Arc<Script>);

/// Makes the steps of an answer from a request.
type Script = dyn Fn(&Recorded) -> Vec<Step> + Send + Sync;

/// One step on the connection.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Sends these bytes repeatedly until the client closes the connection.
    Forever(Vec<u8>),
    /// Waits for this duration.
    Pause(Duration),
    /// Waits until the test lets one step pass.
    Wait(Gate),
    /// Waits until the client closes the connection.
    Hang,
    /// Closes the connection.
    Close,
}

/// A gate that holds a vendor back until the test opens it. Clones are the same gate.
#[derive(Debug, Clone)]
pub struct Gate(Arc<Semaphore>);

impl Gate {
    /// Closed.
    fn new() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    /// Lets the next chunk, or the end of the body, pass.
    pub fn release(&self) {
        self.0.add_permits(1);
    }

    pub(super) async fn passed(&self) {
        if let Ok(permit) = self.0.acquire().await {
            permit.forget();
        }
    }
}

impl Behaviour {
    /// Chooses the behaviour by the request, each time that a request arrives.
    pub fn by<B: Into<Self>>(decide: impl Fn(&Recorded) -> B + Send + Sync + 'static) -> Self {
        Self(Arc::new(move |request| decide(request).into().steps(request)))
    }

    /// Exactly these bytes, then the end of the connection: for answers that are not HTTP.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self::steps_of(vec![Step::Send(bytes.into()), Step::Close])
    }

    /// Reflects the request: 200 with its method, target, headers and body, raw and in base64, and with an `id` and the
    /// `name` of its JSON body. Every request header `h` comes back as `x-echo-h`. All headers together come back as
    /// `x-echo` and `etag`.
    pub fn echo() -> Self {
        Self::by(|request| {
            let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let head: Vec<_> = request.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            let reflected = json!({
                "id": "echo", "name": body["name"], "method": request.method, "target": request.target,
                "headers": request.headers.iter().map(|(n, v)| json!([n, v, STANDARD.encode(v)])).collect::<Vec<_>>(),
                "headers_base64": STANDARD.encode(head.join("\r\n")),
                "body": String::from_utf8_lossy(&request.body), "body_base64": STANDARD.encode(&request.body),
            });
            let answer =
                Answer::json(200, &reflected).header("x-echo", &head.join(", ")).header("etag", &head.join(" "));
            let each =
                |answer: Answer, (name, value): &(String, String)| answer.header(&format!("x-echo-{name}"), value);
            request.headers.iter().fold(answer, each)
        })
    }

    /// Repeats `secret` in the body and in headers: raw, in base64 after 0 to 2 other bytes and in both alphabets,
    /// percent-encoded, in hex and in JSON escapes, in values and in names.
    pub fn reflect(secret: &str) -> Self {
        let escape = |spell: fn(u8) -> String| secret.bytes().map(spell).collect::<String>();
        let percent = escape(|byte| format!("%{byte:02X}"));
        let base64: Vec<_> =
            ["", "a", "ab"].iter().map(|before| STANDARD.encode(format!("{before}{secret}:x"))).collect();
        let spellings = json!({
            "raw": secret, "base64": base64, "base64url": URL_SAFE.encode(secret), "percent": percent,
            "hex": hex::encode(secret), "bearer": format!("Bearer {secret}"), "id": "1", "name": format!("It is {secret}!"),
        });
        let (unicode, key) = (escape(|byte| format!("\\u{byte:04x}")), Value::from(secret));
        let text = spellings.to_string().replacen('{', &format!("{{\"escaped\":\"{unicode}\",{key}:1,"), 1);
        Answer::new(200, "application/json", text)
            .header("x-api-token", secret)
            .header("etag", secret)
            .header("x-request-id", &base64[0])
            .header("link", &format!("</?token={percent}>; rel=\"next\""))
            .header("set-cookie", &format!("session={secret}"))
            .header("www-authenticate", &format!("Bearer realm=\"{secret}\""))
            .into()
    }

    /// Reads the request and never answers.
    pub fn never() -> Self {
        Self::steps_of(vec![Step::Hang])
    }

    /// Reads the request and closes the connection.
    pub fn drop_before_answer() -> Self {
        Self::steps_of(vec![Step::Close])
    }

    /// Promises 1,000 bytes, sends a few and closes the connection.
    pub fn drop_mid_body() -> Self {
        Self::steps_of(vec![Self::promise(), Step::Close])
    }

    /// Promises 1,000 bytes, and sends only a few.
    pub fn stall_mid_body() -> Self {
        Self::steps_of(vec![Self::promise(), Step::Hang])
    }

    /// A JSON answer, one byte at a time, with a pause between bytes.
    pub fn drip(pause: Duration) -> Self {
        let bytes = Answer::json(200, &json!({ "id": "1", "name": "drip" })).to_bytes();
        Self::steps_of(bytes.into_iter().flat_map(|byte| [Step::Send(vec![byte]), Step::Pause(pause)]).collect())
    }

    /// A chunked body without end, as fast as the client takes it.
    pub fn endless_body() -> Self {
        Self::steps_of(vec![Step::Send(Self::chunked_head()), Step::Forever(chunk(&[b' '; 16 * 1024]))])
    }

    /// An answer with `count` headers.
    pub fn header_flood(count: usize) -> Self {
        (0..count).fold(Answer::json(200, &json!({ "id": "1" })), |a, n| a.header(&format!("x-flood-{n}"), "x")).into()
    }

    /// An answer with one header of `bytes` bytes.
    pub fn huge_header(bytes: usize) -> Self {
        Answer::json(200, &json!({ "id": "1" })).header("x-huge", &"x".repeat(bytes)).into()
    }

    /// A chunked JSON answer. It sends its head at once. Each [`Gate::release`] then lets one of `chunks` pass, and the
    /// last one the end of the body.
    pub fn gated(chunks: impl IntoIterator<Item = impl AsRef<[u8]>>) -> (Self, Gate) {
        let gate = Gate::new();
        let mut steps = vec![Step::Send(Self::chunked_head())];
        for bytes in chunks {
            steps.extend([Step::Wait(gate.clone()), Step::Send(chunk(bytes.as_ref()))]);
        }
        steps.extend([Step::Wait(gate.clone()), Step::Send(chunk(b""))]);
        (Self::steps_of(steps), gate)
    }

    /// Holds `self` back until [`Gate::release`].
    pub fn held(self) -> (Self, Gate) {
        let gate = Gate::new();
        let wait = Step::Wait(gate.clone());
        (Self(Arc::new(move |request| [vec![wait.clone()], self.steps(request)].concat())), gate)
    }

    pub(super) fn steps_of(steps: Vec<Step>) -> Self {
        Self(Arc::new(move |_| steps.clone()))
    }

    pub(super) fn steps(&self, request: &Recorded) -> Vec<Step> {
        (self.0)(request)
    }

    fn promise() -> Step {
        let headers = [("content-type", "application/json"), ("content-length", "1000")];
        Step::Send([head(200, &owned(&headers)), br#"{"id":"1","#.to_vec()].concat())
    }

    fn chunked_head() -> Vec<u8> {
        head(200, &owned(&[("content-type", "application/json"), ("transfer-encoding", "chunked")]))
    }
}

impl std::fmt::Debug for Behaviour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Behaviour")
    }
}

fn owned(headers: &[(&str, &str)]) -> Headers {
    headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
