//! Requests for integrated accounts: new ones, and changes of stored ones.

use std::sync::Arc;

use mortise_policy::slug::is_slug;
use serde_json::{Map, Value};

use super::change_refusal::ChangeRefusal;
use super::context::{Checked, Known, check, check_credentials, check_method};
use super::fields::Fields;
use super::tenant::check_tenant;
use crate::account::{Account, AccountChange, Authenticates, IssuedTo, NewAccount, OAuthApplication, Status};
use crate::plugin::Generation;
use crate::unified::Failures;

/// Reads the request for a new account: the members `integration`, `tenant_id`, `context`, and optionally
/// `authentication_method` and `is_sandbox`. A caller that is confined to the tenant `own` may leave out `tenant_id`.
/// `application` is the operator's application for an account of this [integration and tenant](named). `kept` is the
/// account that is connected again and keeps its variables. `find` returns the generation that serves a slug.
///
/// # Errors
/// All failures of the request.
pub fn new_account(
    members: Map<String, Value>,
    own: Option<&str>,
    application: Option<&OAuthApplication>,
    kept: Option<&Account>,
    find: impl FnOnce(&str) -> Option<Arc<Generation>>,
) -> Result<NewAccount, Failures> {
    let mut fields = Fields::new(members);
    let integration = fields.required_text("integration");
    let tenant_id = match own {
        Some(own) => Some(fields.text("tenant_id").unwrap_or_else(|| own.to_owned())),
        None => fields.required_text("tenant_id"),
    };
    fields.check_tenant(tenant_id.as_deref());
    let authentication_method = fields.text("authentication_method");
    let is_sandbox = fields.boolean("is_sandbox").unwrap_or(false);
    let context = fields.object("context").unwrap_or_default();
    let (mut checked, mut application_id) = (Checked::default(), None);
    if let Some(generation) = integration.as_deref().and_then(find) {
        let (method, failures) = (authentication_method.as_deref(), &mut fields.failures);
        checked = check(&generation, context, Known::New(kept), application, failures);
        check_method(&generation.capabilities, method, failures);
        application_id = check_credentials(&generation, &checked, method, application, failures);
    } else if integration.is_some() {
        fields.fail("integration", "is not one that is loaded: GET /integration lists those");
    }
    fields.finish()?;
    // Without either, `finish` has returned a failure.
    let (Some(integration), Some(tenant_id)) = (integration, tenant_id) else { return Err(Failures::default()) };
    let secrets = checked.secrets.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let context = checked.open;
    Ok(NewAccount { tenant_id, integration, authentication_method, is_sandbox, context, secrets, application_id })
}

/// Checks the variables that a person has entered before the vendor brings the others. A missing variable is not a
/// failure. `kept` is the account that is connected again and keeps its variables.
///
/// # Errors
/// All failures of the variables. The paths are `context.<variable>`.
pub fn before_consent(
    generation: &Generation,
    context: Map<String, Value>,
    application: Option<&OAuthApplication>,
    kept: Option<&Account>,
) -> Result<(), Failures> {
    let (mut failures, mut wrong) = (Failures::default(), Failures::default());
    check(generation, context, Known::New(kept), application, &mut failures);
    wrong.extend(failures.listed().iter().filter(|failure| !failure.missing).cloned());
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// The integration and the tenant that the request for a new account names, for the lookup of their application. `None`
/// if one of them cannot exist; [`new_account`] then reports it with all other failures.
pub fn named<'m>(members: &'m Map<String, Value>, own: Option<&'m str>) -> Option<(&'m str, &'m str)> {
    let text = |name| members.get(name).and_then(Value::as_str);
    let (integration, tenant) = (text("integration")?, text("tenant_id").or(own)?);
    (is_slug(integration) && check_tenant(tenant).is_ok()).then_some((integration, tenant))
}

/// Reads the request to change `account`: any of the members `tenant_id`, `authentication_method`, `is_sandbox`,
/// `status` and `context`, the last merged key by key. `application` is the operator's application for new accounts of
/// its integration and tenant. `find` returns the generation that serves a slug; it is called if the change concerns
/// the integration's variables.
///
/// # Errors
/// All failures of the request, or that the integration is not loaded, so that the host cannot check the request.
pub fn change(
    members: Map<String, Value>,
    account: &Account,
    application: Option<&OAuthApplication>,
    find: impl FnOnce(&str) -> Option<Arc<Generation>>,
) -> Result<AccountChange, ChangeRefusal> {
    let mut fields = Fields::new(members);
    let tenant_id = fields.text("tenant_id");
    fields.check_tenant(tenant_id.as_deref());
    let authentication_method = fields.text("authentication_method");
    let is_sandbox = fields.boolean("is_sandbox");
    let status = fields.text("status").and_then(|status| match status.parse::<Status>() {
        Ok(status) if Status::SETTABLE.contains(&status) => Some(status),
        _ => {
            fields.fail("status", "must be one of active, needs_reauth");
            None
        }
    });
    let context = fields.object("context");
    let (mut checked, mut integration, mut issued_to) = (Checked::default(), None, None);
    if context.is_some() || authentication_method.is_some() {
        let generation = find(&account.integration).ok_or(ChangeRefusal::NotLoaded)?;
        let context = context.unwrap_or_default();
        checked = check(&generation, context, Known::Merged(account), application, &mut fields.failures);
        check_method(&generation.capabilities, authentication_method.as_deref(), &mut fields.failures);
        issued_to = checked
            .changes_client(&generation.capabilities)
            .then(|| IssuedTo(application.map(|application| application.id)));
        integration = Some(generation as Arc<dyn Authenticates>);
    }
    fields.finish().map_err(ChangeRefusal::Invalid)?;
    Ok(AccountChange {
        tenant_id,
        authentication_method,
        is_sandbox,
        status,
        context: (!checked.open.is_empty()).then_some(checked.open),
        secrets: (!checked.secrets.is_empty()).then_some(checked.secrets),
        issued_to,
        integration,
    })
}
