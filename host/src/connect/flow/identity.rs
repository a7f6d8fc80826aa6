//! Whether an account that is connected again is still the same account at the vendor.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::parameters::CONTEXT;
use super::super::words::words;
use super::super::{ErrorType, Failure};
use crate::account::{Account, Identity};
use crate::egress::TokenExchange;
use crate::plugin::Generation;
use crate::unified::{self, Failures, Place};

/// A variable whose change would make an account another one at the vendor.
#[derive(Debug)]
pub(super) struct Difference {
    variable: String,
    had: String,
    has: String,
}

/// The variables that tell accounts at the vendor apart. Such a variable is part of an origin, of the address of a
/// consent or of the exchange of its code, or the vendor's redirect brings it.
fn telling(generation: &Generation) -> impl Iterator<Item = String> {
    let of_exchange = |exchange: &TokenExchange| {
        let consent = exchange.authorization.as_ref();
        let captured = consent.into_iter().flat_map(|consent| consent.captures.iter().map(|c| c.variable.clone()));
        let named = consent.map(|consent| &consent.url).into_iter().chain([&exchange.url]);
        named.flat_map(|url| url.variables().map(str::to_owned)).chain(captured).collect::<Vec<_>>()
    };
    let origins = generation.profile.origins.iter();
    let of_origins = origins.flat_map(|origin| origin.variables()).map(|(name, _)| name.to_owned());
    let exchanges = generation.capabilities.auth.iter().filter_map(|scheme| scheme.exchange.as_ref());
    of_origins.chain(exchanges.flat_map(of_exchange))
}

/// Which account at the vendor a person connects with these variables. `open` are those that are no credentials, declared defaults filled in.
pub(super) fn identity(generation: &Generation, open: &BTreeMap<String, String>) -> Identity {
    telling(generation).filter_map(|name| open.get(&name).cloned().map(|value| (name, value))).collect()
}

/// The first variable by which `identity` is another account at the vendor than `account` is. What one of the two does not have tells
/// nothing.
pub(super) fn difference(generation: &Generation, account: &Account, identity: &Identity) -> Option<Difference> {
    let (capabilities, origins) = (&generation.capabilities, &generation.profile.origins);
    telling(generation).find_map(|name| {
        let own = account.context.get(&name).and_then(Value::as_str).filter(|own| !own.is_empty()).map(str::to_owned);
        // A default counts if requests used it. The address of a consent was perhaps never used.
        let is_in_origin = origins.iter().any(|origin| origin.variables().iter().any(|(own, _)| *own == name));
        let had = own.or_else(|| capabilities.value(&name, None).filter(|_| is_in_origin))?;
        let has = identity.get(&name)?;
        // Host names do not depend on case.
        let is_in_host = origins.iter().any(|origin| origin.longest(&name).is_some());
        let is_same = had == *has || is_in_host && had.eq_ignore_ascii_case(has);
        (!is_same).then(|| Difference { variable: name, had, has: has.clone() })
    })
}

impl Difference {
    /// The refusal of a form, which the person can correct.
    pub(super) fn in_form(&self) -> Failures {
        let had = words(&self.had).unwrap_or_default();
        let rule = format!("must be {had}: the account that you connect again is that one, and this is another one");
        unified::Failure::new(Place::Body, format!("{CONTEXT}{}", self.variable), rule).into()
    }

    /// The failure for a person who has come back from the vendor of this name.
    pub(super) fn at_vendor(&self, label: &str) -> Failure {
        let [had, has] = [&self.had, &self.has].map(|value| words(value).unwrap_or_default());
        let message = format!(
            "You have signed in to another account of {label}: the account that you connect again is {had}, and you came back from {has}. \
             Nothing was changed. Sign in to {had} at {label} first."
        );
        Failure::new(ErrorType::ConnectionError, message)
    }
}
