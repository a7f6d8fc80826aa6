//! What an integration declares, checked and in the host's own types. Serialised as it is by
//! `GET /integration/{slug}/capabilities`.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::ops::Deref;

use jiff::civil::Date;
use mortise_model::{Category, Operation};
pub use mortise_model::{JsonType, Level};
use mortise_policy::grant::Grant;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::listing::{Effect, FilterName, Listing, sort_field};
use super::probe::ProbeTarget;
use crate::account::{Account, CLIENT_ID, CLIENT_SECRET, PublicAccount};
use crate::egress::{AuthScheme, RateLimit};

/// The checked declaration of one integration.
#[derive(Debug, Clone, Serialize)]
pub struct Capabilities {
    /// The name in URLs, accounts and on disk.
    pub slug: String,
    /// The name that people read.
    pub label: String,
    /// The API bases it may reach; may hold `{variables}`. The first is the base of relative targets.
    pub origins: Vec<String>,
    /// The vendor's own request headers that it sets, in lower case.
    pub headers: Vec<String>,
    /// What an integrated account must carry.
    pub variables: Vec<Variable>,
    /// Sets of variables of which an account must carry one whole.
    pub variable_sets: Vec<Vec<String>>,
    /// How the host can sign requests. Templates only: nothing of an account is in it.
    pub auth: Vec<AuthScheme>,
    /// What the vendor takes from one account; all of them hold.
    pub limits: Vec<RateLimit>,
    /// Where the vendor's error answers have the sentence for people: JSON pointers, of which the first that leads to a text is used.
    /// The token `*` stands for every member of a list or an object.
    pub error_messages: Vec<String>,
    /// What it serves.
    pub operations: Vec<OperationSupport>,
    /// How its author knows what it says of the vendor; none: the author does not say.
    pub evidence: Option<Evidence>,
    /// The request by which the host asks the vendor whether it takes an account; `None`: see [`Capabilities::asks_accounts_by`].
    pub probe: Option<ProbeTarget>,
}

/// How what an integration says of its vendor is known.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Evidence {
    /// The best evidence that most of its facts have.
    pub kind: EvidenceKind,
    /// The day on which somebody last looked.
    pub checked: Date,
}

/// `vendor-document: from the vendor's own reference or clients; last checked on 2026-11-30`.
impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; last checked on {}", self.kind.as_str(), self.kind.meaning(), self.checked)
    }
}

/// The kinds of evidence, the best one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceKind {
    /// The operations have been tried on the vendor's service or software.
    RealServer,
    /// They are from the vendor's own reference or clients.
    VendorDocument,
    /// They are from clients and connectors of others.
    SecondHand,
    /// They are from memory.
    Recalled,
}

impl EvidenceKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::RealServer, Self::VendorDocument, Self::SecondHand, Self::Recalled];

    /// The contract's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RealServer => "real-server",
            Self::VendorDocument => "vendor-document",
            Self::SecondHand => "second-hand",
            Self::Recalled => "recalled",
        }
    }

    /// Reads the contract's word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// What it means, for people.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::RealServer => "tried on the vendor's service or software",
            Self::VendorDocument => "from the vendor's own reference or clients",
            Self::SecondHand => "from clients and connectors of others",
            Self::Recalled => "from memory",
        }
    }
}

/// One value that an account carries in its `context`.
#[derive(Debug, Clone, Serialize)]
pub struct Variable {
    /// Key in `context`.
    pub name: String,
    /// What people read.
    pub label: String,
    /// Whether an account needs it.
    pub required: bool,
    /// Whether it is a credential: encrypted, never returned, never in a guest.
    pub secret: bool,
    /// Used where the account has no value; never for a secret.
    pub default: Option<String>,
    /// Where a person finds the value, in plain text.
    pub help: Option<String>,
    /// The closed set of values. Empty: any.
    pub values: Vec<String>,
    /// Whether a form shows a secret while a person types it.
    pub shown: bool,
}

