//! The probe: how the host asks a vendor whether it takes an account.

use std::fmt;

use mortise_model::{Category, Level, Operation};
use mortise_policy::path::ALL_BUT_UNRESERVED;
use percent_encoding::utf8_percent_encode;
use serde::{Serialize, Serializer};
use url::form_urlencoded;

use super::Capabilities;
use crate::egress::Template;

/// The host's way to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// A request of the host to the declared target.
    Request(ProbeTarget),
    /// A list of one user in this category, made by the integration.
    List(Category),
}

impl Probe {
    /// The category of the call, for logs and metrics.
    pub fn category(&self) -> &'static str {
        match self {
            Self::Request(_) => "probe",
            Self::List(category) => category.as_str(),
        }
    }
}

/// For people: `GET /me`, or `a list of one user in crm`.
impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(target) => write!(f, "GET {target}"),
            Self::List(category) => write!(f, "a list of one user in {category}"),
        }
    }
}

/// The target of a declared probe: a path below the first origin, or an absolute URL below any origin. It may have a
/// query, and contain variables that are not secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeTarget {
    target: Template,
    query: Option<Template>,
}

impl ProbeTarget {
    /// Reads a target.
    ///
    /// # Errors
    /// The reason, if a part is not a template, or if the target has a fragment, which no vendor would get.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.contains('#') {
            return Err(format!("`{text}` has a fragment, which is not sent"));
        }
        let (target, query) = match text.split_once('?') {
            Some((target, query)) => (target, Some(Template::parse(query)?)),
            None => (text, None),
        };
        Ok(Self { target: Template::parse(target)?, query })
    }

    /// The target and the query of the request, percent-encoded, with the values of an account's variables. `None` if a
    /// variable has no value.
    pub(crate) fn fill(&self, value: impl Fn(&str) -> Option<String>) -> Option<(String, Vec<(String, String)>)> {
        let encoded = |name: &str| value(name).map(|value| utf8_percent_encode(&value, ALL_BUT_UNRESERVED).to_string());
        let target = self.target.spell(encoded)?;
        let Some(query) = &self.query else { return Some((target, Vec::new())) };
        let query = query.spell(encoded)?;
        Some((target, form_urlencoded::parse(query.as_bytes()).into_owned().collect()))
    }
}

impl fmt::Display for ProbeTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.target.fmt(f)?;
        self.query.iter().try_for_each(|query| write!(f, "?{query}"))
    }
}

impl Serialize for ProbeTarget {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Capabilities {
    /// The host's way to ask a vendor whether it takes an account: the declared probe, otherwise a list in the first
    /// category whose list needs no parameter that only a caller knows. `None` if there is neither.
    pub fn asks_accounts_by(&self) -> Option<Probe> {
        let lists = |category: &Category| {
            let list = self.operation(*category, Operation::ListUsers);
            list.is_some_and(|list| list.query.iter().all(|field| field.level != Level::Required))
        };
        let list = || Category::ALL.iter().copied().find(lists).map(Probe::List);
        self.probe.clone().map(Probe::Request).or_else(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, value: &str) -> (String, Vec<(String, String)>) {
        ProbeTarget::parse(text).unwrap().fill(|_| Some(value.to_owned())).unwrap()
    }

    #[test]
    fn a_value_stays_in_the_part_of_the_url_that_it_stands_in() {
        assert_eq!(filled("/users", "x"), ("/users".to_owned(), vec![]));
        assert_eq!(filled("https://{site}.example.com/me", "acme.eu").0, "https://acme.eu.example.com/me");
        let (target, query) = filled("/teams/{team}/users?limit=1&of={team}", "a/b?c=d&e #é+");
        assert_eq!(target, "/teams/a%2Fb%3Fc%3Dd%26e%20%23%C3%A9%2B/users");
        let pairs = [("limit", "1"), ("of", "a/b?c=d&e #é+")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(query, pairs);
    }

    #[test]
    fn a_query_is_read_as_it_is_written() {
        let (_, query) = filled("/users?filter=%7B%22a%22%3A1%7D&page%5Bsize%5D=1&flag", "x");
        let pairs = [("filter", "{\"a\":1}"), ("page[size]", "1"), ("flag", "")];
        assert_eq!(query, pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn a_target_reads_as_it_was_written() {
        for text in ["/users", "/users?", "https://{site}.example.com/me?limit=1&site={site}"] {
            assert_eq!(ProbeTarget::parse(text).unwrap().to_string(), text);
        }
        assert!(ProbeTarget::parse("/users#top").unwrap_err().contains("fragment"));
        assert!(ProbeTarget::parse("/users?a={b").unwrap_err().contains("without"));
    }
}
