//! Exchanges the code of a person's consent for the first tokens (RFC 6749 §4.1.3, RFC 7636 §4.5).
//!
//! The request is the declared sign-in, with its address, its encoding and its way to authenticate the client. Only the
//! fields differ: `grant_type` is `authorization_code`, the code replaces the credential that the answer brings, and
//! the host adds `redirect_uri` and `code_verifier`.

use std::collections::BTreeMap;
use std::time::Instant;

use mortise_model::{CaptureSource, ExchangeKind};
use mortise_policy::redact::Scrubber;
use secrecy::SecretString;
use serde_json::Value;
use url::Url;
use uuid::Uuid;

use super::super::message::clean;
use super::super::opened::Credentials;
use super::super::{AuthScheme, EgressError, Profile};
use super::TokenExchange;
use super::answer::{Read, SignInAnswer, value_at};
use super::capture::Variables;
use super::code::Rejected;
use super::consent::declared;
use super::endpoint::TokenEndpoint;
use super::exchanger::Exchanger;
use super::refusal::CredentialRefusal;
use super::request::{SignIn, url};
use crate::account::{Client, Secrets};

/// Longest captured value of a redirect's parameter, in bytes: as long as a variable of an account may be.
const MAX_PARAMETER: usize = 16 << 10;

/// The code with which a vendor has sent a person back. No `Debug`, because the redirect's parameters contain the code
/// as text.
#[derive(Clone, Copy)]
pub struct Code<'a> {
    /// The code itself.
    pub code: &'a SecretString,
    /// The redirect URI of the authorization request.
    pub redirect_uri: &'a str,
    /// The verifier of PKCE, if the authorization request had a challenge.
    pub verifier: Option<&'a SecretString>,
    /// The parameters of the redirect, from which values are captured.
    pub redirect: &'a BTreeMap<String, String>,
}

/// The account and the client for which a code is exchanged.
#[derive(Debug, Clone)]
pub struct Redeems<'a> {
    /// The integration, for logs.
    pub slug: &'a str,
    /// Its origins.
    pub profile: &'a Profile,
    /// The scheme that declares the exchange and the consent.
    pub scheme: &'a AuthScheme,
    /// The client that asked for the consent.
    pub client: Client,
    /// The account's secrets that are known so far.
    pub secrets: &'a Secrets,
    /// The account's other variables that are known so far, with declared defaults.
    pub variables: &'a BTreeMap<String, String>,
}

/// The result of a code.
#[derive(Debug, Clone)]
pub struct Redeemed {
    /// New values of the account's secret variables, such as `refresh_token`.
    pub secrets: Secrets,
    /// New values of its other variables. They fit every declared origin.
    pub variables: BTreeMap<String, String>,
    /// The granted scopes, if the answer names them. If not, they are the requested scopes (RFC 6749 §5.1).
    pub scopes: Option<String>,
}

/// The address to which the code of an account with these variables goes. Variables that only the redirect brings have
/// the values of `variables`.
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
            Ok(_) => tracing::info!(integration, elapsed_us, "egress: exchanged a code for tokens"),
            Err(error) => {
                tracing::warn!(
                    integration,
                    elapsed_us,
                    reason = error.reason(),
                    "egress: the exchange of a code failed"
                );
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
        // Before the host composes the address of the request. The redirect comes from the browser, which must not
        // choose who gets the code.
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
            // There is no account yet. No other request uses these connections.
            connection: Uuid::new_v4(),
            exempt: profile.replacement.is_some(),
            exchange,
            messages: &profile.messages,
            refusal: CredentialRefusal::CODE_REASON,
        };
        let read = |answer: SignInAnswer| {
            let sent = || sensitive.iter().map(|secret| secret.as_str());
            let read = answer.read(exchange, sent()).map_err(|error| match Rejected::in_answer(&answer.document) {
                // Also if the vendor says only that the request is wrong.
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
    /// The values of the answer for the account.
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

/// The error for an answer without a value at this pointer.
fn lacks(exchange: &TokenExchange, pointer: &str) -> String {
    match exchange.kind {
        ExchangeKind::OAuth2AuthorizationCode => format!("the vendor's answer has no usable value at {pointer}"),
        _ => format!(
            "the vendor's answer has no refresh token at {pointer}: the consent does not hold while the person is away. Let the OAuth \
             application, or the scopes that it asks for, include offline access, and consent again"
        ),
    }
}

/// The granted scopes (RFC 6749 §5.1). Some vendors write them as an array.
fn scopes(document: &Value, scrubber: &Scrubber) -> Option<String> {
    let text = match document.get("scope")? {
        Value::String(text) => text.clone(),
        Value::Array(scopes) => scopes.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        _ => return None,
    };
    Some(clean(&scrubber.text(&text))).filter(|text| !text.is_empty())
}
