//! Sign-ins that are under way: each is one for all calls that wait for it.

use std::collections::HashMap;
use std::sync::{Arc, MutexGuard, PoisonError};

use tokio::sync::watch;
use tracing::Instrument;

use super::super::super::EgressError;
use super::ended::Ended;
use super::sign_in_key::SignInKey;
use super::{Exchanger, Subject};
use crate::account::Sealed;
use crate::observe::span;

pub(super) type Flight = watch::Receiver<Option<Result<Ended, EgressError>>>;

impl Exchanger {
    /// The running sign-in of this account with these credentials, or a new one. If `ahead`, the present token is still
    /// valid.
    pub(super) fn flight(
        self: &Arc<Self>,
        key: &SignInKey,
        subject: &Arc<Subject>,
        refused: Option<&Sealed>,
        ahead: bool,
    ) -> Flight {
        let mut flights = self.flights();
        if let Some(flight) = flights.get(key) {
            return flight.clone();
        }
        let (ended, flight) = watch::channel(None);
        flights.insert(key.clone(), flight.clone());
        let landing = Landing { exchanger: self.clone(), key: key.clone() };
        let (subject, refused) = (subject.clone(), refused.cloned());
        let span = span!("sign-in", otel.kind = "client", mortise.integration = &*subject.slug);
        let signing_in = async move {
            let outcome = landing.exchanger.exchange(&subject, refused.as_ref(), ahead).await;
            // Later calls find the token in the database.
            drop(landing);
            ended.send_replace(Some(outcome));
        };
        self.tasks.spawn(signing_in.instrument(span).in_current_span());
        flight
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<SignInKey, Flight>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes a sign-in from the list when its task ends in any way, so that no call waits for it in vain.
struct Landing {
    exchanger: Arc<Exchanger>,
    key: SignInKey,
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.exchanger.flights().remove(&self.key);
    }
}
