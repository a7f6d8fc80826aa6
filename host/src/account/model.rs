//! The integrated account: its record, the requests to create and change it, and the object that the API shows.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use mortise_model::Category;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::application::{CLIENT_ID, CLIENT_SECRET};
use super::error::AccountError;
use super::vault::{Sealed, Secrets, Vault};

/// One customer's connection to one vendor.
#[derive(Debug, Clone)]
pub struct Account {
    /// Random id: nobody can guess it from another one.
    pub id: Uuid,
    /// The customer in the words of the application that calls the host. Several accounts may share it.
    pub tenant_id: String,
    /// Slug of the integration.
    pub integration: String,
    /// The integration's way to authenticate that the credentials are for; `None`: the first one.
    pub authentication_method: Option<String>,
    /// Whether the host serves calls for it.
    pub status: Status,
    /// Whether it is a sandbox account, which reads but never writes.
    pub is_sandbox: bool,
    /// Variables that are not credentials.
    pub context: Map<String, Value>,
    /// The credentials, for [`Vault::open`].
    pub sealed: Sealed,
    /// Why the account serves no calls, or why the latest sign-in for it failed.
    pub last_error: Option<Value>,
    /// The vendor's latest refusal for lack of permission, until a call succeeds.
    pub last_forbidden_error: Option<Value>,
    /// The [OAuth application](super::OAuthApplication) for whose client the vendor issued the account's tokens;
    /// `None`: the account carries a client of its own, or needs none.
    pub application_id: Option<Uuid>,
    /// When it was created; whole microseconds.
    pub created_at: Timestamp,
    /// When any part of it last changed; whole microseconds.
    pub updated_at: Timestamp,
}

/// Whether the host serves calls for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The host serves calls.
    Active,
    /// The vendor refused the credentials. The host refuses calls until somebody gives the account new ones.
    NeedsReauth,
    /// The vendor refused the [validation](crate::validation) of the account for another reason than its credentials.
    /// The host refuses calls until a validation succeeds or somebody changes the account.
    ValidationError,
}

impl Status {
    /// All statuses.
    pub const ALL: [Self; 3] = [Self::Active, Self::NeedsReauth, Self::ValidationError];
    /// The statuses that a person can set. Only the vendor's answer sets [`Status::ValidationError`].
    pub const SETTABLE: [Self; 2] = [Self::Active, Self::NeedsReauth];

    /// The name in JSON, in filters and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::NeedsReauth => "needs_reauth",
            Self::ValidationError => "validation_error",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not the name of a [`Status`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the status must be active, needs_reauth or validation_error")]
pub struct UnknownStatus;

impl FromStr for Status {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(UnknownStatus)
    }
}

/// An account to create.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// See [`Account::tenant_id`].
    pub tenant_id: String,
    /// See [`Account::integration`].
    pub integration: String,
    /// See [`Account::authentication_method`].
    pub authentication_method: Option<String>,
    /// See [`Account::is_sandbox`].
    pub is_sandbox: bool,
    /// Variables that are not credentials.
    pub context: Map<String, Value>,
    /// The credentials.
    pub secrets: Secrets,
    /// See [`Account::application_id`].
    pub application_id: Option<Uuid>,
}

/// The client to which the vendor issued an account's new tokens: that of this OAuth application, or the account's own
/// for `None`. If the account carries a client of its own, that one counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IssuedTo(pub Option<Uuid>);

/// Digests of the values with which an account authenticates at its vendor. They are equal if the host sends the same
/// values.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Authentication {
    /// The digest of the sign-in request; `None` if the account has no sign-in.
    pub sign_in: Option<String>,
    /// The digest of the way to sign requests, of the values that sign them and of the addresses that they go to;
    /// `None` if the account lacks a variable for one of them.
    pub requests: Option<String>,
}

/// An integration's knowledge of the values with which its accounts authenticate.
pub trait Authenticates: fmt::Debug + Send + Sync {
    /// The digests for this account with these credentials.
    fn authentication(&self, account: &Account, secrets: &Secrets) -> Authentication;
}

