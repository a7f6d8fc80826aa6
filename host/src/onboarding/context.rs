//! The checks of an account's context against the declaration of its integration.

use std::collections::BTreeMap;
use std::fmt;

use http::HeaderValue;
use mortise_policy::credential;
use mortise_policy::origin::OriginError;
use secrecy::SecretString;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::account::{Account, CLIENT_ID, CLIENT_SECRET, OAuthApplication};
use crate::egress::AuthScheme;
use crate::plugin::capabilities::{self, Variable};
use crate::plugin::{Capabilities, Generation};
use crate::unified::values;
use crate::unified::{Failure, Failures, Place};

/// Bytes of one context value at most.
pub(super) const MAX_VALUE: usize = 16 << 10;

/// A checked context, split into open and secret variables. `None` removes a secret, `null` an open variable.
#[derive(Default)]
pub(super) struct Checked {
    pub(super) open: Map<String, Value>,
    pub(super) secrets: BTreeMap<String, Option<SecretString>>,
}

impl Checked {
    /// Whether the context brings tokens that the vendor issued to a client, or changes the account's own client.
    pub(super) fn changes_client(&self, capabilities: &Capabilities) -> bool {
        let is_given = |(name, value): (&String, &Option<SecretString>)| {
            value.is_some() && capabilities.is_issued_to_a_client(name)
        };
        let mut names = self.secrets.keys().chain(self.open.keys());
        capabilities.takes_application()
            && (self.secrets.iter().any(is_given) || names.any(|name| capabilities::is_client(name)))
    }
}

/// The extent of a context.
#[derive(Clone, Copy)]
pub(super) enum Known<'a> {
    /// All variables of a new account, or of this account, which is connected again and keeps its variables.
    New(Option<&'a Account>),
    /// The changes of this account, which has the others already.
    Merged(&'a Account),
}

impl Known<'_> {
    /// Whether the account has this value already. It may be older than the closed set that the integration declares now.
    fn has(self, name: &str, value: &str) -> bool {
        let account = match self {
            Self::New(account) => account,
            Self::Merged(account) => Some(account),
        };
        account.is_some_and(|account| keeps(account, name, value))
    }
}

/// Checks a context against the variables and origins that the integration declares.
pub(super) fn check(
    generation: &Generation,
    context: Map<String, Value>,
    known: Known<'_>,
    application: Option<&OAuthApplication>,
    failures: &mut Failures,
) -> Checked {
    let capabilities = &generation.capabilities;
    let falls_back = application.is_some() && lacks_client(capabilities, &context, known);
    let is_needed =
        |v: &Variable| v.required && v.default.is_none() && !(falls_back && capabilities::is_client(&v.name));
    if let Known::New(_) = known {
        let needed = capabilities.variables.iter().filter(|variable| is_needed(variable));
        let missing = needed.filter(|variable| !context.contains_key(&variable.name));
        failures.extend(missing.map(|variable| Failure::missing(Place::Body, path(&variable.name))));
    }
    let mut checked = Checked::default();
    for (name, value) in context {
        let Some(variable) = capabilities.variable(&name) else {
            failures.push(Failure::new(Place::Body, path(&name), "is not a variable of this integration"));
            continue;
        };
        match check_value(capabilities, variable, is_needed(variable), known, value) {
            Err(failure) => failures.push(failure),
            Ok(None) if matches!(known, Known::New(_)) => {}
            Ok(text) if variable.secret => {
                let text = text.filter(|text| !text.is_empty());
                checked.secrets.insert(name, text.map(SecretString::from));
            }
            Ok(text) => {
                checked.open.insert(name, text.map_or(Value::Null, Value::String));
            }
        }
    }
    check_origins(generation, &checked, known, failures);
    checked
}

/// Checks the value of one variable; returns its text, or `None` for `null`.
fn check_value(
    capabilities: &Capabilities,
    variable: &Variable,
    is_needed: bool,
    known: Known<'_>,
    value: Value,
) -> Result<Option<String>, Failure> {
    let refused = |rule: &dyn fmt::Display| Failure::new(Place::Body, path(&variable.name), rule);
    let text = match value {
        Value::Null if is_needed => return Err(Failure::missing(Place::Body, path(&variable.name))),
        Value::Null => return Ok(None),
        Value::String(text) => text,
        _ => return Err(refused(&"must be a string")),
    };
    if text.is_empty() && is_needed {
        return Err(Failure::missing(Place::Body, path(&variable.name)));
    }
    if text.len() > MAX_VALUE {
        return Err(refused(&format_args!("must be at most {MAX_VALUE} bytes")));
    }
    if text.is_empty() && variable.secret {
        return Ok(Some(text));
    }
    if !text.is_empty() && !variable.takes(&text) && !known.has(&variable.name, &text) {
        return Err(refused(&values::rule(&variable.values)));
    }
    credential::check(&text).map_err(|flaw| refused(&flaw))?;
    let is_in_header = capabilities.auth.iter().any(|scheme| scheme.puts_in_header(&variable.name));
    if is_in_header && HeaderValue::from_str(&text).is_err() {
        return Err(refused(&"contains characters that a header cannot have"));
    }
    Ok(Some(text))
}

