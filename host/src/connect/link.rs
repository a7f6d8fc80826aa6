//! What a link token opens: whose account is connected, and of which integrations.

use std::sync::Arc;

use secrecy::ExposeSecret;

use super::Opening;
use super::way::Known;
use crate::account::{Account, AccountError, LinkToken, OAuthApplication, Secrets};
use crate::app::App;
use crate::plugin::Generation;

/// A link token that is in use, with what belongs to it.
#[derive(Debug)]
pub struct Link {
    /// The token's record.
    pub token: LinkToken,
    /// The variables that the application has entered already: nobody is asked for them, and no page shows them.
    pub context: Secrets,
    /// The account to connect again.
    pub account: Option<Account>,
    /// The integrations among which people choose: those that the token allows, the address names and the host serves, by label.
    pub integrations: Vec<Arc<Generation>>,
}

impl Link {
    /// Looks the token of an address or a form up, and does not use it up. `None` if it is unknown, used or expired.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find(app: &App, opening: &Opening) -> Result<Option<Self>, AccountError> {
        let tokens = app.accounts.link_tokens();
        let Some(token) = tokens.find(opening.link_token.expose_secret()).await? else { return Ok(None) };
        let context = tokens.context(&token)?;
        let account = match token.account_id {
            None => None,
            Some(id) => match app.accounts.get(id, Some(&token.tenant_id)).await? {
                Some(account) => Some(account),
                // Deleted or moved since.
                None => return Ok(None),
            },
        };
        let integrations = match &account {
            // The account has one, and no address gives it another.
            Some(account) => app.registry.get(&account.integration).into_iter().collect(),
            None => allowed(app, &token, opening),
        };
        Ok(Some(Self { token, context, account, integrations }))
    }

    /// The integration of this slug, if it may be connected.
    pub fn integration(&self, slug: &str) -> Option<&Arc<Generation>> {
        self.integrations.iter().find(|generation| generation.capabilities.slug == slug)
    }

    /// The integration that this page is about; `None`: people still choose.
    pub fn chosen(&self, opening: &Opening) -> Option<Result<&Arc<Generation>, NotAllowed>> {
        if let ([only], true) = (self.integrations.as_slice(), self.account.is_some()) {
            return Some(Ok(only));
        }
        match (self.integrations.as_slice(), opening.integration.as_deref()) {
            ([], slug) => Some(Err(NotAllowed(slug.unwrap_or_default().to_owned()))),
            (_, Some(slug)) => Some(self.integration(slug).ok_or_else(|| NotAllowed(slug.to_owned()))),
            ([only], None) => Some(Ok(only)),
            (_, None) => None,
        }
    }

    /// What is known without asking people.
    pub fn known<'a>(&'a self, application: Option<&'a OAuthApplication>) -> Known<'a> {
        Known { context: &self.context, application, kept: self.kept() }
    }

    /// The account to connect again, if it keeps the variables that it has.
    pub fn kept(&self) -> Option<&Account> {
        self.account.as_ref().filter(|_| self.token.persist_previous_context)
    }

    /// The operator's OAuth application that an account of this integration gets.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn application(&self, app: &App, slug: &str) -> Result<Option<OAuthApplication>, AccountError> {
        app.accounts.applications().for_account(slug, &self.token.tenant_id).await
    }
}

/// The integration of this slug is not one that may be connected. The slug is empty if none may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAllowed(pub String);

fn allowed(app: &App, token: &LinkToken, opening: &Opening) -> Vec<Arc<Generation>> {
    let among = |list: &[String], slug: &String| list.is_empty() || list.contains(slug);
    let loaded = app.registry.list().into_iter().filter_map(|status| status.generation);
    let mut allowed: Vec<_> = loaded
        .filter(|generation| {
            let slug = &generation.capabilities.slug;
            among(&token.integrations, slug) && among(&opening.integrations, slug)
        })
        .collect();
    allowed.sort_by_key(|generation| generation.capabilities.label.to_lowercase());
    allowed
}
