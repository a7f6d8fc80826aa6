//! The declaration of an integration, written as a table.

mod auth;
mod authorization;
mod listing;

use mortise_model::{Category, JsonType, Level, Operation};

pub use auth::{Auth, Exchange, ExchangeAnswer};
pub use authorization::{Authorization, Capture};
pub use listing::{Effect, End, Listing, Order, TIMES};

/// The declaration of one integration. The host checks it when it loads the component, and reports every fault.
///
/// ```
/// # use mortise_sdk::{Auth, Capabilities, Category, Support};
/// Capabilities::new("example", "Example")
///     .origin("https://api.example.com/v2")
///     .secret("api_token", "API token")
///     .auth(Auth::bearer("{api_token}"))
///     .response(Category::Ticketing, ["id", "name", "emails", "roles"])
///     .serves(Support::get(Category::Ticketing))
///     .serves(
///         Support::create(Category::Ticketing)
///             .required(["name", "emails"])
///             .writable(["first_name", "last_name"])
///             .values("roles", ["admin", "member"])
///             .ignored([("avatar", "people upload it themselves")]),
///     );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// The name in URLs, accounts and on disk: lower-case letters, digits and single hyphens, 1 to 64 characters. It never
    /// changes.
    pub slug: &'static str,
    /// The name that people read.
    pub label: &'static str,
    /// The API bases that the integration sends requests to. The first is the base of relative paths.
    pub origins: Vec<&'static str>,
    /// The vendor's own request headers that the integration sets, in lower case.
    pub headers: Vec<&'static str>,
    /// The values that an integrated account carries.
    pub variables: Vec<Variable>,
    /// Sets of variables. An account must carry one set whole.
    pub variable_sets: Vec<Vec<&'static str>>,
    /// The ways in which the host may sign requests, the preferred one first.
    pub auth: Vec<Auth>,
    /// The vendor's rate limits for one account, as requests and seconds. All of them hold at once.
    pub limits: Vec<(u32, u32)>,
    /// Where the vendor's error answers have the sentence for people, as JSON pointers.
    pub error_messages: Vec<&'static str>,
    /// The target of the request by which the host asks the vendor whether it takes an account.
    pub probe: Option<&'static str>,
    /// The operations that the integration serves.
    pub operations: Vec<Support>,
    /// How the author knows the vendor's API, and the day on which somebody last checked the facts.
    pub evidence: Option<(Evidence, &'static str)>,
    /// The fields that all answers with users of a category can hold.
    responses: Vec<(Category, Vec<&'static str>)>,
}

impl Capabilities {
    /// An integration that serves nothing yet. `slug` is its name in URLs, `label` the one that people read.
    #[must_use]
    pub fn new(slug: &'static str, label: &'static str) -> Self {
        Self {
            slug,
            label,
            origins: Vec::new(),
            headers: Vec::new(),
            variables: Vec::new(),
            variable_sets: Vec::new(),
            auth: Vec::new(),
            limits: Vec::new(),
            error_messages: Vec::new(),
            probe: None,
            operations: Vec::new(),
            evidence: None,
            responses: Vec::new(),
        }
    }

    /// Says how the author knows the vendor's API, and the day on which somebody last checked the facts, such as
    /// `2026-11-30`. Operators see it beside the integration's name.
    #[must_use]
    pub fn evidence(mut self, evidence: Evidence, checked: &'static str) -> Self {
        self.evidence = Some((evidence, checked));
        self
    }

    /// Adds an API base: `https` and a host, with an optional base path. A host label may be a `{variable}`:
    /// `https://{site}.example.com`. `{variable*}` in place of a label stands for one label or more.
    #[must_use]
    pub fn origin(mut self, origin: &'static str) -> Self {
        self.origins.push(origin);
        self
    }

    /// Adds a request header of the vendor's own that [`Request::header`](crate::Request::header) sets: `x-`, then
    /// lower-case letters, digits and single hyphens. The operator grants it with the origins. A header that carries a
    /// credential belongs in [`Auth::header`].
    #[must_use]
    pub fn header(mut self, name: &'static str) -> Self {
        self.headers.push(name);
        self
    }

    /// Adds a value that an integrated account carries.
    #[must_use]
    pub fn variable(mut self, variable: Variable) -> Self {
        self.variables.push(variable);
        self
    }

    /// Adds a required credential that an integrated account carries: [`Variable::secret`].
    #[must_use]
    pub fn secret(self, name: &'static str, label: &'static str) -> Self {
        self.variable(Variable::secret(name, label))
    }

    /// Adds a set of optional variables. An account must carry all of this set, or all of another.
    #[must_use]
    pub fn variable_set<const N: usize>(mut self, names: [&'static str; N]) -> Self {
        self.variable_sets.push(names.to_vec());
        self
    }

    /// Adds a way to sign requests. The host uses the first whose variables the account has.
    #[must_use]
    pub fn auth(mut self, auth: Auth) -> Self {
        self.auth.push(auth);
        self
    }

    /// Adds OAuth 2.0: a bearer token that this exchange brings, and the variables of RFC 6749 that it needs
    /// (`client_id`, `client_secret`, `refresh_token`, `username`, `password`, `access_token`), each a credential, if
    /// they are not declared yet. A variable is optional if another way to sign does without it, so call this after all
    /// other `auth`.
    ///
    /// ```
    /// # use mortise_sdk::{Auth, Authorization, Capabilities, Exchange};
    /// let consent = Authorization::new("https://accounts.example.com/authorize").scopes(["users.read", "users.write"]);
    /// let token = "https://api.example.com/oauth/token";
    /// let declared = Capabilities::new("example", "Example")
    ///     .oauth(Exchange::refresh(token).authorization(consent))
    ///     .oauth(Exchange::client_credentials(token));
    /// let required: Vec<_> = declared.variables.iter().filter(|v| v.required).map(|v| v.name).collect();
    /// assert_eq!(required, ["client_id", "client_secret"]);
    /// ```
    #[must_use]
    pub fn oauth(mut self, exchange: Exchange) -> Self {
        for (name, label) in OAUTH {
            let sends = exchange.sends(name);
            let carries = if exchange.lasts() { name == "access_token" } else { sends };
            match self.variables.iter_mut().find(|variable| variable.name == name) {
                Some(variable) if !carries => variable.required = false,
                None if carries || sends => {
                    let required = carries && self.auth.is_empty();
                    let shown = SHOWN.contains(&name);
                    self.variables.push(Variable { required, shown, ..Variable::secret(name, label) });
                }
                _ => {}
            }
        }
        self.auth(Auth::bearer("{access_token}").exchange(exchange))
    }

    /// Adds a rate limit of the vendor: requests of one account in a number of seconds. Several hold at once, such as
    /// 10 in 1 and 5,000 in 86,400. The host waits for room, or tells its caller when there will be room.
    #[must_use]
    pub fn limit(mut self, requests: u32, seconds: u32) -> Self {
        self.limits.push((requests, seconds));
        self
    }

    /// Adds a place in the vendor's error answers that has the sentence for people, as a JSON pointer (RFC 6901). The
    /// host uses the first that leads to a text. The token `*` stands for every member of a list or an object, in
    /// order: `/errors/*/detail`. If none leads to a text, the host searches the answer by the usual names. Declare
    /// only a place that this search would not find.
    #[must_use]
    pub fn error_message(mut self, pointer: &'static str) -> Self {
        self.error_messages.push(pointer);
        self
    }

    /// Sets the probe: one `GET` by which the host asks the vendor whether it takes an account. The host sends it
    /// without the integration. Choose a cheap read that every account may make, and that the vendor answers with an
    /// error status if it refuses the account: `/users?limit=1`. It is a path below the first origin, or an absolute
    /// URL below any origin, and may hold `{variables}` that are not secret.
    ///
    /// Declare it if the list of users needs a parameter, or if there is no list. Otherwise the host lists one user.
    #[must_use]
    pub fn probe(mut self, target: &'static str) -> Self {
        self.probe = Some(target);
        self
    }

    /// Names the fields that every answer with users of a category can hold. Fields of one operation alone are in its
    /// own [`response`](Support::response).
    #[must_use]
    pub fn response<const N: usize>(mut self, category: Category, fields: [&'static str; N]) -> Self {
        for support in self.operations.iter_mut().filter(|support| support.category == category) {
            support.also_answers(&fields);
        }
        self.responses.push((category, fields.to_vec()));
        self
    }

    /// Adds an operation in a category. If a request of the category may hold `id`, `created_at` or `updated_at` and
    /// the operation does not declare them, they become ignored, with the reason that holds for most vendors.
    #[must_use]
    pub fn serves(mut self, support: Support) -> Self {
        let mut support = support.with_reasons();
        let category = support.category;
        for (_, fields) in self.responses.iter().rev().filter(|(of, _)| *of == category) {
            support.also_answers(fields);
        }
        self.operations.push(support);
        self
    }

    /// The declaration of one operation in one category.
    pub fn support(&self, category: Category, operation: Operation) -> Option<&Support> {
        self.operations.iter().find(|s| s.category == category && s.operation == operation)
    }
}

/// How the author knows the vendor's API: the best evidence that most of the facts have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// Somebody ran the operations against the vendor's service or software.
    RealServer,
    /// The vendor's own reference or clients.
    VendorDocument,
    /// Clients and connectors that others wrote.
    SecondHand,
    /// Memory.
    Recalled,
}

impl Evidence {
    /// The contract's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RealServer => "real-server",
            Self::VendorDocument => "vendor-document",
            Self::SecondHand => "second-hand",
            Self::Recalled => "recalled",
        }
    }
}