impl Variable {
    /// Whether the value is in the closed set, if there is one.
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
    /// Unified query parameters it reads.
    pub query: Vec<FieldSupport>,
    /// Request body fields, by the category's names.
    pub request: Vec<FieldSupport>,
    /// Fields that the answer can hold.
    pub response: Response,
    /// The JSON types of those of them that only this vendor has, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub own: BTreeMap<String, JsonType>,
    /// How users are listed, where that is what it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listing: Option<Listing>,
    /// What becomes of a deleted user, where that is what it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
}

/// The fields that an answer can hold, in the declared order.
#[derive(Debug, Clone, Default)]
pub struct Response {
    fields: Vec<String>,
    /// The members that they are, or are a part of: `roles` for `roles[].name`. Answers can have as many members as a plugin likes.
    members: HashSet<String>,
}

impl Response {
    /// Whether this member of an answer is declared.
    pub fn has(&self, member: &str) -> bool {
        self.members.contains(member)
    }
}

impl From<Vec<String>> for Response {
    fn from(fields: Vec<String>) -> Self {
        let member = |field: &String| field.split(['[', '.']).next().unwrap_or_default().to_owned();
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

/// How one field or query parameter is supported.
#[derive(Debug, Clone, Serialize)]
pub struct FieldSupport {
    /// Name in the category; a nested one is `roles[].name`.
    pub field: String,
    /// Required, writable or ignored.
    pub level: Level,
    /// The closed set of values, or empty for any.
    pub values: Vec<String>,
    /// JSON type of a field that only this vendor has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json_type: Option<JsonType>,
    /// Remark for the reader.
    pub note: Option<String>,
}

/// Whether a variable of this name is what a client identifies itself with at the vendor.
pub fn is_client(name: &str) -> bool {
    [CLIENT_ID, CLIENT_SECRET].contains(&name)
}

impl OperationSupport {
    /// The operation, for people: of a deletion with what it does.
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
    /// What an operator has to grant to the component of this digest.
    pub fn asks(&self, digest: &str) -> Grant {
        let (origins, headers) = (self.origins.clone(), self.headers.clone());
        Grant { digest: digest.to_owned(), origins, headers, passthrough: true }
    }

    /// The categories in which it offers operations, in their own order.
    pub fn categories(&self) -> Vec<Category> {
        let offers = |category: &Category| self.operations.iter().any(|support| support.category == *category);
        Category::ALL.iter().copied().filter(offers).collect()
    }

    /// An account of this integration, as the API shows it.
    pub fn shown<'a>(&'a self, account: &'a Account) -> PublicAccount<'a> {
        account.public().of(&self.label, self.categories())
    }

    /// The declaration of one operation in one category, if it is offered.
    pub fn operation(&self, category: Category, operation: Operation) -> Option<&OperationSupport> {
        self.operations.iter().find(|o| o.category == category && o.operation == operation)
    }

    /// The value that counts for a variable: the account's own, or the declared default. An empty value is none.
    pub fn value(&self, name: &str, own: Option<&str>) -> Option<String> {
        let own = own.filter(|value| !value.is_empty()).map(str::to_owned);
        own.or_else(|| self.variable(name)?.default.clone())
    }

    /// The variables that are no credentials, of an account with this context, with the declared defaults.
    pub fn open_values(&self, context: &Map<String, Value>) -> BTreeMap<String, String> {
        let own = |name: &str| context.get(name).and_then(Value::as_str);
        let open = self.variables.iter().filter(|variable| !variable.secret);
        open.filter_map(|v| Some((v.name.clone(), self.value(&v.name, own(&v.name))?))).collect()
    }

    /// The names of the variables that are credentials.
    pub fn secrets(&self) -> BTreeSet<String> {
        self.variables.iter().filter(|variable| variable.secret).map(|variable| variable.name.clone()).collect()
    }

    /// Whether accounts can do without a client of their own where the operator has set an OAuth application.
    pub fn takes_application(&self) -> bool {
        self.auth.iter().any(AuthScheme::takes_application)
    }

    /// Whether an OAuth application needs a client secret here: some vendors know clients without one.
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

    /// The declared variable of that name.
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|v| v.name == name)
    }
}
