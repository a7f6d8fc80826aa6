//! Values for the account's variables that a vendor sends when a person consents.

use std::collections::BTreeMap;

use mortise_model::CaptureSource;
use mortise_policy::target::Endpoint;
use url::Url;

use super::super::{EgressError, Profile};
use super::{Authorization, Capture};

/// The variables of an account whose code is exchanged.
pub(super) struct Variables<'a> {
    profile: &'a Profile,
    authorization: &'a Authorization,
    values: BTreeMap<String, String>,
    captured: BTreeMap<String, String>,
}

impl<'a> Variables<'a> {
    /// The variables that are known before the exchange.
    pub(super) fn new(
        profile: &'a Profile,
        authorization: &'a Authorization,
        values: &BTreeMap<String, String>,
    ) -> Self {
        let values = values.iter().filter(|(_, value)| !value.is_empty());
        let values = values.map(|(name, value)| (name.clone(), value.clone())).collect();
        Self { profile, authorization, values, captured: BTreeMap::new() }
    }

    /// Takes the values from this source. A variable without a value there keeps its old value.
    pub(super) fn take(
        &mut self,
        source: CaptureSource,
        find: impl Fn(&str) -> Option<String>,
    ) -> Result<(), EgressError> {
        for capture in self.authorization.captures.iter().filter(|capture| capture.source == source) {
            match find(&capture.place) {
                Some(found) => {
                    let value = self.value(capture, found)?;
                    self.set(&capture.variable, value);
                }
                None if self.values.contains_key(&capture.variable) => {}
                None => return Err(missing(capture)),
            }
        }
        Ok(())
    }

    /// Sets a variable on which vendor and host have agreed.
    pub(super) fn set(&mut self, variable: &str, value: String) {
        self.captured.insert(variable.to_owned(), value.clone());
        self.values.insert(variable.to_owned(), value);
    }

    /// The variable's value for the vendor's text. If the variable is part of an origin's host and the text is a URL,
    /// the value is the part that makes the origin's host equal the URL's host: `acme.eu` for
    /// `https://acme.eu.example.com/` and the origin `https://{site*}.example.com/api`. Any other text is the value
    /// itself.
    fn value(&self, capture: &Capture, found: String) -> Result<String, EgressError> {
        let is_part = self.profile.origins.iter().any(|o| o.variables().iter().any(|(v, _)| *v == capture.variable));
        if !is_part || !found.contains("://") {
            return Ok(found);
        }
        let url = Url::parse(&found).ok().filter(|url| url.scheme() == "https" && url.port().is_none());
        let lookup = |name: &str| self.values.get(name).cloned();
        let part = |host: &str| self.profile.origins.iter().find_map(|o| o.value_at(&capture.variable, host, lookup));
        url.as_ref().and_then(Url::host_str).and_then(part).ok_or_else(|| {
            EgressError::Credentials(format!(
                "the vendor gave a URL for `{}`, and its host is not below an origin of the integration",
                capture.variable
            ))
        })
    }

    /// The origins that are known so far: those without a variable that only the answer to the code brings.
    pub(super) fn endpoints(&self) -> Result<Vec<Endpoint>, EgressError> {
        let of_answer = |name: &str| {
            let mut captures = self.authorization.captures.iter();
            captures.any(|capture| capture.source == CaptureSource::Token && capture.variable == name)
        };
        let pending = |name: &str| of_answer(name) && !self.values.contains_key(name);
        self.profile.endpoints_without(pending, |name| self.values.get(name).cloned())
    }

    pub(super) fn values(&self) -> &BTreeMap<String, String> {
        &self.values
    }

    /// The captured values. All variables together fit every origin.
    pub(super) fn finish(self) -> Result<BTreeMap<String, String>, EgressError> {
        self.profile.endpoints(|name| self.values.get(name).cloned())?;
        Ok(self.captured)
    }
}

fn missing(capture: &Capture) -> EgressError {
    let Capture { variable, source, place } = capture;
    EgressError::Credentials(match source {
        CaptureSource::Token => {
            format!("the vendor's answer to the code has no value at {place}, which is `{variable}`")
        }
        CaptureSource::Redirect => {
            format!("the vendor sent the person back without the parameter `{place}`, which is `{variable}`")
        }
    })
}
