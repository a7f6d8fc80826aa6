//! The return from the vendor (RFC 6749 §4.1.2): checks of the request that ends a flow, and the exchange of its code.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use mortise_policy::slug::is_slug;
use secrecy::SecretString;
use tracing::Instrument;
use url::{Url, form_urlencoded};
use uuid::Uuid;

use super::super::{Failure, Way};
use super::consent::Terms;
use super::finish::{self, Brought, failed};
use super::identity::{difference, identity};
use super::refused::Refused;
use super::rejected::rejected;
use super::{scopes, variables};
use crate::account::{Account, AccountError, ConnectFlow, FlowCode, FlowStatus, LinkToken, Pinned, Secrets};
use crate::egress::{Code, EgressError, Redeemed, Redeems, Rejected, Template};
use crate::plugin::Generation;
use crate::unified::Service;
use crate::validation::Occasion;

/// Bytes of all parameters at most. Vendors' codes have up to 4 KB.
const MAX_BYTES: usize = 16 << 10;
/// Parameters at most. Vendors add some of their own.
const MAX_PARAMETERS: usize = 64;
/// The host redeems a code within this time from the flow's start: vendors' codes are valid for 10 minutes at most (RFC
/// 6749 §4.1.2).
const REDEEMABLE: SignedDuration = SignedDuration::from_mins(10);
/// Marks the second of two posts. The first one came from the vendor's site and therefore without the cookie.
pub const POSTED_AGAIN: &str = "mortise_again";

/// A request for a callback.
pub struct Arrived<'a> {
    /// The integration in its path.
    pub integration: &'a str,
    /// The query, or the form of a post, in `application/x-www-form-urlencoded`.
    pub parameters: &'a [u8],
    /// Whether it is a post: `response_mode=form_post`.
    pub is_post: bool,
    /// Finds a cookie by its name. A cookie that comes twice counts as missing.
    pub cookie: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// The request, for the record of the validation.
    pub occasion: Occasion,
}

/// Outcome of a callback.
pub enum Landed {
    /// The flow has ended, with success or not: its page says which.
    Ended(Uuid),
    /// The browser must post the same fields again, from a page of this host: a post from another site carries no
    /// cookie.
    PostAgain(BTreeMap<String, String>),
}

/// Ends the flow to which a vendor has sent a person back. The exchange of the code continues if the browser goes away.
///
/// # Errors
/// The reason why this request ends no flow. Nothing is changed then.
pub async fn callback(service: &Arc<Service>, arrived: Arrived<'_>) -> Result<Landed, Refused> {
    if !is_slug(arrived.integration) {
        return Err(Refused::Damaged("the address is of no integration".into()));
    }
    let mut parameters = parameters(arrived.parameters)?;
    let posted_again = parameters.remove(POSTED_AGAIN).is_some();
    let flows = service.accounts.connect_flows();
    let state = parameters.get("state").and_then(|state| FlowCode::parse(state)).ok_or(Refused::UnknownState)?;
    let mut flow = flows.by_state(&state).await?.ok_or(Refused::UnknownState)?;
    let cookie = (arrived.cookie)(&super::cookie_name(service.config.connect.public_url.as_ref(), flow.id));
    let is_waiting = flow.status == FlowStatus::Waiting;
    match cookie {
        None if arrived.is_post && !posted_again => return Ok(Landed::PostAgain(parameters)),
        Some(cookie) if FlowCode::parse(&cookie).is_some_and(|cookie| flow.is_held_by(&cookie)) => {}
        _ if is_waiting => return Err(Refused::ForeignBrowser),
        _ => return Err(Refused::Replayed),
    }
    // A person who loads the page again gets the flow's last page.
    if !is_waiting || !flows.claim(&mut flow).await? {
        return Ok(Landed::Ended(flow.id));
    }
    let (id, service, path, occasion) = (flow.id, service.clone(), arrived.integration.to_owned(), arrived.occasion);
    let tracker = service.keyed_calls.clone();
    // From here on the host continues even if the browser goes away: a code works only once.
    let ending = async move {
        if let Err(failure) = end(&service, &flow, &path, &parameters, occasion).await {
            finish::fail(&service, &flow, &failure).await?;
        }
        Ok(Landed::Ended(id))
    };
    let ended = tracker.spawn(ending.in_current_span()).await;
    // The panic has been logged; the flow's page says that the flow has stopped.
    ended.unwrap_or(Ok(Landed::Ended(id)))
}

