//! Reads after a write, to complete its answer.

use mortise_model::{FailureKind, User};

use crate::call::Call;
use crate::error::Result;

impl Call {
    /// Reads the whole record, or a part of it with its own address, if a finished write did not answer with it.
    ///
    /// `None` if the caller does not want the mapped user, so that nothing needs to be read, and if the read fails. The
    /// write is done by then, so the call must not fail: the log gets a line, and the integration answers with the
    /// fields that it knows.
    pub fn read_back<T>(&self, read: impl FnOnce() -> Result<T>) -> Option<T> {
        if !self.wants_user() {
            return None;
        }
        read().map_err(|error| self.warn(&format!("the write is done, but cannot be read back: {error}"))).ok()
    }

    /// The user, for a vendor that can answer a write with less than the user. That is the user in `told`, if
    /// `is_whole` accepts it or if the vendor refused. Otherwise it is the user that `read` returns, as
    /// [`read_back`](Self::read_back) does, or else the one in `told`.
    ///
    /// # Errors
    /// That of `told`, if the user cannot be read either.
    pub fn told_or_read(
        &self,
        told: Result<Option<User>>,
        is_whole: impl FnOnce(&User) -> bool,
        read: impl FnOnce() -> Result<Option<User>>,
    ) -> Result<Option<User>> {
        let is_last_word = match &told {
            Ok(user) => user.as_ref().is_some_and(is_whole),
            Err(error) => error.kind() == FailureKind::Refused,
        };
        if is_last_word { told } else { self.read_back(read).map_or(told, Ok) }
    }

    /// The whole user, for a vendor that answers a write with nothing of the user. As [`read_back`](Self::read_back),
    /// with the known identifier. If the read fails, the user has the identifier alone.
    pub fn read_back_user<T: Into<User>>(&self, id: impl Into<String>, read: impl FnOnce() -> Result<T>) -> User {
        let mut user = self.read_back(read).map(T::into).unwrap_or_default();
        if user.id.value().is_none() {
            user.id = id.into().into();
        }
        user
    }
}
