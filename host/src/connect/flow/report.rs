//! The contents of a flow's pages: its state, its outcome, and the URL to which the person goes.

use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use super::super::page::Look;
use super::super::{ErrorType, Failure, Outcome};
use crate::account::{AccountError, ConnectFlow, FlowStatus, ShownIn};
use crate::unified::Service;

/// Time that all queries of one flow may take. Each waits for a connection for 3 s and runs for 5 s at most, and there
/// are about ten of them until an account is stored, a repetition included. A host that needs longer has stopped.
const DATABASE: SignedDuration = SignedDuration::from_secs(90);

/// A flow and its outcome, for its pages.
#[derive(Debug)]
pub struct Report {
    /// The flow.
    pub flow: ConnectFlow,
    /// The outcome; `None`: the flow has not ended.
    pub outcome: Option<Outcome>,
    /// Whether the report leaves out the code of a confirmation.
    is_withheld: bool,
}

impl Report {
    /// The answer to a waiting page: `{"status":"waiting"}`, or `connected`, `unconfirmed` or `failed` with the members of the
    /// final message, the [redirect](Self::redirect) if there is one, and what comes next (`next`) if the account is not
    /// connected.
    pub fn status(&self, service: &Service) -> Value {
        let Some(outcome) = &self.outcome else { return json!({ "status": "waiting" }) };
        let mut status = outcome.message();
        if let Value::Object(members) = &mut status {
            let look = Look::of(&service.config);
            let (word, next) = match &outcome.failure {
                Some(failure) => ("failed", Some(failure.next(&look.operator))),
                None if self.flow.status == FlowStatus::Unconfirmed => {
                    let generation = service.registry.get(&outcome.integration);
                    let label =
                        generation.as_ref().map_or(&outcome.integration, |generation| &generation.capabilities.label);
                    ("unconfirmed", Some(format!("{} confirms the account of {label} now.", look.operator_first())))
                }
                None => ("connected", None),
            };
            members.insert("status".to_owned(), word.into());
            if let Some(next) = next {
                members.insert("next".to_owned(), next.into());
            }
            if let Some(redirect) = self.redirect(service) {
                members.insert("redirect".to_owned(), redirect.into());
            }
        }
        status
    }

    /// The report for a browser that has not shown the flow's cookie or key: without the code of a confirmation, and
    /// therefore without a message for the application. Everyone who knows the id, which is in an address, can ask for
    /// it.
    #[must_use]
    pub fn without_code(mut self) -> Self {
        if let Some(outcome) = &mut self.outcome {
            self.is_withheld = outcome.confirmation_code.take().is_some();
        }
        self
    }

    /// Whether the last page sends the application a message. It does not in the window that a waiting page has opened.
    pub fn tells(&self) -> bool {
        self.flow.shown_in == ShownIn::Same && !self.is_withheld
    }

    /// The application's URL to which the person goes, with the outcome in the query but without the text of a failure.
    /// `None` if the application gives none, the operator does not allow it any more, or the report is [without its
    /// code](Self::without_code).
    pub fn redirect(&self, service: &Service) -> Option<String> {
        let (uri, outcome) = (self.flow.redirect_uri.as_deref()?, self.outcome.as_ref()?);
        let is_allowed =
            !self.is_withheld && service.config.connect.allowed_redirects.iter().any(|allowed| allowed.as_str() == uri);
        let mut url = Url::parse(uri).ok().filter(|_| is_allowed)?;
        let message = outcome.message();
        let names = ["result", "integration", "integrated_account_id", "error_type", "confirmation_code"];
        let given = names.iter().filter_map(|name| Some((name, message.get(name)?.as_str()?)));
        url.query_pairs_mut().extend_pairs(given);
        Some(url.into())
    }
}

/// If a host has worked on a flow since before this moment, it was killed and has abandoned the flow. Before the
/// account is stored, the host exchanges the code; after that it validates the account, which takes as long as a call.
/// The bound is the time of both, and of the queries.
pub(super) fn interrupted_before(service: &Service) -> Timestamp {
    let limits = &service.config.limits;
    let millis = limits.token_exchange_ms.saturating_add(limits.call_deadline_ms);
    let time = SignedDuration::from_millis(i64::try_from(millis).unwrap_or(i64::MAX)).saturating_add(DATABASE);
    Timestamp::now().checked_sub(time).unwrap_or(Timestamp::MIN)
}

/// The report of the flow with this id; `None` if there is none, or its time is over. Ends a flow that a host has
/// abandoned, so that the page's statement stays true.
///
/// # Errors
/// If the database fails, or the vault does not open the code of a confirmation.
pub async fn report(service: &Service, id: Uuid) -> Result<Option<Report>, AccountError> {
    let flows = service.accounts.connect_flows();
    let Some(mut flow) = flows.get(id).await? else { return Ok(None) };
    let is_left = flow.returned_at.is_some_and(|since| since <= interrupted_before(service));
    if is_left && flow.status == FlowStatus::Returned {
        flows.fail(&flow, &json!(interrupted())).await?;
        match flows.get(id).await? {
            Some(ended) => flow = ended,
            None => return Ok(None),
        }
    }
    let outcome = |failure| Outcome {
        integration: flow.integration.clone(),
        account: flow.connected_id,
        confirmation_code: None,
        failure,
    };
    let outcome = match flow.status {
        // The vendor may refuse a stored account, also after an interruption: the outcome is not known before.
        FlowStatus::Waiting | FlowStatus::Returned | FlowStatus::Stored => None,
        FlowStatus::Connected => Some(outcome(failure(&flow))),
        FlowStatus::Failed => Some(outcome(failure(&flow).or_else(|| Some(interrupted())))),
        FlowStatus::Unconfirmed => {
            let code = flows.confirmation_code(&flow)?.map(|code| code.expose_secret().to_owned());
            Some(Outcome { confirmation_code: code, ..outcome(None) })
        }
    };
    Ok(Some(Report { flow, outcome, is_withheld: false }))
}

fn interrupted() -> Failure {
    let message = "The service was interrupted while it connected the account. Nothing was connected.";
    Failure::new(ErrorType::ConnectionError, message)
}

fn failure(flow: &ConnectFlow) -> Option<Failure> {
    flow.failure.as_ref().and_then(|failure| Failure::deserialize(failure).ok())
}