/// The variables of the OAuth 2.0 grants (RFC 6749) that an account carries, with the label of each.
const OAUTH: [(&str, &str); 6] = [
    ("client_id", "OAuth client ID"),
    ("client_secret", "OAuth client secret"),
    ("refresh_token", "OAuth refresh token"),
    ("access_token", "OAuth access token"),
    ("username", "User name"),
    ("password", "Password"),
];

/// The variables of them that a form shows while a person types: a client's identifier is no secret (RFC 6749 §2.2).
const SHOWN: [&str; 2] = ["client_id", "username"];

/// One value that an integrated account carries in its `context`.
///
/// ```
/// # use mortise_sdk::{Capabilities, Variable};
/// Capabilities::new("example", "Example")
///     .variable(Variable::new("region", "Region").values(["us", "eu"]).or("us"))
///     .variable(Variable::secret("email", "E-mail address").shown())
///     .variable(Variable::secret("api_token", "API token").help("Your profile has it, under API."));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// The key in `context`: lower-case letters, digits and underscores.
    pub name: &'static str,
    /// The name of the form's field, in the vendor's words.
    pub label: &'static str,
    /// Whether an account needs a value, if the variable has no default.
    pub required: bool,
    /// Whether it is a credential. The host encrypts it, never returns it, and never shows it to the integration.
    pub secret: bool,
    /// The value if the account has none. A secret has no default.
    pub default: Option<&'static str>,
    /// Where a person finds the value: plain text below the form's field, at most 500 bytes.
    pub help: Option<&'static str>,
    /// The closed set of values. Empty: any value.
    pub values: Vec<&'static str>,
    /// Whether a form shows a secret while a person types it.
    pub shown: bool,
}

