//! The table of one integration, which an author fills in.

use mortise_model::{Category, EvidenceKind, Operation};

use super::auth::{Auth, Exchange};
use super::support::Support;
use super::variable::Variable;

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
    pub evidence: Option<(EvidenceKind, &'static str)>,
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
    pub fn evidence(mut self, kind: EvidenceKind, checked: &'static str) -> Self {
        self.evidence = Some((kind, checked));
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
