//! A link token with its account and its integrations.

use std::collections::BTreeSet;
use std::sync::{Arc, Once};

use secrecy::ExposeSecret;

use super::Opening;
use super::way::{Known, Lack, Way};
use crate::account::{Account, AccountError, LinkToken, OAuthApplication, Secrets};
use crate::plugin::Generation;
use crate::unified::Service;

/// An unused link token with its account and its integrations.
#[derive(Debug)]
pub struct Link {
    /// The token's record.
    pub token: LinkToken,
    /// The variables that the application has entered already. The page neither asks for them nor shows them.
    pub context: Secrets,
    /// The account to connect again.
    pub account: Option<Account>,
    /// The names of this account's variables.
    has: BTreeSet<String>,
    /// The integrations among which people choose: those that the token allows, the address names, the host serves and
    /// the operator has set up, by label.
    pub integrations: Vec<Arc<Generation>>,
    /// The integrations among them that the operator has not set up.
    not_set_up: Vec<Unavailable>,
    has_callback: bool,
}

impl Link {
    /// Finds the token of an address or a form, and does not use it up. `None` if it is unknown, used or expired.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find(service: &Service, opening: &Opening) -> Result<Option<Self>, AccountError> {
        let tokens = service.accounts.link_tokens();
        let Some(token) = tokens.find(opening.link_token.expose_secret()).await? else { return Ok(None) };
        let context = tokens.context(&token)?;
        let account = match token.account_id {
            None => None,
            Some(id) => match service.accounts.get(id, Some(&token.tenant_id)).await? {
                Some(account) => Some(account),
                // Somebody has deleted or moved the account.
                None => return Ok(None),
            },
        };
        let integrations = match &account {
            // The account has its integration, which no address can change.
            Some(account) => service.registry.get(&account.integration).into_iter().collect(),
            None => allowed(service, &token, opening),
        };
        let has = account.as_ref().map(|account| names(service, account)).unwrap_or_default();
        let has_callback = service.config.connect.public_url.is_some();
        let mut link = Self { token, context, account, has, integrations, not_set_up: Vec::new(), has_callback };
        link.leave_out(service).await?;
        Ok(Some(link))
    }

    /// Moves the integrations that the operator must set up first to `not_set_up`.
    async fn leave_out(&mut self, service: &Service) -> Result<(), AccountError> {
        let applications = service.accounts.applications().for_tenant(&self.token.tenant_id).await?;
        let (mut offered, mut not_set_up) = (Vec::new(), Vec::new());
        for generation in &self.integrations {
            let capabilities = &generation.capabilities;
            let known = self.known(applications.get(&capabilities.slug));
            let lacks = || Way::all(capabilities).iter().find_map(|way| way.lacks(known));
            if lacks() == Some(Lack::PublicUrl) {
                warn_of_no_callback();
            }
            match lacks().filter(|_| Way::offered(capabilities, known).is_empty()) {
                Some(lack) => not_set_up.push(Unavailable::not_set_up(generation, lack)),
                None => offered.push(generation.clone()),
            }
        }
        (self.integrations, self.not_set_up) = (offered, not_set_up);
        Ok(())
    }

    /// The integration with this slug, if people can connect it.
    pub fn integration(&self, slug: &str) -> Option<&Arc<Generation>> {
        self.integrations.iter().find(|generation| generation.capabilities.slug == slug)
    }

    /// The integration of this page; `None`: people still choose.
    pub fn chosen(&self, opening: &Opening) -> Option<Result<&Arc<Generation>, Unavailable>> {
        let again = self.account.as_ref().map(|account| account.integration.as_str());
        match (self.integrations.as_slice(), again.or(opening.integration.as_deref())) {
            (_, Some(slug)) => Some(self.integration(slug).ok_or_else(|| self.unavailable(slug))),
            ([], None) => Some(Err(self.not_set_up.first().cloned().unwrap_or_default())),
            ([only], None) => Some(Ok(only)),
            (_, None) => None,
        }
    }

    fn unavailable(&self, slug: &str) -> Unavailable {
        let not_set_up = self.not_set_up.iter().find(|unavailable| unavailable.slug() == slug);
        not_set_up.cloned().unwrap_or_else(|| match self.account {
            Some(_) => Unavailable::NotLoaded(slug.to_owned()),
            None => Unavailable::NotAllowed(slug.to_owned()),
        })
    }

    /// The ways that people can take.
    pub fn ways<'g>(&self, generation: &'g Generation, application: Option<&OAuthApplication>) -> Vec<Way<'g>> {
        Way::offered(&generation.capabilities, self.known(application))
    }

    /// The way that `auth_format` names, if people can take it; else the one that fits best. `None` if there is none.
    pub fn way<'g>(
        &self,
        generation: &'g Generation,
        application: Option<&OAuthApplication>,
        auth_format: Option<&str>,
    ) -> Option<Way<'g>> {
        let ways = self.ways(generation, application);
        let named = auth_format.and_then(|format| Way::named(&ways, format));
        named.or_else(|| Way::preferred(&ways, self.account.as_ref(), &self.has))
    }

    /// The facts that are known without asking people.
    pub fn known<'a>(&'a self, application: Option<&'a OAuthApplication>) -> Known<'a> {
        const NONE: &BTreeSet<String> = &BTreeSet::new();
        let kept = self.kept().map_or(NONE, |_| &self.has);
        Known { context: &self.context, application, kept, has_callback: self.has_callback }
    }

    /// The account to connect again, if it keeps the variables that it has.
    pub fn kept(&self) -> Option<&Account> {
        self.account.as_ref().filter(|_| self.token.persist_previous_context)
    }

    /// The operator's OAuth application that an account of this integration gets.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn application(&self, service: &Service, slug: &str) -> Result<Option<OAuthApplication>, AccountError> {
        service.accounts.applications().for_account(slug, &self.token.tenant_id).await
    }
}

