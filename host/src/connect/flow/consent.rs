//! The client and the address of a consent at a vendor. The host determines them before a person goes there, and again
//! after the return.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;

use super::super::parameters::CONTEXT;
use super::super::{Lack, Unavailable, Way};
use super::refused::Refused;
use super::variables;
use crate::account::{CLIENT_ID, CLIENT_SECRET, Client, OAuthApplication, Pinned, Secrets};
use crate::config::callback_url;
use crate::egress::{AuthScheme, Consent, Template};
use crate::plugin::Generation;
use crate::unified::{Failure, Failures, Place, Service};

/// The client, the variables and the address with which the host asks a vendor.
pub(super) struct Terms<'g> {
    pub(super) scheme: &'g AuthScheme,
    pub(super) client: Client,
    /// The OAuth application of the client, if it is not the account's own.
    pub(super) application: Option<OAuthApplication>,
    pub(super) pinned: Pinned,
    /// The variables that are known so far.
    pub(super) variables: Secrets,
}

impl<'g> Terms<'g> {
    /// The consent for an account of this tenant with these `variables`, by the present declaration, application and
    /// settings.
    pub(super) async fn now(
        service: &Service,
        generation: &'g Generation,
        way: Way<'g>,
        tenant: &str,
        variables: Secrets,
    ) -> Result<Self, Refused> {
        let capabilities = &generation.capabilities;
        let no_consent = || Refused::NoConsent(capabilities.label.clone());
        let (scheme, authorization) = way.scheme().zip(way.authorization()).ok_or_else(no_consent)?;
        let exchange = scheme.exchange.as_ref().ok_or_else(no_consent)?;
        let lacks = |lack| Unavailable::not_set_up(generation, lack);
        let public_url = service.config.connect.public_url.as_ref().ok_or_else(|| lacks(Lack::PublicUrl))?;
        let own = variables::value(&variables, CLIENT_ID).map(|id| Client {
            id: id.expose_secret().to_owned(),
            secret: variables::value(&variables, CLIENT_SECRET).cloned(),
        });
        let (client, application) = match own {
            Some(client) => (client, None),
            None => {
                let applications = service.accounts.applications();
                let application = applications.for_account(&capabilities.slug, tenant).await?;
                let application = application.ok_or_else(|| lacks(Lack::Application))?;
                (applications.client(application.id).await?, Some(application))
            }
        };
        let registered = application.as_ref().and_then(|application| application.callback_url(Some(public_url)));
        let callback = registered.unwrap_or_else(|| callback_url(public_url, &capabilities.slug));
        let open = variables::open(capabilities, &variables);
        let token_url = service.egress.token_endpoint(&generation.profile, scheme, &open);
        let token_url = token_url.map_err(|_| unfit(&exchange.url))?.to_string();
        let mut terms = Self {
            scheme,
            pinned: Pinned { authorization_url: String::new(), token_url, client_id: client.id.clone(), callback },
            client,
            application,
            variables,
        };
        let mut authorization_url = terms.consent(&open, &[], "", None).url().map_err(|_| unfit(&authorization.url))?;
        authorization_url.set_query(None);
        terms.pinned.authorization_url = authorization_url.into();
        Ok(terms)
    }

    /// The request for the consent.
    pub(super) fn consent<'a>(
        &'a self,
        open: &'a BTreeMap<String, String>,
        scopes: &'a [String],
        state: &'a str,
        challenge: Option<&'a str>,
    ) -> Consent<'a> {
        Consent {
            scheme: self.scheme,
            client_id: &self.client.id,
            variables: open,
            scopes,
            redirect_uri: &self.pinned.callback,
            state,
            challenge,
        }
    }
}

/// Variables whose values do not fit into an address of the vendor.
fn unfit(url: &Template) -> Refused {
    let rule = "is part of the address of the sign-in, and does not fit there";
    let failures: Failures =
        url.variables().map(|name| Failure::new(Place::Body, format!("{CONTEXT}{name}"), rule)).collect();
    match failures.is_empty() {
        true => Refused::Damaged("a variable does not fit the address of the vendor".into()),
        false => Refused::Invalid(failures),
    }
}
