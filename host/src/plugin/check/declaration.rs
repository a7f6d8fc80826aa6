//! Checks a declaration as a whole, and its parts that have no file of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::num::NonZeroU32;
use std::str::FromStr;

use jiff::civil::Date;
use mortise_model::{AuthKind, UnknownName};
use mortise_policy::characters::is_hidden;
use mortise_policy::headers::{declarable, same};
use mortise_policy::origin::OriginTemplate;
use mortise_policy::slug::is_slug;

use super::super::capabilities::{Capabilities, Evidence, Variable};
use super::wit;
use crate::egress::token::is_pointer;
use crate::egress::{AuthScheme, RateLimit};

/// Most entries of any list in a declaration.
pub(super) const MAX_ENTRIES: usize = 256;
/// Most pointers to a vendor's message. The host tries each of them in every error answer.
const MAX_POINTERS: usize = 16;
/// Longest text in a declaration, in bytes.
const MAX_TEXT: usize = 2_000;
/// The widest window of a rate limit: 31 days, in seconds.
const MAX_WINDOW: u32 = 31 * 86_400;
/// The most requests of a window.
const MAX_REQUESTS: u32 = 1_000_000_000;

/// A checked declaration with its parsed origins.
#[derive(Debug)]
pub(in super::super) struct Checked {
    pub(in super::super) capabilities: Capabilities,
    pub(in super::super) origins: Vec<OriginTemplate>,
}

/// Checks a declaration.
///
/// # Errors
/// Every violation, in the order of the declaration.
pub(in super::super) fn check(declared: wit::Declaration) -> Result<Checked, Vec<String>> {
    let mut check = Check { problems: Vec::new() };
    let checked = check.all(declared);
    if check.problems.is_empty() { Ok(checked) } else { Err(check.problems) }
}

/// The violations that a check has found so far.
pub(super) struct Check {
    pub(super) problems: Vec<String>,
}

impl Check {
    pub(super) fn require(&mut self, holds: bool, problem: impl FnOnce() -> String) {
        if !holds {
            // The text may come from the plugin, so it becomes one line of at most 300 characters.
            self.problems.push(problem().replace(is_hidden, " ").chars().take(300).collect());
        }
    }

    pub(super) fn bounded<T>(&mut self, what: &str, list: Vec<T>) -> Vec<T> {
        self.require(list.len() <= MAX_ENTRIES, || format!("{what}: more than {MAX_ENTRIES} entries"));
        list.into_iter().take(MAX_ENTRIES).collect()
    }

    /// The value of a closed set that has this word in the contract.
    pub(super) fn word<T: FromStr<Err = UnknownName>>(
        &mut self,
        place: impl Display,
        what: &str,
        word: &str,
    ) -> Option<T> {
        word.parse().map_err(|error| self.require(false, || format!("{place}: the {what} {error}"))).ok()
    }

    pub(super) fn text(&mut self, what: &str, text: &str) {
        self.require(text.len() <= MAX_TEXT && !text.contains(is_hidden), || {
            format!("{what}: longer than {MAX_TEXT} bytes or with control or format characters")
        });
    }

    fn all(&mut self, declared: wit::Declaration) -> Checked {
        let wit::Declaration {
            slug,
            label,
            origins,
            headers,
            variables,
            variable_sets,
            auth,
            limits,
            error_messages,
            operations,
            evidence,
            probe,
        } = declared;
        self.require(is_slug(&slug), || {
            format!("slug `{slug}`: must be 1 to 64 lower-case letters, digits and single hyphens")
        });
        self.text("label", &label);
        self.require(!label.is_empty(), || "label: empty".into());
        let variables = self.variables(variables);
        let variable_sets = self.variable_sets(variable_sets, &variables);
        let parsed = self.origins(origins, &variables);
        let auth = self.auth(auth, &variables, &parsed);
        let headers = self.headers(headers, &auth);
        let limits = self.limits(limits);
        let error_messages = self.error_messages(error_messages);
        let operations = self.operations(operations);
        let evidence = evidence.and_then(|evidence| self.evidence(evidence));
        let probe = probe.and_then(|probe| self.probe(&probe, &variables, &parsed, &auth));
        let origins = parsed.iter().map(ToString::to_string).collect();
        let capabilities = Capabilities {
            slug,
            label,
            origins,
            headers,
            variables,
            variable_sets,
            auth,
            limits,
            error_messages,
            operations,
            evidence,
            probe,
        };
        Checked { capabilities, origins: parsed }
    }

    fn origins(&mut self, declared: Vec<String>, variables: &[Variable]) -> Vec<OriginTemplate> {
        self.require(!declared.is_empty(), || "origins: at least one is needed".into());
        let mut parsed = Vec::new();
        let mut extents = BTreeMap::new();
        for text in self.bounded("origins", declared) {
            match OriginTemplate::parse(&text) {
                Ok(origin) => {
                    for (name, extent) in origin.variables() {
                        let known = *extents.entry(name.to_owned()).or_insert(extent);
                        self.require(known == extent, || {
                            format!("origin `{text}`: `{name}` stands for one label in one place and for several in another: write `{{{name}}}` or `{{{name}*}}` in all")
                        });
                        let variable = variables.iter().find(|v| v.name == name);
                        self.require(variable.is_some_and(|v| !v.secret && (v.required || v.default.is_some())), || {
                            format!("origin `{text}`: `{{{name}}}` must be a declared variable that is not secret, and required or with a default")
                        });
                    }
                    parsed.push(origin);
                }
                Err(error) => self.require(false, || format!("origin `{text}`: {error}")),
            }
        }
        parsed
    }

