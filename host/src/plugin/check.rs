//! Turns a plugin's raw declaration into the host's types, or into the list of everything that is wrong with it.

mod auth;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use mortise_model::{Category, Operation};
use mortise_policy::headers::{declarable, same};
use mortise_policy::origin::OriginTemplate;

use super::capabilities::{Capabilities, FieldSupport, JsonType, Level, OperationSupport, Variable};
use crate::call::bindings::exports::mortise::integration::describe as wit;
use crate::egress::token::is_pointer;
use crate::egress::{AuthKind, AuthScheme, RateLimit};

/// Most entries of any list in a declaration.
const MAX_ENTRIES: usize = 256;
/// Most places of a vendor's message: each is looked up in every error answer.
const MAX_POINTERS: usize = 16;
/// Longest text in a declaration, in bytes.
const MAX_TEXT: usize = 2_000;
/// The widest window of a rate limit: 31 days.
const MAX_WINDOW: u32 = 31 * 86_400;
/// The most requests of a window.
const MAX_REQUESTS: u32 = 1_000_000_000;
/// The unified query parameters that an integration can read (`docs/api.md`).
pub const QUERY_PARAMETERS: &[&str] =
    &["collections", "organization_id", "workspace_id", "group_id", "workspace", "user_id", "groups"];

/// A checked declaration and its origins, parsed.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) capabilities: Capabilities,
    pub(super) origins: Vec<OriginTemplate>,
}

/// Checks a declaration.
///
/// # Errors
/// Every violation, in the order of the declaration.
pub(super) fn check(declared: wit::Declaration) -> Result<Checked, Vec<String>> {
    let mut check = Check { problems: Vec::new() };
    let checked = check.all(declared);
    if check.problems.is_empty() { Ok(checked) } else { Err(check.problems) }
}

struct Check {
    problems: Vec<String>,
}

impl Check {
    fn require(&mut self, holds: bool, problem: impl FnOnce() -> String) {
        if !holds {
            // The text may come from the plugin: one line, bounded.
            self.problems.push(problem().replace(char::is_control, " ").chars().take(300).collect());
        }
    }

    fn bounded<T>(&mut self, what: &str, list: Vec<T>) -> Vec<T> {
        self.require(list.len() <= MAX_ENTRIES, || format!("{what}: more than {MAX_ENTRIES} entries"));
        list.into_iter().take(MAX_ENTRIES).collect()
    }

    fn text(&mut self, what: &str, text: &str) {
        self.require(text.len() <= MAX_TEXT && !text.contains(char::is_control), || {
            format!("{what}: longer than {MAX_TEXT} bytes or with control characters")
        });
    }

    fn all(&mut self, declared: wit::Declaration) -> Checked {
        let wit::Declaration { slug, label, origins, headers, variables, auth, limits, error_messages, operations } =
            declared;
        self.require(is_slug(&slug), || {
            format!("slug `{slug}`: 1 to 64 lower-case letters, digits and single hyphens are a slug")
        });
        self.text("label", &label);
        self.require(!label.is_empty(), || "label: empty".into());
        let variables = self.variables(variables);
        let parsed = self.origins(origins, &variables);
        let auth = self.auth(auth, &variables, &parsed);
        let headers = self.headers(headers, &auth);
        let limits = self.limits(limits);
        let error_messages = self.error_messages(error_messages);
        let operations = self.operations(operations);
        let origins = parsed.iter().map(ToString::to_string).collect();
        let capabilities =
            Capabilities { slug, label, origins, headers, variables, auth, limits, error_messages, operations };
        Checked { capabilities, origins: parsed }
    }