/// Reads the parameters; each comes once (RFC 6749 §3.1).
fn parameters(bytes: &[u8]) -> Result<BTreeMap<String, String>, Refused> {
    if bytes.len() > MAX_BYTES {
        return Err(Refused::Damaged("it is too long".into()));
    }
    let mut parameters = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(bytes) {
        if parameters.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err(Refused::Damaged("a parameter comes twice".into()));
        }
        if parameters.len() > MAX_PARAMETERS {
            return Err(Refused::Damaged("it has too many parameters".into()));
        }
    }
    Ok(parameters)
}

/// Does the rest after the state is used.
async fn end(
    service: &Arc<Service>,
    flow: &ConnectFlow,
    path: &str,
    parameters: &BTreeMap<String, String>,
    occasion: Occasion,
) -> Result<(), Failure> {
    if path != flow.integration {
        return Err(failed(format!(
            "The answer came back as one of {path}, but you were sent to {}. Somebody may have mixed the two up. Nothing was connected.",
            flow.integration
        )));
    }
    let generation = service.registry.get(&flow.integration).ok_or_else(changed)?;
    let ways = Way::all(&generation.capabilities);
    let named = flow.method.as_deref().and_then(|format| Way::named(&ways, format));
    let (way, authorization) = named.and_then(|way| Some((way, way.authorization()?))).ok_or_else(changed)?;
    let (link, account) = link(service, flow).await?;

    let broken = |error: AccountError| finish::broken(flow, &error);
    let visited = service.accounts.connect_flows().visit(flow).map_err(broken)?;
    let (mut given, verifier) = (visited.variables, visited.verifier);
    let kept = account.as_ref().filter(|_| link.persist_previous_context);
    let all = variables::merged(&service.accounts, &generation.capabilities, kept, &given).map_err(broken)?;
    let terms = same_terms(service, flow, &generation, way, all).await?;
    let label = &generation.capabilities.label;
    check_issuer(parameters, &terms.pinned, &authorization.url, label)?;
    let code = code(flow, parameters, label)?;
    let redeemed = redeem(service, &generation, &terms, &code, verifier.as_ref(), parameters)
        .await
        .map_err(|error| not_redeemed(flow, label, &error))?;
    given.extend(redeemed.secrets);
    given.extend(redeemed.variables.into_iter().map(|(name, value)| (name, value.into())));
    let mut all = terms.variables;
    all.extend(given.clone());
    // What the account has now does not say whom the person was sent to.
    let mut identity = identity(&generation, &variables::open(&generation.capabilities, &all));
    identity.extend(visited.identity);
    if let Some(other) = account.as_ref().and_then(|account| difference(&generation, account, &identity)) {
        return Err(other.at_vendor(label));
    }
    let application = terms.application.as_ref();
    let brought = Brought { method: way.method(), application, kept, all: &all, given: &given, identity: &identity };
    let account = finish::settle(service, flow, &generation, brought, occasion).await?;
    if let Some(granted) = &redeemed.scopes {
        scopes::warn_of_missing(flow, account, way.scopes(&link.scopes, application), granted);
    }
    Ok(())
}

/// Reads the present declaration, application and settings, which must equal those of the start.
async fn same_terms<'g>(
    service: &Service,
    flow: &ConnectFlow,
    generation: &'g Generation,
    way: Way<'g>,
    variables: Secrets,
) -> Result<Terms<'g>, Failure> {
    let terms = Terms::now(service, generation, way, &flow.tenant_id, variables).await;
    let terms = terms.map_err(|refused| match refused {
        Refused::Host(error) => finish::broken(flow, &error),
        _ => changed(),
    })?;
    let application = terms.application.as_ref().map(|application| application.id);
    match flow.pinned.as_ref() == Some(&terms.pinned) && flow.application_id == application {
        true => Ok(terms),
        false => Err(changed()),
    }
}

