//! A vendor's refusal of a sign-in or of a person's code.

use serde_json::Value;

use super::code::Rejected;

/// The vendor refused an account's credentials at a sign-in, or the code of a person's consent. Holds no credential.
#[derive(Debug, Clone)]
pub struct CredentialRefusal {
    /// The sentence without the vendor's words: [`Self::REASON`] or [`Self::CODE_REASON`].
    pub reason: &'static str,
    /// One sentence, with the vendor's words if it gave any.
    pub message: String,
    /// The part of the vendor's body that may be shown: JSON, or a text. Null if the host does not have it any more.
    pub body: Value,
    /// The part of the client that the vendor rejects, if it refused a code for that reason.
    pub rejected: Option<Rejected>,
}

impl CredentialRefusal {
    /// The reason for a refused sign-in.
    pub const REASON: &str = "the vendor refused the account's credentials when the host signed in";
    /// The reason for a refused code.
    pub const CODE_REASON: &str =
        "the vendor refused the code that the person came back with, or the OAuth application's client";
}
