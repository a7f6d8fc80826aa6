//! The variables of an account that is being connected.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::super::parameters::CONTEXT;
use super::super::{Link, Way};
use crate::account::{Account, AccountError, Accounts, OAuthApplication, Secrets};
use crate::plugin::Capabilities;
use crate::unified::{Failure, Failures, Place};

/// The variables of this attempt: those of the link token, and those that the person has `entered` for the form's
/// variables. If both have a value, the link token's wins.
///
/// # Errors
/// The missing variables. The paths are `context.<variable>`.
pub(super) fn given(
    link: &Link,
    way: Way<'_>,
    application: Option<&OAuthApplication>,
    capabilities: &Capabilities,
    entered: &Secrets,
) -> Result<Secrets, Failures> {
    let (mut given, mut missing) = (Secrets::new(), Failures::default());
    for asked in way.asks(link.known(application)) {
        let name = &asked.variable.name;
        match value(entered, name) {
            Some(value) => drop(given.insert(name.clone(), value.clone())),
            None if asked.is_needed => missing.push(Failure::missing(Place::Body, format!("{CONTEXT}{name}"))),
            None => {}
        }
    }
    let brought = link.context.iter().filter(|(name, _)| capabilities.variable(name).is_some());
    given.extend(brought.map(|(name, value)| (name.clone(), value.clone())));
    if missing.is_empty() { Ok(given) } else { Err(missing) }
}

/// All variables of the future account: the `given` ones, and the others that an account that is connected again keeps.
/// Leaves out variables that the integration does not declare, and empty ones.
pub(super) fn merged(
    accounts: &Accounts,
    capabilities: &Capabilities,
    kept: Option<&Account>,
    given: &Secrets,
) -> Result<Secrets, AccountError> {
    let mut all = had(accounts, kept)?;
    all.extend(given.iter().map(|(name, value)| (name.clone(), value.clone())));
    all.retain(|name, value| capabilities.variable(name).is_some() && !value.expose_secret().is_empty());
    Ok(all)
}

/// The `given` variables that differ from those of an account that keeps its variables. This attempt must not store the
/// others: the form was filled with the account's old values, and somebody may change the account before the attempt
/// ends.
pub(super) fn changed(accounts: &Accounts, kept: Option<&Account>, given: &Secrets) -> Result<Secrets, AccountError> {
    let had = had(accounts, kept)?;
    let differs =
        |name: &str, value: &SecretString| had.get(name).is_none_or(|had| had.expose_secret() != value.expose_secret());
    let changed = given.iter().filter(|(name, value)| differs(name, value));
    Ok(changed.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// The variables of the account to connect again, if it keeps them.
fn had(accounts: &Accounts, kept: Option<&Account>) -> Result<Secrets, AccountError> {
    let Some(account) = kept else { return Ok(Secrets::new()) };
    let open = account.context.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.into())));
    let mut had: Secrets = open.collect();
    had.extend(accounts.credentials(account)?);
    Ok(had)
}

/// The variables that are not credentials, with the declared defaults.
pub(super) fn open(capabilities: &Capabilities, all: &Secrets) -> BTreeMap<String, String> {
    let is_open = |name: &str| capabilities.variable(name).is_some_and(|variable| !variable.secret);
    let open = all.iter().filter(|(name, _)| is_open(name));
    capabilities.open_values(&open.map(|(name, value)| (name.clone(), value.expose_secret().into())).collect())
}

/// The variables that are credentials.
pub(super) fn secrets(capabilities: &Capabilities, all: &Secrets) -> Secrets {
    let is_secret = |name: &str| capabilities.variable(name).is_some_and(|variable| variable.secret);
    all.iter().filter(|(name, _)| is_secret(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The variables as the member `context` of a request for an account.
pub(super) fn context(all: &Secrets) -> Map<String, Value> {
    all.iter().map(|(name, value)| (name.clone(), value.expose_secret().into())).collect()
}

/// The value, if it is set and not empty.
pub(super) fn value<'a>(all: &'a Secrets, name: &str) -> Option<&'a SecretString> {
    all.get(name).filter(|value| !value.expose_secret().is_empty())
}
