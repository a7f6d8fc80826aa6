//! The checked declaration of an integration, in the host's own types. `GET /integration/{slug}/capabilities`
//! serialises it unchanged.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::ops::Deref;

use jiff::civil::Date;
use mortise_model::{Category, Effect, EvidenceKind, JsonType, Level, Operation};
use mortise_policy::grant::Grant;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::listing::{FilterName, Listing, sort_field};
use super::probe::ProbeTarget;
use crate::account::{Account, CLIENT_ID, CLIENT_SECRET, PublicAccount};
use crate::egress::{AuthScheme, RateLimit};

/// The checked declaration of one integration.
#[derive(Debug, Clone, Serialize)]
pub struct Capabilities {
    /// The name in URLs, accounts and on disk.
    pub slug: String,
    /// The name for people.
    pub label: String,
    /// The bases of the API, which may contain `{variables}`. The first one is the base of relative targets.
    pub origins: Vec<String>,
    /// The vendor's own request headers that the integration sets, in lower case.
    pub headers: Vec<String>,
    /// The variables of an account.
    pub variables: Vec<Variable>,
    /// Sets of variables. An account must have all variables of at least one set.
    pub variable_sets: Vec<Vec<String>>,
    /// The schemes that sign requests. They are templates and contain nothing of an account.
    pub auth: Vec<AuthScheme>,
    /// The vendor's rate limits for one account. All of them hold.
    pub limits: Vec<RateLimit>,
    /// JSON pointers to the sentence for people in the vendor's error answers. The host uses the first one that finds a
    /// text. The token `*` matches every member of an array or object.
    pub error_messages: Vec<String>,
    /// The operations that it serves.
    pub operations: Vec<OperationSupport>,
    /// How its author knows the facts about the vendor. `None` if the author does not say.
    pub evidence: Option<Evidence>,
    /// The request by which the host asks the vendor whether it takes an account. `None`: see
    /// [`Capabilities::asks_accounts_by`].
    pub probe: Option<ProbeTarget>,
}

/// The evidence for an integration's facts about its vendor.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Evidence {
    /// The best kind of evidence that holds for most facts.
    pub kind: EvidenceKind,
    /// The day of the last check.
    pub checked: Date,
}

/// `vendor-document: from the vendor's own reference or clients; last checked on 2026-11-30`.
impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; last checked on {}", self.kind, evidence_in_words(self.kind), self.checked)
    }
}

/// What most facts of an integration are, for people.
pub fn evidence_in_words(kind: EvidenceKind) -> &'static str {
    match kind {
        EvidenceKind::RealServer => "tried on the vendor's service or software",
        EvidenceKind::VendorDocument => "from the vendor's own reference or clients",
        EvidenceKind::SecondHand => "from clients and connectors of others",
        EvidenceKind::Recalled => "from memory",
    }
}

/// One value that an account carries in its `context`.
#[derive(Debug, Clone, Serialize)]
pub struct Variable {
    /// Key in `context`.
    pub name: String,
    /// The name for people.
    pub label: String,
    /// Whether an account needs it.
    pub required: bool,
    /// Whether it is a credential: encrypted, never returned, never in a guest.
    pub secret: bool,
    /// The value for accounts that have none. Never for a secret.
    pub default: Option<String>,
    /// How a person finds the value, in plain text.
    pub help: Option<String>,
    /// The closed set of values. If empty, any value.
    pub values: Vec<String>,
    /// Whether a form shows a secret while a person types it.
    pub shown: bool,
}

impl Variable {
    /// Whether the value is in the closed set, or there is no closed set.
    pub fn takes(&self, value: &str) -> bool {
        self.values.is_empty() || self.values.iter().any(|known| known == value)
    }
}

/// One operation in one category.
#[derive(Debug, Clone, Serialize)]
pub struct OperationSupport {
    /// The category.
    pub category: Category,
    /// The operation.
    pub operation: Operation,
    /// Unified query parameters that the operation reads.
    pub query: Vec<FieldSupport>,
    /// Request body fields, with the category's names.
    pub request: Vec<FieldSupport>,
    /// Fields that the answer can have.
    pub response: Response,
    /// The JSON types of fields in the answer that only this vendor has, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub own: BTreeMap<String, JsonType>,
    /// How the vendor lists users. `None` for other operations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listing: Option<Listing>,
    /// The effect of a deletion. `None` for other operations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
}

/// The fields that an answer can have, in the declared order.
#[derive(Debug, Clone, Default)]
pub struct Response {
    fields: Vec<String>,
    /// The top-level members of these fields: `roles` for `roles[].name`. A set, because a plugin's answers can have
    /// any number of members.
    members: HashSet<String>,
}

impl Response {
    /// Whether this member of an answer is declared.
    pub fn has(&self, member: &str) -> bool {
        self.members.contains(member)
    }
}

/// The first name of a field's path: `roles` of `roles[].name`.
pub fn top(path: &str) -> &str {
    path.split(['[', '.']).next().unwrap_or_default()
}

