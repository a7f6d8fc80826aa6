//! `/connect-account`: the page on which people connect accounts. It is for browsers, so its errors are pages. It needs
//! no API token, because the link token lets people in.

use std::sync::{Arc, Once};

use axum::Extension;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::connect_flow::{ended, see_other};
use super::connect_form::{is_from_own_page, read_form};
use super::connect_stop::Stop;
use super::middleware::{Arrival, RequestId};
use super::reference::FOR_EVER;
use crate::account::{FlowStatus, OAuthApplication};
use crate::app::App;
use crate::connect::flow::{self, Filled, Refused};
use crate::connect::page::{self, FormView, Kind, Look};
use crate::connect::parameters::{self, Form};
use crate::connect::{Lack, Link, Opening, Unavailable, Way};
use crate::plugin::Generation;
use crate::unified::Failures;
use crate::validation::Occasion;

/// `GET /connect-account`: the choice among integrations, or the form of one. Changes nothing, however often a browser
/// loads it.
pub(super) async fn page(
    State(app): State<Arc<App>>,
    Extension(Arrival { id, .. }): Extension<Arrival>,
    RawQuery(query): RawQuery,
) -> Response {
    let visit = Visit::new(&app, id);
    visit.show(&query.unwrap_or_default()).await.unwrap_or_else(|stop| stop.explain(&app, &visit.id))
}

/// `POST /connect-account`: connects an account with the credentials of the form.
pub(super) async fn submit(
    State(app): State<Arc<App>>,
    Extension(Arrival { id, .. }): Extension<Arrival>,
    request: Request,
) -> Response {
    let visit = Visit::new(&app, id);
    visit.submit(request).await.unwrap_or_else(|stop| stop.explain(&app, &visit.id))
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

/// The form for a sign-in at the vendor again, with its failures.
pub(super) async fn corrected(app: &Arc<App>, id: &RequestId, form: &Form, failures: &Failures) -> Response {
    let visit = Visit::new(app, id.clone());
    visit.correct(form, failures).await.unwrap_or_else(|stop| stop.explain(app, id))
}

/// One request for a page.
struct Visit<'a> {
    app: &'a Arc<App>,
    look: Look,
    id: RequestId,
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
            return Err(Refused::Foreign.into());
        }
        let form = read_form(request, &self.app.service.config.limits).await?;
        let opening = &form.opening;
        let link = match self.link(opening).await {
            Ok(link) => link,
            // Sent twice: the first one has used the link up.
            Err(stop) => match flow::sent_before(&self.app.service, &form).await? {
                Some(id) => return self.ended(id, &form).await,
                None => return Err(stop),
            },
        };
        let generation = link.chosen(opening).unwrap_or_else(|| Err(Unavailable::default()))?;
        let application = link.application(&self.app.service, &generation.capabilities.slug).await?;
        let attempt = Attempt::new(opening, &link, generation, application.as_ref())?;
        let way = attempt.way;
        if way.authorization().is_some() {
            // This way needs the person's consent at the vendor, which another form begins.
            return Ok(self.form(StatusCode::UNPROCESSABLE_ENTITY, &attempt, &Failures::default(), Some(&form)));
        }
        let filled = Filled {
            id: form.flow.unwrap_or_else(Uuid::new_v4),
            key: form.key.clone(),
            link: &link,
            generation,
            way,
            application: application.as_ref(),
            entered: &form.context,
            occasion: Occasion { request_id: self.id.0.clone(), method: "POST", path: "/connect-account".to_owned() },
        };
        match flow::finish_form(&self.app.service, filled).await {
            Ok(id) => self.ended(id, &form).await,
            Err(Refused::Invalid(failures)) => {
                Ok(self.form(StatusCode::UNPROCESSABLE_ENTITY, &attempt, &failures, Some(&form)))
            }
            Err(refused) => Err(refused.into()),
        }
    }

    /// Answers a form whose attempt has ended: with the last page itself if it has the code of a confirmation, else
    /// with a redirect to it. At the last page's address the host does not know who asks, because in a frame browsers
    /// send no cookie.
    async fn ended(&self, id: Uuid, form: &Form) -> Result<Response, Stop> {
        if self.app.service.config.connect.confirm
            && let Some(key) = &form.key
            && let Some(report) = flow::report(&self.app.service, id).await?
            && report.flow.status == FlowStatus::Unconfirmed
            && report.flow.is_of_page(key)
        {
            return Ok(ended(self.app, &report));
        }
        Ok(see_other(&format!("/connect-account/done/{id}")))
    }

    async fn correct(&self, form: &Form, failures: &Failures) -> Result<Response, Stop> {
        let opening = &form.opening;
        let link = self.link(opening).await?;
        let generation = link.chosen(opening).unwrap_or_else(|| Err(Unavailable::default()))?;
        let application = link.application(&self.app.service, &generation.capabilities.slug).await?;
        let attempt = Attempt::new(opening, &link, generation, application.as_ref())?;
        Ok(self.form(StatusCode::UNPROCESSABLE_ENTITY, &attempt, failures, Some(form)))
    }

    async fn link(&self, opening: &Opening) -> Result<Link, Stop> {
        if opening.link_token.expose_secret().is_empty() {
            return Err(Stop::from(Refused::NoLink).of(opening.integration.as_deref()));
        }
        let link = Link::find(&self.app.service, opening).await?;
        link.ok_or_else(|| Stop::from(Refused::Link).of(opening.integration.as_deref()))
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
}

/// The subject of a form.
struct Attempt<'a> {
    opening: &'a Opening,
    link: &'a Link,
    generation: &'a Arc<Generation>,
    application: Option<&'a OAuthApplication>,
    way: Way<'a>,
}

impl<'a> Attempt<'a> {
    /// Chooses the way in the page's address, if people can take it; else the one that fits best.
    fn new(
        opening: &'a Opening,
        link: &'a Link,
        generation: &'a Arc<Generation>,
        application: Option<&'a OAuthApplication>,
    ) -> Result<Self, Unavailable> {
        let way = link.way(generation, application, opening.auth_format.as_deref());
        // Somebody has removed the application since the link was looked up.
        let way = way.ok_or_else(|| Unavailable::not_set_up(generation, Lack::Application))?;
        Ok(Self { opening, link, generation, application, way })
    }
}

/// Logs once how to make a frame work: otherwise the browser of each customer would cause such a line.
fn warn_of_unheard_frame() {
    static WARNED: Once = Once::new();
    WARNED.call_once(|| {
        tracing::warn!(
            "the connect page was opened in a frame by an SDK that accepts no messages of this host from a frame, so it asks people to open a \
             window: open the page by @mortise/link, or call Truto's SDK with `iframe: false`"
        );
    });
}
