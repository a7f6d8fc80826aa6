//! Bases of APIs: as a plugin declares them, and as they are for one account.
//!
//! A declared origin is `https://host[:port][/base/path]`. Parts of its host may be `{variables}` of the integrated
//! account (`https://{site}.vendor.com`), but never its end: with any value, the host stays below a name that the
//! operator could read when granting. That name has at least two labels. The policy does not consult the list of public
//! suffixes, so the operator must reject `https://{x}.co.uk`. A variable stays inside one label, except `{site*}`,
//! which replaces a whole label and may have several.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;
use url::{Host, Url};

use crate::address::{self, Refused};
use crate::path::{self, PathError};

/// Longest label of a host name, in bytes (RFC 1035 §2.3.4).
const MAX_LABEL: usize = 63;
/// Longest host name, in bytes, without the dot at its end (RFC 1035 §2.3.4).
const MAX_HOST: usize = 253;
/// Fixed labels that must follow the last variable.
const FIXED_LABELS: usize = 2;

/// Why an origin cannot be declared, resolved or used. Never contains a variable's value or an override's text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OriginError {
    /// The declared text does not start with `https://`.
    #[error("an origin must start with `https://`")]
    NotHttps,
    /// The operator's text starts with neither `http://` nor `https://`.
    #[error("an override must start with `http://` or `https://`")]
    NotHttp,
    /// `user:password@`.
    #[error("an origin must not hold a user name or password: declare an auth scheme")]
    Userinfo,
    /// `?query` or `#fragment`.
    #[error("an origin must not hold a query or a fragment")]
    QueryOrFragment,
    /// No host name has these characters or this shape.
    #[error("the host of an origin must be a name of letters, digits, hyphens and dots")]
    InvalidHost,
    /// The port is not a number from 1 to 65535 in plain decimal.
    #[error("the port of an origin must be a number from 1 to 65535")]
    InvalidPort,
    /// The host is not in the public internet.
    #[error("the host of an origin must be public: {0}")]
    NotPublic(#[source] Refused),
    /// The base path is refused.
    #[error("the base path of an origin is refused: {0}")]
    Path(#[from] PathError),
    /// Braces that are not `{name}`, or that are outside the host.
    #[error(
        "a variable of an origin must be `{{name}}` of lower-case letters, digits and underscores, inside the host, or \
         `{{name*}}` in place of a whole label"
    )]
    InvalidVariable,
    /// Fewer than two fixed labels follow the last variable.
    #[error("at least {FIXED_LABELS} fixed labels must follow the variable `{variable}` in the host of an origin")]
    VariableEnd {
        /// The variable's name.
        variable: String,
    },
    /// The account has no value for a variable.
    #[error("the account needs a value for `{variable}`, which is part of the API's address")]
    MissingValue {
        /// The variable's name.
        variable: String,
    },
    /// The account's value does not fit into the host.
    #[error("the account's `{variable}` is part of the API's address: it {rule}")]
    InvalidValue {
        /// The variable's name.
        variable: String,
        /// The rule for the value: `must hold …`.
        rule: &'static str,
    },
}

/// The part of a host that a variable may fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// `{name}`: one label or a part of one.
    Label,
    /// `{name*}`: one label or more.
    Labels,
}

impl Extent {
    /// The rule for a value.
    pub fn rule(self) -> &'static str {
        match self {
            Self::Label => "must hold letters, digits and hyphens only, no hyphen at an end, and at most 63 characters",
            Self::Labels => {
                "must hold letters, digits and hyphens only, or several such parts with a dot between them (`acme.eu`), each with \
                 no hyphen at an end and at most 63 characters"
            }
        }
    }
}

/// The rule if each label fits, but the host is too long.
const HOST_RULE: &str = "must be shorter: a host has at most 253 characters";

/// A declared origin with its variables. Its [`Display`](fmt::Display) is the canonical form, in which grants are
/// compared: host in lower case, without default port and without a slash at the end, path percent-encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginTemplate {
    /// The parts of the host between dots.
    parts: Vec<Part>,
    /// `None` for 443.
    port: Option<u16>,
    /// Canonical, without a slash at the end.
    path: String,
    /// The resolved origin, if there are no variables.
    fixed: Option<Origin>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// One label, which may contain variables.
    Label(Vec<Piece>),
    /// `{name*}`: as many labels as the account's value has, at least one.
    Labels(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Variable(String),
}

