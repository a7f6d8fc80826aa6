//! Where the vendor's API is: the servers of a document as an origin.

use serde_json::{Map, Value};
use url::Url;

use super::source::Source;
use super::todo::Todos;
use super::words::{snake, words};
use crate::cassette::spec::Version;

/// What stands in the place of an address that the document does not have.
const UNKNOWN: &str = "https://api.example.com";

/// Where the API is, and what of it each account says.
#[derive(Debug)]
pub(super) struct Server {
    /// The origin as it is declared: `https://{site}.example.com/v2`.
    pub(super) origin: String,
    /// What stands between the origin and the paths of operations, where that has variables: `/spaces/{space_id}`.
    pub(super) prefix: String,
    /// The variables of the address.
    pub(super) variables: Vec<Variable>,
}

/// A value that each account carries, and that is no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) label: String,
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
            todos.add("servers", format!("the document has no public address ({url}): name the vendor's"));
            let path = url
                .split_once("://")
                .map_or(url.as_str(), |(_, rest)| rest.find('/').map_or("", |at| rest.get(at..).unwrap_or_default()));
            let path = if path.contains('{') || !path.starts_with('/') { "" } else { path.trim_end_matches('/') };
            Self { origin: format!("{UNKNOWN}{path}"), prefix: String::new(), variables: Vec::new() }
        })
    }

    /// None if it is not an address of the public internet.
    fn of(url: &str, described: &Map<String, Value>, todos: &mut Todos) -> Option<Self> {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, mut variables) = host_of(host, described, todos)?;
        let (fixed, varying) = split(path.trim_end_matches('/'));
        let origin = format!("https://{host}{fixed}");
        mortise_policy::origin::OriginTemplate::parse(&origin).ok()?;
        variables.extend(parameters(&varying).into_iter().map(|name| Variable::described(&name, described)));
        Some(Self { origin, prefix: varying, variables })
    }

    /// An absolute URL, where the document has one below the server's host.
    pub(super) fn absolute(&self, url: &str) -> Option<String> {
        let host = self.origin.strip_prefix("https://")?.split('/').next()?;
        let absolute = if url.starts_with('/') { format!("https://{host}{url}") } else { url.to_owned() };
        let is_plain = Url::parse(&absolute).is_ok_and(|url| url.scheme() == "https" && url.query().is_none());
        (is_plain && !absolute.contains(['{', '}'])).then_some(absolute)
    }
}

impl Variable {
    pub(super) fn new(name: &str, label: &str) -> Self {
        Self { name: variable_name(name), label: label.to_owned() }
    }

    /// A variable of a server, with what the document says of it.
    fn described(name: &str, described: &Map<String, Value>) -> Self {
        let known = described.get(name);
        let description = known.and_then(|known| known.get("description")).and_then(Value::as_str);
        let label = description.map_or_else(|| words(name).join(" "), |text| text.trim_end_matches('.').to_owned());
        let values = known.and_then(|known| known.get("enum")).and_then(Value::as_array).into_iter().flatten();
        let values: Vec<_> = values.filter_map(Value::as_str).take(8).collect();
        let label = if values.is_empty() { label } else { format!("{label}: {}", values.join(", ")) };
        Self::new(name, &label)
    }
}

/// A name as the contract has it: lower-case letters, digits and underscores, at most 64 of them.
pub(super) fn variable_name(name: &str) -> String {
    snake(name).chars().take(64).collect()
}

/// The addresses of the document, each with what is said of its variables.
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

/// The host with the variables that it can have: those with two fixed labels behind them. The others become their defaults.
fn host_of(host: &str, described: &Map<String, Value>, todos: &mut Todos) -> Option<(String, Vec<Variable>)> {
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
    let mut variables = Vec::new();
    for name in parameters(&host) {
        let variable = Variable::described(&name, described);
        host = host.replace(&format!("{{{name}}}"), &format!("{{{}}}", variable.name));
        variables.push(variable);
    }
    Some((host, variables))
}

/// A path up to its first segment with a variable, and from there on.
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
