//! `/connect-account/start`, `callback`, `flow`, `done` and `confirm`: the way to the vendor and back. For browsers, without an API token:
//! the link token lets people in, and the flow's cookie back. Only the application's confirmation is for programs.

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
use super::body::{Received, read_members, receive};
use super::connect::{corrected, is_form, is_from_own_page};
use super::error::{ApiError, Problem};
use super::middleware::{Arrival, RequestId};
use crate::account::{Conclusion, ShownIn};
use crate::app::App;
use crate::config::Limits;
use crate::connect::flow::{self, Arrived, Confirmed, Landed, Refused};
use crate::connect::page::{self, Kind, Look, OutcomeView};
use crate::connect::parameters::{self, Form};
use crate::connect::{ErrorType, Outcome, Unavailable};
use crate::onboarding::{self, Confirmation};
use crate::validation::Occasion;
use crate::work;

/// After how many seconds the page of a flow that has not ended loads itself again: as often as the page that waits for it asks.
const PENDING_SECONDS: &str = "2";

/// `POST /connect-account/start`: begins a sign-in at the vendor.
pub(super) async fn start(
    State(app): State<Arc<App>>,
    Extension(Arrival { id, .. }): Extension<Arrival>,
    request: Request,
) -> Response {
    if !is_from_own_page(request.headers(), &app.service.config) {
        return foreign(&app, &id);
    }
    let is_framed = is_for_a_frame(request.headers());
    let form = match read_form(request, &app.service.config.limits).await {
        Ok(form) => form,
        Err(refused) => return explain(&app, &id, "", refused),
    };
    if is_framed {
        let html = page::unshown(&Look::of(&app.service.config), &form.opening);
        return page::respond(StatusCode::FORBIDDEN, html, &app.service.config, Kind::Plain);
    }
    let integration = form.opening.integration.clone().unwrap_or_default();
    match flow::start(&app.service, &form).await {
        Ok(started) => {
            let mut response = see_other(started.location.as_str());
            set(&mut response, header::SET_COOKIE, started.cookie.expose_secret());
            response
        }
        Err(Refused::Invalid(failures)) => corrected(&app, &id, &form, &failures).await,
        Err(refused) => explain(&app, &id, &integration, refused),
    }
}

/// `GET /connect-account/callback/{integration}`: the only GET that changes something, as vendors send people back by one.
pub(super) async fn callback(
    State(app): State<Arc<App>>,
    Extension(Arrival { id, .. }): Extension<Arrival>,
    Path(integration): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    land(&app, &id, &integration, query.unwrap_or_default().as_bytes(), &headers, false).await
}

/// `HEAD` of the callback: for scanners of links. Changes nothing.
pub(super) async fn callback_head() -> impl IntoResponse {
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, POST")])
}

/// `POST` of the callback: for vendors with `response_mode=form_post` (OAuth 2.0 Form Post Response Mode).
pub(super) async fn callback_post(
    State(app): State<Arc<App>>,
    Extension(Arrival { id, .. }): Extension<Arrival>,
    Path(integration): Path<String>,
    request: Request,
) -> Response {
    let headers = request.headers().clone();
    match read_fields(request, &app.service.config.limits).await {
        Ok(received) => land(&app, &id, &integration, &received.bytes, &headers, true).await,
        Err(refused) => explain(&app, &id, &integration, refused),
    }
}

/// `GET /connect-account/flow/{id}`: how far it is, for a page that waits.
pub(super) async fn status(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let report = match id.parse() {
        Ok(id) => flow::report(&app.service, id).await?,
        Err(_) => None,
    };
    let unknown =
        || Problem::new(StatusCode::NOT_FOUND, "there is no such attempt to connect an account, or its time is over");
    Ok(Json(report.ok_or_else(unknown)?.status(&app.service)))
}

/// `GET /connect-account/done/{id}`: how it ended.
pub(super) async fn done(
    State(app): State<Arc<App>>,
    Extension(Arrival { id: request, .. }): Extension<Arrival>,
    Path(id): Path<String>,
) -> Response {
    let report = match id.parse::<Uuid>() {
        Ok(id) => flow::report(&app.service, id).await,
        Err(_) => Ok(None),
    };
    let report = match report {
        Ok(report) => report,
        Err(error) => return explain(&app, &request, "", error.into()),
    };
    let Some(report) = report else { return explain(&app, &request, "", Refused::UnknownState) };
    let Some(outcome) = &report.outcome else {
        let mut response = explain(&app, &request, "", Refused::Pending);
        set(&mut response, header::REFRESH, PENDING_SECONDS);
        return response;
    };
    let generation = app.service.registry.get(&outcome.integration);
    let redirect = report.redirect(&app.service);
    let view = OutcomeView {
        label: generation.as_ref().map_or(&outcome.integration, |generation| &generation.capabilities.label),
        tells: report.flow.shown_in == ShownIn::Same,
        redirect: redirect.as_deref(),
        reference: &request.0,
    };
    let html = page::outcome(&Look::of(&app.service.config), outcome, view);
    page::respond(StatusCode::OK, html, &app.service.config, Kind::Plain)
}

