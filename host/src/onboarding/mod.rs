//! Integrated accounts, OAuth applications, link tokens and webhooks as somebody asks for them: the members of a request, checked
//! against what the integration declares or the operator allows.
//!
//! The API and the command line give the same members and get the same answer: a [`NewAccount`], an [`AccountChange`] or a
//! [`NewApplication`](crate::account::NewApplication) that the database may hold, or everything that is wrong with the request.

mod application;
mod context;
mod link_token;
mod token;
mod webhook;

use std::sync::Arc;

use serde_json::{Map, Value};

pub use self::token::{MAX_LIFETIME, NewToken, new_token, token_account};
pub use self::webhook::{new_webhook, replay, tested_webhook, webhook_change};

pub(crate) use self::application::{CLIENT_TEXT, MAX_CLIENT_TEXT, MAX_SCOPE, MAX_SCOPES, SCOPE};
pub use self::application::{NO_APPLICATION, in_use, new_application};
use self::context::{Checked, Known, check, check_credentials, check_method};
pub(crate) use self::link_token::MAX_INTEGRATIONS;
pub use self::link_token::{AskedLink, Confirmation, Connects, confirmation, link_token, prefilled_again};
use crate::account::{Account, AccountChange, Authenticates, IssuedTo, NewAccount, OAuthApplication, Status};
use crate::plugin::{Generation, is_slug};
use crate::unified::{Failure, Failures, Place};

/// Characters of a tenant's id.
const MAX_TENANT: usize = 256;

/// Why an account is not changed.
#[derive(Debug)]
pub enum ChangeRefusal {
    /// The request concerns the integration's variables, and the integration is not loaded.
    NotLoaded,
    /// The request breaks these rules.
    Invalid(Failures),
}

/// Whether this may be a tenant's id; else what it must be.
///
/// # Errors
/// What it must be.
pub fn check_tenant(id: &str) -> Result<(), &'static str> {
    let fits = (1..=MAX_TENANT).contains(&id.chars().count()) && !id.chars().any(char::is_control);
    if fits { Ok(()) } else { Err("must be 1 to 256 characters without control characters") }
}

/// Reads the request for a new account: the members `integration`, `tenant_id`, `context`, and where wanted
/// `authentication_method` and `is_sandbox`. A caller that is confined to the tenant `own` need not name it. `application` is the
/// operator's for an account of this [integration and tenant](named). `kept` is the account that is connected again and keeps its
/// variables. `find` is the registry: the generation that serves a slug.
///
/// # Errors
/// Everything that is wrong with the request.
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
    // Without either, a failure was reported.
    let (Some(integration), Some(tenant_id)) = (integration, tenant_id) else { return Err(Failures::default()) };
    let secrets = checked.secrets.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let context = checked.open;
    Ok(NewAccount { tenant_id, integration, authentication_method, is_sandbox, context, secrets, application_id })
}

/// Checks what somebody has entered for an account before the vendor brings the rest of its variables: what is missing is not.
/// `kept` is the account that is connected again and keeps its variables.
///
/// # Errors
/// Everything that is wrong with it. The paths are `context.<variable>`.
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

/// The integration and the tenant that the request for a new account names, to look up what is set for them; none where one of them
/// cannot be, which is told later with all else that is wrong.
pub fn named<'m>(members: &'m Map<String, Value>, own: Option<&'m str>) -> Option<(&'m str, &'m str)> {
    let text = |name| members.get(name).and_then(Value::as_str);
    let (integration, tenant) = (text("integration")?, text("tenant_id").or(own)?);
    (is_slug(integration) && check_tenant(tenant).is_ok()).then_some((integration, tenant))
}

/// Reads the request to change `account`: any of the members `tenant_id`, `authentication_method`, `is_sandbox`, `status` and
/// `context`, the last merged key by key. `application` is the operator's for new accounts of its integration and tenant. `find` is
/// the registry, which is asked where the integration's variables matter.
///
/// # Errors
/// Everything that is wrong with the request, or that nobody can say so.
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

/// The members of a request, taken out one by one, and what is wrong with them.
struct Fields {
    members: Map<String, Value>,
    failures: Failures,
}

impl Fields {
    fn new(members: Map<String, Value>) -> Self {
        Self { members, failures: Failures::default() }
    }

    fn fail(&mut self, name: &str, rule: &str) {
        self.failures.push(Failure::new(Place::Body, name, rule));
    }

    /// Takes a member of the kind that `read` accepts; `null` is none.
    fn take<T>(&mut self, name: &str, read: impl FnOnce(Value) -> Option<T>, rule: &str) -> Option<T> {
        let value = self.members.shift_remove(name).filter(|value| !value.is_null())?;
        let read = read(value);
        if read.is_none() {
            self.fail(name, rule);
        }
        read
    }

    fn text(&mut self, name: &str) -> Option<String> {
        let read = |value| match value {
            Value::String(text) => Some(text),
            _ => None,
        };
        self.take(name, read, "must be a string")
    }

    fn required_text(&mut self, name: &str) -> Option<String> {
        let count = self.failures.len();
        let text = self.text(name).filter(|text| !text.is_empty());
        if text.is_none() && self.failures.len() == count {
            self.failures.push(Failure::missing(Place::Body, name));
        }
        text
    }

    fn boolean(&mut self, name: &str) -> Option<bool> {
        self.take(name, |value| value.as_bool(), "must be true or false")
    }

    fn object(&mut self, name: &str) -> Option<Map<String, Value>> {
        let read = |value| match value {
            Value::Object(object) => Some(object),
            _ => None,
        };
        self.take(name, read, "must be an object")
    }

    /// Takes a list of texts, each of which `fits`; `rule` says how.
    fn texts(&mut self, name: &str, most: usize, fits: impl Fn(&str) -> bool, rule: &str) -> Vec<String> {
        let text = |value| match value {
            Value::String(text) if fits(&text) => Some(text),
            _ => None,
        };
        let read = |value| match value {
            Value::Array(items) if items.len() <= most => items.into_iter().map(text).collect(),
            _ => None,
        };
        self.take(name, read, rule).unwrap_or_default()
    }

    fn scopes(&mut self, name: &str) -> Vec<String> {
        let rule = format!(
            "must be a list of at most {MAX_SCOPES} scopes, each of 1 to {MAX_SCOPE} visible ASCII characters without quotes and \
             backslashes"
        );
        self.texts(name, MAX_SCOPES, application::is_scope, &rule)
    }

    fn check_tenant(&mut self, tenant_id: Option<&str>) {
        if let Some(Err(message)) = tenant_id.map(check_tenant) {
            self.fail("tenant_id", message);
        }
    }

    /// Refuses what nobody took, and reports everything.
    fn finish(mut self) -> Result<(), Failures> {
        for (name, _) in std::mem::take(&mut self.members) {
            self.fail(&name, "is not known");
        }
        if self.failures.is_empty() { Ok(()) } else { Err(self.failures) }
    }
}
