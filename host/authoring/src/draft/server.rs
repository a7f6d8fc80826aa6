//! The address of the vendor's API: the servers of a document as an origin.

use std::collections::HashMap;
use std::iter;

use mortise_policy::origin::OriginTemplate;
use serde_json::{Map, Value};
use url::Url;

use super::source::Source;
use super::todo::Todos;
use super::words::{snake, words};
use crate::spec::Version;

/// The text in place of an address that the document does not have.
const UNKNOWN: &str = "https://api.example.com";

/// Letters of a document's name that stay in a name of the contract. With a suffix the name has at most 64.
const LONGEST: usize = 48;

/// Names that the code of a draft uses already, with the usual secrets.
const TAKEN: [&str; 22] = [
    "access_token",
    "api_key",
    "api_token",
    "attributes",
    "call",
    "change",
    "client_id",
    "client_secret",
    "new",
    "next",
    "number",
    "page",
    "password",
    "refresh_token",
    "resource",
    "seen",
    "size",
    "start",
    "user",
    "username",
    "users",
    "value",
];

/// The API's address, and the parts of it that each account sets.
#[derive(Debug)]
pub(super) struct Server {
    /// The declared origin: `https://{site}.example.com/v2`.
    pub(super) origin: String,
    /// The path between the origin and the paths of operations, if it has variables, with their names in the code:
    /// `/spaces/{space_id}`.
    pub(super) prefix: String,
    /// The variables of the address.
    pub(super) variables: Vec<Variable>,
}

/// A value of each account that is not secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) label: String,
    /// The closed set of values. Empty: any.
    pub(super) values: Vec<String>,
}

impl Server {
    pub(super) fn read(document: &Source, todos: &mut Todos) -> Self {
        let urls = urls(document);
        if urls.len() > 1 {
            let others: Vec<_> = urls.iter().skip(1).take(8).map(|(url, _)| url.as_str()).collect();
            todos.add(
                "servers",
                format!("others are {}: a variable of the host, if accounts differ", others.join(", ")),
            );
        }
        let none = Map::new();
        let (url, variables) = urls.first().map_or((UNKNOWN.to_owned(), &none), |(url, known)| (url.clone(), *known));
        Self::of(&url, variables, todos).unwrap_or_else(|| {
            todos.add("servers", format!("the document has no public address ({url}): write the vendor's"));
            let path = url
                .split_once("://")
                .map_or(url.as_str(), |(_, rest)| rest.find('/').map_or("", |at| rest.get(at..).unwrap_or_default()));
            let path = if path.starts_with('/') { path.trim_end_matches('/') } else { "" };
            let origin = format!("{UNKNOWN}{path}");
            let origin = OriginTemplate::parse(&origin).map_or_else(|_| UNKNOWN.to_owned(), |_| origin);
            Self { origin, prefix: String::new(), variables: Vec::new() }
        })
    }

    /// `None` if it is not an address of the public internet.
    fn of(url: &str, described: &Map<String, Value>, todos: &mut Todos) -> Option<Self> {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let host = with_defaults(host, described, todos)?;
        let (fixed, varying) = split(path.trim_end_matches('/'));
        let mut variables = Variables::default();
        let mut name = |name: &str| variables.name(name, |_| false, || described_variable(name, described));
        let origin = format!("https://{}{fixed}", spelled(&host, &mut name));
        let prefix = spelled(&varying, &mut name);
        OriginTemplate::parse(&origin).ok()?;
        Some(Self { origin, prefix, variables: variables.known })
    }

    /// An absolute URL without user, query and fragment. A path is one below the server's host.
    pub(super) fn absolute(&self, url: &str) -> Option<String> {
        let host = self.origin.strip_prefix("https://")?.split('/').next()?;
        let absolute = if url.starts_with('/') { format!("https://{host}{url}") } else { url.to_owned() };
        let is_plain = Url::parse(&absolute).is_ok_and(|url| {
            url.scheme() == "https" && url.username().is_empty() && url.password().is_none() && url.query().is_none()
        });
        let is_odd = |letter: char| matches!(letter, '{' | '}' | '#') || letter.is_control();
        (is_plain && !absolute.contains(is_odd)).then_some(absolute)
    }
}

/// The variables of one address or path, in the order in which they are found.
#[derive(Debug, Default)]
pub(super) struct Variables {
    pub(super) known: Vec<Variable>,
    /// Their names in the code, by those in the document.
    names: HashMap<String, String>,
}

