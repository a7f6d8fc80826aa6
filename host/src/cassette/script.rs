//! A vendor that has one script for each account and answers nothing else. It is in the place of the network, behind
//! policy, signing and limits. A replay therefore reaches nobody, and requests go to the declared origins.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, StatusCode};
use mortise_authoring::cassette::format::{Cassette, Request, Response, SignIn};
use mortise_authoring::cassette::request::Arrived;
use mortise_model::{AuthKind, ExchangeMethod};
use mortise_policy::path::ALL_BUT_UNRESERVED;
use mortise_policy::target::compose;
use percent_encoding::utf8_percent_encode;
use serde_json::{Map, Value, json};
use url::Url;
use uuid::Uuid;

use super::difference::Difference;
use crate::egress::token::TokenExchange;
use crate::egress::{AuthScheme, Profile, Transport, TransportError, VendorResponse};

/// How long a made-up token lasts, in seconds.
const TOKEN_LASTS: u32 = 3_600;

/// The scripts of the calls in flight.
#[derive(Default)]
pub(super) struct Script {
    tapes: Mutex<BTreeMap<Uuid, Tape>>,
}

/// The script of one call.
pub(super) struct Tape {
    cassette: Cassette,
    /// The first origin, without a slash at its end.
    base: String,
    profile: Profile,
    /// The account's open variables, defaults filled in.
    variables: BTreeMap<String, String>,
    sign_ins: usize,
    exchanges: usize,
    differences: Vec<Difference>,
    instead: Option<Instead>,
    has_written: bool,
    /// Whether a request that differs from the recorded one gets the recorded answer.
    lenient: bool,
    /// The requests that were accepted so, as the cassette would have them.
    requests: Vec<Request>,
}

/// The vendor's answer in place of the recorded one, except for sign-ins.
#[derive(Debug, Clone)]
pub enum Instead {
    /// The answer to every request.
    Always(Response),
    /// The answer to the first request that is not a `GET`, and to all that follow it.
    FromFirstWrite(Response),
}

/// The result of a script.
#[derive(Debug, Default)]
pub(super) struct Played {
    /// The differences from the recording.
    pub(super) differences: Vec<Difference>,
    /// Whether a request differed from the recorded one, so that everything after it means nothing.
    pub(super) derailed: bool,
    /// The requests that were accepted although they differ, as the cassette would have them.
    pub(super) requests: Vec<Request>,
}

impl Script {
    pub(super) fn insert(&self, account: Uuid, tape: Tape) {
        self.lock().insert(account, tape);
    }

