//! Trades the code with which a vendor sends a person back for the first tokens (RFC 6749 §4.1.3, RFC 7636 §4.5).
//!
//! The request is the declared one of the exchange: its address, its encoding, and how it authenticates the client. Only the fields differ:
//! `grant_type` is `authorization_code`, the code stands in place of what it brings, and `redirect_uri` and `code_verifier` join it.

use std::collections::BTreeMap;
use std::time::Instant;

use mortise_policy::redact::Scrubber;
use secrecy::SecretString;
use serde_json::Value;
use url::Url;
use uuid::Uuid;

use super::super::message::clean;
use super::super::opened::Credentials;
use super::super::{AuthScheme, EgressError, Profile};
use super::answer::{Read, SignInAnswer, value_at};
use super::capture::Variables;
use super::code::Rejected;
use super::consent::declared;
use super::endpoint::TokenEndpoint;
use super::exchanger::Exchanger;
use super::refusal::CredentialRefusal;
use super::request::{SignIn, url};
use super::{CaptureSource, ExchangeKind, TokenExchange};
use crate::account::{Client, Secrets};

/// Longest value of a redirect's parameter that is captured, in bytes: that of an account's variable.
const MAX_PARAMETER: usize = 16 << 10;

/// A code that a vendor has sent a person back with. No `Debug`: the redirect's parameters hold the code as text.
#[derive(Clone, Copy)]
pub struct Code<'a> {
    /// The code itself.
    pub code: &'a SecretString,
    /// Where the person was sent back to, as the authorization request had it.
    pub redirect_uri: &'a str,
    /// The verifier of PKCE, if the authorization request had a challenge.
    pub verifier: Option<&'a SecretString>,
    /// The parameters of the redirect, for what is captured from it.
    pub redirect: &'a BTreeMap<String, String>,
}

/// For whom a code is traded.
#[derive(Debug, Clone)]
pub struct Redeems<'a> {
    /// The integration, for logs.
    pub slug: &'a str,
    /// Where it may go.
    pub profile: &'a Profile,
    /// The scheme that declares the exchange and the consent.
    pub scheme: &'a AuthScheme,
    /// The client that asked for the consent.
    pub client: Client,
    /// The account's secrets, as far as they are known.
    pub secrets: &'a Secrets,
    /// The account's other variables, as far as they are known, declared defaults filled in.
    pub variables: &'a BTreeMap<String, String>,
}

/// What a code brought.
#[derive(Debug, Clone)]
pub struct Redeemed {
    /// New values of the account's secret variables, such as `refresh_token`.
    pub secrets: Secrets,
    /// New values of its other variables. They fit every declared origin.
    pub variables: BTreeMap<String, String>,
    /// The scopes that were granted, if the answer says so. If not, they are those that were asked for (RFC 6749 §5.1).
    pub scopes: Option<String>,
}

/// Where the code of an account with these variables goes. Variables that only the redirect brings have the values that are given here.
pub(in super::super) fn token_endpoint(
    profile: &Profile,
    scheme: &AuthScheme,
    variables: &BTreeMap<String, String>,
) -> Result<Url, EgressError> {
    let (exchange, authorization) = declared(scheme)?;
    let variables = Variables::new(profile, authorization, variables);
    url(&exchange.url, &variables.endpoints()?, variables.values())
}

impl Exchanger {
    /// See [`Egress::redeem`](super::super::Egress::redeem).
    pub(in super::super) async fn redeem(&self, whom: Redeems<'_>, code: Code<'_>) -> Result<Redeemed, EgressError> {
        let (integration, started) = (whom.slug, Instant::now());
        let redeemed = self.trade(whom, code).await;
        let elapsed_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        match &redeemed {
            Ok(_) => tracing::info!(integration, elapsed_us, "egress: traded a code for tokens"),
            Err(error) => {
                tracing::warn!(integration, elapsed_us, reason = error.reason(), "egress: a code brought no tokens");
            }
        }
        redeemed
    }

