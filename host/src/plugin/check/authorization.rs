//! The declaration of a person's consent.

use std::collections::BTreeSet;

use mortise_model::CaptureSource;
use url::Url;

use super::{Check, wit};
use crate::egress::token::{Authorization, Capture, is_page};
use crate::plugin::capabilities::Variable;

/// The query parameters of the request that only the host sets (RFC 6749 §4.1.1, RFC 7636 §4.3).
const OWN: [&str; 7] =
    ["response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method"];
/// Longest separator of scopes, in bytes.
const MAX_SEPARATOR: usize = 4;

impl Check {
    pub(super) fn authorization(
        &mut self,
        place: &str,
        declared: wit::Authorization,
        variables: &[Variable],
    ) -> Option<Authorization> {
        let place = format!("{place} authorization");
        let wit::Authorization { url, scopes, separator, params, pkce, captures } = declared;
        let template = self.url_template(&place, &url, variables);
        // The template must be a URL with any value of each variable.
        let sample = template.as_ref().and_then(|template| template.spell(|_| Some("v".to_owned())));
        let sample = sample.and_then(|text| Some((Url::parse(&text).ok()?, text)));
        self.require(sample.is_some_and(|(url, text)| is_page(&url, &text)), || {
            format!("{place}: `{url}` is not an absolute `https` URL without user, query and fragment")
        });
        let scopes = self.bounded(&format!("{place} scopes"), scopes);
        self.require((1..=MAX_SEPARATOR).contains(&separator.len()) && !separator.contains(char::is_control), || {
            format!("{place}: a separator of scopes has 1 to {MAX_SEPARATOR} bytes, such as a blank")
        });
        for scope in &scopes {
            self.text(&place, scope);
            self.require(!scope.is_empty() && !scope.contains(&separator), || {
                format!("{place}: the scope `{scope}` is empty or holds the separator")
            });
        }
        let params = self.bounded(&format!("{place} params"), params);
        for (name, value) in &params {
            self.text(&place, name);
            self.text(&place, value);
            self.require(!name.is_empty() && !OWN.contains(&name.as_str()), || {
                format!("{place}: only the host sets the parameter `{name}`")
            });
        }
        let pkce = self.word(&place, "pkce", &pkce);
        let captures = self.captures(&place, captures, variables);
        Some(Authorization { url: template?, scopes, separator, params, pkce: pkce?, captures })
    }

    fn captures(&mut self, place: &str, declared: Vec<wit::Capture>, variables: &[Variable]) -> Vec<Capture> {
        let mut seen = BTreeSet::new();
        let mut captures = Vec::new();
        for wit::Capture { variable, source, place: found } in self.bounded(&format!("{place} captures"), declared) {
            let known = variables.iter().find(|known| known.name == variable);
            self.require(known.is_some_and(|known| !known.secret), || {
                format!("{place}: `{variable}` is not a declared variable that is not secret")
            });
            self.require(seen.insert(variable.clone()), || format!("{place}: `{variable}` is captured twice"));
            let Some(source) = self.word(place, "source", &source) else { continue };
            match source {
                CaptureSource::Token => self.pointer(place, &format!("capture `{variable}`"), &found),
                CaptureSource::Redirect => self.require(is_parameter(&found), || {
                    format!("{place}: the capture `{variable}` has `{found}`, which is not the name of a parameter")
                }),
            }
            captures.push(Capture { variable, source, place: found });
        }
        captures
    }
}

/// Whether a redirect can have a parameter with this name, besides those of RFC 6749 §4.1.2.
fn is_parameter(name: &str) -> bool {
    !["", "code", "state", "error"].contains(&name) && name.bytes().all(|b| b.is_ascii_graphic())
}
