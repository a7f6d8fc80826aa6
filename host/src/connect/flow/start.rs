//! The start of a flow: its row, the cookie that binds it to one browser, and the address at the vendor.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mortise_model::Pkce;
use mortise_policy::slug::is_slug;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use url::Url;
use uuid::Uuid;

use super::super::parameters::Form;
use super::super::{Failure, Link, Unavailable, Way};
use super::consent::Terms;
use super::finish::fail;
use super::identity::{difference, identity};
use super::refused::Refused;
use super::report::interrupted_before;
use super::variables;
use crate::account::{AccountError, FlowCode, NewFlow, OAuthApplication, ShownIn, Visit};
use crate::config::WebOrigin;
use crate::onboarding;
use crate::plugin::Generation;
use crate::unified::Service;

/// Time that browsers keep the cookie of a flow, in seconds: the lifetime of the flow. The host does not delete it
/// earlier, so that a person who loads the callback again gets the flow's last page.
const COOKIE_SECONDS: u32 = 15 * 60;

/// A flow that has begun.
#[derive(Debug)]
pub struct Started {
    /// URL at the vendor to which the person goes.
    pub location: Url,
    /// The value of `set-cookie`.
    pub cookie: SecretString,
}

/// The name of a flow's cookie. Each flow has its own, because people connect several accounts at once.
pub fn cookie_name(public_url: Option<&WebOrigin>, flow: Uuid) -> String {
    let prefix = if public_url.is_some_and(WebOrigin::is_secure) { "__Host-" } else { "" };
    let id = flow.simple().to_string();
    format!("{prefix}mortise-{}", id.get(..8).unwrap_or(&id))
}

/// Begins a sign-in at the vendor for a form of the connect page. If it cannot begin, a page that waits for it learns
/// why.
///
/// # Errors
/// The reason why the person cannot go there.
pub async fn start(service: &Service, form: &Form) -> Result<Started, Refused> {
    let link = Link::find(service, &form.opening).await?.ok_or(Refused::Link)?;
    let started = begin(service, form, &link).await;
    if let Err(refused) = &started
        && form.window == ShownIn::Second
        && let Some(failure) = refused.failure()
    {
        end(service, form, &link, &failure).await?;
    }
    started
}

/// Stores an attempt that cannot begin as a failed flow, so that the page that waits for it shows the failure.
async fn end(service: &Service, form: &Form, link: &Link, failure: &Failure) -> Result<(), AccountError> {
    let Some(id) = id(form) else { return Ok(()) };
    let integration = form.opening.integration.clone().filter(|slug| is_slug(slug)).unwrap_or_default();
    let new = new_flow(link, id, form.key.clone(), &integration, form.window);
    match service.accounts.connect_flows().begin(new, interrupted_before(service)).await? {
        Some(flow) => fail(service, &flow, failure).await,
        None => Ok(()),
    }
}

/// A flow of this link token to begin, without a way to a vendor.
pub(super) fn new_flow(link: &Link, id: Uuid, key: Option<FlowCode>, integration: &str, shown_in: ShownIn) -> NewFlow {
    let token = &link.token;
    NewFlow {
        id,
        link_hash: token.hash.clone(),
        key,
        tenant_id: token.tenant_id.clone(),
        account_id: token.account_id,
        integration: integration.to_owned(),
        method: None,
        redirect_uri: token.redirect_uri.clone(),
        shown_in,
        visit: None,
    }
}

/// Reads the id that the form's page has drawn.
fn id(form: &Form) -> Option<Uuid> {
    form.flow.filter(|id| id.get_version_num() == 4)
}

