//! The account of a recorded call.

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::account::NewAccount;
use crate::plugin::Capabilities;

/// The value of a required variable that a cassette does not have, and the prefix of placeholders of secrets.
pub(super) const PLACEHOLDER: &str = "placeholder";

/// An account of that tenant with the recorded values of its variables. A required variable without a recorded value or
/// a default gets a placeholder.
pub fn account(capabilities: &Capabilities, tenant: &str, recorded: impl Fn(&str) -> Option<String>) -> NewAccount {
    let mut account = NewAccount {
        tenant_id: tenant.to_owned(),
        integration: capabilities.slug.clone(),
        authentication_method: None,
        is_sandbox: false,
        context: serde_json::Map::new(),
        secrets: BTreeMap::new(),
        application_id: None,
    };
    for variable in &capabilities.variables {
        let made_up = || {
            let any = || variable.values.first().map_or(PLACEHOLDER, String::as_str).to_owned();
            (variable.required && variable.default.is_none()).then(any)
        };
        let Some(value) = recorded(&variable.name).or_else(made_up) else { continue };
        if variable.secret {
            account.secrets.insert(variable.name.clone(), SecretString::from(value));
        } else {
            account.context.insert(variable.name.clone(), value.into());
        }
    }
    account
}
