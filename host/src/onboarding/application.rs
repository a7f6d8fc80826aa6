//! Requests for OAuth applications.

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::fields::Fields;
use crate::account::{CLIENT_ID, CLIENT_SECRET, NewApplication, OAuthApplication};
use crate::config::RedirectUri;
use crate::plugin::Capabilities;
use crate::unified::{Failure, Failures, Place};

/// Pattern of a client's identifier and of its secret (RFC 6749, appendix A.1 and A.2: visible ASCII and inner blanks).
pub(crate) const CLIENT_TEXT: &str = "^[!-~]([ -~]*[!-~])?$";
/// Longest identifier or secret, in bytes.
pub(crate) const MAX_CLIENT_TEXT: usize = 4_096;
/// Pattern of a scope (RFC 6749, appendix A.4).
pub(crate) const SCOPE: &str = "^[!#-\\[\\]-~]+$";
/// Longest scope, in bytes.
pub(crate) const MAX_SCOPE: usize = 256;
/// Scopes of one request at most.
pub(crate) const MAX_SCOPES: usize = 64;

/// Message for an operator who sets an application for an integration that takes none.
pub const NO_APPLICATION: &str =
    "this integration takes no OAuth application: it declares no exchange of a refresh token or an authorization code";

/// Message for an operator who removes an application that this many accounts need.
pub fn in_use(accounts: u64) -> String {
    format!(
        "{accounts} integrated accounts have tokens of this application: delete them, or give them another client, first"
    )
}

/// Reads the request for an application of an integration: the members `client_id`, `client_secret`, and optionally
/// `scopes` and `redirect_url`. The secret may be left out if the host has stored one for this client in `current`, the
/// application that the new one replaces.
///
/// # Errors
/// All failures of the request.
pub fn new_application(
    members: Map<String, Value>,
    capabilities: &Capabilities,
    tenant_id: Option<String>,
    current: Option<&OAuthApplication>,
) -> Result<NewApplication, Failures> {
    let mut fields = Fields::new(members);
    let client_id = fields.required_text(CLIENT_ID);
    let client_secret = fields.text(CLIENT_SECRET);
    for (name, text) in [(CLIENT_ID, &client_id), (CLIENT_SECRET, &client_secret)] {
        if text.as_deref().is_some_and(|text| !is_client_text(text)) {
            let rule = format!("must be 1 to {MAX_CLIENT_TEXT} visible ASCII characters, and blanks between them");
            fields.fail(name, &rule);
        }
    }
    let is_stored =
        current.is_some_and(|current| current.has_client_secret() && Some(&current.client_id) == client_id.as_ref());
    if client_secret.is_none() && capabilities.sends_client_secret() && !is_stored {
        fields.failures.push(Failure::missing(Place::Body, CLIENT_SECRET));
    }
    let scopes = fields.scopes("scopes");
    let redirect_url = fields.text("redirect_url");
    if let Some(Err(error)) = redirect_url.as_deref().map(str::parse::<RedirectUri>) {
        fields.fail("redirect_url", &error.to_string());
    }
    fields.finish()?;
    // Without it, `finish` has returned a failure.
    let Some(client_id) = client_id else { return Err(Failures::default()) };
    let (integration, client_secret) = (capabilities.slug.clone(), client_secret.map(SecretString::from));
    Ok(NewApplication { integration, tenant_id, client_id, client_secret, scopes, redirect_url })
}

fn is_client_text(text: &str) -> bool {
    let is_inside = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    (1..=MAX_CLIENT_TEXT).contains(&text.len()) && text.bytes().all(is_inside) && text.trim() == text
}

pub(super) fn is_scope(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_graphic() && !b"\"\\".contains(&byte);
    (1..=MAX_SCOPE).contains(&text.len()) && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_patterns_take_what_the_host_takes() {
        let schema = |pattern: &str| jsonschema::validator_for(&json!({ "pattern": pattern })).expect("a schema");
        let (client, scope) = (schema(CLIENT_TEXT), schema(SCOPE));
        for character in '\0'..='\u{ff}' {
            for text in [character.to_string(), format!("a{character}a"), format!("{character}a")] {
                assert_eq!(client.is_valid(&json!(text)), is_client_text(&text), "{text:?}");
                assert_eq!(scope.is_valid(&json!(text)), is_scope(&text), "{text:?}");
            }
        }
    }
}
