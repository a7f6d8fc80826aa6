//! One vendor request and its answer.

mod envelope;
mod form;
mod graphql;
mod json_api;
mod replace;
mod rows;
mod said;
mod writes;

use std::cell::OnceCell;

use mortise_model::{Field, User};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Error, Kind, Result};
use crate::path::Path;
use crate::transport::{Answer, Method, Outgoing, Transport};

pub use json_api::{JSON_API, Resource};
pub use replace::patched;
pub use rows::Rows;
pub use writes::Writes;

/// A vendor request being written, from [`Call::get`](crate::Call::get) and its siblings. A mistake on the way is remembered
/// and comes out of [`send`](Self::send).
#[must_use = "a request does nothing until it is sent"]
pub struct Request<'a> {
    transport: &'a dyn Transport,
    draft: Result<Outgoing>,
    /// Whether it may change something.
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

    /// Adds a query parameter; the host encodes it.
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        if let Ok(draft) = &mut self.draft {
            draft.query.push((name.to_owned(), value.to_string()));
        }
        self
    }

    /// Adds a query parameter where there is a value for it.
    pub fn query_some(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// Adds a header. The host refuses those that it sets itself: credentials, `host`, `content-length` and hop-by-hop headers.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Ok(draft) = &mut self.draft {
            draft.headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// Sets a JSON body (`content-type: application/json`) without what is absent: members that are `None` or
    /// [`Field::Absent`](crate::Field) are left out at any depth, and [`Field::Null`](crate::Field) is `null`. In a list `None` is
    /// `null`: a list keeps its length.
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

    /// Sets a JSON body of another media type, and asks for an answer of it.
    pub(crate) fn json_as<T: Serialize + ?Sized>(self, media_type: &str, body: &T) -> Self {
        self.header("accept", media_type).body(media_type, crate::json::write(body))
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

    /// Sends it and waits for an answer of success.
    ///
    /// # Errors
    /// What the request was refused for on the way; `denied` and `timeout` from the host; and as [`Response::success`].
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
        Ok(Response { answer, body: OnceCell::new(), transport: self.transport, primary, writes: self.writes })
    }
}

