//! Requests for API tokens, and for tokens for one account.

use std::time::Duration;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::fields::Fields;
use crate::account::Scope;
use crate::unified::Failures;

/// Characters of a token's name at most.
const MAX_NAME: usize = 256;
/// Longest lifetime of a token that a request can ask for, in seconds: 100 years of 365 days. For a longer one, a
/// request leaves `expires_in` out: the token then does not expire.
pub const MAX_LIFETIME: u64 = 100 * 365 * 24 * 60 * 60;

/// A checked request for an API token.
#[derive(Debug)]
pub struct NewToken {
    /// The rights of its holder.
    pub scope: Scope,
    /// The one tenant whose accounts it sees; `None`: every tenant's.
    pub tenant_id: Option<String>,
    /// Name that its owner gives it.
    pub name: Option<String>,
    /// Lifetime; `None`: until somebody revokes it.
    pub expires_in: Option<Duration>,
}

/// Reads the request for a new API token: the member `scope`, and optionally `tenant_id`, `name` and `expires_in`. A
/// caller that is confined to the tenant `own` may leave out `tenant_id`.
///
/// # Errors
/// All failures of the request.
pub fn new_token(members: Map<String, Value>, own: Option<&str>) -> Result<NewToken, Failures> {
    let mut fields = Fields::new(members);
    let scope = fields.required_text("scope").and_then(|scope| match scope.parse() {
        Ok(scope) => Some(scope),
        Err(_) => {
            fields.fail("scope", "must be one of call, admin");
            None
        }
    });
    let tenant_id = fields.text("tenant_id").or_else(|| own.map(str::to_owned));
    fields.check_tenant(tenant_id.as_deref());
    let name = fields.text("name");
    let fits = |name: &str| (1..=MAX_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if !name.as_deref().is_none_or(fits) {
        fields.fail("name", "must be 1 to 256 characters without control characters");
    }
    // `3600.0` is a whole number, too (JSON Schema, `integer`).
    let whole =
        |value: f64| (value.fract() == 0.0 && (1.0..=MAX_LIFETIME as f64).contains(&value)).then_some(value as u64);
    let seconds = |value: Value| {
        let seconds = value.as_u64().or_else(|| value.as_f64().and_then(whole));
        seconds.filter(|seconds| (1..=MAX_LIFETIME).contains(seconds))
    };
    let expires_in = fields.take("expires_in", seconds, "must be whole seconds, from 1 to 3153600000");
    fields.finish()?;
    // Without one, `finish` has returned a failure.
    let Some(scope) = scope else { return Err(Failures::default()) };
    Ok(NewToken { scope, tenant_id, name, expires_in: expires_in.map(Duration::from_secs) })
}

/// Reads the request for a token for one account: the member `integrated_account_id`.
///
/// # Errors
/// All failures of the request.
pub fn token_account(members: Map<String, Value>) -> Result<Uuid, Failures> {
    let mut fields = Fields::new(members);
    let id = fields.required_text("integrated_account_id").and_then(|id| match id.parse() {
        Ok(id) => Some(id),
        Err(_) => {
            fields.fail("integrated_account_id", "must be a uuid");
            None
        }
    });
    fields.finish()?;
    id.ok_or_else(Failures::default)
}