/// A change of an account. Parts that are `None` stay.
#[derive(Debug, Clone, Default)]
pub struct AccountChange {
    /// Moves the account to this tenant.
    pub tenant_id: Option<String>,
    /// Replaces the way to authenticate.
    pub authentication_method: Option<String>,
    /// Makes it a sandbox account, or an ordinary one.
    pub is_sandbox: Option<bool>,
    /// Sets the status. [`Status::Active`] also clears [`Account::last_error`].
    pub status: Option<Status>,
    /// Merged into the context key by key: a value replaces the whole value of its key, null removes the key. If the
    /// vendor refused the account's validation, this or another way to authenticate makes it active, unless `status`
    /// says otherwise.
    pub context: Option<Map<String, Value>>,
    /// Merged into the credentials by name: `None` removes one. A new value makes the account active, and clears
    /// [`Account::last_error`], unless `status` says otherwise.
    pub secrets: Option<BTreeMap<String, Option<SecretString>>>,
    /// Set with new tokens, and with a change of the account's own client.
    pub issued_to: Option<IssuedTo>,
    /// Decides whether the account authenticates in another way after the change. Without it, every change of
    /// `authentication_method`, `context` and `secrets` counts as another way.
    pub integration: Option<Arc<dyn Authenticates>>,
}

impl AccountChange {
    /// Makes the change in `account`. Seals the credentials again if they differ afterwards, or if the account
    /// authenticates in another way afterwards. The outcome of a request from before the change then no longer counts
    /// for the account. Returns whether the account's sign-in request differs afterwards.
    pub(super) fn apply(&self, account: &mut Account, vault: Option<&Vault>) -> Result<bool, AccountError> {
        let opened = vault.ok_or(AccountError::NoVault).and_then(|vault| {
            let secrets = vault.open(account.id, &account.sealed)?;
            Ok((vault, secrets))
        });
        let signs_in_anew = match opened {
            Ok((vault, mut secrets)) => {
                let before = self.authentication(account, &secrets);
                self.apply_to_variables(account);
                let stores_others = self.apply_to_secrets(account, &mut secrets);
                self.apply_to_application(account, &secrets);
                let after = self.authentication(account, &secrets);
                let may_differ = self.integration.is_none() && self.is_of_authentication();
                if stores_others || may_differ || before != after {
                    account.sealed = vault.seal(account.id, &secrets);
                }
                may_differ || before.sign_in != after.sign_in
            }
            Err(error) if self.secrets.iter().flatten().next().is_some() => return Err(error),
            // Credentials that do not open sign nobody in.
            Err(_) => {
                self.apply_to_variables(account);
                false
            }
        };
        // The vendor refused the account as it was before the change.
        let is_mended = account.status == Status::ValidationError && self.is_of_authentication();
        let is_active = is_mended || self.gives_secrets();
        if let Some(status) = self.status.or_else(|| is_active.then_some(Status::Active)) {
            account.status = status;
            if status == Status::Active {
                account.last_error = None;
            }
        }
        Ok(signs_in_anew)
    }

    /// Whether it brings new credentials.
    pub(super) fn gives_secrets(&self) -> bool {
        self.secrets.iter().flatten().any(|(_, value)| value.is_some())
    }

    /// Whether it changes values with which an integration may authenticate.
    fn is_of_authentication(&self) -> bool {
        self.authentication_method.is_some() || self.context.is_some() || self.secrets.is_some()
    }

    fn authentication(&self, account: &Account, secrets: &Secrets) -> Authentication {
        let integration = self.integration.as_ref();
        integration.map(|integration| integration.authentication(account, secrets)).unwrap_or_default()
    }

