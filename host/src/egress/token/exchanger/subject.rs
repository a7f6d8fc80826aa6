//! The account of a sign-in.

use std::collections::BTreeMap;
use std::sync::Arc;

use mortise_policy::target::Endpoint;
use uuid::Uuid;

use super::super::TokenExchange;

/// The account that signs in, and its declared sign-in.
#[derive(Debug, Clone)]
pub(in super::super::super) struct Subject {
    pub(in super::super::super) account: Uuid,
    /// The integration, for logs.
    pub(in super::super::super) slug: Arc<str>,
    /// Whether the operator set the origin.
    pub(in super::super::super) exempt: bool,
    pub(in super::super::super) endpoints: Vec<Endpoint>,
    /// The account's variables that are not secret.
    pub(in super::super::super) variables: BTreeMap<String, String>,
    pub(in super::super::super) exchange: TokenExchange,
    /// The places of the sentence in the vendor's error answers.
    pub(in super::super::super) messages: Arc<[String]>,
    /// Whether a dry run asks. A failure then leaves the account as it is.
    pub(in super::super::super) tries: bool,
    /// Whether the call asks if the vendor takes the credentials. An earlier refusal then does not count.
    pub(in super::super::super) is_probe: bool,
}
