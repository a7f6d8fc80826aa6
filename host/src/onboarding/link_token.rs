//! Requests for link tokens, and for the confirmation of an account.

use std::collections::BTreeSet;
use std::sync::Arc;

use mortise_policy::credential;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::context::{MAX_VALUE, keeps, path};
use super::fields::Fields;
use crate::account::{Account, Secrets};
use crate::plugin::Generation;
use crate::unified::{Failure, Failures, Place, values};

/// Integrations of one token at most.
pub(crate) const MAX_INTEGRATIONS: usize = 256;

/// The account to connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connects {
    /// A new account of this tenant.
    New(String),
    /// This account, again.
    Again(Uuid),
}

/// The request for a link token, checked except for its account and its redirect.
#[derive(Debug)]
pub struct AskedLink {
    /// The account to connect.
    pub connects: Connects,
    /// Whether an account that is connected again keeps the variables that it has.
    pub persist_previous_context: bool,
    /// URL to which people go afterwards.
    pub redirect_uri: Option<String>,
    /// The scopes to ask for.
    pub scopes: Vec<String>,
    /// The integrations among which people choose.
    pub integrations: Vec<String>,
    /// Variables of the future account.
    pub context: Secrets,
}

/// Reads the request for a link token: the members `tenant_id` or `integrated_account_id`, and optionally
/// `redirect_uri`, `scopes`, `context`, with `tenant_id` also `integrations`, and with `integrated_account_id` also
/// `persist_previous_context`. A caller that is confined to the tenant `own` may leave out `tenant_id`. `loaded` are
/// the integrations that the host serves.
///
/// # Errors
/// All failures of the request.
pub fn link_token(
    members: Map<String, Value>,
    own: Option<&str>,
    loaded: &[Arc<Generation>],
) -> Result<AskedLink, Failures> {
    let mut fields = Fields::new(members);
    let account = fields.text("integrated_account_id");
    let is_again = account.is_some();
    let account = account.and_then(|id| {
        let parsed = id.parse::<Uuid>().ok();
        if parsed.is_none() {
            fields.fail("integrated_account_id", "must be a uuid");
        }
        parsed
    });
    let tenant_id = match own {
        _ if is_again => fields.text("tenant_id"),
        Some(own) => Some(fields.text("tenant_id").unwrap_or_else(|| own.to_owned())),
        None => fields.required_text("tenant_id"),
    };
    fields.check_tenant(tenant_id.as_deref());
    let is_loaded = |slug: &str| loaded.iter().any(|generation| generation.capabilities.slug == slug);
    let rule =
        format!("must be a list of at most {MAX_INTEGRATIONS} loaded integrations: GET /integration lists those");
    let integrations = fields.texts("integrations", MAX_INTEGRATIONS, is_loaded, &rule);
    let persist = fields.boolean("persist_previous_context");
    if is_again {
        for (name, is_given) in [("tenant_id", tenant_id.is_some()), ("integrations", !integrations.is_empty())] {
            if is_given {
                fields.fail(name, "must be left out: the account to connect again has one");
            }
        }
    } else if persist.is_some() {
        fields.fail("persist_previous_context", "must be left out: a new account has no context");
    }
    let redirect_uri = fields.text("redirect_uri");
    let scopes = fields.scopes("scopes");
    let context = fields.object("context").unwrap_or_default();
    let context = prefilled(context, loaded, &mut fields);
    if !is_again {
        let named = |slug: &String| integrations.is_empty() || integrations.contains(slug);
        let offered = loaded.iter().filter(|generation| named(&generation.capabilities.slug));
        fields.failures.extend(not_taken(&context, offered, None));
    }
    fields.finish()?;
    let connects = match (account, tenant_id) {
        (Some(account), _) => Connects::Again(account),
        (None, Some(tenant_id)) => Connects::New(tenant_id),
        // `finish` has returned a failure.
        (None, None) => return Err(Failures::default()),
    };
    let persist_previous_context = persist.unwrap_or(false);
    Ok(AskedLink { connects, persist_previous_context, redirect_uri, scopes, integrations, context })
}