/// The link token, which must still be valid, and the account to connect again.
async fn link(service: &Service, flow: &ConnectFlow) -> Result<(LinkToken, Option<Account>), Failure> {
    let broken = |error| finish::broken(flow, &error);
    let token = service.accounts.link_tokens().with_hash(&flow.link_hash).await.map_err(broken)?;
    let token = token.filter(|token| token.tenant_id == flow.tenant_id && token.account_id == flow.account_id);
    let token = token.ok_or_else(finish::spent)?;
    let account = match flow.account_id {
        None => None,
        Some(id) => {
            let account = service.accounts.get(id, Some(&flow.tenant_id)).await.map_err(broken)?;
            Some(account.ok_or_else(finish::gone)?)
        }
    };
    Ok((token, account))
}

fn changed() -> Failure {
    failed(
        "The settings of this integration were changed while you were signing in, so your answer no longer fits them. Nothing was \
         connected.",
    )
}

/// Checks the issuer, if the answer names one, against the vendor to which the person was sent (RFC 9207 §2.4).
/// Integrations declare no issuer: it must have the origin of the token endpoint, or of the authorization endpoint if
/// that certainly belongs to the vendor.
fn check_issuer(
    parameters: &BTreeMap<String, String>,
    pinned: &Pinned,
    authorization: &Template,
    label: &str,
) -> Result<(), Failure> {
    let Some(issuer) = parameters.get("iss") else { return Ok(()) };
    let issuer = Url::parse(issuer).ok().filter(|url| url.host().is_some()).map(|url| url.origin());
    let trusted = [Some(&pinned.token_url), Some(&pinned.authorization_url).filter(|_| has_own_host(authorization))];
    let mut origins = trusted.into_iter().flatten().filter_map(|url| Url::parse(url).ok()).map(|url| url.origin());
    match issuer.is_some_and(|issuer| origins.any(|origin| origin == issuer)) {
        true => Ok(()),
        false => Err(failed(format!(
            "The answer does not come from {label}, to which you were sent, but from somebody else. Nothing was connected."
        ))),
    }
}

/// Whether the declaration fixes at least the last two labels of a URL's host. Otherwise a person who enters the
/// variables chooses the owner of the host.
fn has_own_host(url: &Template) -> bool {
    let text = url.spell(|_| Some("{}".to_owned())).unwrap_or_default();
    let host = text.split('/').nth(2).unwrap_or_default();
    match host.rsplit_once('}') {
        Some((_, end)) => end.starts_with('.') && end.matches('.').count() > 1,
        None => true,
    }
}

/// The code of the answer, if it brings one in time.
fn code(flow: &ConnectFlow, parameters: &BTreeMap<String, String>, label: &str) -> Result<SecretString, Failure> {
    if let Some(error) = parameters.get("error") {
        let description = parameters.get("error_description").map(String::as_str);
        let says: Vec<_> =
            [Some(error.as_str()), description].into_iter().flatten().filter(|text| !text.is_empty()).collect();
        let failure = match (error.as_str(), Rejected::of(error, description.unwrap_or_default())) {
            ("access_denied", _) => failed(format!(
                "You, or {label} in your place, did not agree that your account is connected. Nothing was connected."
            )),
            (_, Some(what)) => rejected(flow, label, what),
            (_, None) => failed(format!("{label} did not let your account be connected. Nothing was connected.")),
        };
        return Err(failure.said(&says.join(": ")));
    }
    let is_visible = |code: &&String| !code.is_empty() && code.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let code = parameters.get("code").filter(is_visible);
    let code = code.ok_or_else(|| failed(format!("{label} sent you back without a code. Nothing was connected.")))?;
    if Timestamp::now().duration_since(flow.created_at) > REDEEMABLE {
        return Err(failed("Signing in took longer than 10 minutes. Nothing was connected."));
    }
    Ok(SecretString::from(code.as_str()))
}

