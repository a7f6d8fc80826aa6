//! The requests that a vendor keeps for its test.

use crate::http1;

/// One request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The number of its connection. The vendor's first connection is 1.
    pub connection: usize,
    /// The method as it was sent.
    pub method: String,
    /// The request target as sent, its query included.
    pub target: String,
    /// Header names and values as sent, in order.
    pub headers: Vec<(String, String)>,
    /// The body without its transfer coding.
    pub body: Vec<u8>,
    /// Whether the body arrived to its end.
    pub complete: bool,
    /// The exact bytes.
    pub raw: Vec<u8>,
}

impl Recorded {
    /// The first value of a header. Ignores the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        http1::header(&self.headers, name)
    }

    /// The target without its query.
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(&self.target, |(path, _)| path)
    }

    /// The query as sent, without `?`.
    pub fn query(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, query)| query)
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// If it is not JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("the request's body is JSON")
    }
}
