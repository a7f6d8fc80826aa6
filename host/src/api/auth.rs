//! Who calls. A handler learns it only through the extractors here, so none can forget to ask.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};

use super::error::{ApiError, Problem};
use crate::account::{Caller, Scope};
use crate::app::App;

/// Longest text that is looked at as a token.
const MAX_TOKEN: usize = 512;

/// A caller with any valid token. 401 without one.
#[derive(Debug)]
pub struct Authenticated(pub Caller);

/// A caller with a token of scope `admin`. 401 without a valid token, 403 with another scope.
#[derive(Debug)]
pub struct Admin(pub Caller);

impl FromRequestParts<Arc<App>> for Authenticated {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let caller = match bearer(&parts.headers) {
            Some(token) => app.accounts.tokens().verify(token).await?,
            None => None,
        };
        let refusal = || {
            Problem::new(StatusCode::UNAUTHORIZED, "send a valid API token as Authorization: Bearer <token>")
                .with_header(header::WWW_AUTHENTICATE, "Bearer")
        };
        Ok(Self(caller.ok_or_else(refusal)?))
    }
}

impl FromRequestParts<Arc<App>> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let Authenticated(caller) = Authenticated::from_request_parts(parts, app).await?;
        match caller.scope {
            Scope::Admin => Ok(Self(caller)),
            Scope::Call => Err(Problem::new(StatusCode::FORBIDDEN, "this needs a token of scope admin").into()),
        }
    }
}

/// The token of the one `authorization` header, by RFC 6750.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (values.next()?.to_str().ok()?, values.next()) else { return None };
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= MAX_TOKEN).then_some(token)
}
