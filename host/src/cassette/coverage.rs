//! The parts of an integration's declaration that no cassette shows.

use std::fmt;

use mortise_authoring::cassette::format::{Cassette, Exchange};
use mortise_model::{AuthKind, Category, Level, Operation};
use mortise_terminal::plain;
use serde::Serialize;
use serde_json::Value;

use crate::egress::AuthScheme;
use crate::plugin::Capabilities;
use crate::plugin::capabilities::{FieldSupport, OperationSupport, top};

/// The gaps that no cassette shows. An operation that cassettes show completely is not here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// One for each operation with gaps, in the declared order.
    pub gaps: Vec<Gap>,
    /// Ways to sign, by the names by which accounts choose them, whose headers no cassette expects. A request that is
    /// signed wrongly would pass. Signing by query is never recorded, and therefore never missing.
    pub signing: Vec<String>,
}

/// The gaps of one operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The category.
    pub category: Category,
    /// The operation.
    pub operation: Operation,
    /// Whether no cassette shows it succeed.
    pub operation_missing: bool,
    /// Required and writable fields that no recorded call has.
    pub request: Vec<String>,
    /// Query parameters that no recorded call has.
    pub query: Vec<String>,
    /// Fields that no recorded answer has.
    pub response: Vec<String>,
    /// Failures of the vendor that no cassette shows.
    pub errors: Vec<ErrorPath>,
}

/// A kind of failure of a vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum ErrorPath {
    /// It refuses the request, with any 4xx but the two below.
    #[serde(rename = "4xx")]
    Refusal,
    /// It refuses the credentials.
    #[serde(rename = "401")]
    Credentials,
    /// It limits the rate.
    #[serde(rename = "429")]
    Rate,
    /// It fails.
    #[serde(rename = "5xx")]
    Broken,
    /// A request fails after another succeeded. Only for an operation with several requests.
    #[serde(rename = "later request")]
    Later,
}

impl ErrorPath {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Refusal, Self::Credentials, Self::Rate, Self::Broken, Self::Later];

    /// The word for people and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refusal => "4xx",
            Self::Credentials => "401",
            Self::Rate => "429",
            Self::Broken => "5xx",
            Self::Later => "later request",
        }
    }

    fn is_shown(self, exchanges: &[Exchange]) -> bool {
        let has = |fits: fn(u16) -> bool| exchanges.iter().any(|exchange| fits(exchange.response.status.as_u16()));
        match self {
            Self::Refusal => has(|status| (400..500).contains(&status) && !matches!(status, 401 | 429)),
            Self::Credentials => has(|status| status == 401),
            Self::Rate => has(|status| status == 429),
            Self::Broken => has(|status| status >= 500),
            Self::Later => {
                let mut earlier = exchanges.iter().skip_while(|exchange| !exchange.response.status.is_success());
                earlier.any(|exchange| exchange.response.status.as_u16() >= 400)
            }
        }
    }
}

impl Coverage {
    /// Compares the cassettes of an integration with its declaration.
    pub fn of(capabilities: &Capabilities, cassettes: &[Cassette]) -> Self {
        let gaps = capabilities.operations.iter().map(|support| Gap::of(support, cassettes));
        let unsigned = capabilities.auth.iter().filter(|scheme| !is_signed(scheme, cassettes));
        Self {
            gaps: gaps.filter(|gap| !gap.is_empty()).collect(),
            signing: unsigned.map(|scheme| scheme.method().to_owned()).collect(),
        }
    }
}

/// Whether a recorded request that succeeded expects all headers that the scheme sets.
fn is_signed(scheme: &AuthScheme, cassettes: &[Cassette]) -> bool {
    let start = match scheme.kind {
        AuthKind::Bearer => "Bearer ",
        AuthKind::Basic => "Basic ",
        AuthKind::Header => "",
        AuthKind::Query => return true,
    };
    let exchanges = cassettes.iter().flat_map(|cassette| &cassette.exchanges);
    let mut succeeded = exchanges.filter(|exchange| exchange.response.status.is_success());
    succeeded.any(|exchange| {
        let expected = |name: &str| exchange.request.headers.get(name);
        let starts = |name| expected(name).is_some_and(|value| value.as_bytes().starts_with(start.as_bytes()));
        scheme.headers().all(starts)
    })
}

