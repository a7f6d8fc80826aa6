//! The authentication schemes of a declaration.

use http::HeaderName;
use mortise_model::AuthKind;
use mortise_policy::headers::auth_allowed;
use mortise_policy::origin::OriginTemplate;
use mortise_policy::target::Endpoint;

use super::{Check, wit};
use crate::egress::token::is_pointer;
use crate::egress::{AuthScheme, Template};
use crate::plugin::capabilities::Variable;

impl Check {
    /// The schemes of a declaration.
    pub(super) fn auth(
        &mut self,
        declared: Vec<wit::AuthScheme>,
        variables: &[Variable],
        origins: &[OriginTemplate],
    ) -> Vec<AuthScheme> {
        let mut schemes = Vec::new();
        for wit::AuthScheme { kind, params, exchange, origins: own } in self.bounded("auth", declared) {
            let Some(kind) = self.word::<AuthKind>("auth", "kind", &kind) else { continue };
            let place = format!("auth {}", kind.as_str());
            let exchange = match exchange {
                None => None,
                Some(exchange) => match self.exchange(&place, exchange, variables, origins) {
                    Some(exchange) => Some(exchange),
                    None => continue,
                },
            };
            for (name, _) in &params {
                self.require(parameters(kind).is_none_or(|known| known.contains(&name.as_str())), || {
                    format!("{place}: it has no parameter `{name}`")
                });
                self.require(kind != AuthKind::Header || is_auth_header(name), || {
                    format!("{place}: `{name}` is not a header that can carry a credential")
                });
            }
            let brought = |name: &str| exchange.iter().flat_map(|e| &e.answers).any(|answer| answer.name == name);
            let params =
                self.templates(&place, "parameters", params, |name| declares(variables, name) || brought(name));
            for needed in parameters(kind).unwrap_or_default() {
                self.require(params.iter().any(|(name, _)| name == needed), || {
                    format!("{place}: the parameter `{needed}` is missing")
                });
            }
            self.require(!params.is_empty(), || format!("{place}: no parameters"));
            self.require(own.is_empty() || exchange.is_none(), || {
                format!("{place}: a scheme with origins of its own cannot have an exchange")
            });
            let origins = self.origins_of_scheme(&place, own, origins);
            schemes.push(AuthScheme { kind, params, exchange, origins });
        }
        schemes
    }

    /// The declared origins whose requests only this scheme signs.
    fn origins_of_scheme(&mut self, place: &str, own: Vec<String>, declared: &[OriginTemplate]) -> Vec<String> {
        let own = self.bounded(&format!("{place} origins"), own);
        for origin in &own {
            self.require(declared.iter().any(|known| known.to_string() == *origin), || {
                format!("{place}: `{origin}` is not one of the declared origins in the same spelling")
            });
        }
        own
    }

    /// A URL template over variables that are not secret.
    pub(super) fn url_template(&mut self, place: &str, text: &str, variables: &[Variable]) -> Option<Template> {
        self.text(place, text);
        let template = match Template::parse(text) {
            Ok(template) => template,
            Err(problem) => {
                self.require(false, || format!("{place}: {problem}"));
                return None;
            }
        };
        if let Some(name) = template.variables().find_map(|name| name.strip_suffix('*')) {
            self.require(false, || format!("{place}: write `{{{name}}}` in the URL: the star is only for origins"));
            return None;
        }
        for name in template.variables() {
            let variable = variables.iter().find(|v| v.name == name);
            self.require(variable.is_some_and(|v| !v.secret && (v.required || v.default.is_some())), || {
                format!("{place}: `{{{name}}}` in the URL must be a declared variable that is not secret, and required or with a default")
            });
        }
        self.require(!template.is_transformed(), || format!("{place}: a URL cannot have transforms"));
        Some(template)
    }

    pub(super) fn pointer(&mut self, place: &str, what: &str, pointer: &str) {
        self.text(place, pointer);
        self.require(is_pointer(pointer), || {
            format!("{place}: the {what} has `{pointer}`, which is not a JSON pointer such as `/access_token`")
        });
    }

    /// Names with their templates. Each variable must be `known`.
    pub(super) fn templates(
        &mut self,
        place: &str,
        what: &str,
        declared: Vec<(String, String)>,
        known: impl Fn(&str) -> bool,
    ) -> Vec<(String, Template)> {
        let mut templates = Vec::new();
        for (name, text) in self.bounded(&format!("{place} {what}"), declared) {
            self.text(place, &name);
            self.text(place, &text);
            self.require(!name.is_empty(), || format!("{place} {what}: a name is empty"));
            match Template::parse(&text) {
                Ok(template) => {
                    for variable in template.variables() {
                        self.require(known(variable), || {
                            format!("{place}: `{{{variable}}}` is not a declared variable")
                        });
                    }
                    templates.push((name, template));
                }
                Err(problem) => self.require(false, || format!("{place}: {problem}")),
            }
        }
        templates
    }
}

/// The origins with these values. Leaves out origins with a variable that has no value.
pub(super) fn endpoints(origins: &[OriginTemplate], value: impl Fn(&str) -> Option<String>) -> Vec<Endpoint> {
    let endpoint = |origin: &OriginTemplate| {
        let declared = origin.resolve(&value).ok()?;
        Some(Endpoint { actual: declared.clone(), declared })
    };
    origins.iter().filter_map(endpoint).collect()
}

/// A value for the variable that differs from those of all others.
pub(super) fn apart(variables: &[Variable], name: &str) -> Option<String> {
    variables.iter().position(|variable| variable.name == name).map(|index| format!("v{index}"))
}

/// The default of the variable.
pub(super) fn usual(variables: &[Variable], name: &str) -> Option<String> {
    variables.iter().find(|variable| variable.name == name).and_then(|variable| variable.default.clone())
}

/// Whether the integration declares a variable with this name.
pub(super) fn declares(variables: &[Variable], name: &str) -> bool {
    variables.iter().any(|variable| variable.name == name)
}

/// Whether a header of this name may carry a credential.
pub(super) fn is_auth_header(name: &str) -> bool {
    HeaderName::try_from(name).ok().filter(auth_allowed).is_some()
}

/// The parameters that the kind takes, or `None` if their names are free.
fn parameters(kind: AuthKind) -> Option<&'static [&'static str]> {
    match kind {
        AuthKind::Bearer => Some(&["token"]),
        AuthKind::Basic => Some(&["username", "password"]),
        AuthKind::Header | AuthKind::Query => None,
    }
}