    fn variables(&mut self, declared: Vec<wit::Variable>) -> Vec<Variable> {
        let mut names = BTreeSet::new();
        let declared = self.bounded("variables", declared);
        declared
            .into_iter()
            .map(|wit::Variable { name, label, required, secret, default }| {
                self.require(is_variable(&name), || {
                    format!("variable `{name}`: 1 to 64 lower-case letters, digits and underscores are a name")
                });
                self.require(names.insert(name.clone()), || format!("variable `{name}`: declared twice"));
                self.text("variable label", &label);
                self.text("variable default", default.as_deref().unwrap_or_default());
                self.require(!(secret && default.is_some()), || format!("variable `{name}`: a secret has no default"));
                Variable { name, label, required, secret, default }
            })
            .collect()
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

    fn limits(&mut self, declared: Vec<wit::RateLimit>) -> Vec<RateLimit> {
        let mut limits: Vec<RateLimit> = Vec::new();
        for wit::RateLimit { requests, seconds } in self.bounded("limits", declared) {
            let fits = requests <= MAX_REQUESTS && seconds <= MAX_WINDOW;
            let limit = NonZeroU32::new(requests).zip(NonZeroU32::new(seconds)).filter(|_| fits);
            let Some((requests, seconds)) = limit else {
                self.require(false, || {
                    format!("limit {requests} in {seconds} s: 1 to {MAX_REQUESTS} requests in 1 to {MAX_WINDOW} seconds are a limit")
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

    fn operations(&mut self, declared: Vec<wit::OperationSupport>) -> Vec<OperationSupport> {
        self.require(!declared.is_empty(), || "operations: none declared".into());
        let mut seen = BTreeSet::new();
        let mut operations = Vec::new();
        for operation in self.bounded("operations", declared) {
            let (Ok(category), Ok(name)) =
                (operation.category.parse::<Category>(), operation.operation.parse::<Operation>())
            else {
                self.require(false, || {
                    format!("operation `{}` in `{}`: unknown to this host", operation.operation, operation.category)
                });
                continue;
            };
            let place = format!("{category} {name}");
            self.require(seen.insert((category, name)), || format!("{place}: declared twice"));
            let query = self.fields(&format!("{place} query"), operation.query, QUERY_PARAMETERS);
            let request = self.fields(&format!("{place} request"), operation.request, category.request_fields());
            let response = self.bounded(&format!("{place} response"), operation.response);
            for field in request.iter().filter(|field| field.json_type.is_some()).map(|field| &field.field) {
                // Fields of the category are refused with the others.
                self.require(is_field_of(category.request_fields(), field) || !category.reserves(field), || {
                    format!("{place} request: `{field}` is a field of the model; this vendor's own needs another name")
                });
            }
            for field in &response {
                let own = request.iter().any(|f| &f.field == field && f.json_type.is_some());
                self.require(own || is_field_of(category.response_fields(), field), || {
                    format!("{place} response: `{field}` is not a field of the category")
                });
            }
            operations.push(OperationSupport { category, operation: name, query, request, response });
        }
        operations
    }

    fn fields(&mut self, place: &str, declared: Vec<wit::FieldSupport>, known: &[&str]) -> Vec<FieldSupport> {
        let mut seen = BTreeSet::new();
        let mut fields = Vec::new();
        for wit::FieldSupport { field, level, values, json_type, note } in self.bounded(place, declared) {
            self.text(place, note.as_deref().unwrap_or_default());
            self.require(seen.insert(field.clone()), || format!("{place}: `{field}` is declared twice"));
            let of_category = is_field_of(known, &field);
            let json_type = match json_type.as_deref() {
                None => {
                    self.require(of_category, || {
                        format!("{place}: `{field}` is not a field of the category; a field of this vendor alone needs a json-type")
                    });
                    None
                }
                Some(word) => {
                    self.require(!of_category, || {
                        format!("{place}: `{field}` is a field of the category and takes no json-type")
                    });
                    self.require(is_variable(&field) && field != "remote_data", || {
                        format!("{place}: `{field}` is not a field name")
                    });
                    let parsed = json_type_of(word);
                    self.require(parsed.is_some(), || format!("{place}: `{field}` has the unknown json-type `{word}`"));
                    parsed
                }
            };
            let values = self.bounded(place, values);
            for value in &values {
                self.text(place, value);
            }
            match level.as_str() {
                "required" => fields.push(FieldSupport { field, level: Level::Required, values, json_type, note }),
                "writable" => fields.push(FieldSupport { field, level: Level::Writable, values, json_type, note }),
                "ignored" => fields.push(FieldSupport { field, level: Level::Ignored, values, json_type, note }),
                _ => self.require(false, || format!("{place}: `{field}` has the unknown level `{level}`")),
            }
        }
        fields
    }
}

/// Whether `text` can be an integration's slug: 1 to 64 lower-case letters, digits and single hyphens between them.
pub fn is_slug(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

fn is_variable(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// `roles` or a nested `roles[].name` whose first part is known.
fn is_field_of(known: &[&str], field: &str) -> bool {
    let top = field.split(['[', '.']).next().unwrap_or_default();
    known.contains(&top)
}

fn json_type_of(word: &str) -> Option<JsonType> {
    Some(match word {
        "string" => JsonType::String,
        "integer" => JsonType::Integer,
        "number" => JsonType::Number,
        "boolean" => JsonType::Boolean,
        "object" => JsonType::Object,
        "array" => JsonType::Array,
        _ => return None,
    })
}