impl Variable {
    /// A required value that is not secret, such as a subdomain.
    #[must_use]
    pub fn new(name: &'static str, label: &'static str) -> Self {
        Self { name, label, required: true, secret: false, default: None, help: None, values: Vec::new(), shown: false }
    }

    /// A required credential.
    #[must_use]
    pub fn secret(name: &'static str, label: &'static str) -> Self {
        Self { secret: true, ..Self::new(name, label) }
    }

    /// Makes it optional.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.required = false;
        self
    }

    /// Makes it optional, with a default for accounts that carry no value.
    #[must_use]
    pub fn or(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self.optional()
    }

    /// Says where a person finds the value, in one or two sentences of plain text, at most 500 bytes.
    #[must_use]
    pub fn help(mut self, help: &'static str) -> Self {
        self.help = Some(help);
        self
    }

    /// Closes the set of values: a person chooses one of them, and the host refuses any other. A default is one of
    /// them. A secret has no set.
    #[must_use]
    pub fn values<const N: usize>(mut self, values: [&'static str; N]) -> Self {
        self.values = values.to_vec();
        self
    }

    /// Shows a secret in the form while a person types it, such as a user name, an e-mail address or a client ID. The
    /// host still stores and treats it as a secret.
    #[must_use]
    pub fn shown(mut self) -> Self {
        self.shown = true;
        self
    }
}

