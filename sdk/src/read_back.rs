//! What is read after a write, to complete its answer.

use mortise_model::User;

use crate::call::Call;
use crate::error::{Kind, Result};

impl Call {
    /// Reads what a finished write did not answer with: the whole record, or a part of it that has its own address.
    ///
    /// None where the caller does not want the mapped user, so that nothing needs to be read, and where it cannot be read. The
    /// write is done then, and the call must not tell otherwise: the log gets a line, and the integration answers with what
    /// it knows.
    pub fn read_back<T>(&self, read: impl FnOnce() -> Result<T>) -> Option<T> {
        if !self.wants_user() {
            return None;
        }
        read().map_err(|error| self.warn(&format!("the write is done, but cannot be read back: {error}"))).ok()
    }

    /// The user of a vendor that can answer a write with less than the user: what the answer told, if it is a user that `is_whole`, or if
    /// the vendor refused; else what `read` tells, as [`read_back`](Self::read_back); else what the answer told.
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
            Err(error) => error.kind() == Kind::Refused,
        };
        if is_last_word { told } else { self.read_back(read).map_or(told, Ok) }
    }

    /// The whole user, where a write is answered with nothing of it: as [`read_back`](Self::read_back), under the identifier that is
    /// known. Where it cannot be read, nothing else is.
    pub fn read_back_user<T: Into<User>>(&self, id: impl Into<String>, read: impl FnOnce() -> Result<T>) -> User {
        let mut user = self.read_back(read).map(T::into).unwrap_or_default();
        if user.id.value().is_none() {
            user.id = id.into().into();
        }
        user
    }
}
