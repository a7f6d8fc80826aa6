//! What a [`Call`](crate::Call) stands on: the host's functions in a component, a scripted vendor in a test.

use crate::error::Result;

/// An HTTP method that an integration can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, as a rule.
    Post,
    /// Replaces, as a rule.
    Put,
    /// Changes a part.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// The spelling on the wire, such as `GET`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// One vendor request, complete. Authors build it with [`Request`](crate::Request).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The method.
    pub method: Method,
    /// A path below the first origin, or an absolute URL; percent-encoded, without query.
    pub target: String,
    /// Query parameters in order, not encoded.
    pub query: Vec<(String, String)>,
    /// Headers in order, without those that the host sets.
    pub headers: Vec<(String, String)>,
    /// The body as it goes to the vendor.
    pub body: Option<Vec<u8>>,
    /// Whether this request carries the call.
    pub primary: bool,
}

/// The functions behind a call.
pub trait Transport {
    /// Sends one request and waits for the answer's headers.
    ///
    /// # Errors
    /// `denied`, `timeout`, or `vendor` where there is no usable answer. An error status is an answer.
    fn send(&self, request: Outgoing) -> Result<Box<dyn Answer>>;

    /// A variable of the integrated account that is no secret, or its declared default.
    fn variable(&self, name: &str) -> Option<String>;

    /// A unified query parameter as JSON text.
    fn parameter(&self, name: &str) -> Option<String>;

    /// Whether the mapped answer will be used.
    fn wants_user(&self) -> bool;

    /// The name by which an account chooses the scheme that signs; none where requests are not signed.
    fn authentication_method(&self) -> Option<String>;

    /// Notes a field of the request that is not written.
    fn ignore(&self, field: &str);

    /// One line for the log; `level` is `debug`, `info`, `warn` or `error`.
    fn log(&self, level: &str, message: &str);
}

/// A vendor's answer.
pub trait Answer {
    /// The HTTP status.
    fn status(&self) -> u16;

    /// One header by its lower-case name.
    fn header(&self, name: &str) -> Option<String>;

    /// The whole body.
    ///
    /// # Errors
    /// `timeout` or `vendor` where it does not arrive.
    fn body(&self) -> Result<Vec<u8>>;
}