    async fn trade(&self, whom: Redeems<'_>, code: Code<'_>) -> Result<Redeemed, EgressError> {
        let Redeems { profile, scheme, client, secrets, variables, .. } = whom;
        let (exchange, authorization) = declared(scheme)?;
        let mut variables = Variables::new(profile, authorization, variables);
        let parameter = |name: &str| {
            let value = code.redirect.get(name).map(|value| value.trim());
            value.filter(|value| !value.is_empty() && value.len() <= MAX_PARAMETER).map(str::to_owned)
        };
        // Before the address of the request is made of them: the redirect is the browser's word, and must not choose who gets the code.
        variables.take(CaptureSource::Redirect, parameter)?;
        if let Some(variable) = exchange.redirect_variable() {
            variables.set(variable, code.redirect_uri.to_owned());
        }
        let endpoints = variables.endpoints()?;
        let credentials =
            Credentials { secrets: secrets.clone(), variables: variables.values().clone(), client: Some(client) };
        let mut request = SignIn::of_code(exchange, &endpoints, &credentials, &code)?;
        let sensitive = std::mem::take(&mut request.sensitive);
        let endpoint = TokenEndpoint {
            transport: &**self.transport(),
            limits: self.limits(),
            // There is no account yet. Nobody else uses these connections.
            connection: Uuid::new_v4(),
            exempt: profile.replacement.is_some(),
            exchange,
            messages: &profile.messages,
            refusal: CredentialRefusal::CODE_REASON,
        };
        let read = |answer: SignInAnswer| {
            let sent = || sensitive.iter().map(|secret| secret.as_str());
            let read = answer.read(exchange, sent()).map_err(|error| match Rejected::in_answer(&answer.document) {
                // Also where the vendor says only that the request is wrong.
                Some(rejected) if matches!(error, EgressError::Refused(_) | EgressError::SignIn { .. }) => {
                    answer.refusal(Some(rejected))
                }
                _ => error,
            })?;
            let scrubber = read.scrubber(sent());
            Redeemed::of(exchange, &answer.document, read, variables, &scrubber)
        };
        endpoint.ask(&request, &sensitive, read).await
    }
}

impl Redeemed {
    /// What the answer brings the account.
    fn of(
        exchange: &TokenExchange,
        document: &Value,
        read: Read,
        mut variables: Variables<'_>,
        scrubber: &Scrubber,
    ) -> Result<Self, EgressError> {
        let carried = exchange.answers.iter().filter(|answer| answer.replaces);
        if let Some(missing) = carried.clone().find(|answer| !read.replaced.contains_key(&answer.name)) {
            return Err(EgressError::SignIn { reason: lacks(exchange, &missing.pointer), words: String::new() });
        }
        variables.take(CaptureSource::Token, |pointer| value_at(document, pointer))?;
        let variables = variables.finish()?;
        if let Some((name, _)) = variables.iter().find(|(_, value)| scrubber.text(value) != value.as_str()) {
            let reason =
                format!("signing in: the vendor's value for `{name}` is not secret, but contains a credential");
            return Err(EgressError::Unusable(reason));
        }
        Ok(Self { secrets: read.replaced, variables, scopes: scopes(document, scrubber) })
    }
}

/// Why an answer is of no use without a value at this pointer.
fn lacks(exchange: &TokenExchange, pointer: &str) -> String {
    match exchange.kind {
        ExchangeKind::OAuth2AuthorizationCode => format!("the vendor's answer has no usable value at {pointer}"),
        _ => format!(
            "the vendor's answer has no refresh token at {pointer}: the consent does not hold while the person is away. Let the OAuth \
             application, or the scopes that it asks for, include offline access, and consent again"
        ),
    }
}

/// The granted scopes (RFC 6749 §5.1); some vendors list them.
fn scopes(document: &Value, scrubber: &Scrubber) -> Option<String> {
    let text = match document.get("scope")? {
        Value::String(text) => text.clone(),
        Value::Array(scopes) => scopes.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        _ => return None,
    };
    Some(clean(&scrubber.text(&text))).filter(|text| !text.is_empty())
}