impl OriginTemplate {
    /// Reads a declared origin.
    ///
    /// # Errors
    /// The change that the declaration needs.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let rest = text.strip_prefix("https://").ok_or(OriginError::NotHttps)?;
        let (authority, path) = split(rest)?;
        if path.contains(['{', '}']) {
            return Err(OriginError::InvalidVariable);
        }
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, Some(parse_port(port)?)),
            None => (authority, None),
        };
        let parts = host.split('.').map(Part::parse).collect::<Result<Vec<_>, _>>()?;
        let mut template = Self { parts, port: port.filter(|port| *port != 443), path: base_path(path)?, fixed: None };
        if let Some(variable) = template.parts.iter().rev().take(FIXED_LABELS).find_map(Part::variable) {
            return Err(OriginError::VariableEnd { variable: variable.to_owned() });
        }
        // A sample value shows whether the fixed parts make a public host.
        let sample = template.resolve(|_| Some("a".to_owned())).map_err(|error| match error {
            OriginError::InvalidValue { .. } => OriginError::InvalidHost,
            other => other,
        })?;
        template.fixed = template.variables().is_empty().then_some(sample);
        Ok(template)
    }

    /// Its variables in order of appearance, each once, with the part of the host that they may fill.
    pub fn variables(&self) -> Vec<(&str, Extent)> {
        let mut variables = Vec::new();
        for variable in self.parts.iter().flat_map(Part::variables) {
            if !variables.contains(&variable) {
                variables.push(variable);
            }
        }
        variables
    }

    /// Most characters of a value of this variable: those that the fixed parts leave of a label and of the host. Each
    /// other variable counts as one character, so with several variables a shorter value can be too long. `None` if the
    /// variable is not in the host.
    pub fn longest(&self, variable: &str) -> Option<usize> {
        let (mut times, mut rest) = (0, self.parts.len() - 1);
        let mut in_labels = Vec::new();
        for part in &self.parts {
            let (within, around) = part.around(variable);
            if let Part::Label(_) = part {
                in_labels.extend(MAX_LABEL.saturating_sub(around).checked_div(within));
            }
            times += within;
            rest += around;
        }
        MAX_HOST.saturating_sub(rest).checked_div(times).into_iter().chain(in_labels).min()
    }

    /// Fills in an account's variables. A value is one label of a host name or a part of one, or for `{name*}` one or
    /// more labels with dots between them, in any letter case. It can never change the rest of the host, the port or
    /// the path.
    ///
    /// # Errors
    /// The variable whose value is missing or does not fit.
    pub fn resolve(&self, mut lookup: impl FnMut(&str) -> Option<String>) -> Result<Origin, OriginError> {
        if let Some(fixed) = &self.fixed {
            return Ok(fixed.clone());
        }
        let parts = self.parts.iter().map(|part| part.fill(&mut lookup)).collect::<Result<Vec<_>, _>>()?;
        let host = parts.join(".");
        if host.len() > MAX_HOST {
            let varying = self.parts.iter().zip(&parts).filter_map(|(part, text)| Some((part.variable()?, text.len())));
            let longest = varying.max_by_key(|(_, length)| *length);
            return Err(longest.map_or(OriginError::InvalidHost, |(variable, _)| OriginError::InvalidValue {
                variable: variable.to_owned(),
                rule: HOST_RULE,
            }));
        }
        address::public_host(&Host::Domain(host.as_str())).map_err(OriginError::NotPublic)?;
        let origin = Origin::assemble("https", &host, self.port, &self.path).ok_or(OriginError::InvalidHost)?;
        // The URL parser has read each label separately, and must also accept the whole host.
        if origin.base.host_str() == Some(host.as_str()) { Ok(origin) } else { Err(OriginError::InvalidHost) }
    }

    /// The value of `variable` for which the host equals this one, for a vendor that names the whole host: `acme` for
    /// `acme.vendor.com` and `https://{site}.vendor.com`. `lookup` has the other variables. `None` if no value gives
    /// that host, or if the variable is not in the host exactly once.
    pub fn value_at(&self, variable: &str, host: &str, lookup: impl Fn(&str) -> Option<String>) -> Option<String> {
        // A slash marks the place of the value, because no host contains one.
        let value = |name: &str| if name == variable { Some("/".to_owned()) } else { lookup(name) };
        let parts = self.parts.iter().map(|part| part.spell(value)).collect::<Option<Vec<_>>>()?.join(".");
        let (before, after) = parts.split_once('/')?;
        let found = host.strip_prefix(before)?.strip_suffix(after)?;
        let resolved =
            self.resolve(|name| if name == variable { Some(found.to_owned()) } else { lookup(name) }).ok()?;
        (resolved.base.host_str() == Some(host)).then(|| found.to_owned())
    }
}

