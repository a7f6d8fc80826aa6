//! The values that an integrated account carries.

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
