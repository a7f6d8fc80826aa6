//! Records inside an object with one member: `{"user": {…}}`.

use mortise_model::User;
use serde::de::DeserializeOwned;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Request, Response};
use crate::error::Result;

/// `{"<name>": record}`.
pub(super) struct Envelope<'a, T: ?Sized>(pub(super) &'static str, pub(super) &'a T);

impl<T: Serialize + ?Sized> Serialize for Envelope<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(name, record) = self;
        let mut object = serializer.serialize_map(Some(1))?;
        object.serialize_entry(name, record)?;
        object.end()
    }
}

impl Request<'_> {
    /// Sets a JSON body with the record in an envelope: `{"user": {…}}` for the name `user`.
    pub fn json_in<T: Serialize + ?Sized>(self, name: &'static str, record: &T) -> Self {
        self.json(&Envelope(name, record))
    }
}

impl Response<'_> {
    /// Reads the record in an envelope, such as the one under `data` in `{"data": {…}, "meta": {…}}`. `name` is the
    /// name of the member, or a JSON pointer (RFC 6901) if the record is deeper: `/data/user`, `/users/0`.
    ///
    /// # Errors
    /// As [`json`](Self::json), and `internal` if the envelope has no such member.
    pub fn json_in<T: DeserializeOwned>(self, name: &'static str) -> Result<T> {
        self.read(|body| crate::json::read_member(body, name))
    }

    /// [`json_in`](Self::json_in) for a record that may be missing: `None` if the envelope has no such member, or
    /// `null` for it.
    ///
    /// # Errors
    /// As [`json`](Self::json).
    pub fn find_in<T: DeserializeOwned>(self, name: &'static str) -> Result<Option<T>> {
        self.read(|body| crate::json::find_member(body, name))
    }

    /// [`user`](Self::user) for a record in an envelope, named as for [`json_in`](Self::json_in).
    ///
    /// # Errors
    /// As [`user`](Self::user), and `internal` if the envelope has no such member, or `null` for it.
    pub fn user_in<T: DeserializeOwned + Into<User>>(self, name: &'static str) -> Result<Option<User>> {
        self.map_user(|body| crate::json::find_member::<T>(body, name))
    }

    /// [`user_in`](Self::user_in) for a vendor that does not always use the envelope: if there is no such member, or
    /// `null` for it, the answer itself is the record.
    ///
    /// # Errors
    /// As [`user`](Self::user).
    pub fn user_in_or_root<T: DeserializeOwned + Into<User>>(self, name: &'static str) -> Result<Option<User>> {
        self.map_user(|body| match crate::json::find_member::<T>(body, name)? {
            None => crate::json::read(body).map(Some),
            found => Ok(found),
        })
    }
}