impl fmt::Display for OriginTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("https://")?;
        for (index, part) in self.parts.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            match part {
                Part::Labels(name) => write!(f, "{{{name}*}}")?,
                Part::Label(pieces) => {
                    for piece in pieces {
                        match piece {
                            Piece::Text(text) => f.write_str(text)?,
                            Piece::Variable(name) => write!(f, "{{{name}}}")?,
                        }
                    }
                }
            }
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        f.write_str(&self.path)
    }
}

impl Part {
    fn parse(text: &str) -> Result<Self, OriginError> {
        if let Some(name) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix("*}")) {
            return variable_name(name).map(Self::Labels);
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((fixed, variable)) = rest.split_once('{') {
            let (name, after) = variable.split_once('}').ok_or(OriginError::InvalidVariable)?;
            pieces.extend(Piece::text(fixed)?);
            pieces.push(Piece::Variable(variable_name(name)?));
            rest = after;
        }
        pieces.extend(Piece::text(rest)?);
        Ok(Self::Label(pieces))
    }

    /// The host with these values, unchecked. `None` if a value is missing.
    fn spell(&self, value: impl Fn(&str) -> Option<String>) -> Option<String> {
        match self {
            Self::Labels(name) => value(name),
            Self::Label(pieces) => {
                let piece = |piece: &Piece| match piece {
                    Piece::Text(text) => Some(text.clone()),
                    Piece::Variable(name) => value(name),
                };
                pieces.iter().map(piece).collect()
            }
        }
    }

    fn variables(&self) -> Vec<(&str, Extent)> {
        match self {
            Self::Label(pieces) => {
                pieces.iter().filter_map(Piece::variable).map(|name| (name, Extent::Label)).collect()
            }
            Self::Labels(name) => vec![(name, Extent::Labels)],
        }
    }

    /// The first variable. `None` if there is none.
    fn variable(&self) -> Option<&str> {
        self.variables().first().map(|(name, _)| *name)
    }

    /// How often a variable is in this part, and how many characters are around it if each other variable has one.
    fn around(&self, variable: &str) -> (usize, usize) {
        let of = |name: &str| if name == variable { (1, 0) } else { (0, 1) };
        match self {
            Self::Labels(name) => of(name),
            Self::Label(pieces) => pieces.iter().fold((0, 0), |(times, rest), piece| {
                let (within, around) = match piece {
                    Piece::Text(text) => (0, text.len()),
                    Piece::Variable(name) => of(name),
                };
                (times + within, rest + around)
            }),
        }
    }

    fn fill(&self, lookup: &mut impl FnMut(&str) -> Option<String>) -> Result<String, OriginError> {
        let mut value =
            |name: &String| lookup(name).ok_or_else(|| OriginError::MissingValue { variable: name.clone() });
        let invalid =
            |name: &str, extent: Extent| OriginError::InvalidValue { variable: name.to_owned(), rule: extent.rule() };
        let pieces = match self {
            Self::Label(pieces) => pieces,
            Self::Labels(name) => {
                let labels = value(name)?.to_ascii_lowercase();
                return labels.split('.').all(is_label).then_some(labels).ok_or_else(|| invalid(name, Extent::Labels));
            }
        };
        let mut label = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => label.push_str(text),
                Piece::Variable(name) => {
                    let value = value(name)?;
                    if !is_label_text(&value) {
                        return Err(invalid(name, Extent::Label));
                    }
                    label.push_str(&value.to_ascii_lowercase());
                }
            }
        }
        if label.is_empty() {
            Err(OriginError::NotPublic(Refused::EmptyLabel))
        } else if is_label(&label) {
            Ok(label)
        } else {
            Err(self.variable().map_or(OriginError::InvalidHost, |name| invalid(name, Extent::Label)))
        }
    }
}

/// The name of a variable between braces.
fn variable_name(name: &str) -> Result<String, OriginError> {
    let is_name = !name.is_empty() && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if is_name { Ok(name.to_owned()) } else { Err(OriginError::InvalidVariable) }
}

