//! Authentication of callers. A handler gets the caller only through the extractors here, so no handler can forget to
//! check the token.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use super::error::{ApiError, Problem};
use crate::account::{Caller, Scope};
use crate::app::App;

/// Bytes of a text that the host looks up as a token, at most.
const MAX_TOKEN: usize = 512;

/// A caller with any valid API token. 401 without one, 403 with a token for one account, 429 if the token's quota is
/// used up.
#[derive(Debug)]
pub struct Authenticated(pub Caller);

/// A caller that makes a call for an account, with any valid API token, or with a token for one account, which only
/// such routes accept. 401 without one, 429 if its quota is used up.
#[derive(Debug)]
pub struct Calling(pub Caller);

/// A caller with a token of scope `admin`. 401 without a valid token, 403 with another scope.
#[derive(Debug)]
pub struct Admin(pub Caller);

impl FromRequestParts<Arc<App>> for Authenticated {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let Calling(caller) = Calling::from_request_parts(parts, app).await?;
        match caller.account {
            None => Ok(Self(caller)),
            Some(_) => {
                let message =
                    "a token for one account is for its unified calls and passthrough: this needs an API token";
                Err(Problem::new(StatusCode::FORBIDDEN, message).into())
            }
        }
    }
}

impl FromRequestParts<Arc<App>> for Calling {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let caller = match bearer(&parts.headers) {
            Some(token) => app.service.accounts.tokens().verify(token).await?,
            None => None,
        };
        let refusal = || {
            Problem::new(StatusCode::UNAUTHORIZED, "send a valid API token as Authorization: Bearer <token>")
                .with_header(header::WWW_AUTHENTICATE, "Bearer")
        };
        let caller = caller.ok_or_else(refusal)?;
        app.service.quotas.token(caller.token_id)?;
        Ok(Self(caller))
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

/// The operator of the host: anyone on the admin listener, or the holder of an admin token that is not confined to a
/// tenant. 401 without either, 403 with another token.
#[derive(Debug)]
pub struct Operator;

/// A caller that may read the records of calls: the operator, or the holder of an admin token of one tenant. 401
/// without either, 403 with a token of scope `call`.
#[derive(Debug)]
pub struct Overseer {
    /// The one tenant whose records it may see; `None`: every tenant's.
    pub tenant_id: Option<String>,
}

/// Marks requests of the admin listener. Only its router sets the mark; no request can.
#[derive(Debug, Clone, Copy)]
pub(super) struct OnAdminListener;

impl FromRequestParts<Arc<App>> for Overseer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        if parts.extensions.get::<OnAdminListener>().is_some() {
            return Ok(Self { tenant_id: None });
        }
        let Admin(caller) = Admin::from_request_parts(parts, app).await?;
        Ok(Self { tenant_id: caller.tenant_id })
    }
}

impl FromRequestParts<Arc<App>> for Operator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        match Overseer::from_request_parts(parts, app).await?.tenant_id {
            None => Ok(Self),
            Some(_) => Err(Problem::new(StatusCode::FORBIDDEN, "this needs an admin token without a tenant").into()),
        }
    }
}

/// Refuses names in the `host` header of the admin listener, except `localhost`. A page of another site can point its
/// own name at loopback and read the answers (DNS rebinding), but it cannot do so with an address.
pub(super) async fn only_addresses(request: Request, next: Next) -> Result<Response, ApiError> {
    let host = request.headers().get(header::HOST).and_then(|host| Authority::try_from(host.as_bytes()).ok());
    if host.is_some_and(|host| is_address(host.host())) {
        return Ok(next.run(request).await);
    }
    let message = "the admin listener needs an address or localhost in the host header";
    Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, message).into())
}

fn is_address(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok()
}

/// The token of the one `authorization` header, by RFC 6750.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (values.next()?.to_str().ok()?, values.next()) else { return None };
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= MAX_TOKEN).then_some(token)
}
