//! Records sign-ins, which are in no transcript. It keeps only the parts of their answers that a replay needs, and no
//! token.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use mortise_authoring::cassette::format::SignIn;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::writing::response;
use crate::cassette::script::{put, sign_in};
use crate::egress::{Profile, TokenExchange, Transport, TransportError, VendorResponse};

/// Larger than any answer to a sign-in, in bytes.
const LIMIT: usize = 1 << 20;

/// A transport that records the values that sign-ins bring beside tokens.
pub(super) struct Listening {
    network: Box<dyn Transport>,
    account: Mutex<Option<(Profile, BTreeMap<String, String>)>>,
    heard: Mutex<Vec<SignIn>>,
}

impl Listening {
    pub(super) fn new(network: Box<dyn Transport>) -> Self {
        Self { network, account: Mutex::default(), heard: Mutex::default() }
    }

    /// Sets the variables of the account whose requests follow.
    pub(super) fn hear(&self, profile: Profile, variables: BTreeMap<String, String>) {
        *self.account.lock().unwrap_or_else(PoisonError::into_inner) = Some((profile, variables));
    }

    /// The sign-ins so far. Empty if they brought only tokens, which a replay makes up.
    pub(super) fn heard(&self) -> Vec<SignIn> {
        std::mem::take(&mut *self.heard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn exchange(&self, request: &reqwest::Request) -> Option<TokenExchange> {
        let account = self.account.lock().unwrap_or_else(PoisonError::into_inner);
        let (profile, variables) = account.as_ref()?;
        let exchange = sign_in(profile, variables, request.method(), request.url())?;
        exchange.answers.iter().any(|answer| !answer.secret).then(|| exchange.clone())
    }

    fn note(&self, exchange: &TokenExchange, body: &[u8]) {
        let Ok(document) = serde_json::from_slice::<Value>(body) else { return };
        let mut kept = Value::Object(Map::new());
        for answer in exchange.answers.iter().filter(|answer| !answer.replaces) {
            let value = document.pointer(&answer.pointer).cloned().unwrap_or_default();
            let value = if answer.secret { json!(format!("placeholder-{}", answer.name)) } else { value };
            put(&mut kept, &answer.pointer, value);
        }
        if let Some(pointer) = &exchange.lifetime.pointer
            && let Some(lifetime) = document.pointer(pointer)
        {
            put(&mut kept, pointer, lifetime.clone());
        }
        let kept: Bytes = kept.to_string().into();
        if let Ok(response) = response(StatusCode::OK, &HeaderMap::new(), &kept) {
            let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
            heard.push(SignIn { request: None, response });
        }
    }
}

impl Transport for Listening {
    fn send(
        &self,
        account: Uuid,
        exempt: bool,
        mut request: reqwest::Request,
    ) -> BoxFuture<'_, Result<VendorResponse, TransportError>> {
        let exchange = self.exchange(&request);
        if exchange.is_some() {
            request.headers_mut().remove(http::header::ACCEPT_ENCODING);
        }
        Box::pin(async move {
            let answer = self.network.send(account, exempt, request).await?;
            let Some(exchange) = exchange.filter(|_| answer.status().is_success()) else { return Ok(answer) };
            let (head, mut answer) = answer.into_parts();
            let mut body = BytesMut::new();
            while body.len() <= LIMIT
                && let Some(frame) = answer.frame().await
            {
                let frame = frame.map_err(|error| TransportError::Broken(error.into()))?;
                frame.into_data().iter().for_each(|piece| body.extend_from_slice(piece));
            }
            self.note(&exchange, &body);
            Ok(http::Response::from_parts(head, body.freeze().into()))
        })
    }
}
