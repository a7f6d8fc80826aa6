//! `/connect-account`: the page on which people connect accounts. For browsers, so its errors are pages, and it needs no API token: the link
//! token is what lets people in.

use std::sync::{Arc, Once};

use axum::Extension;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::body::{Received, receive};
use super::connect_flow::{see_other, unavailable_status};
use super::error::ApiError;
use super::middleware::{Arrival, RequestId};
use super::reference::FOR_EVER;
use crate::account::{AccountError, OAuthApplication};
use crate::app::App;
use crate::config::Config;
use crate::connect::flow::{self, Filled, Refused};
use crate::connect::page::{self, FormView, Kind, Look, Problem};
use crate::connect::parameters::{self, BadParameter, Form};
use crate::connect::{ErrorType, Lack, Link, Opening, Outcome, Unavailable, Way};
use crate::plugin::Generation;
use crate::unified::Failures;
use crate::validation::Occasion;
use crate::work;

/// The type of a form's body.
const FORM: &str = "application/x-www-form-urlencoded";

/// `GET /connect-account`: the choice among integrations, or the form of one. Changes nothing, however often it is asked for.
pub(super) async fn page(
    State(app): State<Arc<App>>,
    Extension(Arrival { id, .. }): Extension<Arrival>,
    RawQuery(query): RawQuery,
) -> Response {
    let visit = Visit::new(&app, id);
    visit.show(&query.unwrap_or_default()).await.unwrap_or_else(|stop| visit.explain(stop))
}

/// `POST /connect-account`: connects an account with the credentials of the form.
pub(super) async fn submit(
    State(app): State<Arc<App>>,
    Extension(Arrival { id, .. }): Extension<Arrival>,
    request: Request,
) -> Response {
    let visit = Visit::new(&app, id);
    visit.submit(request).await.unwrap_or_else(|stop| visit.explain(stop))
}

/// `GET /connect-account/{file}`: the stylesheets and the script.
pub(super) async fn file(State(app): State<Arc<App>>, Path(file): Path<String>) -> Response {
    let named = |path: &str| path.rsplit('/').next() == Some(file.as_str());
    let color = || app.service.config.connect.color.as_ref().filter(|color| named(&page::color_path(color)));
    let (kind, text) = match () {
        () if named(page::style_path()) => ("text/css; charset=utf-8", page::STYLE.to_owned()),
        () if named(page::script_path()) => ("text/javascript; charset=utf-8", page::SCRIPT.to_owned()),
        () => match color() {
            Some(color) => ("text/css; charset=utf-8", page::stylesheet(color)),
            None => return super::error::no_route().await.into_response(),
        },
    };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, FOR_EVER)], text).into_response()
}

/// The form of a consent once more, with what is wrong with it.
pub(super) async fn corrected(app: &Arc<App>, id: &RequestId, form: &Form, failures: &Failures) -> Response {
    let visit = Visit::new(app, id.clone());
    visit.correct(form, failures).await.unwrap_or_else(|stop| visit.explain(stop))
}

/// One request for a page.
struct Visit<'a> {
    app: &'a Arc<App>,
    look: Look,
    id: RequestId,
}

/// Why a request gets another page than the one that it is for.
enum Stop {
    /// A parameter or a field cannot be read.
    Parameter(BadParameter),
    /// The link token is unknown, used or expired. The integration that was chosen, if one was.
    Token(Option<String>),
    /// The address has no link token. The integration that was chosen, if one was.
    NoToken(Option<String>),
    /// The integration cannot be connected.
    Unavailable(Unavailable),
    /// The form does not come from a page of this host.
    Foreign,
    /// The body is no form.
    Body(StatusCode, String),
    /// The attempt of the form's id is another one.
    Ended,
    /// The host itself failed.
    Failed(ApiError),
}

