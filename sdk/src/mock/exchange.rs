//! One request that a script expects, with its answer.

use serde_json::Value;

use crate::transport::Method;

/// One expected request and its answer.
#[derive(Debug, Clone)]
pub struct Exchange {
    pub(super) method: Method,
    pub(super) target: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Option<Expected>,
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) answer: Vec<u8>,
}

/// The body that a request must have.
#[derive(Debug, Clone)]
pub(super) enum Expected {
    /// No body.
    Nothing,
    /// This JSON, with keys in any order.
    Json(Value),
    /// This text, such as a form.
    Text(String),
}

/// Expects a `GET` of `target`.
pub fn get(target: &str) -> Exchange {
    Exchange::new(Method::Get, target)
}

/// Expects a `POST` to `target`.
pub fn post(target: &str) -> Exchange {
    Exchange::new(Method::Post, target)
}

/// Expects a `PUT` of `target`.
pub fn put(target: &str) -> Exchange {
    Exchange::new(Method::Put, target)
}

/// Expects a `PATCH` of `target`.
pub fn patch(target: &str) -> Exchange {
    Exchange::new(Method::Patch, target)
}

/// Expects a `DELETE` of `target`.
pub fn delete(target: &str) -> Exchange {
    Exchange::new(Method::Delete, target)
}

impl Exchange {
    fn new(method: Method, target: &str) -> Self {
        let target = target.to_owned();
        Self { method, target, query: Vec::new(), body: None, status: 200, headers: Vec::new(), answer: Vec::new() }
    }

    /// Expects one more query parameter. A request must have exactly these parameters, in this order.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Expects this JSON body. Without an expectation, the mock accepts any body.
    #[must_use]
    pub fn json(mut self, body: Value) -> Self {
        self.body = Some(Expected::Json(body));
        self
    }

    /// Expects this body, byte for byte, such as a form.
    #[must_use]
    pub fn text(mut self, body: &str) -> Self {
        self.body = Some(Expected::Text(body.to_owned()));
        self
    }

    /// Expects a request without a body.
    #[must_use]
    pub fn without_body(mut self) -> Self {
        self.body = Some(Expected::Nothing);
        self
    }

    /// Answers with a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// Answers with this status and JSON. The default is 200 without a body.
    #[must_use]
    pub fn answers(self, status: u16, body: Value) -> Self {
        self.answers_bytes(status, body.to_string())
    }

    /// Answers with this status and body.
    #[must_use]
    pub fn answers_bytes(mut self, status: u16, body: impl Into<Vec<u8>>) -> Self {
        self.status = status;
        self.answer = body.into();
        self
    }
}