    fn headers(&mut self, declared: Vec<String>, auth: &[AuthScheme]) -> Vec<String> {
        let declared = self.bounded("headers", declared);
        let signing = auth.iter().filter(|scheme| scheme.kind == AuthKind::Header).flat_map(|scheme| &scheme.params);
        let signing: Vec<&str> = signing.map(|(name, _)| name.as_str()).collect();
        let mut seen = BTreeSet::new();
        for name in &declared {
            self.text("header", name);
            self.require(declarable(name), || {
                format!(
                    "header `{name}`: a plugin may set `x-…` in lower case, but no credential, sender, route or method"
                )
            });
            self.require(seen.insert(name), || format!("header `{name}`: declared twice"));
            self.require(!signing.iter().any(|signing| same(signing, name)), || {
                format!("header `{name}`: an auth scheme sets it: leave it to the host")
            });
        }
        declared
    }

    fn error_messages(&mut self, declared: Vec<String>) -> Vec<String> {
        self.require(declared.len() <= MAX_POINTERS, || format!("error-messages: more than {MAX_POINTERS} entries"));
        let declared: Vec<String> = declared.into_iter().take(MAX_POINTERS).collect();
        for pointer in &declared {
            self.text("error message", pointer);
            self.require(is_pointer(pointer), || {
                format!("error message `{pointer}`: not a JSON pointer such as `/error/detail` or `/errors/*/detail`")
            });
        }
        declared
    }

    fn evidence(&mut self, declared: wit::Evidence) -> Option<Evidence> {
        let wit::Evidence { kind: word, checked: day } = declared;
        let kind = self.word("evidence", "kind", &word);
        let checked = day.parse().ok().filter(|date: &Date| date.to_string() == day);
        self.require(checked.is_some(), || format!("evidence checked on `{day}`: must be a day such as 2026-11-30"));
        Some(Evidence { kind: kind?, checked: checked? })
    }

    fn limits(&mut self, declared: Vec<wit::RateLimit>) -> Vec<RateLimit> {
        let mut limits: Vec<RateLimit> = Vec::new();
        for wit::RateLimit { requests, seconds } in self.bounded("limits", declared) {
            let fits = requests <= MAX_REQUESTS && seconds <= MAX_WINDOW;
            let limit = NonZeroU32::new(requests).zip(NonZeroU32::new(seconds)).filter(|_| fits);
            let Some((requests, seconds)) = limit else {
                self.require(false, || {
                    format!("limit {requests} in {seconds} s: must be 1 to {MAX_REQUESTS} requests in 1 to {MAX_WINDOW} seconds")
                });
                continue;
            };
            self.require(limits.iter().all(|known| known.seconds != seconds), || {
                format!("limit {requests} in {seconds} s: declared twice for this time")
            });
            limits.push(RateLimit { requests, seconds });
        }
        limits
    }
}

/// Whether `text` can be the name of a variable: 1 to 64 lower-case letters, digits and underscores.
pub(super) fn is_variable(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use mortise_model::EvidenceKind;

    use super::*;

    #[test]
    fn evidence_is_one_of_four_kinds_and_a_day() {
        let declared = |kind: &str, checked: &str| {
            let evidence = Some(wit::Evidence { kind: kind.to_owned(), checked: checked.to_owned() });
            let origins = vec!["https://api.example.com".to_owned()];
            let get = wit::OperationSupport {
                category: "ticketing".to_owned(),
                operation: "get-user".to_owned(),
                query: vec![],
                request: vec![],
                response: vec!["id".to_owned()],
                listing: None,
                effect: None,
            };
            check(wit::Declaration {
                slug: "acme".to_owned(),
                label: "Acme".to_owned(),
                origins,
                headers: vec![],
                variables: vec![],
                variable_sets: vec![],
                auth: vec![],
                limits: vec![],
                error_messages: vec![],
                operations: vec![get],
                evidence,
                probe: None,
            })
        };
        for kind in EvidenceKind::ALL {
            let evidence = declared(kind.as_str(), "2026-11-30").unwrap().capabilities.evidence.unwrap();
            assert_eq!((evidence.kind, evidence.checked.to_string().as_str()), (*kind, "2026-11-30"));
        }
        for (kind, day, named) in [
            ("hearsay", "2026-11-30", vec!["`hearsay` is not one of `real-server`, `vendor-document`"]),
            ("Recalled", "2026-11-30", vec!["`Recalled`"]),
            ("recalled", "2026-11-31", vec!["`2026-11-31`"]),
            ("recalled", "2026-11-30T10:00:00Z", vec!["`2026-11-30T10:00:00Z`"]),
            ("recalled", "30.11.2026", vec!["`30.11.2026`"]),
            ("", "", vec!["evidence: the kind ``", "checked on ``"]),
        ] {
            let problems = declared(kind, day).unwrap_err();
            assert_eq!(problems.len(), named.len(), "{problems:?}");
            for (problem, named) in problems.iter().zip(named) {
                assert!(problem.contains(named), "{problem}");
            }
        }
    }
}
