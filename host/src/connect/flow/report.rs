//! What a flow's pages tell: how far it is, how it ended, and where the person goes.

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

/// How long the queries of one flow may take together: each waits for a connection for 3 s and runs for 5 s at most, and there are some
/// ten of them until an account is stored, a repetition included. A host that is slower than that has stopped.
const DATABASE: SignedDuration = SignedDuration::from_secs(90);

/// A flow, for its pages.
#[derive(Debug)]
pub struct Report {
    /// The flow.
    pub flow: ConnectFlow,
    /// How it ended; `None`: it has not.
    pub outcome: Option<Outcome>,
    /// Whether there is a code that is not told.
    is_withheld: bool,
}

impl Report {
    /// What a waiting page gets: `{"status":"waiting"}`, or `connected`, `unconfirmed` or `failed` with the members of the final message, the
    /// [redirect](Self::redirect) if there is one, and what comes next (`next`) if the account is not connected.
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

    /// The same for a browser that has not shown to be the flow's: without the code of a confirmation, and so without anything to tell the
    /// application. Whoever knows the id, which is in an address, can ask for it.
    #[must_use]
    pub fn without_code(mut self) -> Self {
        if let Some(outcome) = &mut self.outcome {
            self.is_withheld = outcome.confirmation_code.take().is_some();
        }
        self
    }

    /// Whether the page of how it ended tells the application. The window that a waiting page has opened does not.
    pub fn tells(&self) -> bool {
        self.flow.shown_in == ShownIn::Same && !self.is_withheld
    }

    /// Where the application wants the person, with the outcome in the query and without the words of a failure. `None` if it does not say
    /// so, the operator does not allow it any more, or the outcome is told [without its code](Self::without_code).
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

/// A flow on which a host has worked since before this moment is left: the host was killed. The exchange of a code, or the form, comes
/// before the account is stored, and the validation, which takes as long as a call, after that; either is the longer one.
pub(super) fn interrupted_before(service: &Service) -> Timestamp {
    let limits = &service.config.limits;
    let millis = limits.token_exchange_ms.saturating_add(limits.call_deadline_ms);
    let time = SignedDuration::from_millis(i64::try_from(millis).unwrap_or(i64::MAX)).saturating_add(DATABASE);
    Timestamp::now().checked_sub(time).unwrap_or(Timestamp::MIN)
}

/// The flow of this id, for its pages; `None` if there is none, or its time is over. Ends a flow that a host has left, so that what the
/// page says stays true.
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
