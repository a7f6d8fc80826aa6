//! A vendor's answer to a request.

use std::cell::OnceCell;

use mortise_model::{FailureKind, Field, User};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::said;
use crate::error::{Error, Result};
use crate::transport::{Answer, Transport};

/// A vendor's answer.
pub struct Response<'a> {
    pub(super) answer: Box<dyn Answer>,
    /// The body, after the first read.
    pub(super) body: OnceCell<Vec<u8>>,
    pub(super) transport: &'a dyn Transport,
    /// Whether it answers the primary request.
    pub(super) primary: bool,
    /// Whether it answers a request that may have changed something.
    pub(super) writes: bool,
}

impl Response<'_> {
    /// The HTTP status, 100 to 599.
    pub fn status(&self) -> u16 {
        self.answer.status()
    }

    /// One header by its lower-case name, if the host passes it on.
    pub fn header(&self, name: &str) -> Option<String> {
        self.answer.header(name)
    }

    /// The answer itself, if it has a status of success and is not a page for people: the sign-in or maintenance page
    /// of a server in front of the vendor's API, which says nothing about the request.
    ///
    /// # Errors
    /// That of [`Error::from_status`] for the status. `internal` for a page; after a write it says that the outcome is
    /// unknown. `timeout` or `vendor` if the body does not arrive.
    pub fn success(self) -> Result<Self> {
        if let Some(error) = Error::from_status(self.status()) {
            return Err(error);
        }
        let kind = self.header("content-type");
        match self.peek() {
            Ok(body) if said::is_page(kind.as_deref(), body) => Err(self.page()),
            // The host gives the body to the caller, and may pass on more than an integration can read.
            Err(_) if !self.transport.wants_user() => Ok(self),
            Err(error) => Err(error),
            Ok(_) => Ok(self),
        }
    }

    /// The answer itself, unless its JSON has `sign` at a JSON pointer (RFC 6901), by which the vendor says that it did
    /// not do what it was asked to, whatever the status is: `send()?.refused_if("/success", false)?`. Use it for
    /// vendors that are known to answer so. For others the usual signs ([`user`](Self::user)) are enough.
    ///
    /// # Errors
    /// `refused`: the host takes the message from the vendor's body. `timeout` or `vendor` if the body does not arrive.
    pub fn refused_if(self, pointer: &str, sign: impl Into<Value>) -> Result<Self> {
        self.refused(pointer, |found| *found == sign.into())
    }

    /// [`refused_if`](Self::refused_if) for a vendor with many words for a failure and one for a success: the answer
    /// itself, unless its JSON has anything but `sign` at a JSON pointer.
    ///
    /// # Errors
    /// As [`refused_if`](Self::refused_if).
    pub fn refused_unless(self, pointer: &str, sign: impl Into<Value>) -> Result<Self> {
        self.refused(pointer, |found| *found != sign.into())
    }

    /// [`refused_if`](Self::refused_if) for a vendor that puts every error in one place: the answer itself, unless its
    /// JSON has a value at a JSON pointer. `null`, `false`, zero, and empty texts, lists and objects are no value.
    ///
    /// # Errors
    /// As [`refused_if`](Self::refused_if).
    pub fn refused_by(self, pointer: &str) -> Result<Self> {
        self.refused(pointer, |found| !said::is_nothing(found))
    }

    /// [`refused_if`](Self::refused_if) for a sign by which a vendor says, with a status of success, that it has no
    /// such user, such as an empty list: `send()?.not_found_if("/users", json!([]))?`.
    ///
    /// # Errors
    /// `not-found`. `timeout` or `vendor` if the body does not arrive.
    pub fn not_found_if(self, pointer: &str, sign: impl Into<Value>) -> Result<Self> {
        self.refused_if(pointer, sign).map_err(|error| match error.kind() {
            FailureKind::Refused => Error::not_found("the vendor has no such user"),
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
    /// `timeout` or `vendor` if the body does not arrive.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.peek()?.trim_ascii().is_empty())
    }

    /// Reads the vendor's record and maps it. `None` if the caller does not want the mapped user (formats `raw` and
    /// `stream`), and if the vendor's answer is empty. This is how most operations end.
    ///
    /// # Errors
    /// As [`json`](Self::json). Also `internal` if the answer is not a record: it has no `id`, `external_id`,
    /// `username` or address. If the caller does not want the mapped user, only `refused`.
    pub fn user<T: DeserializeOwned + Into<User>>(self) -> Result<Option<User>> {
        self.map_user(|body| crate::json::read::<T>(body).map(Some))
    }

    /// [`user`](Self::user), even if the caller does not want it: for mappings that need the record to continue.
    ///
    /// # Errors
    /// As [`user`](Self::user), and if the vendor's answer is empty.
    pub fn record<T: DeserializeOwned + Into<User>>(self) -> Result<User> {
        self.find_user(|body| crate::json::read::<T>(body).map(Some))
    }

    /// Reads the body as JSON in the vendor's own words.
    ///
    /// # Errors
    /// `internal`, naming the place, if the body is something else. It says that the write is done if the status of the
    /// primary request says so. `refused` if the body has one of the usual signs of an error instead (`error`,
    /// `errors`, `"success": false`, `"status": "error"`). `timeout` or `vendor` if the body does not arrive.
    pub fn json<T: DeserializeOwned>(self) -> Result<T> {
        self.read(crate::json::read)
    }

    /// Reads the body with `read`.
    pub(super) fn read<T>(&self, read: impl FnOnce(&[u8]) -> Result<T, String>) -> Result<T> {
        read(self.peek()?).map_err(|why| self.unreadable(&why))
    }

    /// [`user`](Self::user) for the part of the body that `read` reads.
    pub(super) fn map_user<T: Into<User>>(
        self,
        read: impl FnOnce(&[u8]) -> Result<Option<T>, String>,
    ) -> Result<Option<User>> {
        if !self.transport.wants_user() {
            // The host gives the body to the caller. A sign of an error in it is a failure all the same; apart from
            // that, it may be anything.
            let refused = self.find_user(read).err().filter(|error| error.kind() == FailureKind::Refused);
            return refused.map_or(Ok(None), Err);
        }
        if self.is_empty()? { Ok(None) } else { self.find_user(read).map(Some) }
    }

    fn find_user<T: Into<User>>(&self, read: impl FnOnce(&[u8]) -> Result<Option<T>, String>) -> Result<User> {
        let user = self.read(read)?.map(T::into).filter(is_told);
        user.ok_or_else(|| self.unreadable("it does not identify a user"))
    }

    /// The failure for a body that cannot be read. A vendor with a status of success has done the write, and a caller
    /// who does not know that would repeat it.
    pub(super) fn unreadable(&self, why: &str) -> Error {
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

    /// The failure for a page for people.
    fn page(&self) -> Error {
        Error::internal(if self.writes {
            "the outcome is unknown: the vendor answered the write with a page for people; look there before trying again"
        } else {
            "the vendor answered with a page for people"
        })
    }

    /// The body, read once.
    pub(super) fn peek(&self) -> Result<&[u8]> {
        if self.body.get().is_none() {
            // Nothing has read it yet.
            let _ = self.body.set(self.answer.body()?);
        }
        Ok(self.body.get().map(Vec::as_slice).unwrap_or_default())
    }

    /// Reads the body as it came, decompressed: at most 4 MiB, or at most 16 MiB for the primary answer of a list.
    ///
    /// # Errors
    /// `timeout` or `vendor` if it does not arrive.
    pub fn bytes(self) -> Result<Vec<u8>> {
        match self.body.into_inner() {
            Some(body) => Ok(body),
            None => self.answer.body(),
        }
    }

    /// Waits for the end of an answer without anything to map: for vendors that are known to send nothing.
    ///
    /// # Errors
    /// `refused` if the body has one of the usual signs of an error ([`json`](Self::json)). `timeout` or `vendor` if
    /// the end does not arrive.
    pub fn empty(self) -> Result<()> {
        if said::is_failure(self.peek()?) { Err(Error::refused("")) } else { Ok(()) }
    }
}

/// Whether a user is identified. A name alone is not enough: many errors have one.
pub(super) fn is_told(user: &User) -> bool {
    let texts = [&user.id, &user.external_id, &user.username].into_iter().filter_map(Field::value);
    let addresses = user.emails.value().into_iter().flatten().filter_map(|email| email.email.value());
    texts.chain(addresses).any(|text| !text.is_empty())
}