impl Piece {
    fn variable(&self) -> Option<&str> {
        match self {
            Self::Text(_) => None,
            Self::Variable(name) => Some(name),
        }
    }

    /// A fixed part of a label. `None` for an empty text.
    fn text(text: &str) -> Result<Option<Self>, OriginError> {
        if text.is_empty() {
            Ok(None)
        } else if text.contains('}') {
            Err(OriginError::InvalidVariable)
        } else if is_label_text(text) {
            Ok(Some(Self::Text(text.to_ascii_lowercase())))
        } else {
            Err(OriginError::InvalidHost)
        }
    }
}

/// Whether a text is a label in lower case that the URL parser does not change.
fn is_label(text: &str) -> bool {
    is_label_text(text) && !text.starts_with('-') && !text.ends_with('-') && reads_as_itself(text)
}

/// Only an internationalised label (`xn--…`) needs the parser to judge it. This is on the path of each call.
fn reads_as_itself(label: &str) -> bool {
    let host = || format!("{label}.com");
    !label.starts_with("xn--") || matches!(Host::parse(&host()), Ok(Host::Domain(read)) if read == host())
}

/// Whether a text can be part of a label.
fn is_label_text(text: &str) -> bool {
    (1..=MAX_LABEL).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// An API base without variables: scheme, host, port and base path. Its [`Display`](fmt::Display) is the URL without a
/// slash at its end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Without userinfo, query and fragment. Its path is `/` or has no slash at its end. Shared, because each call has
    /// the origins of its account.
    base: Arc<Url>,
}

impl Origin {
    /// Reads the address with which an operator replaces a declared origin: `http` or `https`, any host (such as a
    /// loopback address for a fake vendor), an optional port and base path.
    ///
    /// # Errors
    /// The change that the operator must make, without the text.
    pub fn parse_override(text: &str) -> Result<Self, OriginError> {
        let (scheme, rest) = text.split_once("://").ok_or(OriginError::NotHttp)?;
        if !matches!(scheme, "http" | "https") {
            return Err(OriginError::NotHttp);
        }
        let (authority, path) = split(rest)?;
        // The colons of an IPv6 address are inside brackets.
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(parse_port(port)?)),
            _ => (authority, None),
        };
        if host.contains(':') && !(host.starts_with('[') && host.ends_with(']')) {
            return Err(OriginError::InvalidHost);
        }
        Self::assemble(scheme, host, port, &base_path(path)?).ok_or(OriginError::InvalidHost)
    }

    /// The base as a URL. Without a base path its path is `/`.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// The base path without a slash at its end. Empty without a base path.
    pub fn base_path(&self) -> &str {
        self.base.path().trim_end_matches('/')
    }

    /// Builds a URL from checked parts. `None` if the host is not valid or the parser rewrites the path.
    fn assemble(scheme: &str, host: &str, port: Option<u16>, path: &str) -> Option<Self> {
        let mut base = Url::parse(&format!("{scheme}://{host}/")).ok()?;
        base.set_port(port).ok()?;
        base.set_path(path);
        let untouched = base.path() == if path.is_empty() { "/" } else { path };
        untouched.then(|| Self { base: base.into() })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.base.as_str().trim_end_matches('/'))
    }
}

/// Splits authority and path, and refuses characters that neither may have.
fn split(rest: &str) -> Result<(&str, &str), OriginError> {
    if rest.contains(['?', '#']) {
        return Err(OriginError::QueryOrFragment);
    }
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if authority.contains('@') {
        return Err(OriginError::Userinfo);
    }
    if authority.is_empty() || authority.chars().any(|c| c == '\\' || c == '%' || c.is_whitespace() || c.is_control()) {
        return Err(OriginError::InvalidHost);
    }
    Ok((authority, path))
}

/// A port in its plain decimal form.
fn parse_port(text: &str) -> Result<u16, OriginError> {
    match text.parse::<u16>() {
        Ok(port) if port > 0 && port.to_string() == text => Ok(port),
        _ => Err(OriginError::InvalidPort),
    }
}

/// A base path in canonical form, without the slash at its end.
fn base_path(path: &str) -> Result<String, OriginError> {
    let path = path::canonical(path)?;
    Ok(path.strip_suffix('/').unwrap_or(&path).to_owned())
}
