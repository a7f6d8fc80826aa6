//! How requests are signed: the security schemes of a document as `Auth` and `Exchange`.

use std::collections::{BTreeMap, BTreeSet};

use http::HeaderName;
use mortise_policy::headers::auth_allowed;
use mortise_policy::origin::OriginTemplate;
use mortise_policy::target::{Endpoint, compose};
use serde_json::{Map, Value};

use super::resource::Resource;
use super::server::{Server, free, shortened};
use super::source::Source;
use super::todo::Todos;
use super::words::words;
use crate::spec::Version;

const PLACE: &str = "security";

/// The part of the capabilities about signing.
#[derive(Debug, Default)]
pub(super) struct Signing {
    /// Secret variables by name, with their labels.
    pub(super) secrets: Vec<(String, String)>,
    /// The expressions of `.auth(…)`.
    pub(super) auth: Vec<String>,
    /// The expressions of `.oauth(…)`.
    pub(super) oauth: Vec<String>,
    /// Origins of tokens beside the API's own origin.
    pub(super) origins: Vec<String>,
}

impl Signing {
    /// Whether an account may lack one of the secrets, because it can sign in another way.
    pub(super) fn is_choice(&self) -> bool {
        self.auth.len() + self.oauth.len() > 1
    }

    pub(super) fn read(document: &Source, resource: &Resource<'_>, server: &Server, todos: &mut Todos) -> Self {
        let schemes = match document.version {
            Version::V2 => document.root.get("securityDefinitions"),
            _ => document.root.pointer("/components/securitySchemes"),
        };
        let empty = Map::new();
        let schemes = schemes.and_then(Value::as_object).unwrap_or(&empty);
        let mut signing = Self::default();
        for (names, scopes) in alternatives(document, resource, schemes) {
            let known: Vec<_> = names.iter().filter_map(|name| Some((name.as_str(), schemes.get(name)?))).collect();
            signing.alternative(&known, &scopes, server, todos);
        }
        if signing.auth.is_empty() && signing.oauth.is_empty() {
            todos.add(
                PLACE,
                "the document names no way to sign requests that can be drafted: a bearer token is a guess".to_owned(),
            );
            signing.secret("api_token", "API token");
            signing.auth.push("Auth::bearer(\"{api_token}\")".to_owned());
        }
        signing
    }

    /// Schemes that sign a request together.
    fn alternative(
        &mut self,
        schemes: &[(&str, &Value)],
        scopes: &BTreeSet<String>,
        server: &Server,
        todos: &mut Todos,
    ) {
        let text = |scheme: &Value, name: &str| scheme.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let keys: Vec<_> = schemes.iter().filter(|(_, scheme)| text(scheme, "type") == "apiKey").collect();
        if keys.len() == schemes.len() && keys.len() > 1 {
            return self.keys(schemes, server, todos);
        }
        if schemes.len() > 1 {
            let names: Vec<_> = schemes.iter().map(|(name, _)| *name).collect();
            todos.add(PLACE, format!("{} sign a request together: say it by `Auth::and`", names.join(" and ")));
        }
        for (name, scheme) in schemes {
            let kind = (text(scheme, "type"), text(scheme, "scheme").to_ascii_lowercase());
            match (kind.0.as_str(), kind.1.as_str()) {
                ("http", "bearer") => self.token(),
                ("http" | "basic", "basic" | "") => self.basic(),
                ("apiKey", _) if is_bearer(scheme) => self.token(),
                ("apiKey", _) => self.keys(&[(name, scheme)], server, todos),
                ("oauth2", _) => self.flows(scheme, scopes, server, todos),
                (kind, _) => todos.add(PLACE, format!("the scheme `{name}` of type {kind} has no counterpart here")),
            }
        }
    }

    fn secret(&mut self, name: &str, label: &str) {
        if !self.secrets.iter().any(|(known, _)| known == name) {
            self.secrets.push((name.to_owned(), label.to_owned()));
        }
    }

    /// Adds a way to sign, if it is not there yet.
    fn add(&mut self, auth: String) {
        if !self.auth.contains(&auth) {
            self.auth.push(auth);
        }
    }

