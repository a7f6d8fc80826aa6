//! `/connect-account/start`, `callback`, `flow`, `done` and `confirm`: the way to the vendor and back. For browsers,
//! without an API token: people begin with the link token, and return with the flow's cookie. Only the application's
//! confirmation is for programs.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use secrecy::ExposeSecret;
use serde_json::Value;
use uuid::Uuid;

use super::accounts::shown;
use super::auth::Admin;
use super::body::read_members;
use super::connect::corrected;
use super::connect_form::{is_from_own_page, read_fields, read_form};
use super::connect_stop::Stop;
use super::error::{ApiError, Problem};
use super::middleware::{Arrival, RequestId};
use crate::account::{Conclusion, FlowCode, FlowStatus};
use crate::app::App;
use crate::connect::flow::{self, Arrived, Confirmed, Landed, Refused, Report};
use crate::connect::page::{self, Kind, Look, OutcomeView};
use crate::onboarding::{self, Confirmation};
use crate::validation::Occasion;

/// Seconds after which the page of a flow that has not ended loads itself again. The page that waits for a flow asks as
/// often.
const PENDING_SECONDS: &str = "2";
/// The header with the key of a page that waits.
const KEY: &str = "connect-key";

/// `POST /connect-account/start`: begins a sign-in at the vendor.
pub(super) async fn start(
    State(app): State<Arc<App>>,
    Extension(Arrival { id, .. }): Extension<Arrival>,
    request: Request,
) -> Response {
    if !is_from_own_page(request.headers(), &app.service.config) {
        return Stop::from(Refused::Foreign).explain(&app, &id);
    }
    let is_framed = is_for_a_frame(request.headers());
    let form = match read_form(request, &app.service.config.limits).await {
        Ok(form) => form,
        Err(stop) => return stop.explain(&app, &id),
    };
    if is_framed {
        let html = page::unshown(&Look::of(&app.service.config), &form.opening);
        return page::respond(StatusCode::FORBIDDEN, html, &app.service.config, Kind::Plain);
    }
    match flow::start(&app.service, &form).await {
        Ok(started) => {
            let mut response = see_other(started.location.as_str());
            set(&mut response, header::SET_COOKIE, started.cookie.expose_secret());
            response
        }
        Err(Refused::Invalid(failures)) => corrected(&app, &id, &form, &failures).await,
        Err(refused) => Stop::from(refused).of(form.opening.integration.as_deref()).explain(&app, &id),
    }
}

/// `GET /connect-account/callback/{integration}`: the only GET that changes something, because vendors send people back
/// with a GET.
pub(super) async fn callback(
    State(app): State<Arc<App>>,
    Extension(Arrival { id, .. }): Extension<Arrival>,
    Path(integration): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    land(&app, &id, &integration, query.unwrap_or_default().as_bytes(), &headers, false).await
}

/// `HEAD` of the callback, for scanners of links. Changes nothing.
pub(super) async fn callback_head() -> impl IntoResponse {
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, POST")])
}

/// `POST` of the callback, for vendors with `response_mode=form_post` (OAuth 2.0 Form Post Response Mode).
pub(super) async fn callback_post(
    State(app): State<Arc<App>>,
    Extension(Arrival { id, .. }): Extension<Arrival>,
    Path(integration): Path<String>,
    request: Request,
) -> Response {
    let headers = request.headers().clone();
    match read_fields(request, &app.service.config.limits).await {
        Ok(received) => land(&app, &id, &integration, &received.bytes, &headers, true).await,
        Err(stop) => stop.explain(&app, &id),
    }
}

/// `GET /connect-account/flow/{id}`: the flow's state, for the page that waits, which sends its key. Others get no
/// state: they may know the id, which is in the address of the last page.
pub(super) async fn status(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let key = headers.get(KEY).and_then(|key| FlowCode::parse(key.to_str().ok()?));
    let report = match (id.parse(), key) {
        (Ok(id), Some(key)) => flow::report(&app.service, id).await?.filter(|report| report.flow.is_of_page(&key)),
        _ => None,
    };
    let unknown =
        || Problem::new(StatusCode::NOT_FOUND, "there is no such attempt to connect an account, or its time is over");
    Ok(Json(report.ok_or_else(unknown)?.status(&app.service)))
}

/// `GET /connect-account/done/{id}`: the last page of a flow.
pub(super) async fn done(
    State(app): State<Arc<App>>,
    Extension(Arrival { id: request, .. }): Extension<Arrival>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let report = match id.parse::<Uuid>() {
        Ok(id) => flow::report(&app.service, id).await,
        Err(_) => Ok(None),
    };
    let report = match report {
        Ok(Some(report)) => report,
        Ok(None) => return Stop::from(Refused::UnknownState).explain(&app, &request),
        Err(error) => return Stop::from(error).explain(&app, &request),
    };
    if report.outcome.is_none() {
        let is_stored = report.flow.status == FlowStatus::Stored;
        let why = if is_stored { Refused::Unchecked } else { Refused::Pending };
        let mut response = Stop::from(why).explain(&app, &request);
        set(&mut response, header::REFRESH, PENDING_SECONDS);
        return response;
    }
    let cookie =
        only_cookie(&headers, &flow::cookie_name(app.service.config.connect.public_url.as_ref(), report.flow.id));
    let is_held =
        cookie.and_then(|cookie| FlowCode::parse(&cookie)).is_some_and(|cookie| report.flow.is_held_by(&cookie));
    ended(&app, &if is_held { report } else { report.without_code() })
}

