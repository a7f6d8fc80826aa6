//! The errors of a registry.

use std::time::Duration;

use thiserror::Error;

/// Time of a whole push or pull. A registry that sends one byte a minute is never silent for long enough. The largest
/// component on a slow line is done by then.
pub(super) const DEADLINE: Duration = Duration::from_secs(15 * 60);

/// Why a registry did not do what it was asked, and who must act.
#[derive(Debug, Error)]
pub enum RegistryError {
    /// The argument is not a reference.
    #[error("`{text}` is not a reference to a package: {why}")]
    Reference {
        /// The text as it was written.
        text: String,
        /// What is wrong.
        why: String,
    },
    /// The registry wants credentials, or does not allow the request with these.
    #[error(
        "{registry} does not allow this{}: set MORTISE_REGISTRY={registry}, MORTISE_REGISTRY_USER and MORTISE_REGISTRY_PASSWORD, \
         or sign in with `docker login {registry}`, as somebody who may",
        user.as_ref().map_or_else(|| " to an anonymous caller".to_owned(), |user| format!(" to `{user}`"))
    )]
    Unauthorised {
        /// The registry.
        registry: String,
        /// The user of the credentials.
        user: Option<String>,
    },
    /// The answers for a sign-in cannot be used.
    #[error("the sign-in of {registry} cannot be used: {why}; ask the registry's operator")]
    SignIn {
        /// The registry.
        registry: String,
        /// What is wrong.
        why: String,
    },
    /// It took too long.
    #[error(
        "{registry} was not done within {} minutes and was given up: try again on a faster line, or ask the registry's \
         operator",
        DEADLINE.as_secs() / 60
    )]
    Deadline {
        /// The registry.
        registry: String,
    },
    /// There is no such repository, tag or digest.
    #[error("there is no {0} (or it is hidden from you): ask those who push it for its name")]
    NotFound(String),
    /// It is there, but is not a component.
    #[error("{reference} is not a Wasm artifact: {why}; `mortise push` and `wkg oci push` make them")]
    NotWasm {
        /// What was asked for.
        reference: String,
        /// What it is instead.
        why: String,
    },
    /// It is larger than this host accepts.
    #[error("{what} of {reference} has {bytes} bytes, and may have at most {limit}")]
    TooLarge {
        /// What was asked for.
        reference: String,
        /// The part that is too large.
        what: &'static str,
        /// Its size as far as it is known.
        bytes: u64,
        /// The limit.
        limit: usize,
    },
    /// The bytes do not have the digest that names them.
    #[error("{registry} sent other bytes than `{expected}` names: nothing was kept; ask the registry's operator")]
    OtherBytes {
        /// The registry.
        registry: String,
        /// The digest that was asked for.
        expected: String,
    },
    /// It redirects the host to a place where the host does not go.
    #[error("{who} sends us to `{place}`, which {why}: ask the registry's operator")]
    Misled {
        /// The registry, or another host that answered.
        who: String,
        /// The place.
        place: String,
        /// Why not.
        why: String,
    },
    /// Another answer that is not a success.
    #[error("{who} answered {status}{}{message}", if message.is_empty() { "" } else { ": " })]
    Answer {
        /// The registry, or the host that it redirected to.
        who: String,
        /// The status.
        status: u16,
        /// The registry's message.
        message: String,
    },
    /// No answer.
    #[error("{who} cannot be reached, or broke off its answer")]
    Unreachable {
        /// The registry, or the host that it redirected to.
        who: String,
        /// Why.
        source: reqwest::Error,
    },
}