impl From<Vec<String>> for Response {
    fn from(fields: Vec<String>) -> Self {
        let member = |field: &String| top(field).to_owned();
        Self { members: fields.iter().map(member).collect(), fields }
    }
}

impl Deref for Response {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.fields
    }
}

impl Serialize for Response {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.fields.serialize(serializer)
    }
}

/// The support of one field or query parameter.
#[derive(Debug, Clone, Serialize)]
pub struct FieldSupport {
    /// Name in the category. A nested one is `roles[].name`.
    pub field: String,
    /// Required, writable or ignored.
    pub level: Level,
    /// The closed set of values. If empty, any value.
    pub values: Vec<String>,
    /// JSON type of a field that only this vendor has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json_type: Option<JsonType>,
    /// Remark for readers.
    pub note: Option<String>,
}

/// Whether a variable of this name identifies the OAuth client at the vendor.
pub fn is_client(name: &str) -> bool {
    [CLIENT_ID, CLIENT_SECRET].contains(&name)
}

impl OperationSupport {
    /// The operation, for people. For a deletion, with its effect.
    pub fn title(&self) -> String {
        let effect = self.effect.map(|effect| format!(" ({})", effect.as_str()));
        format!("{}{}", self.operation, effect.unwrap_or_default())
    }

    /// The filters of a list.
    pub fn filters(&self) -> impl Iterator<Item = &FieldSupport> {
        self.query.iter().filter(|field| self.is_filter(field))
    }

    /// The fields by which a list can be ordered.
    pub fn orders(&self) -> impl Iterator<Item = &str> {
        self.query.iter().filter_map(|field| sort_field(&field.field))
    }

    /// The query parameters that are neither filters nor orders.
    pub fn parameters(&self) -> impl Iterator<Item = &FieldSupport> {
        self.query.iter().filter(|field| !self.is_filter(field) && sort_field(&field.field).is_none())
    }

    fn is_filter(&self, field: &FieldSupport) -> bool {
        self.listing.is_some() && FilterName::parse(self.category, &field.field).is_some()
    }
}

impl Capabilities {
    /// The grant that the component with this digest needs from the operator.
    pub fn asks(&self, digest: &str) -> Grant {
        let (origins, headers) = (self.origins.clone(), self.headers.clone());
        Grant { digest: digest.to_owned(), origins, headers, passthrough: true }
    }

    /// The categories with operations, in their own order.
    pub fn categories(&self) -> Vec<Category> {
        let offers = |category: &Category| self.operations.iter().any(|support| support.category == *category);
        Category::ALL.iter().copied().filter(offers).collect()
    }

    /// An account of this integration in the form of the API.
    pub fn shown<'a>(&'a self, account: &'a Account) -> PublicAccount<'a> {
        account.public().of(&self.label, self.categories())
    }

    /// The declaration of one operation in one category. `None` if the integration does not offer it.
    pub fn operation(&self, category: Category, operation: Operation) -> Option<&OperationSupport> {
        self.operations.iter().find(|o| o.category == category && o.operation == operation)
    }

    /// The effective value of a variable: the account's own, or the declared default. An empty value counts as no
    /// value.
    pub fn value(&self, name: &str, own: Option<&str>) -> Option<String> {
        let own = own.filter(|value| !value.is_empty()).map(str::to_owned);
        own.or_else(|| self.variable(name)?.default.clone())
    }

    /// The variables of an account with this context that are not secret, with declared defaults.
    pub fn open_values(&self, context: &Map<String, Value>) -> BTreeMap<String, String> {
        let own = |name: &str| context.get(name).and_then(Value::as_str);
        let open = self.variables.iter().filter(|variable| !variable.secret);
        open.filter_map(|v| Some((v.name.clone(), self.value(&v.name, own(&v.name))?))).collect()
    }

    /// The names of the secret variables.
    pub fn secrets(&self) -> BTreeSet<String> {
        self.variables.iter().filter(|variable| variable.secret).map(|variable| variable.name.clone()).collect()
    }

    /// Whether accounts need no client of their own if the operator has set an OAuth application.
    pub fn takes_application(&self) -> bool {
        self.auth.iter().any(AuthScheme::takes_application)
    }

    /// Whether an OAuth application needs a client secret here. Some vendors identify clients without one.
    pub fn sends_client_secret(&self) -> bool {
        let exchanges = self.auth.iter().filter(|scheme| scheme.takes_application());
        exchanges.filter_map(|scheme| scheme.exchange.as_ref()).any(|e| e.variables().any(|name| name == CLIENT_SECRET))
    }

    /// Whether the vendor issues the secret of this name to an OAuth client: a refresh token.
    pub fn is_issued_to_a_client(&self, name: &str) -> bool {
        let mut issued = self.auth.iter().filter(|scheme| scheme.takes_application()).flat_map(AuthScheme::variables);
        let is_secret = self.variable(name).is_some_and(|variable| variable.secret);
        is_secret && !is_client(name) && issued.any(|issued| issued == name)
    }

    /// The declared variable with this name.
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|v| v.name == name)
    }
}
