//! The shared parts of the hostile components: the contract's bindings, an honest declaration, an honest `update-user`,
//! and the macro `attack!`, which makes a component of one function.
//!
//! Every component is one file of `examples/`. Its slug is its file name. It declares ticketing `create-user` and
//! `update-user`, and attacks in `create-user` only: an update that succeeds after a failed create shows that the
//! attack cost one call. If a component knows several attacks, the caller chooses by the `name` of the user.
//!
//! The bindings are the contract's own: an attacker is not bound by the SDK's types. Outside WebAssembly the crate and
//! its examples are empty.
#![cfg(target_family = "wasm")]

pub mod memory;
pub mod probe;
pub mod puppet;
pub mod reader;

/// The contract's bindings.
#[allow(missing_docs, unsafe_code, unreachable_pub, clippy::all, clippy::panic, clippy::too_many_lines, clippy::unwrap_used, reason = "generated")]
#[path = "../../../sdk/src/bindings.rs"]
#[rustfmt::skip]
pub mod bindings;

pub use bindings::exports::mortise::integration::describe::{
    AuthScheme, Declaration, ExchangeAnswer, ExchangeLifetime, FieldSupport, Listing, OperationSupport, RateLimit,
    TokenExchange, Variable,
};
pub use bindings::exports::mortise::integration::users::{Page, Row, UsersPage};
pub use bindings::mortise::integration::http::{Method, Request, Response, send};
pub use bindings::mortise::integration::types::Failure;
pub use bindings::mortise::integration::{context, log};
pub use serde_json::{Value, json};

use bindings::exports::mortise::integration::{describe, users};

/// What an operation returns: a user as JSON text, nothing, or a failure.
pub type Answer = Result<Option<String>, Failure>;

/// The call of `create-user` in which the component attacks.
pub struct Call {
    /// The canonical user.
    pub user: Value,
    /// The user's `name`, which chooses the attack. Empty if the user has none.
    pub name: String,
}

/// One hostile component; [`attack!`] implements it.
pub trait Hostile {
    /// The crate's name, from which the slug comes.
    const CRATE: &'static str;
    /// Changes the honest declaration.
    fn declare(declared: Declaration) -> Declaration;
    /// Runs in `create-user`.
    fn attack(call: &Call) -> Answer;
}

/// Makes the example a component that runs `$attack`, a `fn(&Call) -> Answer`, in `create-user`. A second argument, a
/// `fn(Declaration) -> Declaration`, changes the declaration.
#[macro_export]
macro_rules! attack {
    ($attack:expr) => {
        $crate::attack!($attack, |declared| declared);
    };
    ($attack:expr, $declare:expr) => {
        struct Component;

        impl $crate::Hostile for Component {
            const CRATE: &'static str = env!("CARGO_CRATE_NAME");

            fn declare(declared: $crate::Declaration) -> $crate::Declaration {
                let declare: fn($crate::Declaration) -> $crate::Declaration = $declare;
                declare(declared)
            }

            fn attack(call: &$crate::Call) -> $crate::Answer {
                let attack: fn(&$crate::Call) -> $crate::Answer = $attack;
                attack(call)
            }
        }

        $crate::bindings::export!(Component with_types_in $crate::bindings);
    };
}

/// Makes the example a component with a false declaration and honest operations: `$declare` changes the honest
/// declaration.
#[macro_export]
macro_rules! lie {
    ($declare:expr) => {
        $crate::attack!($crate::create, $declare);
    };
}

impl<T: Hostile> describe::Guest for T {
    fn capabilities() -> Declaration {
        let slug = T::CRATE.replace('_', "-");
        T::declare(honest(&slug))
    }
}

impl<T: Hostile> users::Guest for T {
    fn create_user(_category: String, user: String) -> Answer {
        let user: Value = serde_json::from_str(&user).unwrap_or_default();
        let name = user["name"].as_str().unwrap_or_default().to_owned();
        T::attack(&Call { user, name })
    }

    fn update_user(_category: String, id: String, user: String) -> Answer {
        let path: String = id.bytes().map(segment_byte).collect();
        forward(Method::Put, format!("/users/{path}"), user)
    }

    fn get_user(_category: String, id: String) -> Answer {
        puppet::get(&id)
    }

    fn list_users(_category: String, page: Page) -> Result<UsersPage, Failure> {
        puppet::list(&page)
    }

    fn delete_user(_category: String, id: String) -> Result<(), Failure> {
        puppet::delete(&id)
    }
}

