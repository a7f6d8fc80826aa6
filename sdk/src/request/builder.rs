//! A request that an integration builds and sends.

use std::cell::OnceCell;

use serde::Serialize;

use super::response::Response;
use crate::error::Result;
use crate::path::Path;
use crate::transport::{Method, Outgoing, Transport};

/// A vendor request that an integration builds, from [`Call::get`](crate::Call::get) and its siblings. It keeps a
/// failure on the way, and [`send`](Self::send) returns it.
#[must_use = "a request does nothing until it is sent"]
pub struct Request<'a> {
    transport: &'a dyn Transport,
    pub(super) draft: Result<Outgoing>,
    /// Whether the request may change something.
    writes: bool,
}

impl<'a> Request<'a> {
    pub(crate) fn new(transport: &'a dyn Transport, method: Method, path: Path, writes: bool) -> Self {
        let draft = path.into_result().map(|target| Outgoing {
            method,
            target,
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            primary: false,
        });
        Self { transport, draft, writes }
    }

    /// Adds a query parameter. The host encodes it.
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        if let Ok(draft) = &mut self.draft {
            draft.query.push((name.to_owned(), value.to_string()));
        }
        self
    }

    /// Adds a query parameter if it has a value.
    pub fn query_some(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// Adds a header. The host refuses headers that it sets itself: credentials, `host`, `content-length` and
    /// hop-by-hop headers.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Ok(draft) = &mut self.draft {
            draft.headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// Sets a JSON body (`content-type: application/json`) without absent fields: members that are `None` or
    /// [`Field::Absent`](crate::Field) are left out at any depth, and [`Field::Null`](crate::Field) becomes `null`. A
    /// list keeps its length: `None` in it becomes `null`.
    ///
    /// ```
    /// # use mortise_sdk::{Call, Field, Path, Response, Result, User};
    /// #[derive(serde::Serialize)]
    /// struct PersonChange {
    ///     full_name: Field<String>,
    ///     picture: Field<String>,
    ///     notify: Option<bool>,
    /// }
    ///
    /// # fn update(call: &Call, user: User) -> Result<Response<'_>> {
    /// // `{"picture":null}` where the caller clears the picture and says nothing else.
    /// let change = PersonChange { full_name: user.name, picture: user.avatar, notify: None };
    /// call.patch("/people/7").json(&change).send()
    /// # }
    /// ```
    pub fn json<T: Serialize + ?Sized>(self, body: &T) -> Self {
        self.body("application/json", crate::json::write(body))
    }

    /// Sets a JSON body of another media type, and accepts an answer of that type.
    pub(crate) fn json_as<T: Serialize + ?Sized>(self, media_type: &str, body: &T) -> Self {
        self.header("accept", media_type).body(media_type, crate::json::write(body))
    }

    pub(super) fn body(mut self, content_type: &str, body: Result<Vec<u8>>) -> Self {
        self.draft = self.draft.and_then(|mut draft| {
            draft.body = Some(body?);
            draft.headers.push(("content-type".to_owned(), content_type.to_owned()));
            Ok(draft)
        });
        self
    }

    /// Marks the request that carries the call, one in each call. The host merges the caller's `remote_query` and
    /// `remote_data` into it, and the caller gets its answer as `remote_data`, `raw` or `stream`.
    pub fn primary(mut self) -> Self {
        if let Ok(draft) = &mut self.draft {
            draft.primary = true;
        }
        self
    }

    /// Sends the request and waits for an answer with a status of success.
    ///
    /// # Errors
    /// The failure that the request kept on the way; `denied` and `timeout` from the host; and as
    /// [`Response::success`].
    pub fn send(self) -> Result<Response<'a>> {
        self.send_any()?.success()
    }

    /// Sends the request and waits for an answer, whatever its status: for vendors whose statuses mean something to the
    /// mapping.
    ///
    /// # Errors
    /// As [`send`](Self::send), except that a status is no error.
    pub fn send_any(self) -> Result<Response<'a>> {
        let draft = self.draft?;
        let primary = draft.primary;
        let answer = self.transport.send(draft)?;
        Ok(Response { answer, body: OnceCell::new(), transport: self.transport, primary, writes: self.writes })
    }
}