async fn redeem(
    service: &Service,
    generation: &Generation,
    terms: &Terms<'_>,
    code: &SecretString,
    verifier: Option<&SecretString>,
    redirect: &BTreeMap<String, String>,
) -> Result<Redeemed, EgressError> {
    let capabilities = &generation.capabilities;
    let secrets: Secrets = variables::secrets(capabilities, &terms.variables);
    let whom = Redeems {
        slug: &capabilities.slug,
        profile: &generation.profile,
        scheme: terms.scheme,
        client: terms.client.clone(),
        secrets: &secrets,
        variables: &variables::open(capabilities, &terms.variables),
    };
    service.egress.redeem(whom, Code { code, redirect_uri: &terms.pinned.callback, verifier, redirect }).await
}

fn not_redeemed(flow: &ConnectFlow, label: &str, error: &EgressError) -> Failure {
    let reason = error.reason();
    tracing::warn!(flow = %flow.id, integration = flow.integration, reason, "a code was not redeemed");
    let failure = match error {
        EgressError::Refused(refusal) if let Some(what) = refusal.rejected => rejected(flow, label, what),
        _ => failed(format!("{label} did not complete the sign-in ({reason}). Nothing was connected.")),
    };
    failure.said(error.words().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_come_once_and_are_bounded() {
        let read = |text: &str| parameters(text.as_bytes());
        assert_eq!(read("code=a%20b&state=x").unwrap()["code"], "a b");
        assert!(matches!(read("code=a&code=a"), Err(Refused::Damaged(_))));
        assert!(matches!(read(&"x".repeat(MAX_BYTES + 1)), Err(Refused::Damaged(_))));
        let many: Vec<_> = (0..=MAX_PARAMETERS).map(|n| format!("p{n}=")).collect();
        assert!(matches!(read(&many.join("&")), Err(Refused::Damaged(_))));
    }

    #[test]
    fn an_issuer_is_one_of_the_two_origins() {
        let pinned = Pinned {
            authorization_url: "https://vendor.example.com/authorize".to_owned(),
            token_url: "https://api.vendor.example.com/token".to_owned(),
            client_id: String::new(),
            callback: String::new(),
        };
        let own = Template::parse(&pinned.authorization_url).unwrap();
        for (issuer, fits) in [
            ("https://vendor.example.com", true),
            ("https://vendor.example.com/tenant/v2.0", true),
            ("https://api.vendor.example.com", true),
            ("http://vendor.example.com", false),
            ("https://vendor.example.com.evil.example.net", false),
            ("https://vendor.example.com@evil.example.net", false),
            ("vendor.example.com", false),
            ("data:text/plain,", false),
            ("", false),
        ] {
            let parameters = BTreeMap::from([("iss".to_owned(), issuer.to_owned())]);
            assert_eq!(check_issuer(&parameters, &pinned, &own, "Vendor").is_ok(), fits, "{issuer}");
        }
        assert!(check_issuer(&BTreeMap::new(), &pinned, &own, "Vendor").is_ok());
    }
    #[test]
    fn a_host_that_somebody_enters_is_no_issuer() {
        for (url, is_own) in [
            ("https://vendor.example.com/{site}", true),
            ("https://{site}.example.com/authorize", true),
            ("https://{site}/authorize", false),
            ("https://app.{domain}/authorize", false),
            ("https://{site}.com/authorize", false),
            ("https://{site}example.com/authorize", false),
        ] {
            assert_eq!(has_own_host(&Template::parse(url).unwrap()), is_own, "{url}");
        }
        let pinned = Pinned {
            authorization_url: "https://evil.example.net/authorize".to_owned(),
            token_url: "https://api.vendor.example.com/token".to_owned(),
            client_id: String::new(),
            callback: String::new(),
        };
        let entered = Template::parse("https://{site}/authorize").unwrap();
        for (issuer, fits) in [("https://evil.example.net", false), ("https://api.vendor.example.com", true)] {
            let parameters = BTreeMap::from([("iss".to_owned(), issuer.to_owned())]);
            assert_eq!(check_issuer(&parameters, &pinned, &entered, "Vendor").is_ok(), fits, "{issuer}");
        }
    }
}
