//! The accounts of a host on loopback: one for each auth scheme that recorded calls use, with the variables of those
//! calls.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::account::NewAccount;
use crate::cassette::{self, Cassette};
use crate::plugin::Capabilities;

/// Tenant of the accounts.
pub(super) const TENANT: &str = "demo";

/// An account for recorded calls.
pub(super) struct Callable<'c> {
    /// The integration.
    pub(super) slug: String,
    /// Its id.
    pub(super) id: Uuid,
    /// Its auth scheme; `None` if the integration does not sign its requests.
    pub(super) method: Option<String>,
    /// The successful calls that were recorded with its variables, creations first.
    pub(super) calls: Vec<&'c Cassette>,
}

/// An account that recorded calls were made with.
pub(super) struct Recorded<'c> {
    /// The account to make.
    pub(super) account: NewAccount,
    /// The successful calls that were made with it, creations first.
    pub(super) calls: Vec<&'c Cassette>,
}

/// One account for each auth scheme that a successful call uses, in the order in which the integration declares them. Without such a call
/// it is one with placeholders.
pub(super) fn recorded<'c>(capabilities: &Capabilities, cassettes: &'c [Cassette]) -> Vec<Recorded<'c>> {
    let mut successes: Vec<_> = cassettes.iter().filter(|cassette| cassette.answer.status.is_success()).collect();
    successes.sort_by_key(|cassette| cassette.call.operation);
    let mut found: Vec<Recorded<'c>> = Vec::new();
    for cassette in successes {
        let call = &cassette.call;
        let account = account(capabilities, &call.variables, call.authentication_method.as_deref());
        match found.iter_mut().find(|recorded| recorded.account.authentication_method == account.authentication_method)
        {
            // A call that was recorded with other variables may have no answer.
            Some(same) if same.calls.first().is_some_and(|first| first.call.variables != call.variables) => {}
            Some(same) => same.calls.push(cassette),
            None => found.push(Recorded { account, calls: vec![cassette] }),
        }
    }
    if found.is_empty() {
        found.push(Recorded { account: account(capabilities, &BTreeMap::new(), None), calls: Vec::new() });
    }
    let place = |recorded: &Recorded<'_>| {
        let method = recorded.account.authentication_method.as_deref();
        capabilities.auth.iter().position(|scheme| Some(scheme.method()) == method)
    };
    found.sort_by_key(place);
    found
}

/// The account of a call with these variables, signed by the scheme that it names, else by the first that the variables suffice for.
fn account(capabilities: &Capabilities, variables: &BTreeMap<String, String>, named: Option<&str>) -> NewAccount {
    let mut account = cassette::account(capabilities, TENANT, |name| variables.get(name).cloned());
    let has_default = |name: &str| capabilities.variable(name).is_some_and(|variable| variable.default.is_some());
    let carries =
        |name: &str| account.context.contains_key(name) || account.secrets.contains_key(name) || has_default(name);
    let mut schemes = capabilities.auth.iter().filter(|scheme| named.is_none_or(|method| method == scheme.method()));
    let scheme = schemes.find(|scheme| scheme.variables().all(carries));
    account.authentication_method = scheme.map(|scheme| scheme.method().to_owned());
    account
}
