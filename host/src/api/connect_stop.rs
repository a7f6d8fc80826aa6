//! The pages for the reasons against connecting an account.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::error::ApiError;
use super::middleware::RequestId;
use crate::account::AccountError;
use crate::app::App;
use crate::connect::flow::Refused;
use crate::connect::page::{self, Kind, Look};
use crate::connect::parameters::BadParameter;
use crate::connect::{ErrorType, Outcome, Unavailable};

/// The reason why a request gets another page than it asked for.
pub(super) struct Stop {
    refused: Refused,
    /// The status for a body that is not a form.
    status: Option<StatusCode>,
    /// The chosen integration; empty: people have not chosen.
    integration: String,
}

impl Stop {
    /// The stop for a body that is not a form.
    pub(super) fn body(status: StatusCode, message: String) -> Self {
        Self { status: Some(status), ..Refused::Damaged(message.into()).into() }
    }

    /// Sets the integration.
    #[must_use]
    pub(super) fn of(self, integration: Option<&str>) -> Self {
        Self { integration: integration.unwrap_or_default().to_owned(), ..self }
    }

    /// The page. If only the operator can remove the reason, the log says how.
    pub(super) fn explain(self, app: &App, id: &RequestId) -> Response {
        let Self { refused, status, integration } = self;
        if let Refused::Unavailable(unavailable) = &refused {
            unavailable.warn();
        }
        let look = Look::of(&app.service.config);
        let (title, text, next) = (refused.title(), refused.to_string(), refused.next(&look.operator));
        let kind = refused.error_type();
        let ends = matches!(kind, ErrorType::InvalidToken | ErrorType::InvalidIntegration);
        let outcome = ends.then(|| Outcome::failed(integration, kind, format!("{text} {next}")));
        let status = status.unwrap_or_else(|| status_of(refused));
        let problem = page::Problem { title, text, next, outcome, reference: &id.0 };
        page::respond(status, page::problem(&look, &problem), &app.service.config, Kind::Plain)
    }
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        let integration = match &refused {
            Refused::Unavailable(unavailable) => unavailable.slug().to_owned(),
            _ => String::new(),
        };
        Self { refused, status: None, integration }
    }
}

fn status_of(refused: Refused) -> StatusCode {
    match refused {
        Refused::Damaged(_) | Refused::NoLink | Refused::UnknownState => StatusCode::BAD_REQUEST,
        Refused::Foreign | Refused::Link | Refused::ForeignBrowser => StatusCode::FORBIDDEN,
        Refused::NoConsent(_) | Refused::Unavailable(Unavailable::NotAllowed(_)) => StatusCode::NOT_FOUND,
        Refused::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        Refused::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Refused::Ended | Refused::Full | Refused::Pending | Refused::Unchecked | Refused::Replayed => {
            StatusCode::CONFLICT
        }
        // Rendered for its status and its line in the log.
        Refused::Host(error) => ApiError::from(error).into_response().status(),
    }
}

impl From<AccountError> for Stop {
    fn from(error: AccountError) -> Self {
        Refused::from(error).into()
    }
}

impl From<Unavailable> for Stop {
    fn from(unavailable: Unavailable) -> Self {
        Refused::from(unavailable).into()
    }
}

impl From<BadParameter> for Stop {
    fn from(error: BadParameter) -> Self {
        Refused::from(error).into()
    }
}
