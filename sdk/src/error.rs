//! Why a call failed, in the words of the contract.

use std::fmt;

use mortise_model::FailureKind;

/// The result of every function that can fail in an integration.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure that the host turns into an HTTP error for the caller.
///
/// The SDK makes most of them itself. [`Request::send`](crate::Request::send) fails with [`FailureKind::Vendor`] if the
/// vendor answers with an error status. [`Response::json`](crate::Response::json) fails with [`FailureKind::Internal`]
/// if an answer is not what the mapping expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: FailureKind,
    message: String,
    field: Option<String>,
}

impl Error {
    /// An error of `kind`. `message` is one sentence for the caller, lower case, without secrets; the host cuts it to 1,000
    /// characters.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), field: None }
    }

    /// The caller must change the request; name the field with [`at`](Self::at).
    pub fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(FailureKind::InvalidInput, message)
    }

    /// The vendor has no such record, although it did not say so with a status.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(FailureKind::NotFound, message)
    }

    /// The vendor cannot do what the caller asked for.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Unsupported, message)
    }

    /// The vendor's answer says that it failed. With an empty message the host takes the message from the vendor's body.
    pub fn vendor(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Vendor, message)
    }

    /// The vendor's latest answer has a status of success, but its body says that the vendor did not do what it was
    /// asked to. With an empty message the host takes the message from that body.
    /// [`Response::refused_if`](crate::Response::refused_if) makes it.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Refused, message)
    }

    /// The vendor does not take the cursor of a list: it has expired, or the vendor never gave it out.
    pub fn invalid_cursor() -> Self {
        Self::new(FailureKind::InvalidCursor, "")
    }

    /// The integration met something that it cannot explain.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Internal, message)
    }

    /// Names the field of the canonical user that is at fault, such as `emails[0].email`, or the query parameter. The
    /// caller reads the field's name in the category.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Says what the call had already done before it failed, so that the caller knows: `user 7 was created, but not put
    /// into group 3`. Kind and field stay.
    #[must_use]
    pub fn after(mut self, done: impl Into<String>) -> Self {
        let reason = std::mem::replace(&mut self.message, done.into());
        if !reason.is_empty() {
            self.message.push_str(": ");
            self.message.push_str(&reason);
        }
        self
    }

    /// The failure for a vendor's status: `None` for 2xx, [`FailureKind::Vendor`] from 400 on, and
    /// [`FailureKind::Internal`] for the rest, which no API call expects (the host does not follow redirects).
    pub fn from_status(status: u16) -> Option<Self> {
        match status {
            200..300 => None,
            400.. => Some(Self::vendor("")),
            _ => Some(Self::internal(format!("the vendor answered with the unexpected status {status}"))),
        }
    }

    /// Who must act.
    pub fn kind(&self) -> FailureKind {
        self.kind
    }

    /// The sentence for the caller. It may be empty for [`FailureKind::Vendor`] and [`FailureKind::Refused`].
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The field at fault, if [`at`](Self::at) named one.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    #[cfg(target_family = "wasm")]
    pub(crate) fn into_parts(self) -> (FailureKind, String, Option<String>) {
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
