//! One vendor request and its answer.

mod envelope;
mod json_api;

use mortise_model::User;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::path::{Path, encode};
use crate::transport::{Answer, Method, Outgoing, Transport};

pub use json_api::Resource;

/// A vendor request being written, from [`Call::get`](crate::Call::get) and its siblings. A mistake on the way is remembered
/// and comes out of [`send`](Self::send).
#[must_use = "a request does nothing until it is sent"]
pub struct Request<'a> {
    transport: &'a dyn Transport,
    draft: Result<Outgoing>,
}

impl<'a> Request<'a> {
    pub(crate) fn new(transport: &'a dyn Transport, method: Method, path: Path) -> Self {
        let draft = path.into_result().map(|target| Outgoing {
            method,
            target,
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            primary: false,
        });
        Self { transport, draft }
    }

    /// Adds a query parameter; the host encodes it.
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        if let Ok(draft) = &mut self.draft {
            draft.query.push((name.to_owned(), value.to_string()));
        }
        self
    }

    /// Adds a header. The host refuses those that it sets itself: credentials, `host`, `content-length` and hop-by-hop headers.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Ok(draft) = &mut self.draft {
            draft.headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// Sets a JSON body (`content-type: application/json`).
    pub fn json<T: Serialize + ?Sized>(self, body: &T) -> Self {
        let body =
            serde_json::to_vec(body).map_err(|error| Error::internal(format!("cannot write the request: {error}")));
        self.body("application/json", body)
    }

    /// Sets a form body (`content-type: application/x-www-form-urlencoded`).
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let mut body = String::new();
        for (name, value) in fields {
            if !body.is_empty() {
                body.push('&');
            }
            encode(name, &mut body);
            body.push('=');
            encode(value, &mut body);
        }
        self.body("application/x-www-form-urlencoded", Ok(body.into_bytes()))
    }

    fn body(mut self, content_type: &str, body: Result<Vec<u8>>) -> Self {
        self.draft = self.draft.and_then(|mut draft| {
            draft.body = Some(body?);
            draft.headers.push(("content-type".to_owned(), content_type.to_owned()));
            Ok(draft)
        });
        self
    }

    /// Marks the request that carries the call, one in each call: the caller's `remote_query` and `remote_data` are merged into
    /// it, and its answer is what the caller gets as `remote_data`, `raw` or `stream`.
    pub fn primary(mut self) -> Self {
        if let Ok(draft) = &mut self.draft {
            draft.primary = true;
        }
        self
    }

    /// Sends it and waits for an answer with a success status.
    ///
    /// # Errors
    /// What the request was refused for on the way; `vendor` where the answer has an error status; `denied` and `timeout` from
    /// the host.
    pub fn send(self) -> Result<Response<'a>> {
        self.send_any()?.success()
    }

    /// Sends it and waits for an answer, whatever its status: for vendors whose statuses mean something to the mapping.
    ///
    /// # Errors
    /// As [`send`](Self::send), but a status is no error.
    pub fn send_any(self) -> Result<Response<'a>> {
        let draft = self.draft?;
        let primary = draft.primary;
        let answer = self.transport.send(draft)?;
        Ok(Response { answer, transport: self.transport, primary })
    }
}

/// A vendor's answer.
pub struct Response<'a> {
    answer: Box<dyn Answer>,
    transport: &'a dyn Transport,
    /// Whether it answers the request that carries the call.
    primary: bool,
}

impl Response<'_> {
    /// The HTTP status, 100 to 599.
    pub fn status(&self) -> u16 {
        self.answer.status()
    }

    /// One header by its lower-case name, where the host lets it through.
    pub fn header(&self, name: &str) -> Option<String> {
        self.answer.header(name)
    }

    /// The answer itself if its status says success.
    ///
    /// # Errors
    /// What [`Error::from_status`] makes of the status.
    pub fn success(self) -> Result<Self> {
        match Error::from_status(self.status()) {
            None => Ok(self),
            Some(error) => Err(error),
        }
    }

    /// Reads the vendor's record and maps it, or leaves it unread where the caller does not want the mapped user (formats `raw` and
    /// `stream`). None where the vendor answers with nothing. The usual end of an operation.
    ///
    /// # Errors
    /// As [`json`](Self::json).
    pub fn user<T: DeserializeOwned + Into<User>>(self) -> Result<Option<User>> {
        self.map_user(|body| crate::json::read::<T>(body).map(Some))
    }

    /// Reads the body as JSON in the vendor's own words.
    ///
    /// # Errors
    /// `internal`, naming the place, where the body is something else, and saying that the write is done where the status of the
    /// primary request says so; `timeout` or `vendor` where it does not arrive.
    pub fn json<T: DeserializeOwned>(self) -> Result<T> {
        let unreadable = self.unreadable();
        crate::json::read(&self.bytes()?).map_err(unreadable)
    }

    /// What [`user`](Self::user) does, of the part of the body that `read` reads.
    fn map_user<T: Into<User>>(self, read: impl FnOnce(&[u8]) -> Result<Option<T>, String>) -> Result<Option<User>> {
        if !self.transport.wants_user() {
            return Ok(None);
        }
        let unreadable = self.unreadable();
        let body = self.bytes()?;
        if body.trim_ascii().is_empty() {
            return Ok(None);
        }
        read(&body).map(|record| record.map(T::into)).map_err(unreadable)
    }

    /// The error of a body that cannot be read. A vendor that says success has done the write, and a caller that does not know of
    /// it would ask for it again.
    fn unreadable(&self) -> impl FnOnce(String) -> Error + use<> {
        let is_done = self.primary && Error::from_status(self.status()).is_none();
        let what = if is_done {
            "the write is done, but the vendor's answer cannot be read"
        } else {
            "cannot read the vendor's answer"
        };
        move |why| Error::internal(format!("{what}: {why}"))
    }

    /// Reads the body as it came, decompressed, at most 4 MiB.
    ///
    /// # Errors
    /// `timeout` or `vendor` where it does not arrive.
    pub fn bytes(self) -> Result<Vec<u8>> {
        self.answer.body()
    }

    /// Waits for the end of an answer that holds nothing to map.
    ///
    /// # Errors
    /// `timeout` or `vendor` where the end does not arrive.
    pub fn empty(self) -> Result<()> {
        self.bytes().map(drop)
    }
}
