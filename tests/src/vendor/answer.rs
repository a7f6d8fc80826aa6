//! An answer with a defined length.

use async_compression::tokio::write::GzipEncoder;
use serde_json::Value;
use tokio::io::AsyncWriteExt;

use super::behaviour::{Behaviour, Step};
use super::wire::head;
use crate::http1::Headers;

/// A complete answer with a `content-length`. `into()` makes it a [`Behaviour`].
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    headers: Headers,
    body: Vec<u8>,
}

impl Answer {
    /// An answer with these bytes and this content type.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Headers::new(), body: body.into() }.header("content-type", content_type)
    }

    /// A JSON answer.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    /// An HTML answer.
    pub fn html(status: u16, body: &str) -> Self {
        Self::new(status, "text/html; charset=utf-8", body)
    }

    /// A redirect to `location`, with any status of 3xx.
    pub fn redirect(status: u16, location: &str) -> Self {
        Self::new(status, "text/plain", "elsewhere").header("location", location)
    }

    /// A complete message whose JSON is cut off in the middle.
    pub fn invalid_json() -> Self {
        Self::new(200, "application/json", r#"{"id":"1","name":"#)
    }

    /// JSON with the content type of an image.
    pub fn wrong_content_type() -> Self {
        Self::new(200, "image/png", r#"{"id":"1","name":"Ada"}"#)
    }

    /// A gzip file of `mib` MiB of zeros. It has about a thousandth of that size on the wire.
    pub async fn gzip_bomb(mib: usize) -> Self {
        let mut encoder = GzipEncoder::new(Vec::new());
        for _ in 0..mib {
            encoder.write_all(&[0; 1 << 20]).await.expect("a vector takes all");
        }
        encoder.shutdown().await.expect("a vector takes all");
        Self::new(200, "application/json", encoder.into_inner()).header("content-encoding", "gzip")
    }

    /// Adds a header. The same name may occur several times.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Compresses the body. Each further call adds a layer, and a `gzip` to `content-encoding`, such as `gzip, gzip`.
    #[must_use]
    pub async fn gzip(mut self) -> Self {
        let mut encoder = GzipEncoder::new(Vec::new());
        encoder.write_all(&self.body).await.expect("a vector takes all");
        encoder.shutdown().await.expect("a vector takes all");
        self.body = encoder.into_inner();
        match self.headers.iter_mut().find(|(name, _)| name == "content-encoding") {
            Some((_, codings)) => codings.push_str(", gzip"),
            None => self = self.header("content-encoding", "gzip"),
        }
        self
    }

    /// The bytes on the wire.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut headers = self.headers.clone();
        headers.push(("content-length".to_owned(), self.body.len().to_string()));
        [head(self.status, &headers), self.body.clone()].concat()
    }
}

impl From<Answer> for Behaviour {
    fn from(answer: Answer) -> Self {
        Self::steps_of(vec![Step::Send(answer.to_bytes())])
    }
}