impl Variables {
    /// The name in the code. Each name in the document has one, which nothing else has.
    pub(super) fn name(
        &mut self,
        name: &str,
        is_taken: impl Fn(&str) -> bool,
        describe: impl FnOnce() -> Description,
    ) -> String {
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        let own = match shortened(name) {
            // `id` is the user's identifier.
            id if id == "id" => "parent_id".to_owned(),
            taken if TAKEN.contains(&taken.as_str()) => format!("{taken}_of_account"),
            own => own,
        };
        let own = free(own, |own| is_taken(own) || self.known.iter().any(|known| known.name == own));
        let Description { label, values } = describe();
        self.known.push(Variable { name: own.clone(), label, values });
        self.names.insert(name.to_owned(), own.clone());
        own
    }
}

/// What the document tells of a variable.
#[derive(Debug, Default)]
pub(super) struct Description {
    pub(super) label: String,
    /// The closed set of values. Empty: any.
    pub(super) values: Vec<String>,
}

/// What people are told of a server's variable.
fn described_variable(name: &str, described: &Map<String, Value>) -> Description {
    let known = described.get(name);
    let description = known.and_then(|known| known.get("description")).and_then(Value::as_str);
    let label = description.map_or_else(|| words(name).join(" "), |text| text.trim_end_matches('.').to_owned());
    let values = known.and_then(|known| known.get("enum")).and_then(Value::as_array).into_iter().flatten();
    let mut values: Vec<_> = values.filter_map(Value::as_str).map(str::to_owned).collect();
    values.sort_unstable();
    values.dedup();
    Description { label, values }
}

/// A name by the rule of the contract: lower-case letters, digits and underscores.
pub(super) fn shortened(name: &str) -> String {
    snake(name).chars().take(LONGEST).collect()
}

/// The name, with a number after it if it is taken.
pub(super) fn free(name: String, is_taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2_u32..).map(|number| format!("{name}_{number}"));
    iter::once(name.clone()).chain(numbered).find(|name| !is_taken(name)).unwrap_or(name)
}

/// A template for the code: percent-encoded, and each variable under the name that `name` gives it.
pub(super) fn spelled(template: &str, mut name: impl FnMut(&str) -> String) -> String {
    let mut parts = template.split('{');
    let first = escaped(parts.next().unwrap_or_default());
    parts.fold(first, |text, part| match part.split_once('}') {
        Some((variable, after)) => format!("{text}{{{}}}{}", name(variable), escaped(after)),
        None => format!("{text}{}{}", escaped("{"), escaped(part)),
    })
}

/// Characters of a path beside those of RFC 3986 are percent-encoded.
fn escaped(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@%/".contains(&byte);
    text.bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// The addresses of the document, each with the descriptions of its variables.
fn urls(document: &Source) -> Vec<(String, &Map<String, Value>)> {
    static NONE: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    if document.version == Version::V2 {
        let text = |name: &str| document.root.get(name).and_then(Value::as_str);
        let url = text("host").map(|host| format!("https://{host}{}", text("basePath").unwrap_or_default()));
        return url.into_iter().map(|url| (url, &*NONE)).collect();
    }
    let servers = document.root.get("servers").and_then(Value::as_array);
    let described = |server: &'_ Value| server.get("url").and_then(Value::as_str).map(str::to_owned);
    let servers = servers.into_iter().flatten().filter_map(|server| {
        Some((described(server)?, server.get("variables").and_then(Value::as_object).unwrap_or(&NONE)))
    });
    servers.collect()
}

/// The host with the variables that an origin can have: those before two fixed labels. The others become their
/// defaults.
fn with_defaults(host: &str, described: &Map<String, Value>, todos: &mut Todos) -> Option<String> {
    let mut host = host.to_owned();
    for name in parameters(&host) {
        let behind = host.rsplit_once(&format!("{{{name}}}")).map_or("", |(_, behind)| behind);
        let labels = behind.trim_start_matches(|letter| letter != '.').split('.').filter(|label| !label.is_empty());
        if labels.filter(|label| !label.contains('{')).count() < 2 {
            let default = described.get(&name)?.get("default")?.as_str()?;
            todos.add(
                "servers",
                format!("the host's variable `{name}` has its default, `{default}`: an origin ends with fixed names"),
            );
            host = host.replace(&format!("{{{name}}}"), default);
        }
    }
    Some(host)
}

/// A path up to its first segment with a variable, and the rest.
fn split(path: &str) -> (String, String) {
    let at = path.find('{').and_then(|at| path.get(..at)?.rfind('/')).unwrap_or(path.len());
    let (fixed, varying) = path.split_at(at);
    (fixed.to_owned(), varying.to_owned())
}

/// The names in braces, in their order.
pub(super) fn parameters(template: &str) -> Vec<String> {
    let parts = template.split('{').skip(1);
    parts.filter_map(|part| part.split_once('}')).map(|(name, _)| name.to_owned()).collect()
}