    fn token(&mut self) {
        self.secret("api_token", "API token");
        self.add("Auth::bearer(\"{api_token}\")".to_owned());
    }

    fn basic(&mut self) {
        self.secret("username", "User name");
        self.secret("password", "Password");
        self.add("Auth::basic(\"{username}\", \"{password}\")".to_owned());
    }

    /// API keys in headers, or in the query.
    fn keys(&mut self, schemes: &[(&str, &Value)], server: &Server, todos: &mut Todos) {
        let mut auth = String::new();
        let place =
            schemes.first().and_then(|(_, scheme)| scheme.get("in")).and_then(Value::as_str).unwrap_or_default();
        for (name, scheme) in schemes {
            let key = scheme.get("name").and_then(Value::as_str).unwrap_or(name);
            let is_with_others = scheme.get("in").and_then(Value::as_str) == Some(place);
            if !is_with_others || !matches!(place, "header" | "query") {
                todos.add(
                    PLACE,
                    format!("`{name}` signs too, and is not declared: a key in a cookie, or beside others elsewhere"),
                );
                continue;
            }
            if !can_carry(place, key) {
                todos.add(PLACE, format!("`{name}` signs too, and is not declared: the host sends no credential in a {place} named `{key}`"));
                continue;
            }
            let (variable, key) = match key {
                key if key.eq_ignore_ascii_case("authorization") => ("api_key".to_owned(), "authorization".to_owned()),
                key if place == "header" => (secret_name(key), key.to_ascii_lowercase()),
                key => (secret_name(key), key.to_owned()),
            };
            let variable = free(variable, |name| server.variables.iter().any(|known| known.name == name));
            let label = words(&variable).join(" ");
            self.secret(&variable, &label);
            match auth.is_empty() {
                true => auth = format!("Auth::{place}({key:?}, \"{{{variable}}}\")"),
                false => auth.push_str(&format!(".and({key:?}, \"{{{variable}}}\")")),
            }
        }
        if !auth.is_empty() {
            self.add(auth);
        }
    }

    /// The grants of OAuth 2.0.
    fn flows(&mut self, scheme: &Value, scopes: &BTreeSet<String>, server: &Server, todos: &mut Todos) {
        let (scopes, odd): (Vec<_>, Vec<_>) = scopes.iter().map(String::as_str).partition(|scope| is_scope(scope));
        if !odd.is_empty() {
            todos.add(
                PLACE,
                format!(
                    "scopes with a blank, a brace or a control character are not asked for: `{}`",
                    odd.join("`, `")
                ),
            );
        }
        let own = scheme.get("flow").and_then(Value::as_str).map(|flow| (flow, scheme));
        let flows = scheme.get("flows").and_then(Value::as_object).into_iter().flatten();
        for (flow, told) in flows.map(|(flow, told)| (flow.as_str(), told)).chain(own) {
            let Some((token, exchange)) = exchange(flow, told, &scopes, server) else {
                todos.add(PLACE, format!("OAuth 2.0 by `{flow}` is not declared: it needs the absolute `https` URLs of a grant that has a token, without user, query and fragment"));
                continue;
            };
            let origin = match origin_of(&token, &server.origin) {
                Ok(origin) => origin,
                Err(why) => {
                    todos.add(
                        PLACE,
                        format!("OAuth 2.0 by `{flow}` is not declared: of its token URL {token} the host says: {why}"),
                    );
                    continue;
                }
            };
            if !self.oauth.contains(&exchange) {
                todos.add(PLACE, "check against the vendor's documentation that tokens live as long as `expires_in` says, and whether the client is identified by fields or by `.basic()`".to_owned());
                self.oauth.push(exchange);
            }
            self.origins.extend(origin.filter(|origin| !self.origins.contains(origin)));
        }
    }
}