    /// The result of a script whose call is over.
    pub(super) fn finish(&self, account: Uuid) -> Played {
        let Some(tape) = self.lock().remove(&account) else { return Played::default() };
        let (derailed, mut differences) = (!tape.differences.is_empty(), tape.differences);
        if !derailed {
            let missing = |kind: &str, index: usize, request: Option<&Request>| {
                let request = request.map(|r| format!(": {} {}", r.method, r.path)).unwrap_or_default();
                Difference::new(format!("{kind} {}", index + 1), format!("was not asked for{request}"))
            };
            let sign_ins = tape.cassette.sign_ins.iter().enumerate().skip(tape.sign_ins);
            differences.extend(sign_ins.map(|(at, sign_in)| missing("sign-in", at, sign_in.request.as_ref())));
            let exchanges = tape.cassette.exchanges.iter().enumerate().skip(tape.exchanges);
            differences.extend(exchanges.map(|(at, exchange)| missing("exchange", at, Some(&exchange.request))));
        }
        Played { differences, derailed, requests: tape.requests }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Uuid, Tape>> {
        self.tapes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for Script {
    fn send(
        &self,
        account: Uuid,
        _exempt: bool,
        request: reqwest::Request,
    ) -> BoxFuture<'_, Result<VendorResponse, TransportError>> {
        let mut tapes = self.lock();
        let answer = match tapes.get_mut(&account) {
            Some(tape) => tape.answer(&request),
            None => refusal(),
        };
        Box::pin(std::future::ready(Ok(answer)))
    }
}

impl Tape {
    pub(super) fn new(
        cassette: &Cassette,
        base: String,
        profile: &Profile,
        variables: BTreeMap<String, String>,
    ) -> Self {
        let (cassette, profile) = (cassette.clone(), profile.clone());
        Self {
            cassette,
            base,
            profile,
            variables,
            sign_ins: 0,
            exchanges: 0,
            differences: Vec::new(),
            instead: None,
            has_written: false,
            lenient: false,
            requests: Vec::new(),
        }
    }

    /// The script with another answer.
    pub(super) fn instead(self, instead: Instead) -> Self {
        Self { instead: Some(instead), ..self }
    }

    /// A script that also answers requests that differ from the recorded ones, each with the recorded answer at its
    /// place, and records them.
    pub(super) fn lenient(self) -> Self {
        Self { lenient: true, ..self }
    }

    fn answer(&mut self, request: &reqwest::Request) -> VendorResponse {
        let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
        let mut arrived = Arrived::at(&self.base, request.method(), request.url(), request.headers(), body);
        if let Some(exchange) = sign_in(&self.profile, &self.variables, request.method(), request.url()).cloned() {
            return self.answer_sign_in(&arrived, &exchange);
        }
        self.has_written |= request.method() != Method::GET;
        match &self.instead {
            Some(Instead::Always(answer)) => return replay(answer),
            Some(Instead::FromFirstWrite(answer)) if self.has_written => return replay(answer),
            _ => {}
        }
        let index = self.exchanges;
        self.exchanges += 1;
        let place = format!("exchange {}", index + 1);
        let Some(recorded) = self.cassette.exchanges.get(index) else {
            let got = arrived.whole();
            let message = format!("is not recorded: {} {} was asked for", arrived.method, arrived.target);
            self.differences.extend(self.differences.is_empty().then(|| Difference {
                diff: Some(serde_json::to_string_pretty(&got).unwrap_or_default()),
                ..Difference::new(place, message)
            }));
            self.requests.extend(self.lenient.then(|| Request::of(arrived)));
            return refusal();
        };
        for name in signing_query(&self.profile.auth) {
            if !recorded.request.query.iter().any(|(recorded, _)| recorded == name) {
                arrived.query.remove(name);
            }
        }
        match compare(place, &recorded.request, &arrived, &self.base) {
            _ if self.lenient => {
                let signing: Vec<_> = self.profile.auth.iter().flat_map(AuthScheme::headers).collect();
                self.requests.push(recorded.request.replaced_by(arrived, &self.base, &signing));
                replay(&recorded.response)
            }
            None => replay(&recorded.response),
            Some(difference) => {
                self.differences.extend(self.differences.is_empty().then_some(difference));
                refusal()
            }
        }
    }

    fn answer_sign_in(&mut self, arrived: &Arrived<'_>, exchange: &TokenExchange) -> VendorResponse {
        let index = self.sign_ins;
        self.sign_ins += 1;
        let place = format!("sign-in {}", index + 1);
        let Some(SignIn { request, response }) = self.cassette.sign_ins.get(index) else {
            if self.cassette.sign_ins.is_empty() {
                return made_up(exchange);
            }
            let message = "is not recorded: the host signed in once more";
            self.differences.extend(self.differences.is_empty().then(|| Difference::new(place, message)));
            return refusal();
        };
        match request.as_ref().and_then(|recorded| compare(place, recorded, arrived, &self.base)) {
            None => replay(response),
            Some(difference) => {
                self.differences.extend(self.differences.is_empty().then_some(difference));
                refusal()
            }
        }
    }
}

fn compare(place: String, recorded: &Request, arrived: &Arrived<'_>, base: &str) -> Option<Difference> {
    let (expected, got) = (recorded.expected(arrived, base), arrived.seen_by(recorded));
    Difference::between(place, "the request", &expected, &got)
}

/// The declared sign-in that an account's request to this address is; `None` if it is not a sign-in.
pub(super) fn sign_in<'p>(
    profile: &'p Profile,
    variables: &BTreeMap<String, String>,
    method: &Method,
    url: &Url,
) -> Option<&'p TokenExchange> {
    let mut bare = url.clone();
    bare.set_query(None);
    let endpoints = profile.endpoints(|name| variables.get(name).cloned()).ok()?;
    let value = |name: &str| Some(utf8_percent_encode(variables.get(name)?, ALL_BUT_UNRESERVED).to_string());
    profile.auth.iter().filter_map(AuthScheme::sign_in).find(|exchange| {
        let declared = match exchange.method {
            ExchangeMethod::Get => Method::GET,
            ExchangeMethod::Post => Method::POST,
        };
        let address = exchange.url.spell(value).and_then(|target| compose(&endpoints, &target, &[]).ok());
        *method == declared && address.is_some_and(|(_, address)| address == bare)
    })
}

/// Query parameters that sign. They are the host's and need not be recorded.
fn signing_query(auth: &[AuthScheme]) -> impl Iterator<Item = &str> {
    let schemes = auth.iter().filter(|scheme| scheme.kind == AuthKind::Query);
    schemes.flat_map(|scheme| scheme.params.iter().map(|(name, _)| name.as_str()))
}

/// An answer to a sign-in with a placeholder for everything that the declaration looks for.
fn made_up(exchange: &TokenExchange) -> VendorResponse {
    let mut document = Value::Object(Map::new());
    for answer in exchange.answers.iter().filter(|answer| !answer.replaces) {
        put(&mut document, &answer.pointer, format!("placeholder-{}", answer.name).into());
    }
    if let Some(pointer) = &exchange.lifetime.pointer {
        put(&mut document, pointer, TOKEN_LASTS.into());
    }
    response(StatusCode::OK, [], document.to_string().into(), Some("application/json"))
}

/// Puts a value at a JSON pointer, and makes the objects on the way.
pub(super) fn put(document: &mut Value, pointer: &str, value: Value) {
    let mut place = document;
    for name in pointer.split('/').skip(1) {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        let Some(members) = place.as_object_mut() else { return };
        place = members.entry(name.replace("~1", "/").replace("~0", "~")).or_insert(Value::Null);
    }
    *place = value;
}

/// The answer to a request that differs from the recorded one. The host does not repeat a request after this status.
fn refusal() -> VendorResponse {
    let body = json!({ "message": "the cassette has no such request" }).to_string();
    response(StatusCode::INTERNAL_SERVER_ERROR, [], body.into(), Some("application/json"))
}

fn replay(recorded: &Response) -> VendorResponse {
    let (body, kind) = recorded.bytes();
    let headers = recorded.headers.iter().map(|(name, value)| (name.clone(), value.clone()));
    response(recorded.status, headers, body.into(), kind)
}

fn response(
    status: StatusCode,
    headers: impl IntoIterator<Item = (http::HeaderName, HeaderValue)>,
    body: Bytes,
    kind: Option<&'static str>,
) -> VendorResponse {
    let mut response = http::Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().extend(headers);
    if let Some(kind) = kind {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    response.map(Into::into)
}
