//! Reading the parameters of the connect page's address and the fields of its forms.

use std::borrow::Cow;
use std::collections::BTreeSet;

use secrecy::SecretString;
use url::form_urlencoded;
use uuid::Uuid;

use super::Opening;
use crate::account::{FlowCode, Secrets, ShownIn};
use crate::onboarding::MAX_INTEGRATIONS;

/// Bytes of a parameter at most. Tokens, slugs and methods are far shorter.
const MAX_TEXT: usize = 256;
/// Bytes of a list of integrations at most: room for as many slugs of common length as a link token takes.
const MAX_LIST: usize = 16 << 10;
/// Prefix of the fields for an account's variables.
pub const CONTEXT: &str = "context.";

/// A form of the connect page.
#[derive(Debug, Clone)]
pub struct Form {
    /// The parameters of the page.
    pub opening: Opening,
    /// The id of this attempt, which the page has drawn.
    pub flow: Option<Uuid>,
    /// The key of this attempt, which the page has drawn. With it the page asks for the attempt's state.
    pub key: Option<FlowCode>,
    /// The window that shows the vendor.
    pub window: ShownIn,
    /// The variables that the person has entered, by name.
    pub context: Secrets,
}

/// A malformed parameter or field. Its text is for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadParameter {
    /// It comes more than once.
    #[error("the parameter {0} is given more than once")]
    Repeated(String),
    /// It is longer than any valid value.
    #[error("the parameter {0} is longer than {1} bytes")]
    TooLong(&'static str, usize),
}

/// Reads the query of the page's address. Ignores unknown parameters: SDKs add some.
///
/// # Errors
/// If a known parameter comes twice or is too long.
pub fn opening(query: &str) -> Result<Opening, BadParameter> {
    Ok(form(query.as_bytes())?.opening)
}

/// Reads a form of the page, of `application/x-www-form-urlencoded`.
///
/// # Errors
/// As [`opening`].
pub fn form(body: &[u8]) -> Result<Form, BadParameter> {
    let mut seen = BTreeSet::new();
    let opening = Opening {
        link_token: String::new().into(),
        integration: None,
        integrations: Vec::new(),
        no_back: false,
        auth_format: None,
        iframe: false,
        is_heard: false,
    };
    let mut form = Form { opening, flow: None, key: None, window: ShownIn::Same, context: Secrets::new() };
    for (name, value) in form_urlencoded::parse(body) {
        if form.take(&name, value)? && !seen.insert(name.clone().into_owned()) {
            return Err(BadParameter::Repeated(name.chars().take(MAX_TEXT).collect()));
        }
    }
    Ok(form)
}

impl Form {
    /// Takes a field; `false` if it is unknown.
    fn take(&mut self, name: &str, value: Cow<'_, str>) -> Result<bool, BadParameter> {
        let opening = &mut self.opening;
        match name {
            "link_token" => opening.link_token = short("link_token", value)?.into(),
            "integration" => opening.integration = given(short("integration", value)?),
            "integrations" => opening.integrations = list(&value)?,
            "auth_format" => opening.auth_format = given(short("auth_format", value)?),
            "no_back" => opening.no_back = is_set(&value),
            "iframe" => opening.iframe = is_set(&value),
            "mortise_link" => opening.is_heard = is_set(&value),
            "flow" => self.flow = value.parse().ok(),
            "key" => self.key = FlowCode::parse(&value),
            "window" => self.window = ShownIn::parse(&value).unwrap_or(ShownIn::Same),
            // Truto's parameter skips a form before the credentials, which this page does not have.
            "skip_rapid_form" => {}
            _ => match name.strip_prefix(CONTEXT) {
                Some(variable) => {
                    drop(self.context.insert(variable.to_owned(), SecretString::from(value.into_owned())))
                }
                None => return Ok(false),
            },
        }
        Ok(true)
    }
}

fn is_set(value: &str) -> bool {
    ["true", "1"].contains(&value)
}

fn given(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn short(name: &'static str, value: Cow<'_, str>) -> Result<String, BadParameter> {
    if value.len() > MAX_TEXT { Err(BadParameter::TooLong(name, MAX_TEXT)) } else { Ok(value.into_owned()) }
}

fn list(value: &str) -> Result<Vec<String>, BadParameter> {
    const NAME: &str = "integrations";
    let slugs = || value.split(',').map(str::trim).filter(|slug| !slug.is_empty());
    if value.len() > MAX_LIST || slugs().count() > MAX_INTEGRATIONS {
        return Err(BadParameter::TooLong(NAME, MAX_LIST));
    }
    Ok(slugs().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_query_is_read_and_what_is_unknown_is_left_alone() {
        let query = "link_token=mrl_a&integration=one&integrations=one,%20other,&no_back=true&skip_rapid_form=true&iframe=true\
                     &auth_format=api_key&utm_source=x&utm_source=y";
        let opening = opening(query).unwrap();
        assert_eq!(opening.link_token.expose_secret(), "mrl_a");
        assert_eq!(opening.integration.as_deref(), Some("one"));
        assert_eq!(opening.integrations, ["one", "other"]);
        assert_eq!(opening.auth_format.as_deref(), Some("api_key"));
        assert!(opening.no_back && opening.iframe && !opening.is_heard);
        let again = super::opening(opening.path().split_once('?').unwrap().1).unwrap();
        assert_eq!(again.fields(), opening.fields());
    }

    #[test]
    fn what_is_given_twice_or_too_long_is_refused() {
        let refused = |query: &str| opening(query).unwrap_err();
        assert_eq!(refused("link_token=a&link_token=a"), BadParameter::Repeated("link_token".to_owned()));
        assert_eq!(
            refused("skip_rapid_form=1&skip_rapid_form=1"),
            BadParameter::Repeated("skip_rapid_form".to_owned())
        );
        assert_eq!(refused("context.a=1&context.a=2"), BadParameter::Repeated("context.a".to_owned()));
        let long = "x".repeat(MAX_TEXT + 1);
        for name in ["link_token", "integration", "auth_format"] {
            assert_eq!(refused(&format!("{name}={long}")), BadParameter::TooLong(name, MAX_TEXT));
        }
        let many = vec!["a"; MAX_INTEGRATIONS + 1].join(",");
        assert_eq!(refused(&format!("integrations={many}")), BadParameter::TooLong("integrations", MAX_LIST));
    }

    #[test]
    fn a_form_says_where_the_vendor_is_opened_and_what_was_entered() {
        let id = "7f6c3e0a-52c4-4f0e-9d52-0f5d8b0f3c11";
        let form = form(format!("flow={id}&window=second&context.api_token=a+b%26c").as_bytes()).unwrap();
        assert_eq!((form.flow, form.window), (id.parse().ok(), ShownIn::Second));
        assert_eq!(form.context["api_token"].expose_secret(), "a b&c");
        let form = super::form(b"flow=nothing&window=third").unwrap();
        assert_eq!((form.flow, form.window), (None, ShownIn::Same));
    }
}