/// One operation in one category, field by field, in the category's names. A field that is not listed is ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Support {
    /// The category.
    pub category: Category,
    /// The operation.
    pub operation: Operation,
    /// The unified query parameters that the operation reads.
    pub query: Vec<FieldSupport>,
    /// The fields of the request body.
    pub request: Vec<FieldSupport>,
    /// The fields that the answer can hold.
    pub response: Vec<&'static str>,
    /// How the vendor lists users. Only `list` has it.
    pub listing: Option<Listing>,
    /// What a deletion does to the user. Only `delete` has it.
    pub effect: Option<Effect>,
}

/// How one field or query parameter is supported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldSupport {
    /// The name in the category: `emails`; a nested one is `roles[].name`.
    pub field: &'static str,
    /// How far it is supported.
    pub level: Level,
    /// The values that the vendor knows, if the set is closed. Empty: any value.
    pub values: Vec<&'static str>,
    /// The JSON type of a field that only this vendor has.
    pub json_type: Option<JsonType>,
    /// A remark for readers of the documentation.
    pub note: Option<&'static str>,
}

impl Support {
    /// Creating users in `category`.
    #[must_use]
    pub fn create(category: Category) -> Self {
        Self::new(category, Operation::CreateUser)
    }

    /// Updating users in `category`.
    #[must_use]
    pub fn update(category: Category) -> Self {
        Self::new(category, Operation::UpdateUser)
    }

    /// Reading one user in `category`.
    #[must_use]
    pub fn get(category: Category) -> Self {
        Self::new(category, Operation::GetUser)
    }

    /// Listing users in `category`. [Filters](Self::query), such as `email` or `created_at[gte]`, and
    /// [orders](Self::orders) are query parameters.
    #[must_use]
    pub fn list(category: Category, listing: Listing) -> Self {
        Self { listing: Some(listing), ..Self::new(category, Operation::ListUsers) }
    }

    /// Deleting users in `category`.
    #[must_use]
    pub fn delete(category: Category, effect: Effect) -> Self {
        Self { effect: Some(effect), ..Self::new(category, Operation::DeleteUser) }
    }

    fn new(category: Category, operation: Operation) -> Self {
        Self {
            category,
            operation,
            query: Vec::new(),
            request: Vec::new(),
            response: Vec::new(),
            listing: None,
            effect: None,
        }
    }