/// The declaration of an honest component: one origin, one secret that is sent as `x-api-token`, `name` writable.
fn honest(slug: &str) -> Declaration {
    Declaration {
        slug: slug.to_owned(),
        label: format!("Hostile: {slug}"),
        origins: vec!["https://vendor.example.com".to_owned()],
        headers: vec![],
        variables: vec![variable("api_token", true)],
        variable_sets: vec![],
        auth: vec![scheme("header", &[("x-api-token", "{api_token}")])],
        limits: vec![],
        error_messages: vec![],
        evidence: None,
        probe: None,
        operations: ["create-user", "update-user"].map(operation).into(),
    }
}

/// One variable of the account; a secret one is required.
pub fn variable(name: &str, secret: bool) -> Variable {
    Variable {
        name: name.to_owned(),
        label: name.to_owned(),
        required: secret,
        secret,
        default: None,
        help: None,
        values: vec![],
        shown: false,
    }
}

/// One way to sign without a sign-in.
pub fn scheme(kind: &str, params: &[(&str, &str)]) -> AuthScheme {
    AuthScheme { kind: kind.to_owned(), params: pairs(params), exchange: None, origins: vec![] }
}

/// An OAuth client-credentials sign-in at `url`. Other exchanges are made from it.
pub fn exchange(url: &str) -> TokenExchange {
    TokenExchange {
        kind: "oauth2-client-credentials".to_owned(),
        method: "post".to_owned(),
        url: url.to_owned(),
        encoding: "form".to_owned(),
        fields: pairs(&[("grant_type", "client_credentials"), ("client_secret", "{client_secret}")]),
        basic: None,
        plain_basic: false,
        headers: vec![],
        answers: vec![answer("access_token", "/access_token", true)],
        lifetime: ExchangeLifetime { pointer: Some("/expires_in".to_owned()), seconds: 3_600 },
        authorization: None,
    }
}

/// One value of a sign-in's answer.
pub fn answer(name: &str, pointer: &str, secret: bool) -> ExchangeAnswer {
    ExchangeAnswer { name: name.to_owned(), pointer: pointer.to_owned(), secret }
}

/// One ticketing operation that reads `organization_id` and writes `name`.
fn operation(name: &str) -> OperationSupport {
    OperationSupport {
        category: "ticketing".to_owned(),
        operation: name.to_owned(),
        query: vec![writable("organization_id")],
        request: vec![writable("name")],
        response: vec!["id".to_owned(), "name".to_owned()],
        listing: None,
        effect: None,
    }
}

/// Declares a field as writable.
pub fn writable(field: &str) -> FieldSupport {
    FieldSupport { field: field.to_owned(), level: "writable".to_owned(), values: vec![], json_type: None, note: None }
}

/// Owned pairs.
pub fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A request without query, headers and body that is not the primary one.
pub fn request(method: Method, target: &str) -> Request {
    Request { method, target: target.to_owned(), query: vec![], headers: vec![], body: None, primary: false }
}

/// The primary request, otherwise as [`request`].
pub fn primary(method: Method, target: &str) -> Request {
    Request { primary: true, ..request(method, target) }
}

/// A user with this `name` as the answer. Attacks report by it.
pub fn report(name: impl Into<String>) -> Answer {
    Ok(Some(json!({ "id": "hostile", "name": name.into() }).to_string()))
}

/// An honest `create-user`.
pub fn create(call: &Call) -> Answer {
    forward(Method::Post, "/users".to_owned(), call.user.to_string())
}

/// Sends the user unchanged in one primary request, and maps `id` and `name` of the vendor's answer.
fn forward(method: Method, target: String, user: String) -> Answer {
    let headers = pairs(&[("content-type", "application/json"), ("accept", "application/json")]);
    let response = send(&Request { headers, body: Some(user.into_bytes()), ..primary(method, &target) })?;
    let failure = |kind: &str, message: &str| Failure { kind: kind.into(), message: message.into(), field: None };
    if response.status() >= 400 {
        return Err(failure("vendor", ""));
    }
    let body: Value =
        serde_json::from_slice(&response.body()?).map_err(|_| failure("internal", "the vendor sent no JSON"))?;
    Ok(Some(json!({ "id": body["id"], "name": body["name"] }).to_string()))
}

/// One byte of a path segment, percent-encoded unless it is unreserved.
fn segment_byte(byte: u8) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    }
}