impl From<AccountError> for Stop {
    fn from(error: AccountError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Unavailable> for Stop {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl From<BadParameter> for Stop {
    fn from(error: BadParameter) -> Self {
        Self::Parameter(error)
    }
}

impl<'a> Visit<'a> {
    fn new(app: &'a Arc<App>, id: RequestId) -> Self {
        Self { app, look: Look::of(&app.service.config), id }
    }

    async fn show(&self, query: &str) -> Result<Response, Stop> {
        let opening = parameters::opening(query)?;
        if opening.iframe && !opening.is_heard {
            warn_of_unheard_frame();
            return Ok(self.respond(StatusCode::OK, page::unheard(&self.look, &opening), Kind::Plain));
        }
        let link = self.link(&opening).await?;
        let Some(chosen) = link.chosen(&opening) else {
            return Ok(self.respond(StatusCode::OK, page::choice(&self.look, &link, &opening), Kind::Plain));
        };
        let generation = chosen?;
        let application = link.application(&self.app.service, &generation.capabilities.slug).await?;
        let attempt = Attempt::new(&opening, &link, generation, application.as_ref())?;
        Ok(self.form(StatusCode::OK, &attempt, &Failures::default(), None))
    }

    async fn submit(&self, request: Request) -> Result<Response, Stop> {
        if !is_from_own_page(request.headers(), &self.app.service.config) {
            return Err(Stop::Foreign);
        }
        let form = self.read(request).await?;
        let opening = &form.opening;
        let link = self.link(opening).await?;
        let generation = link.chosen(opening).unwrap_or_else(|| Err(Unavailable::default()))?;
        let application = link.application(&self.app.service, &generation.capabilities.slug).await?;
        let attempt = Attempt::new(opening, &link, generation, application.as_ref())?;
        let way = attempt.way;
        if way.authorization().is_some() {
            // A person consents at the vendor, which another form begins.
            return Ok(self.form(StatusCode::UNPROCESSABLE_ENTITY, &attempt, &Failures::default(), Some(&form)));
        }
        let filled = Filled {
            id: form.flow.unwrap_or_else(Uuid::new_v4),
            link: &link,
            generation,
            way,
            application: application.as_ref(),
            entered: &form.context,
            occasion: Occasion { request_id: self.id.0.clone(), method: "POST", path: "/connect-account".to_owned() },
        };
        match flow::finish_form(&self.app.service, filled).await {
            Ok(id) => Ok(see_other(&format!("/connect-account/done/{id}"))),
            Err(Refused::Invalid(failures)) => {
                Ok(self.form(StatusCode::UNPROCESSABLE_ENTITY, &attempt, &failures, Some(&form)))
            }
            Err(Refused::Host(error)) => Err(error.into()),
            Err(_) => Err(Stop::Ended),
        }
    }

    async fn correct(&self, form: &Form, failures: &Failures) -> Result<Response, Stop> {
        let opening = &form.opening;
        let link = self.link(opening).await?;
        let generation = link.chosen(opening).unwrap_or_else(|| Err(Unavailable::default()))?;
        let application = link.application(&self.app.service, &generation.capabilities.slug).await?;
        let attempt = Attempt::new(opening, &link, generation, application.as_ref())?;
        Ok(self.form(StatusCode::UNPROCESSABLE_ENTITY, &attempt, failures, Some(form)))
    }

    async fn read(&self, request: Request) -> Result<Form, Stop> {
        let received = receive(request, &self.app.service.config.limits).await;
        let received = received.map_err(|error| Stop::Body(error.status(), error.to_string()))?;
        if !is_form(&received) {
            return Err(Stop::Body(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("the body must be {FORM}")));
        }
        Ok(work::on(received.bytes.len(), || parameters::form(&received.bytes)).await?)
    }

    async fn link(&self, opening: &Opening) -> Result<Link, Stop> {
        if opening.link_token.expose_secret().is_empty() {
            return Err(Stop::NoToken(opening.integration.clone()));
        }
        Link::find(&self.app.service, opening).await?.ok_or_else(|| Stop::Token(opening.integration.clone()))
    }

    /// The page with the form of an integration.
    fn form(&self, status: StatusCode, attempt: &Attempt<'_>, failures: &Failures, sent: Option<&Form>) -> Response {
        let view = FormView {
            link: attempt.link,
            generation: attempt.generation,
            opening: attempt.opening,
            way: attempt.way,
            application: attempt.application,
            failures,
            sent,
        };
        self.respond(status, page::form(&self.look, view), Kind::Form(&view.leads_to()))
    }

    fn respond(&self, status: StatusCode, html: String, kind: Kind<'_>) -> Response {
        page::respond(status, html, &self.app.service.config, kind)
    }

    /// The page of what stands in the way.
    fn explain(&self, stop: Stop) -> Response {
        let (status, problem) = self.problem(stop);
        self.respond(status, page::problem(&self.look, &problem), Kind::Plain)
    }

    fn problem(&self, stop: Stop) -> (StatusCode, Problem<'_>) {
        let operator = &self.look.operator;
        let back = format!("Go back to {operator} and try again.");
        let (status, title, text, next, failure) = match stop {
            Stop::Token(integration) => (
                StatusCode::FORBIDDEN,
                "This link cannot be used",
                "The link is unknown, expired, or was used already. Nothing was changed.".to_owned(),
                format!("Go back to {operator} and ask for a new link."),
                Some((ErrorType::InvalidToken, integration.unwrap_or_default())),
            ),
            Stop::NoToken(integration) => (
                StatusCode::BAD_REQUEST,
                "This address is not complete",
                "A part of the link is missing. Nothing was changed.".to_owned(),
                format!("Go back to {operator} and open the page from there, or copy the whole link."),
                Some((ErrorType::InvalidToken, integration.unwrap_or_default())),
            ),
            Stop::Unavailable(unavailable) => {
                unavailable.warn();
                let (text, next) = (unavailable.to_string(), unavailable.next(operator));
                let failure = Some((ErrorType::InvalidIntegration, unavailable.slug().to_owned()));
                (unavailable_status(&unavailable), unavailable.title(), text, next, failure)
            }
            Stop::Foreign => (
                StatusCode::FORBIDDEN,
                "This form was not sent from its own page",
                "For your protection nothing was stored.".to_owned(),
                format!("Go back to {operator}, open the page again, and send the form from there."),
                None,
            ),
            Stop::Ended => (
                StatusCode::CONFLICT,
                "This attempt has ended already",
                "Nothing was changed.".to_owned(),
                format!("Go back to {operator}, and start again."),
                None,
            ),
            Stop::Parameter(error) => (
                StatusCode::BAD_REQUEST,
                "This address is not complete",
                format!("The host cannot read it: {error}."),
                back,
                None,
            ),
            Stop::Body(status, message) => {
                (status, "This form cannot be read", format!("The host did not take it: {message}."), back, None)
            }
            Stop::Failed(error) => (
                // Rendered for its status, and so that it is in the log.
                error.into_response().status(),
                "Something went wrong here",
                "The host could not do this now. Nothing was stored.".to_owned(),
                "Try again in a moment.".to_owned(),
                None,
            ),
        };
        let outcome = failure.map(|(kind, integration)| Outcome::failed(integration, kind, format!("{text} {next}")));
        (status, Problem { title, text, next, outcome, reference: &self.id.0 })
    }
}

/// What a form is about.
struct Attempt<'a> {
    opening: &'a Opening,
    link: &'a Link,
    generation: &'a Arc<Generation>,
    application: Option<&'a OAuthApplication>,
    way: Way<'a>,
}

impl<'a> Attempt<'a> {
    /// Takes the way that the page's address names, if people can take it; else the one that fits best.
    fn new(
        opening: &'a Opening,
        link: &'a Link,
        generation: &'a Arc<Generation>,
        application: Option<&'a OAuthApplication>,
    ) -> Result<Self, Unavailable> {
        let way = link.way(generation, application, opening.auth_format.as_deref());
        // The application has been removed since the link was looked up.
        let way = way.ok_or_else(|| Unavailable::not_set_up(generation, Lack::Application))?;
        Ok(Self { opening, link, generation, application, way })
    }
}

/// Whether a body is that of a form, as its type says.
pub(super) fn is_form(received: &Received) -> bool {
    let kind = received.content_type.as_deref().and_then(|kind| kind.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case(FORM))
}

/// Whether a form comes from a page of this host: browsers say so in `origin`, and no page of another host can change that (OWASP's defence
/// against CSRF by the verification of the origin). Without a public URL the host is whatever the browser asked for.
pub(super) fn is_from_own_page(headers: &HeaderMap, config: &Config) -> bool {
    let only = |name| {
        let mut values = headers.get_all(name).iter();
        values.next().filter(|_| values.next().is_none()).map(HeaderValue::as_bytes)
    };
    let Some(origin) = only(header::ORIGIN) else { return false };
    match &config.connect.public_url {
        Some(url) => origin == url.as_str().as_bytes(),
        None => {
            let is_at_host =
                |scheme: &[u8]| origin.strip_prefix(scheme).is_some_and(|rest| Some(rest) == only(header::HOST));
            is_at_host(b"https://") || is_at_host(b"http://")
        }
    }
}

/// Says once how to make a frame work: the browser of each customer would say it again.
fn warn_of_unheard_frame() {
    static WARNED: Once = Once::new();
    WARNED.call_once(|| {
        tracing::warn!(
            "the connect page was opened in a frame by an SDK that does not hear this host from there, so it asks people to open a \
             window: open the page by @mortise/link, or call Truto's SDK with `iframe: false`"
        );
    });
}
