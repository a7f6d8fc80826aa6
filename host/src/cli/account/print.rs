//! The output of commands about one account.

use anyhow::Result;
use serde_json::Value;

use crate::account::Account;
use crate::cli::output::{Json, print_json, print_members, time};
use crate::plugin::Generation;

/// Prints an account, with the facts of its integration if the command has loaded it.
pub(super) fn print(account: &Account, generation: Option<&Generation>, json: Json) -> Result<()> {
    if json.json {
        return print_json(&generation.map_or_else(|| account.public(), |g| g.capabilities.shown(account)));
    }
    let error = |error: &Option<Value>| error.as_ref().map(Value::to_string);
    print_members([
        ("id", Some(account.id.to_string())),
        ("tenant", Some(account.tenant_id.clone())),
        ("integration", Some(account.integration.clone())),
        ("method", account.authentication_method.clone()),
        ("application", account.application_id.map(|id| id.to_string())),
        ("status", Some(account.status.to_string())),
        ("sandbox", account.is_sandbox.then(|| "yes".to_owned())),
        ("context", Some(Value::Object(account.context.clone()).to_string())),
        ("last error", error(&account.last_error)),
        ("last forbidden", error(&account.last_forbidden_error)),
        ("created", Some(time(account.created_at))),
        ("updated", Some(time(account.updated_at))),
    ])
}