/// Whether an account has no client of its own after this request, although its integration takes an application.
fn lacks_client(capabilities: &Capabilities, context: &Map<String, Value>, known: Known<'_>) -> bool {
    let is_absent = |variable: &Variable| match (context.get(&variable.name), known) {
        (Some(value), _) => value.is_null(),
        (None, Known::New(_)) => true,
        // The account keeps its value.
        (None, Known::Merged(_)) => false,
    };
    let mut client = capabilities.variables.iter().filter(|variable| capabilities::is_client(&variable.name));
    capabilities.takes_application() && client.all(is_absent)
}

/// Checks that a new account can sign requests: otherwise each call would fail. Returns the application that the
/// account gets if it needs a client and carries none of its own.
pub(super) fn check_credentials(
    generation: &Generation,
    checked: &Checked,
    method: Option<&str>,
    application: Option<&OAuthApplication>,
    failures: &mut Failures,
) -> Option<Uuid> {
    let capabilities = &generation.capabilities;
    let carries = |name: &str| {
        let open = || capabilities.value(name, checked.open.get(name).and_then(Value::as_str)).is_some();
        checked.secrets.get(name).is_some_and(Option::is_some) || open()
    };
    let given = |name: &str| checked.secrets.contains_key(name) || checked.open.contains_key(name);
    let application = application.filter(|_| ![CLIENT_ID, CLIENT_SECRET].into_iter().any(given));
    let lends = |name: &str| match name {
        CLIENT_ID => application.is_some(),
        CLIENT_SECRET => application.is_some_and(OAuthApplication::has_client_secret),
        _ => false,
    };
    let has = |name: &str| carries(name) || (capabilities.takes_application() && lends(name));
    let sets = &capabilities.variable_sets;
    if failures.is_empty() && !sets.is_empty() && !sets.iter().any(|set| set.iter().all(|name| has(name))) {
        let sets: Vec<_> = sets.iter().map(|set| set.join(" and ")).collect();
        let rule = format_args!("must hold {}", sets.join(", or ")).to_string();
        failures.push(Failure::new(Place::Body, "context", rule));
    }
    let signs = |scheme: &AuthScheme| {
        scheme.variables().all(|name| carries(name) || (scheme.takes_application() && lends(name)))
    };
    let general: Vec<_> = capabilities.auth.iter().filter(|scheme| scheme.is_general()).collect();
    let mut usable = general.iter().filter(|scheme| method.is_none_or(|method| method == scheme.method()));
    let scheme = usable.find(|scheme| signs(scheme));
    if failures.is_empty() && !general.is_empty() && scheme.is_none() {
        failures.push(Failure::new(
            Place::Body,
            "context",
            "does not hold the credentials of any way to sign requests",
        ));
    }
    application.filter(|_| scheme.is_some_and(|scheme| scheme.takes_application())).map(|application| application.id)
}

/// Checks that the account's variables make an address for each origin: otherwise each call would fail.
fn check_origins(generation: &Generation, checked: &Checked, known: Known<'_>, failures: &mut Failures) {
    let stored = |name: &str| match known {
        Known::Merged(account) => account.context.get(name),
        Known::New(_) => None,
    };
    let value = |name: &str| {
        let given = checked.open.get(name).or_else(|| stored(name)).and_then(Value::as_str);
        generation.capabilities.value(name, given)
    };
    for origin in &generation.profile.origins {
        // A missing value has been reported already.
        if let Err(OriginError::InvalidValue { variable, rule }) = origin.resolve(value) {
            let rule = format!("is part of the API's address: it {rule}");
            let failure = Failure::new(Place::Body, path(&variable), rule);
            if !failures.listed().contains(&failure) {
                failures.push(failure);
            }
        }
    }
}

/// Whether the account has this value of the variable.
pub(super) fn keeps(account: &Account, name: &str, value: &str) -> bool {
    account.context.get(name).and_then(Value::as_str) == Some(value)
}

pub(super) fn path(name: &str) -> String {
    format!("context.{name}")
}

/// Checks an account's way to authenticate.
pub(super) fn check_method(capabilities: &Capabilities, method: Option<&str>, failures: &mut Failures) {
    let Some(method) = method else { return };
    let general = capabilities.auth.iter().filter(|scheme| scheme.is_general());
    let kinds: Vec<&str> = general.map(AuthScheme::method).collect();
    if kinds.is_empty() {
        failures.push(Failure::new(Place::Body, "authentication_method", "must be left out: requests are not signed"));
    } else if !kinds.contains(&method) {
        failures.push(Failure::new(Place::Body, "authentication_method", values::rule(&kinds)));
    }
}
