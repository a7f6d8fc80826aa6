//! A vendor's refusal of a sign-in or of a person's code.

use serde_json::Value;

use super::code::Rejected;

/// The vendor refused an account's credentials when the host signed in, or the code of a person's consent. Holds no credential.
#[derive(Debug, Clone)]
pub struct CredentialRefusal {
    /// The sentence without the vendor's words: [`Self::REASON`] or [`Self::CODE_REASON`].
    pub reason: &'static str,
    /// One sentence, with the vendor's words where it gave any.
    pub message: String,
    /// What may be shown of the vendor's body: JSON, or a text. Null where it is not known any more.
    pub body: Value,
    /// What of the client the vendor does not accept, if it refused a code for that.
    pub rejected: Option<Rejected>,
}

impl CredentialRefusal {
    /// Of a sign-in.
    pub const REASON: &str = "the vendor refused the account's credentials when the host signed in";
    /// Of a code.
    pub const CODE_REASON: &str =
        "the vendor refused the code that the person came back with, or the OAuth application's client";
}