    /// Changes the credentials; returns whether they differ afterwards.
    fn apply_to_secrets(&self, account: &mut Account, secrets: &mut Secrets) -> bool {
        let mut are_others = false;
        for (name, value) in self.secrets.iter().flatten() {
            let old = match value {
                None => secrets.remove(name),
                Some(value) => secrets.insert(name.clone(), value.clone()),
            };
            are_others |=
                old.as_ref().map(ExposeSecret::expose_secret) != value.as_ref().map(ExposeSecret::expose_secret);
            // Another version of the integration may have declared it as not secret.
            account.context.shift_remove(name);
        }
        are_others
    }

    /// An account that carries a client of its own has no OAuth application.
    fn apply_to_application(&self, account: &mut Account, secrets: &Secrets) {
        let Some(IssuedTo(application)) = self.issued_to else { return };
        let carries = |name: &str| secrets.contains_key(name) || account.context.contains_key(name);
        account.application_id = application.filter(|_| ![CLIENT_ID, CLIENT_SECRET].into_iter().any(carries));
    }

    fn apply_to_variables(&self, account: &mut Account) {
        if let Some(tenant_id) = &self.tenant_id {
            account.tenant_id.clone_from(tenant_id);
        }
        if self.authentication_method.is_some() {
            account.authentication_method.clone_from(&self.authentication_method);
        }
        if let Some(is_sandbox) = self.is_sandbox {
            account.is_sandbox = is_sandbox;
        }
        for (key, value) in self.context.iter().flatten() {
            match value {
                Value::Null => account.context.shift_remove(key),
                value => account.context.insert(key.clone(), value.clone()),
            };
        }
    }
}

/// An account's integration as answers show it. Requests name it by its slug.
#[derive(Debug, Clone, Serialize)]
pub struct AccountIntegration<'a> {
    /// Its slug.
    pub name: &'a str,
    /// Its name for people; left out if the integration is not loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<&'a str>,
    /// The first of its categories.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// The categories in which it offers operations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub categories: Option<Vec<Category>>,
}

impl<'a> PublicAccount<'a> {
    /// Adds the integration's name for people, and the categories in which it offers operations.
    #[must_use]
    pub fn of(mut self, label: &'a str, categories: Vec<Category>) -> Self {
        let category = categories.first().copied();
        let AccountIntegration { name, .. } = self.integration;
        self.integration = AccountIntegration { name, label: Some(label), category, categories: Some(categories) };
        self
    }
}

/// The part of an account that may leave the host. Serialises as the API's account object, times in RFC 3339.
#[derive(Debug, Clone, Serialize)]
pub struct PublicAccount<'a> {
    /// See [`Account::id`].
    pub id: Uuid,
    /// See [`Account::tenant_id`].
    pub tenant_id: &'a str,
    /// See [`Account::integration`].
    pub integration: AccountIntegration<'a>,
    /// See [`Account::authentication_method`].
    pub authentication_method: Option<&'a str>,
    /// See [`Account::status`].
    pub status: Status,
    /// See [`Account::is_sandbox`].
    pub is_sandbox: bool,
    /// Variables that are not credentials.
    pub context: &'a Map<String, Value>,
    /// See [`Account::last_error`].
    pub last_error: Option<&'a Value>,
    /// See [`Account::last_forbidden_error`].
    pub last_forbidden_error: Option<&'a Value>,
    /// See [`Account::application_id`].
    pub application_id: Option<Uuid>,
    /// See [`Account::created_at`].
    pub created_at: Timestamp,
    /// See [`Account::updated_at`].
    pub updated_at: Timestamp,
}

impl Account {
    /// The account as the API shows it: without credentials, not even sealed ones. Of its integration it has only the
    /// slug.
    pub fn public(&self) -> PublicAccount<'_> {
        PublicAccount {
            id: self.id,
            tenant_id: &self.tenant_id,
            integration: AccountIntegration { name: &self.integration, label: None, category: None, categories: None },
            authentication_method: self.authentication_method.as_deref(),
            status: self.status,
            is_sandbox: self.is_sandbox,
            context: &self.context,
            last_error: self.last_error.as_ref(),
            last_forbidden_error: self.last_forbidden_error.as_ref(),
            application_id: self.application_id,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}