async fn begin(service: &Service, form: &Form, link: &Link) -> Result<Started, Refused> {
    let generation = link.chosen(&form.opening).unwrap_or_else(|| Err(Unavailable::default()))?;
    let capabilities = &generation.capabilities;
    let application = link.application(service, &capabilities.slug).await?;
    let way = chosen(generation, link, application.as_ref(), form.opening.auth_format.as_deref())?;
    let id = id(form).ok_or(Refused::Damaged("it has no id of an attempt".into()))?;
    // Before the person agrees at the vendor for nothing. The count that holds is that of the end.
    if service.config.connect.confirm && service.accounts.connect_flows().is_full(&link.token.hash).await? {
        return Err(Refused::Full);
    }

    let given = variables::given(link, way, application.as_ref(), capabilities, &form.context);
    let given = given.map_err(Refused::Invalid)?;
    onboarding::before_consent(generation, variables::context(&given), application.as_ref(), link.kept())
        .map_err(Refused::Invalid)?;
    let all = variables::merged(&service.accounts, capabilities, link.kept(), &given)?;
    let mut before = variables::open(capabilities, &all);
    before.retain(|name, _| !way.captures(name));
    let identity = identity(generation, &before);
    if let Some(account) = &link.account
        && let Some(other) = difference(generation, account, &identity)
    {
        return Err(Refused::Invalid(other.in_form()));
    }
    let changed = variables::changed(&service.accounts, link.kept(), &given)?;
    let terms = Terms::now(service, generation, way, &link.token.tenant_id, all).await?;

    let (state, cookie) = (FlowCode::generate(), FlowCode::generate());
    let pkce = way.authorization().map(|authorization| authorization.pkce);
    let verifier = pkce.filter(|pkce| *pkce != Pkce::Off).map(|_| SecretString::from(FlowCode::generate().text()));
    let challenge = verifier.as_ref().map(challenge);
    let open = variables::open(capabilities, &terms.variables);
    let scopes = way.scopes(&link.token.scopes, terms.application.as_ref());
    let consent = terms.consent(&open, scopes, state.text(), challenge.as_deref());
    let location =
        consent.url().map_err(|_| Refused::Damaged("a variable does not fit the address of the vendor".into()))?;
    let cookie_header = set_cookie(service.config.connect.public_url.as_ref(), id, &cookie);
    let new = NewFlow {
        method: Some(way.format()),
        visit: Some(Visit {
            state,
            cookie,
            application_id: terms.application.as_ref().map(|application| application.id),
            pinned: terms.pinned.clone(),
            variables: changed,
            identity,
            verifier,
        }),
        ..new_flow(link, id, form.key.clone(), &capabilities.slug, form.window)
    };
    match service.accounts.connect_flows().begin(new, interrupted_before(service)).await? {
        Some(_) => Ok(Started { location, cookie: cookie_header }),
        None => Err(Refused::Ended),
    }
}

/// The way with a consent that the form names, or the first such way.
fn chosen<'g>(
    generation: &'g Generation,
    link: &Link,
    application: Option<&OAuthApplication>,
    auth_format: Option<&str>,
) -> Result<Way<'g>, Refused> {
    let consents = |way: &Way<'g>| way.authorization().is_some();
    let first = || link.ways(generation, application).into_iter().find(consents);
    let way = link.way(generation, application, auth_format).filter(consents).or_else(first);
    way.ok_or_else(|| {
        let known = link.known(application);
        match Way::all(&generation.capabilities).iter().find_map(|way| way.lacks(known)) {
            Some(lack) => Unavailable::not_set_up(generation, lack).into(),
            None => Refused::NoConsent(generation.capabilities.label.clone()),
        }
    })
}

/// The challenge for a verifier (RFC 7636 §4.2, S256).
fn challenge(verifier: &SecretString) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose_secret().as_bytes()))
}

fn set_cookie(public_url: Option<&WebOrigin>, flow: Uuid, cookie: &FlowCode) -> SecretString {
    let secure = if public_url.is_some_and(WebOrigin::is_secure) { "; Secure" } else { "" };
    let (name, value) = (cookie_name(public_url, flow), cookie.text());
    format!("{name}={value}; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Lax{secure}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        // RFC 7636, appendix B.
        let verifier = SecretString::from("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
