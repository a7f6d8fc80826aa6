//! The component's side of the contract: the generated bindings, and the few functions that join them to the SDK's own types.

use std::str::FromStr;

use mortise_model::{Category, User};

use self::bindings::exports::mortise::integration::{describe, users};
use self::bindings::mortise::integration::types::Failure;
use self::bindings::mortise::integration::{context, http, log};
use crate::capabilities::{Capabilities, Exchange, ExchangeAnswer, FieldSupport};
use crate::error::{Error, Kind, Result};
use crate::transport::{Answer, Method, Outgoing, Transport};
use crate::{Call, Integration};

#[allow(missing_docs, unsafe_code, unreachable_pub, clippy::all)]
#[rustfmt::skip]
pub mod bindings {
    wit_bindgen::generate!({
        path: "wit",
        world: "integration",
        pub_export_macro: true,
        default_bindings_module: "mortise_sdk::guest::bindings",
    });
}

impl<T: Integration> describe::Guest for T {
    fn capabilities() -> describe::Declaration {
        <T as Integration>::capabilities().into()
    }
}

impl<T: Integration> users::Guest for T {
    fn create_user(category: String, user: String) -> Result<Option<String>, Failure> {
        serve(&category, &user, &|call, user| <T as Integration>::create_user(call, user))
    }

    fn update_user(category: String, id: String, user: String) -> Result<Option<String>, Failure> {
        serve(&category, &user, &|call, user| <T as Integration>::update_user(call, &id, user))
    }
}

/// Runs one operation between the contract's texts. `dyn`, so that a component holds it once.
fn serve(
    category: &str,
    user: &str,
    operation: &dyn Fn(&Call, User) -> Result<Option<User>>,
) -> Result<Option<String>, Failure> {
    let run = || {
        let category = Category::from_str(category).map_err(|error| Error::unsupported(error.to_string()))?;
        let user = crate::json::read(user.as_bytes()).map_err(Error::invalid_input)?;
        operation(&Call::new(category, Box::new(Host)), user)?
            .map(|user| serde_json::to_string(&user))
            .transpose()
            .map_err(|error| Error::internal(format!("cannot write the user: {error}")))
    };
    run().map_err(Failure::from)
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let (kind, message, field) = error.into_parts();
        Self { kind: kind.as_str().to_owned(), message, field }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let error = Self::new(Kind::from_contract(&failure.kind), failure.message);
        match failure.field {
            Some(field) => error.at(field),
            None => error,
        }
    }
}

/// The host's functions.
struct Host;

impl Transport for Host {
    fn send(&self, request: Outgoing) -> Result<Box<dyn Answer>> {
        let Outgoing { method, target, query, headers, body, primary } = request;
        let method = match method {
            Method::Get => http::Method::Get,
            Method::Post => http::Method::Post,
            Method::Put => http::Method::Put,
            Method::Patch => http::Method::Patch,
            Method::Delete => http::Method::Delete,
        };
        let response = http::send(&http::Request { method, target, query, headers, body, primary })?;
        Ok(Box::new(response))
    }

    fn variable(&self, name: &str) -> Option<String> {
        context::variable(name)
    }

    fn parameter(&self, name: &str) -> Option<String> {
        context::parameter(name)
    }

    fn wants_user(&self) -> bool {
        context::wants_user()
    }

    fn log(&self, level: &str, message: &str) {
        log::emit(level, message);
    }
}

impl Answer for http::Response {
    fn status(&self) -> u16 {
        Self::status(self)
    }

    fn header(&self, name: &str) -> Option<String> {
        Self::header(self, name)
    }

    fn body(&self) -> Result<Vec<u8>> {
        Ok(Self::body(self)?)
    }
}

impl From<Capabilities> for describe::Declaration {
    fn from(capabilities: Capabilities) -> Self {
        Self {
            slug: capabilities.slug.to_owned(),
            label: capabilities.label.to_owned(),
            origins: owned(&capabilities.origins),
            headers: owned(&capabilities.headers),
            variables: capabilities
                .variables
                .iter()
                .map(|variable| describe::Variable {
                    name: variable.name.to_owned(),
                    label: variable.label.to_owned(),
                    required: variable.required,
                    secret: variable.secret,
                    default: variable.default.map(str::to_owned),
                })
                .collect(),
            auth: capabilities
                .auth
                .iter()
                .map(|auth| describe::AuthScheme {
                    kind: auth.kind.to_owned(),
                    params: owned_pairs(&auth.params),
                    exchange: auth.exchange.as_ref().map(Into::into),
                })
                .collect(),
            limits: capabilities
                .limits
                .iter()
                .map(|&(requests, seconds)| describe::RateLimit { requests, seconds })
                .collect(),
            error_messages: owned(&capabilities.error_messages),
            operations: capabilities
                .operations
                .iter()
                .map(|support| describe::OperationSupport {
                    category: support.category.as_str().to_owned(),
                    operation: support.operation.as_str().to_owned(),
                    query: support.query.iter().map(Into::into).collect(),
                    request: support.request.iter().map(Into::into).collect(),
                    response: owned(&support.response),
                })
                .collect(),
        }
    }
}

impl From<&Exchange> for describe::TokenExchange {
    fn from(exchange: &Exchange) -> Self {
        let answer = |answer: &ExchangeAnswer| describe::ExchangeAnswer {
            name: answer.name.to_owned(),
            pointer: answer.pointer.to_owned(),
            secret: answer.secret,
        };
        Self {
            kind: exchange.kind.to_owned(),
            method: exchange.method.to_owned(),
            url: exchange.url.to_owned(),
            encoding: exchange.encoding.to_owned(),
            fields: owned_pairs(&exchange.fields),
            basic: exchange.basic.map(|(user, password)| (user.to_owned(), password.to_owned())),
            plain_basic: exchange.plain_basic,
            headers: owned_pairs(&exchange.headers),
            answers: exchange.answers.iter().map(answer).collect(),
            lifetime: describe::ExchangeLifetime {
                pointer: exchange.lifetime.map(str::to_owned),
                seconds: exchange.seconds,
            },
        }
    }
}

impl From<&FieldSupport> for describe::FieldSupport {
    fn from(support: &FieldSupport) -> Self {
        Self {
            field: support.field.to_owned(),
            level: support.level.as_str().to_owned(),
            values: owned(&support.values),
            json_type: support.json_type.map(|json_type| json_type.as_str().to_owned()),
            note: support.note.map(str::to_owned),
        }
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn owned_pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
