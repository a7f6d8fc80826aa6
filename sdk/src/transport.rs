//! The functions below a [`Call`](crate::Call): the host's in a component, a scripted vendor's in a test.

use crate::error::Result;

/// An HTTP method that an integration can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, in most APIs.
    Post,
    /// Replaces, in most APIs.
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
    /// `denied`, `timeout`, or `vendor` if there is no usable answer. An error status is an answer.
    fn send(&self, request: Outgoing) -> Result<Box<dyn Answer>>;

    /// A variable of the integrated account that is not a secret, or its declared default.
    fn variable(&self, name: &str) -> Option<String>;

    /// A unified query parameter as JSON text.
    fn parameter(&self, name: &str) -> Option<String>;

    /// Whether the host will use the mapped answer.
    fn wants_user(&self) -> bool;

    /// The name of the scheme that signs, as accounts spell it. `None` if the host does not sign the requests.
    fn authentication_method(&self) -> Option<String>;

    /// Records that a field of the request is not written.
    fn ignore(&self, field: &str);

    /// Writes one line to the log. `level` is `debug`, `info`, `warn` or `error`.
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
    /// `timeout` or `vendor` if it does not arrive.
    fn body(&self) -> Result<Vec<u8>>;
}