/// `POST /connect-account/confirm`: the application's last word.
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
            // The vendor may have refused it meanwhile.
            let account = app.service.accounts.get(account.id, None).await?.unwrap_or(*account);
            Ok((StatusCode::CREATED, Json(shown(&app, &account))).into_response())
        }
        Conclusion::ApplicationRemoved => {
            Err(overtaken("the OAuth application was removed meanwhile: connect again").into())
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

/// Whether the answer is shown in a frame, as browsers say (Fetch Metadata Request Headers). Vendors refuse frames, and a cookie that is set
/// in one does not come back with the vendor's answer.
fn is_for_a_frame(headers: &HeaderMap) -> bool {
    let destination = headers.get("sec-fetch-dest").map(HeaderValue::as_bytes);
    destination.is_some_and(|destination| {
        [&b"iframe"[..], b"frame", b"embed", b"object", b"fencedframe"].contains(&destination)
    })
}

/// The body of a form, of the one type that forms have here.
async fn read_fields(request: Request, limits: &Limits) -> Result<Received, Refused> {
    let received = receive(request, limits).await.map_err(|_| Refused::Damaged("the form did not arrive"))?;
    if is_form(&received) { Ok(received) } else { Err(Refused::Damaged("it is not sent as a form")) }
}

async fn read_form(request: Request, limits: &Limits) -> Result<Form, Refused> {
    let received = read_fields(request, limits).await?;
    let read = || parameters::form(&received.bytes);
    work::on(received.bytes.len(), read).await.map_err(|_| Refused::Damaged("a field comes twice, or is too long"))
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
        Err(refused) => explain(app, id, integration, refused),
    }
}

/// The value of a cookie. Another host of the same domain can add one of the same name (RFC 6265 §8.6): two are none.
fn only_cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(own, _)| *own == name).map(|(_, value)| value);
    values.next().filter(|_| values.next().is_none()).map(str::to_owned)
}

/// Leads the browser on by GET (RFC 9700 §4.12). The address that it comes from is told to nobody.
pub(super) fn see_other(location: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    set(&mut response, header::LOCATION, location);
    set(&mut response, header::REFERRER_POLICY, "no-referrer");
    response
}

fn set(response: &mut Response, name: header::HeaderName, value: &str) {
    // Made of URLs, uuids and base64url, which headers take.
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().append(name, value);
    }
}

fn foreign(app: &App, id: &RequestId) -> Response {
    let look = Look::of(&app.service.config);
    let problem = page::Problem {
        title: "This form was not sent from its own page",
        text: "For your protection nothing was done.".to_owned(),
        next: format!("Go back to {}, open the page again, and send the form from there.", look.operator),
        reference: &id.0,
        ..page::Problem::default()
    };
    page::respond(StatusCode::FORBIDDEN, page::problem(&look, &problem), &app.service.config, Kind::Plain)
}

/// The status of the page that says why an integration cannot be connected.
pub(super) fn unavailable_status(unavailable: &Unavailable) -> StatusCode {
    match unavailable {
        Unavailable::NotAllowed(_) => StatusCode::NOT_FOUND,
        Unavailable::NotLoaded(_) | Unavailable::NotSetUp { .. } => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The page of what stands in the way.
fn explain(app: &App, id: &RequestId, integration: &str, refused: Refused) -> Response {
    if let Refused::Unavailable(unavailable) = &refused {
        unavailable.warn();
    }
    let look = Look::of(&app.service.config);
    let (title, text, next) = (refused.title(), refused.to_string(), refused.next(&look.operator));
    let ends = matches!(refused.error_type(), ErrorType::InvalidToken | ErrorType::InvalidIntegration);
    let outcome = ends.then(|| Outcome::failed(integration, refused.error_type(), format!("{text} {next}")));
    let status = match refused {
        Refused::Damaged(_) | Refused::UnknownState => StatusCode::BAD_REQUEST,
        Refused::Link | Refused::ForeignBrowser => StatusCode::FORBIDDEN,
        Refused::NoConsent(_) => StatusCode::NOT_FOUND,
        Refused::Unavailable(unavailable) => unavailable_status(&unavailable),
        Refused::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Refused::Ended | Refused::Pending | Refused::Replayed => StatusCode::CONFLICT,
        // Rendered for its status, and so that it is in the log.
        Refused::Host(error) => ApiError::from(error).into_response().status(),
    };
    let problem = page::Problem { title, text, next, outcome, reference: &id.0 };
    page::respond(status, page::problem(&look, &problem), &app.service.config, Kind::Plain)
}