/// The token URL of a grant, and the expression of its exchange.
fn exchange(flow: &str, told: &Value, scopes: &[&str], server: &Server) -> Option<(String, String)> {
    let url = |name: &str| server.absolute(told.get(name)?.as_str()?);
    let token = url("tokenUrl")?;
    let exchange = match flow {
        "authorizationCode" | "accessCode" => {
            let consent = url("authorizationUrl")?;
            let scopes = if scopes.is_empty() { String::new() } else { format!(".scopes({scopes:?})") };
            format!("Exchange::refresh({token:?}).authorization(Authorization::new({consent:?}){scopes})")
        }
        "clientCredentials" | "application" => {
            let scope = if scopes.is_empty() { String::new() } else { format!(".scope({:?})", scopes.join(" ")) };
            format!("Exchange::client_credentials({token:?}){scope}")
        }
        "password" => format!("Exchange::password({token:?})"),
        _ => return None,
    };
    Some((token, exchange))
}

/// Whether a text is one scope and not a template of the host.
fn is_scope(text: &str) -> bool {
    let is_odd = |letter: char| matches!(letter, ' ' | '{' | '}') || letter.is_control();
    !text.is_empty() && !text.contains(is_odd)
}

/// Whether the host lets an integration sign with a header or a query parameter of this name.
fn can_carry(place: &str, key: &str) -> bool {
    match place {
        "header" => HeaderName::try_from(key).is_ok_and(|name| auth_allowed(&name)),
        _ => !key.is_empty() && !key.contains(char::is_control),
    }
}

/// The origin that a token's URL needs: its directory, or `None` if the URL is below the API's own.
fn origin_of(token: &str, own: &str) -> Result<Option<String>, String> {
    if below(token, own).is_ok() {
        return Ok(None);
    }
    let directory = match token.rsplit_once('/') {
        Some((directory, _)) if directory.contains("://") => directory,
        _ => token,
    };
    below(token, directory).map(|()| Some(directory.to_owned()))
}

/// Fails with the host's message about a URL that is not below this origin, or about the origin.
fn below(url: &str, origin: &str) -> Result<(), String> {
    let origin = OriginTemplate::parse(origin).and_then(|origin| origin.resolve(|_| None));
    let declared = origin.map_err(|error| error.to_string())?;
    let endpoint = Endpoint { actual: declared.clone(), declared };
    compose(&[endpoint], url, &[]).map(|_| ()).map_err(|error| error.to_string())
}

/// Whether a key in `Authorization` follows `Bearer`, as far as the document says.
fn is_bearer(scheme: &Value) -> bool {
    let is_header =
        scheme.get("name").and_then(Value::as_str).is_some_and(|name| name.eq_ignore_ascii_case("authorization"));
    let said = ["description", "bearerFormat", "x-bearer-format"].iter().filter_map(|name| scheme.get(*name)?.as_str());
    is_header && said.into_iter().any(|text| text.to_ascii_lowercase().contains("bearer"))
}

/// The schemes that the operations name, each alternative once, with the scopes that all of them ask for. If they name
/// none, each scheme.
fn alternatives(
    document: &Source,
    resource: &Resource<'_>,
    schemes: &Map<String, Value>,
) -> Vec<(Vec<String>, BTreeSet<String>)> {
    let mut found: Vec<Vec<String>> = Vec::new();
    let mut scopes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for operation in resource.operations.values() {
        let security = operation.operation.get("security").or_else(|| document.root.get("security"));
        for one in security.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object) {
            let names: Vec<_> = one.keys().filter(|name| schemes.contains_key(*name)).cloned().collect();
            for (name, asked) in one {
                let asked = asked.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
                scopes.entry(name.clone()).or_default().extend(asked);
            }
            if !names.is_empty() && !found.contains(&names) {
                found.push(names);
            }
        }
    }
    if found.is_empty() {
        found = schemes.keys().map(|name| vec![name.clone()]).collect();
    }
    let of = |names: &[String]| names.iter().filter_map(|name| scopes.get(name)).flatten().cloned().collect();
    found
        .into_iter()
        .map(|names| {
            let asked = of(&names);
            (names, asked)
        })
        .collect()
}

/// The variable of a key. `access_token` is the answer of a sign-in.
fn secret_name(key: &str) -> String {
    let name = shortened(key);
    if name == "access_token" { "api_token".to_owned() } else { name }
}