/// A vendor's answer.
pub struct Response<'a> {
    answer: Box<dyn Answer>,
    /// The body, once it was read.
    body: OnceCell<Vec<u8>>,
    transport: &'a dyn Transport,
    /// Whether it answers the request that carries the call.
    primary: bool,
    /// Whether it answers a request that may have changed something.
    writes: bool,
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

    /// The answer itself if its status says success, and if it is not a page for people: the sign-in or maintenance page of a
    /// server that stands before the vendor's API, which says nothing about the request.
    ///
    /// # Errors
    /// What [`Error::from_status`] makes of the status. `internal` for a page; after a write it says that the outcome is
    /// unknown. `timeout` or `vendor` where the body does not arrive.
    pub fn success(self) -> Result<Self> {
        if let Some(error) = Error::from_status(self.status()) {
            return Err(error);
        }
        let kind = self.header("content-type");
        match self.peek() {
            Ok(body) if said::is_page(kind.as_deref(), body) => Err(self.page()),
            // The caller gets the body from the host, which may pass on more than an integration can read.
            Err(_) if !self.transport.wants_user() => Ok(self),
            Err(error) => Err(error),
            Ok(_) => Ok(self),
        }
    }

    /// The answer itself, unless its JSON has `sign` at a JSON pointer (RFC 6901), by which the vendor says that it did not do what was
    /// asked, whatever its status says: `send()?.refused_if("/success", false)?`. For the vendors that are known to say it so. Of
    /// others the usual signs ([`user`](Self::user)) are enough.
    ///
    /// # Errors
    /// `refused`, for which the host takes the message from the vendor's body; `timeout` or `vendor` where that does not arrive.
    pub fn refused_if(self, pointer: &str, sign: impl Into<Value>) -> Result<Self> {
        self.refused(pointer, |found| *found == sign.into())
    }

    /// [`refused_if`](Self::refused_if) for a vendor who has many words for a failure and one for a success: the answer itself, unless
    /// its JSON has something else than `sign` at a JSON pointer.
    ///
    /// # Errors
    /// As [`refused_if`](Self::refused_if).
    pub fn refused_unless(self, pointer: &str, sign: impl Into<Value>) -> Result<Self> {
        self.refused(pointer, |found| *found != sign.into())
    }

    /// [`refused_if`](Self::refused_if) for a vendor who tells an error at one place: the answer itself, unless its JSON has something
    /// at a JSON pointer; `null`, `false`, zero and what is empty are nothing.
    ///
    /// # Errors
    /// As [`refused_if`](Self::refused_if).
    pub fn refused_by(self, pointer: &str) -> Result<Self> {
        self.refused(pointer, |found| !said::is_nothing(found))
    }

    /// [`refused_if`](Self::refused_if) for a sign by which a vendor says under a status of success that it has no such user, such as an
    /// empty list: `send()?.not_found_if("/users", json!([]))?`.
    ///
    /// # Errors
    /// `not-found`; `timeout` or `vendor` where the body does not arrive.
    pub fn not_found_if(self, pointer: &str, sign: impl Into<Value>) -> Result<Self> {
        self.refused_if(pointer, sign).map_err(|error| match error.kind() {
            Kind::Refused => Error::not_found("the vendor has no such user"),
            _ => error,
        })
    }

    fn refused(self, pointer: &str, is_failure: impl FnOnce(&Value) -> bool) -> Result<Self> {
        let answer = crate::json::read::<Value>(self.peek()?).unwrap_or_default();
        if answer.pointer(pointer).is_some_and(is_failure) { Err(Error::refused("")) } else { Ok(self) }
    }

    /// Whether the answer has no body.
    ///
    /// # Errors
    /// `timeout` or `vendor` where the body does not arrive.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.peek()?.trim_ascii().is_empty())
    }

    /// Reads the vendor's record and maps it. None if the caller does not want the mapped user (formats `raw` and `stream`), and if
    /// the vendor answers with nothing. The usual end of an operation.
    ///
    /// # Errors
    /// As [`json`](Self::json). `internal`, too, where the answer is no record: it does not say whom it is about, by `id`,
    /// `external_id`, `username` or an address. If the caller does not want the mapped user, only `refused`.
    pub fn user<T: DeserializeOwned + Into<User>>(self) -> Result<Option<User>> {
        self.map_user(|body| crate::json::read::<T>(body).map(Some))
    }

    /// [`user`](Self::user), whether or not the caller wants it: for mappings that need the record to go on.
    ///
    /// # Errors
    /// As [`user`](Self::user), and if the vendor answers with nothing.
    pub fn record<T: DeserializeOwned + Into<User>>(self) -> Result<User> {
        self.find_user(|body| crate::json::read::<T>(body).map(Some))
    }

    /// Reads the body as JSON in the vendor's own words.
    ///
    /// # Errors
    /// `internal`, naming the place, where the body is something else, and saying that the write is done where the status of the
    /// primary request says so; `refused` where the body has one of the usual signs of an error instead (`error`, `errors`,
    /// `"success": false`, `"status": "error"`); `timeout` or `vendor` where it does not arrive.
    pub fn json<T: DeserializeOwned>(self) -> Result<T> {
        self.read(crate::json::read)
    }

    /// Reads what `read` finds in the body.
    fn read<T>(&self, read: impl FnOnce(&[u8]) -> Result<T, String>) -> Result<T> {
        read(self.peek()?).map_err(|why| self.unreadable(&why))
    }

    /// What [`user`](Self::user) does, of the part of the body that `read` reads.
    fn map_user<T: Into<User>>(self, read: impl FnOnce(&[u8]) -> Result<Option<T>, String>) -> Result<Option<User>> {
        if !self.transport.wants_user() {
            // The caller gets the body from the host. An error in it is one all the same; else it may be what it likes.
            let refused = self.find_user(read).err().filter(|error| error.kind() == Kind::Refused);
            return refused.map_or(Ok(None), Err);
        }
        if self.is_empty()? { Ok(None) } else { self.find_user(read).map(Some) }
    }

    fn find_user<T: Into<User>>(&self, read: impl FnOnce(&[u8]) -> Result<Option<T>, String>) -> Result<User> {
        let user = self.read(read)?.map(T::into).filter(is_told);
        user.ok_or_else(|| self.unreadable("it does not say whom it is about"))
    }

    /// The error of a body that cannot be read. A vendor that says success has done the write, and a caller that does not know of
    /// it would ask for it again.
    fn unreadable(&self, why: &str) -> Error {
        if self.peek().is_ok_and(said::is_failure) {
            return Error::refused("");
        }
        let is_done = self.primary && self.writes && Error::from_status(self.status()).is_none();
        let what = if is_done {
            "the write is done, but the vendor's answer cannot be read"
        } else {
            "cannot read the vendor's answer"
        };
        Error::internal(format!("{what}: {why}"))
    }

    /// The error of a page for people.
    fn page(&self) -> Error {
        Error::internal(if self.writes {
            "the outcome is unknown: the vendor answered the write with a page for people; look there before trying again"
        } else {
            "the vendor answered with a page for people"
        })
    }

    /// The body, read once.
    fn peek(&self) -> Result<&[u8]> {
        if self.body.get().is_none() {
            // There is none yet.
            let _ = self.body.set(self.answer.body()?);
        }
        Ok(self.body.get().map(Vec::as_slice).unwrap_or_default())
    }

    /// Reads the body as it came, decompressed, at most 4 MiB; the primary answer of a list at most 16 MiB.
    ///
    /// # Errors
    /// `timeout` or `vendor` where it does not arrive.
    pub fn bytes(self) -> Result<Vec<u8>> {
        match self.body.into_inner() {
            Some(body) => Ok(body),
            None => self.answer.body(),
        }
    }

    /// Waits for the end of an answer that holds nothing to map: for vendors that are known to send nothing.
    ///
    /// # Errors
    /// `refused` where the body has one of the usual signs of an error ([`json`](Self::json)); `timeout` or `vendor` where the end
    /// does not arrive.
    pub fn empty(self) -> Result<()> {
        if said::is_failure(self.peek()?) { Err(Error::refused("")) } else { Ok(()) }
    }
}

/// Whether a user says who it is. Names alone do not: many errors have one.
fn is_told(user: &User) -> bool {
    let texts = [&user.id, &user.external_id, &user.username].into_iter().filter_map(Field::value);
    let addresses = user.emails.value().into_iter().flatten().filter_map(|email| email.email.value());
    texts.chain(addresses).any(|text| !text.is_empty())
}