    /// Body fields without which the host answers 400.
    #[must_use]
    pub fn required<const N: usize>(mut self, fields: [&'static str; N]) -> Self {
        declare(&mut self.request, &fields, Level::Required);
        self
    }

    /// Body fields that the integration uses if the caller gives them.
    #[must_use]
    pub fn writable<const N: usize>(mut self, fields: [&'static str; N]) -> Self {
        declare(&mut self.request, &fields, Level::Writable);
        self
    }

    /// Body fields that the vendor cannot write, each with the reason for the documentation.
    #[must_use]
    pub fn ignored<const N: usize>(mut self, fields: [(&'static str, &'static str); N]) -> Self {
        for (field, note) in fields {
            entry(&mut self.request, field, Level::Ignored).note = Some(note);
        }
        self
    }

    /// The closed set of values of a body field. The field becomes writable if it was not declared before.
    #[must_use]
    pub fn values<const N: usize>(mut self, field: &'static str, values: [&'static str; N]) -> Self {
        entry(&mut self.request, field, Level::Writable).values = values.to_vec();
        self
    }

    /// A body field that only this vendor has. It travels in [`User::extra`](mortise_model::User), and becomes writable
    /// if it was not declared before. Answers of all operations of the category can hold it, if their
    /// [`response`](Self::response) names it. Declare a field that can only be read in [`get`](Self::get) or
    /// [`list`](Self::list).
    #[must_use]
    pub fn own(mut self, field: &'static str, json_type: JsonType) -> Self {
        entry(&mut self.request, field, Level::Writable).json_type = Some(json_type);
        self
    }

    /// A remark on a body field. The field becomes writable if it was not declared before.
    #[must_use]
    pub fn note(mut self, field: &'static str, note: &'static str) -> Self {
        entry(&mut self.request, field, Level::Writable).note = Some(note);
        self
    }

    /// Unified query parameters without which the host answers 400.
    #[must_use]
    pub fn query_required<const N: usize>(mut self, names: [&'static str; N]) -> Self {
        declare(&mut self.query, &names, Level::Required);
        self
    }

    /// Unified query parameters that the integration uses if the caller gives them.
    #[must_use]
    pub fn query<const N: usize>(mut self, names: [&'static str; N]) -> Self {
        declare(&mut self.query, &names, Level::Writable);
        self
    }

    /// The closed set of values of a unified query parameter. The parameter becomes writable if it was not declared
    /// before.
    #[must_use]
    pub fn query_values<const N: usize>(mut self, name: &'static str, values: [&'static str; N]) -> Self {
        entry(&mut self.query, name, Level::Writable).values = values.to_vec();
        self
    }

    /// Orders of a list in both directions, such as `sort_by[name]`. If the vendor has one direction only,
    /// declare its [values](Self::query_values): `asc` or `desc`.
    #[must_use]
    pub fn orders<const N: usize>(self, names: [&'static str; N]) -> Self {
        names.into_iter().fold(self, |support, name| support.query_values(name, ["asc", "desc"]))
    }

    /// A remark on a unified query parameter. The parameter becomes writable if it was not declared before.
    #[must_use]
    pub fn query_note(mut self, name: &'static str, note: &'static str) -> Self {
        entry(&mut self.query, name, Level::Writable).note = Some(note);
        self
    }

    /// Adds the reason to fields that no vendor lets a caller write.
    fn with_reasons(self) -> Self {
        let id = if self.operation == Operation::UpdateUser {
            "the path names the user"
        } else if self.operation == Operation::CreateUser {
            "the vendor makes it"
        } else {
            return self;
        };
        let reasons = [("id", id), ("created_at", "the vendor sets it"), ("updated_at", "the vendor sets it")];
        reasons.into_iter().fold(self, |support, (field, reason)| {
            let is_open = support.category.request_fields().contains(&field)
                && support.request.iter().all(|declared| declared.field != field);
            if is_open { support.ignored([(field, reason)]) } else { support }
        })
    }

    /// Puts the fields of all answers of the category in front of the operation's own, if the operation answers with
    /// users.
    fn also_answers(&mut self, fields: &[&'static str]) {
        if self.operation != Operation::DeleteUser {
            self.response.splice(..0, fields.iter().copied());
        }
    }

    /// The fields that the answer can hold.
    #[must_use]
    pub fn response<const N: usize>(mut self, fields: [&'static str; N]) -> Self {
        self.response.extend_from_slice(&fields);
        self
    }
}

fn declare(list: &mut Vec<FieldSupport>, fields: &[&'static str], level: Level) {
    list.reserve(fields.len());
    for field in fields {
        entry(list, field, level).level = level;
    }
}

/// The row of `field`, added with `level` if it is new.
fn entry<'a>(list: &'a mut Vec<FieldSupport>, field: &'static str, level: Level) -> &'a mut FieldSupport {
    let position = list.iter().position(|f| f.field == field).unwrap_or_else(|| {
        list.push(FieldSupport { field, level, values: Vec::new(), json_type: None, note: None });
        list.len() - 1
    });
    #[expect(clippy::indexing_slicing, reason = "the position was found or made in this list just now")]
    &mut list[position]
}