impl Gap {
    fn of(support: &OperationSupport, cassettes: &[Cassette]) -> Self {
        let of_operation = |cassette: &&Cassette| {
            cassette.call.category == support.category && cassette.call.operation == support.operation
        };
        let cassettes: Vec<_> = cassettes.iter().filter(of_operation).collect();
        let successes: Vec<_> = cassettes.iter().filter(|cassette| cassette.answer.status.is_success()).collect();
        let written = |field: &str| {
            cassettes
                .iter()
                .any(|cassette| cassette.call.body.get(top(field)).is_some_and(|value| has(value, below(field))))
        };
        let place = if support.listing.is_some() { "result[]." } else { "" };
        let answered =
            |field: &str| successes.iter().any(|cassette| has(&cassette.answer.body, &format!("{place}{field}")));
        let is_told = |field: &&String| support.listing.as_ref().is_none_or(|listing| !listing.partial.contains(field));
        let asked = |name: &str| cassettes.iter().any(|cassette| cassette.call.has_parameter(name));
        let several = cassettes.iter().any(|cassette| {
            let requests = cassette.exchanges.iter().map(|exchange| (&exchange.request.method, &exchange.request.path));
            requests.clone().zip(requests.skip(1)).any(|(one, next)| one != next)
        });
        let names = |fields: &[FieldSupport], shown: &dyn Fn(&str) -> bool| {
            let wanted = fields.iter().filter(|field| field.level != Level::Ignored && !shown(&field.field));
            wanted.map(|field| field.field.clone()).collect()
        };
        let missing = |path: &ErrorPath| {
            let applies = *path != ErrorPath::Later || several;
            applies && !cassettes.iter().any(|cassette| path.is_shown(&cassette.exchanges))
        };
        Self {
            category: support.category,
            operation: support.operation,
            operation_missing: successes.is_empty(),
            request: names(&support.request, &written),
            query: names(&support.query, &asked),
            response: support.response.iter().filter(is_told).filter(|field| !answered(field)).cloned().collect(),
            errors: ErrorPath::ALL.into_iter().filter(missing).collect(),
        }
    }

    fn is_empty(&self) -> bool {
        !self.operation_missing
            && self.request.is_empty()
            && self.query.is_empty()
            && self.response.is_empty()
            && self.errors.is_empty()
    }
}

fn below(field: &str) -> &str {
    field.get(top(field).len()..).unwrap_or_default()
}

/// Whether there is a value at this path: names separated by dots, `[]` for any item of a list.
fn has(value: &Value, path: &str) -> bool {
    let path = path.strip_prefix('.').unwrap_or(path);
    if path.is_empty() {
        return true;
    }
    if let Some(rest) = path.strip_prefix("[]") {
        return value.as_array().is_some_and(|items| items.iter().any(|item| has(item, rest)));
    }
    value.get(top(path)).is_some_and(|value| has(value, below(path)))
}

/// The lines after a report. Empty if there are no gaps.
impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.gaps.is_empty() && self.signing.is_empty() {
            return Ok(());
        }
        write!(f, "\n  no cassette shows")?;
        if !self.signing.is_empty() {
            write!(f, "\n    how requests are signed: {}", plain(&self.signing.join(", ")))?;
        }
        for gap in &self.gaps {
            write!(f, "\n    {} in {}: ", gap.operation, gap.category)?;
            let errors: Vec<_> = gap.errors.iter().map(|path| path.as_str().to_owned()).collect();
            let kinds = [("fields", &gap.request), ("parameters", &gap.query), ("answers with", &gap.response)];
            let mut parts: Vec<_> = gap.operation_missing.then(|| "a success".to_owned()).into_iter().collect();
            let kinds = kinds.into_iter().chain([("the vendor's failures", &errors)]);
            parts.extend(
                kinds
                    .filter(|(_, names)| !names.is_empty())
                    .map(|(kind, names)| format!("{kind} {}", names.join(", "))),
            );
            f.write_str(&plain(&parts.join("; ")))?;
        }
        Ok(())
    }
}