/// The reason why people cannot connect an integration. Its text is for these people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// The link token does not allow the integration with this slug, or the host has not loaded it. The slug is empty
    /// if no integration is left.
    #[error("The integration is not one that this link is for, or it is not available now. Nothing was changed.")]
    NotAllowed(String),
    /// The account to connect again belongs to this integration, which is not loaded.
    #[error("The integration of this account cannot be connected now. Nothing was changed.")]
    NotLoaded(String),
    /// The operator must set it up first.
    #[error("Connecting {label} is not set up yet. Nothing was changed.")]
    NotSetUp {
        /// Slug of the integration.
        slug: String,
        /// Name of the integration for people.
        label: String,
        /// The missing setting.
        lack: Lack,
    },
}

impl Default for Unavailable {
    fn default() -> Self {
        Self::NotAllowed(String::new())
    }
}

impl Unavailable {
    pub(crate) fn not_set_up(generation: &Generation, lack: Lack) -> Self {
        let capabilities = &generation.capabilities;
        Self::NotSetUp { slug: capabilities.slug.clone(), label: capabilities.label.clone(), lack }
    }

    /// The integration's slug.
    pub fn slug(&self) -> &str {
        match self {
            Self::NotAllowed(slug) | Self::NotLoaded(slug) | Self::NotSetUp { slug, .. } => slug,
        }
    }

    /// The heading of the page.
    pub fn title(&self) -> &'static str {
        match self {
            Self::NotAllowed(_) | Self::NotLoaded(_) => "This integration cannot be connected",
            Self::NotSetUp { .. } => "This integration cannot be connected yet",
        }
    }

    /// Advice for the person. `operator` is the name of the operator, whose application has sent the person here.
    pub fn next(&self, operator: &str) -> String {
        match self {
            Self::NotAllowed(_) => {
                format!("Go back to {operator} and choose another integration, or ask there why it is missing.")
            }
            Self::NotLoaded(_) | Self::NotSetUp { .. } => format!("Tell {operator} about it."),
        }
    }

    /// If the operator can remove the reason, logs how.
    pub fn warn(&self) {
        match self {
            Self::NotAllowed(_) => {}
            Self::NotLoaded(slug) => tracing::warn!(
                integration = slug,
                "somebody wants to connect an account again, but its integration is not loaded: the log of the start \
                 and `GET /integration` say why"
            ),
            Self::NotSetUp { slug, lack: Lack::Application, .. } => tracing::warn!(
                integration = slug,
                "somebody wants to sign in at the vendor, but there is no OAuth application: set one by `mortise app set {slug} \
                 --client-id ID --secret client_secret`"
            ),
            Self::NotSetUp { slug, lack: Lack::PublicUrl, .. } => tracing::warn!(
                integration = slug,
                "somebody wants to sign in at the vendor, but the vendor cannot send people back: set connect.public_url to the address at which \
                 browsers reach this host"
            ),
        }
    }
}

/// Logs once why the page offers no sign-in at a vendor although there is a client for it.
fn warn_of_no_callback() {
    static WARNED: Once = Once::new();
    WARNED.call_once(|| {
        tracing::warn!(
            "the connect page offers no sign-in at a vendor, because vendors cannot send people back: set connect.public_url to the \
             address at which browsers reach this host"
        );
    });
}

/// The names of an account's variables.
fn names(service: &Service, account: &Account) -> BTreeSet<String> {
    // Somebody can connect the account again even if its credentials do not open any more.
    let secrets = service.accounts.credentials(account).unwrap_or_default();
    let is_given = |value: &serde_json::Value| value.as_str().is_some_and(|value| !value.is_empty());
    let open = account.context.iter().filter(|(_, value)| is_given(value)).map(|(name, _)| name.clone());
    open.chain(secrets.into_keys()).collect()
}

fn allowed(service: &Service, token: &LinkToken, opening: &Opening) -> Vec<Arc<Generation>> {
    let among = |list: &[String], slug: &String| list.is_empty() || list.contains(slug);
    let loaded = service.registry.list().into_iter().filter_map(|status| status.generation);
    let mut allowed: Vec<_> = loaded
        .filter(|generation| {
            let slug = &generation.capabilities.slug;
            among(&token.integrations, slug) && among(&opening.integrations, slug)
        })
        .collect();
    allowed.sort_by_key(|generation| generation.capabilities.label.to_lowercase());
    allowed
}
