//! What is read after a write, to complete its answer.

use mortise_model::User;

use crate::call::Call;
use crate::error::Result;

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
