//! Why a call did not succeed, in the words of the contract.

use std::fmt;

pub use mortise_model::FailureKind as Kind;

/// The result of everything that can fail in an integration.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure that the host turns into an HTTP error for the caller.
///
/// Most are made by the SDK itself: [`Request::send`](crate::Request::send) fails with [`Kind::Vendor`] where the vendor
/// answers with an error status, [`Response::json`](crate::Response::json) with [`Kind::Internal`] where an answer is not
/// what the mapping expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: Kind,
    message: String,
    field: Option<String>,
}

impl Error {
    /// An error of `kind`. `message` is one sentence for the caller, lower case, without secrets; the host cuts it to 1,000
    /// characters.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), field: None }
    }

    /// The caller must change the request; name the field with [`at`](Self::at).
    pub fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(Kind::InvalidInput, message)
    }

    /// The vendor has no such record, although it did not say so with a status.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, message)
    }

    /// The vendor cannot do what was asked.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(Kind::Unsupported, message)
    }

    /// The vendor's answer says that it failed. With an empty message the host takes the message from the vendor's body.
    pub fn vendor(message: impl Into<String>) -> Self {
        Self::new(Kind::Vendor, message)
    }

    /// The vendor's latest answer says in its body, under a status of success, that it did not do what was asked. With an empty message
    /// the host takes the message from that body. [`Response::refused_if`](crate::Response::refused_if) makes it.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Kind::Refused, message)
    }

    /// The vendor no longer takes the cursor of a list: it has expired, or the vendor never gave it out.
    pub fn invalid_cursor() -> Self {
        Self::new(Kind::InvalidCursor, "")
    }

    /// The integration met something that it cannot explain.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Kind::Internal, message)
    }

    /// Names the field of the canonical user at fault, such as `emails[0].email`, for which the caller reads the name that it
    /// has in the category; or the query parameter.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Says what the call had already done when this went wrong, so that a caller who gets the failure knows: `user 7 was created, but
    /// not put into group 3`. Kind and field stay.
    #[must_use]
    pub fn after(mut self, done: impl Into<String>) -> Self {
        let reason = std::mem::replace(&mut self.message, done.into());
        if !reason.is_empty() {
            self.message.push_str(": ");
            self.message.push_str(&reason);
        }
        self
    }

    /// The failure that a vendor's status stands for: none for 2xx, [`Kind::Vendor`] from 400 on, and [`Kind::Internal`]
    /// for the rest, which no API call expects (redirects are not followed).
    pub fn from_status(status: u16) -> Option<Self> {
        match status {
            200..300 => None,
            400.. => Some(Self::vendor("")),
            _ => Some(Self::internal(format!("the vendor answered with the unexpected status {status}"))),
        }
    }

    /// Who must act.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The sentence for the caller; may be empty for [`Kind::Vendor`] and [`Kind::Refused`].
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The field at fault, where one is, as [`at`](Self::at) named it.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    #[cfg(target_family = "wasm")]
    pub(crate) fn into_parts(self) -> (Kind, String, Option<String>) {
        (self.kind, self.message, self.field)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.as_str())?;
        if let Some(field) = &self.field {
            write!(f, " at {field}")?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