/// The last page of an attempt.
pub(super) fn ended(app: &App, report: &Report) -> Response {
    let Some(outcome) = &report.outcome else { return StatusCode::NOT_FOUND.into_response() };
    let generation = app.service.registry.get(&outcome.integration);
    let redirect = report.redirect(&app.service);
    let view = OutcomeView {
        label: generation.as_ref().map_or(&outcome.integration, |generation| &generation.capabilities.label),
        waits: report.flow.status == FlowStatus::Unconfirmed,
        tells: report.tells(),
        redirect: redirect.as_deref(),
        reference: report.flow.id,
    };
    let html = page::outcome(&Look::of(&app.service.config), outcome, view);
    page::respond(StatusCode::OK, html, &app.service.config, Kind::Plain)
}

/// `POST /connect-account/confirm`: the application confirms an account.
pub(super) async fn confirm(
    State(app): State<Arc<App>>,
    Admin(caller): Admin,
    Extension(Arrival { id: RequestId(request_id), .. }): Extension<Arrival>,
    request: Request,
) -> Result<Response, ApiError> {
    let (members, _) = read_members(request, &app.service.config.limits).await?;
    let own = caller.tenant_id.as_deref();
    let Confirmation { code, tenant_id } = onboarding::confirmation(members, own).map_err(Problem::invalid)?;
    let unknown = || {
        Problem::new(
            StatusCode::NOT_FOUND,
            "no account of this tenant_id waits for this confirmation_code: it is another tenant's, unknown or expired",
        )
    };
    if own.is_some_and(|own| own != tenant_id) {
        return Err(unknown().into());
    }
    let overtaken = |message| Problem::new(StatusCode::CONFLICT, message);
    let occasion = Occasion { request_id, method: "POST", path: "/connect-account/confirm".to_owned() };
    let confirmed = flow::confirm(&app.service, code.expose_secret(), &tenant_id, occasion).await?;
    let conclusion = match confirmed.ok_or_else(unknown)? {
        Confirmed::Now(conclusion) => conclusion,
        Confirmed::Before(account) => return Ok(Json(shown(&app, &account)).into_response()),
    };
    match conclusion {
        Conclusion::Connected(account) => {
            // The vendor may have refused the account meanwhile.
            let account = app.service.accounts.get(account.id, None).await?.unwrap_or(*account);
            Ok((StatusCode::CREATED, Json(shown(&app, &account))).into_response())
        }
        Conclusion::OtherClient => {
            Err(overtaken(
                "the OAuth application was removed meanwhile, or the account has got another client_id: connect again",
            ).into())
        }
        Conclusion::Ended => Err(unknown().into()),
        Conclusion::Spent => Err(overtaken("the link token was used or has expired meanwhile: make a new one").into()),
        Conclusion::Gone => {
            Err(overtaken(
                "the account to connect again was deleted meanwhile, is another tenant's, or is of another account at the vendor",
            ).into())
        }
    }
}

/// Whether the browser shows the answer in a frame (Fetch Metadata Request Headers). Vendors refuse frames, and a
/// cookie that the host sets in one does not come back with the vendor's redirect.
fn is_for_a_frame(headers: &HeaderMap) -> bool {
    let destination = headers.get("sec-fetch-dest").map(HeaderValue::as_bytes);
    destination.is_some_and(|destination| {
        [&b"iframe"[..], b"frame", b"embed", b"object", b"fencedframe"].contains(&destination)
    })
}

async fn land(
    app: &Arc<App>,
    id: &RequestId,
    integration: &str,
    parameters: &[u8],
    headers: &HeaderMap,
    is_post: bool,
) -> Response {
    let cookie = |name: &str| only_cookie(headers, name);
    let method = if is_post { "POST" } else { "GET" };
    let path = format!("/connect-account/callback/{integration}");
    let occasion = Occasion { request_id: id.0.clone(), method, path };
    match flow::callback(&app.service, Arrived { integration, parameters, is_post, cookie: &cookie, occasion }).await {
        Ok(Landed::Ended(flow)) => see_other(&format!("/connect-account/done/{flow}")),
        Ok(Landed::PostAgain(fields)) => {
            let html = page::post_again(&Look::of(&app.service.config), &fields);
            page::respond(StatusCode::OK, html, &app.service.config, Kind::Form(&[]))
        }
        Err(refused) => Stop::from(refused).of(Some(integration)).explain(app, id),
    }
}

/// The value of a cookie. Another host of the same domain can add one of the same name (RFC 6265 §8.6), so two cookies
/// count as none.
fn only_cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(own, _)| *own == name).map(|(_, value)| value);
    values.next().filter(|_| values.next().is_none()).map(str::to_owned)
}

/// Redirects the browser with a GET (RFC 9700 §4.12), without a referrer.
pub(super) fn see_other(location: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    set(&mut response, header::LOCATION, location);
    set(&mut response, header::REFERRER_POLICY, "no-referrer");
    response
}

fn set(response: &mut Response, name: header::HeaderName, value: &str) {
    // The values are URLs, uuids and base64url, which fit in headers.
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().append(name, value);
    }
}