/// Checks the variables of a link by which this account is connected again. `keeps` says whether it keeps those that it has.
///
/// # Errors
/// The values that its integration does not take.
pub fn prefilled_again(
    context: &Secrets,
    account: &Account,
    keeps: bool,
    loaded: &[Arc<Generation>],
) -> Result<(), Failures> {
    let own = loaded.iter().filter(|generation| generation.capabilities.slug == account.integration);
    let mut failures = Failures::default();
    failures.extend(not_taken(context, own, keeps.then_some(account)));
    if failures.is_empty() { Ok(()) } else { Err(failures) }
}

/// The request that confirms an account.
#[derive(Debug)]
pub struct Confirmation {
    /// The code of the final message or of the redirect.
    pub code: SecretString,
    /// Tenant to which the account belongs, as the caller expects.
    pub tenant_id: String,
}

/// Reads the request that confirms an account: the members `confirmation_code` and `tenant_id`. A caller that is
/// confined to the tenant `own` may leave out `tenant_id`.
///
/// # Errors
/// All failures of the request.
pub fn confirmation(members: Map<String, Value>, own: Option<&str>) -> Result<Confirmation, Failures> {
    let mut fields = Fields::new(members);
    let code = fields.required_text("confirmation_code").map(SecretString::from);
    let tenant_id = match own {
        Some(own) => Some(fields.text("tenant_id").unwrap_or_else(|| own.to_owned())),
        None => fields.required_text("tenant_id"),
    };
    fields.check_tenant(tenant_id.as_deref());
    fields.finish()?;
    // Without either, `finish` has returned a failure.
    let (Some(code), Some(tenant_id)) = (code, tenant_id) else { return Err(Failures::default()) };
    Ok(Confirmation { code, tenant_id })
}

/// The values that each of the integrations that declares the variable refuses, because they are outside its closed set. What the account
/// `kept` has already is taken.
fn not_taken<'g>(
    context: &Secrets,
    integrations: impl Iterator<Item = &'g Arc<Generation>> + Clone,
    kept: Option<&Account>,
) -> Vec<Failure> {
    let failure = |(name, value): (&String, &SecretString)| {
        let text = value.expose_secret();
        let declared = integrations.clone().filter_map(|generation| generation.capabilities.variable(name));
        let is_taken = declared.clone().any(|variable| variable.takes(text));
        let is_kept = kept.is_some_and(|account| keeps(account, name, text));
        let values: BTreeSet<&str> = declared.flat_map(|variable| &variable.values).map(String::as_str).collect();
        let is_refused = !values.is_empty() && !is_taken && !is_kept;
        is_refused.then(|| Failure::new(Place::Body, path(name), values::rule(&Vec::from_iter(values))))
    };
    context.iter().filter_map(failure).collect()
}

/// Checks that each variable is one that a loaded integration declares. The person's choice of the integration decides
/// later which of them are used.
fn prefilled(context: Map<String, Value>, loaded: &[Arc<Generation>], fields: &mut Fields) -> Secrets {
    let mut checked = Secrets::new();
    for (name, value) in context {
        let is_declared = loaded.iter().any(|generation| generation.capabilities.variable(&name).is_some());
        let rule = match &value {
            _ if !is_declared => "is not a variable of a loaded integration".to_owned(),
            Value::String(text) if text.len() > MAX_VALUE => format!("must be at most {MAX_VALUE} bytes"),
            Value::String(text) => match credential::check(text) {
                Err(flaw) => flaw.to_string(),
                Ok(_) if text.is_empty() => continue,
                Ok(_) => {
                    checked.insert(name, SecretString::from(text.as_str()));
                    continue;
                }
            },
            _ => "must be a string".to_owned(),
        };
        fields.failures.push(Failure::new(Place::Body, path(&name), rule));
    }
    checked
}
