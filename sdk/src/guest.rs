//! The component's side of the contract: the few functions that connect its generated bindings to the SDK's own types.

use std::str::FromStr;

use mortise_model::{Category, FailureKind, UnknownName, User};

use crate::bindings::exports::mortise::integration::{describe, users};
use crate::bindings::mortise::integration::types::Failure;
use crate::bindings::mortise::integration::{context, http, log};
use crate::capabilities::{Authorization, Capabilities, Capture, Exchange, ExchangeAnswer, FieldSupport, Listing};
use crate::error::{Error, Result};
use crate::page::{Filter, Page, Row, Sort, UsersPage};
use crate::transport::{Answer, Method, Outgoing, Transport};
use crate::{Call, Integration};

impl<T: Integration> describe::Guest for T {
    fn capabilities() -> describe::Declaration {
        <T as Integration>::capabilities().into()
    }
}

impl<T: Integration> users::Guest for T {
    fn create_user(category: String, user: String) -> Result<Option<String>, Failure> {
        written(&category, &user, &|call, user| <T as Integration>::create_user(call, user))
    }

    fn update_user(category: String, id: String, user: String) -> Result<Option<String>, Failure> {
        written(&category, &user, &|call, user| <T as Integration>::update_user(call, &id, user))
    }

    fn get_user(category: String, id: String) -> Result<Option<String>, Failure> {
        told(&call(&category)?.reading(), &|call| <T as Integration>::get_user(call, &id))
    }

    fn list_users(category: String, page: users::Page) -> Result<users::UsersPage, Failure> {
        listed(&category, page, &|call, page| <T as Integration>::list_users(call, page))
    }

    fn delete_user(category: String, id: String) -> Result<(), Failure> {
        Ok(<T as Integration>::delete_user(&call(&category)?, &id)?)
    }
}

/// Runs a write between the contract's texts. Takes a `dyn` closure, so that a component holds this code once.
fn written(
    category: &str,
    user: &str,
    operation: &dyn Fn(&Call, User) -> Result<Option<User>>,
) -> Result<Option<String>, Failure> {
    told(&call(category)?, &|call| operation(call, crate::json::read(user.as_bytes()).map_err(Error::invalid_input)?))
}

/// Runs an operation that answers with a user.
fn told(call: &Call, operation: &dyn Fn(&Call) -> Result<Option<User>>) -> Result<Option<String>, Failure> {
    Ok(operation(call)?.as_ref().map(text).transpose()?)
}

/// Runs an operation that answers with a page.
fn listed(
    category: &str,
    page: users::Page,
    operation: &dyn Fn(&Call, &Page) -> Result<UsersPage>,
) -> Result<users::UsersPage, Failure> {
    let users::Page { size, cursor, filters, sort } = page;
    let filters = filters.into_iter().map(Filter::try_from).collect::<Result<_>>()?;
    let sort = sort.map(|users::Sort { field, descending }| Sort { field, descending });
    let page = Page { size, cursor, filters, sort };
    let UsersPage { rows, next, partial } = operation(&call(category)?.reading(), &page)?;
    let row = |Row { user, source }| Ok(users::Row { user: text(&user)?, source });
    Ok(users::UsersPage { rows: rows.into_iter().map(row).collect::<Result<_>>()?, next, partial })
}

impl TryFrom<users::Filter> for Filter {
    type Error = Error;

    fn try_from(filter: users::Filter) -> Result<Self> {
        let users::Filter { field, operator, value } = filter;
        let unknown = |error: UnknownName| Error::internal(format!("the operator of the filter `{field}`: {error}"));
        let operator = operator.parse().map_err(unknown)?;
        Ok(Self { field, operator, value })
    }
}

fn call(category: &str) -> Result<Call> {
    let category = Category::from_str(category).map_err(|error| Error::unsupported(format!("the category {error}")))?;
    Ok(Call::new(category, Box::new(Host)))
}

fn text(user: &User) -> Result<String> {
    serde_json::to_string(user).map_err(|error| Error::internal(format!("cannot write the user: {error}")))
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let (kind, message, field) = error.into_parts();
        Self { kind: kind.as_str().to_owned(), message, field }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let error = Self::new(FailureKind::named(&failure.kind).unwrap_or(FailureKind::Internal), failure.message);
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

    fn authentication_method(&self) -> Option<String> {
        context::authentication_method()
    }

    fn ignore(&self, field: &str) {
        context::ignore(field);
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
                    help: variable.help.map(str::to_owned),
                    values: owned(&variable.values),
                    shown: variable.shown,
                })
                .collect(),
            variable_sets: capabilities.variable_sets.iter().map(|set| owned(set)).collect(),
            auth: capabilities
                .auth
                .iter()
                .map(|auth| describe::AuthScheme {
                    kind: auth.kind.as_str().to_owned(),
                    params: owned_pairs(&auth.params),
                    exchange: auth.exchange.as_ref().map(Into::into),
                    origins: owned(&auth.origins),
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
                    listing: support.listing.as_ref().map(Into::into),
                    effect: support.effect.map(|effect| effect.as_str().to_owned()),
                })
                .collect(),
            evidence: capabilities.evidence.map(|(kind, checked)| describe::Evidence {
                kind: kind.as_str().to_owned(),
                checked: checked.to_owned(),
            }),
            probe: capabilities.probe.map(str::to_owned),
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
            kind: exchange.kind.as_str().to_owned(),
            method: exchange.method.as_str().to_owned(),
            url: exchange.url.to_owned(),
            encoding: exchange.encoding.as_str().to_owned(),
            fields: owned_pairs(&exchange.fields),
            basic: exchange.basic.map(|(user, password)| (user.to_owned(), password.to_owned())),
            plain_basic: exchange.plain_basic,
            headers: owned_pairs(&exchange.headers),
            answers: exchange.answers.iter().map(answer).collect(),
            lifetime: describe::ExchangeLifetime {
                pointer: exchange.lifetime.map(str::to_owned),
                seconds: exchange.seconds,
            },
            authorization: exchange.authorization.as_ref().map(Into::into),
        }
    }
}

impl From<&Authorization> for describe::Authorization {
    fn from(authorization: &Authorization) -> Self {
        let capture = |capture: &Capture| describe::Capture {
            variable: capture.variable.to_owned(),
            source: capture.source.as_str().to_owned(),
            place: capture.place.to_owned(),
        };
        Self {
            url: authorization.url.to_owned(),
            scopes: owned(&authorization.scopes),
            separator: authorization.separator.to_owned(),
            params: owned_pairs(&authorization.params),
            pkce: authorization.pkce.as_str().to_owned(),
            captures: authorization.captures.iter().map(capture).collect(),
        }
    }
}

impl From<&Listing> for describe::Listing {
    fn from(listing: &Listing) -> Self {
        Self {
            least: listing.least,
            most: listing.most,
            usual: listing.usual,
            end: listing.end.as_str().to_owned(),
            order: listing.order.as_str().to_owned(),
            cursor_seconds: listing.cursor_seconds,
            depth: listing.depth,
            combines: listing.combines,
            partial: owned(&listing.partial),
            leaves_out: owned(&listing.leaves_out),
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
