//! What an author implements.

use mortise_model::User;

use crate::call::Call;
use crate::capabilities::Capabilities;
use crate::error::{Error, Result};
use crate::page::{Page, UsersPage};

/// One vendor's integration. Implement it for a unit struct and name that in [`export!`](crate::export).
///
/// An operation that the [`Capabilities`] do not offer is never called; its default says `unsupported`.
pub trait Integration {
    /// Declares the integration. The host asks once for each loaded version and keeps the answer, so it must not depend on
    /// anything.
    fn capabilities() -> Capabilities;

    /// Creates a user and returns it as the vendor has it now, or none where the vendor answers with nothing. `user` holds the
    /// fields that were declared required or writable, and no others.
    ///
    /// # Errors
    /// What the caller should know.
    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let _ = (call, user);
        Err(Error::unsupported("this integration does not create users"))
    }

    /// Updates the user `id`, as the caller gave it. A field that is absent is left alone, one that is null is cleared. Returns
    /// as [`create_user`](Self::create_user) does.
    ///
    /// # Errors
    /// What the caller should know.
    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let _ = (call, id, user);
        Err(Error::unsupported("this integration does not update users"))
    }

    /// Reads the user `id`. None where the vendor has no such user and does not say so by a status of 404 or 410.
    ///
    /// # Errors
    /// What the caller should know.
    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        let _ = (call, id);
        Err(Error::unsupported("this integration does not get users"))
    }

    /// Reads one page of users: [`Response::users_in`](crate::Response::users_in) and its siblings make it of the vendor's answer.
    ///
    /// # Errors
    /// What the caller should know: [`Error::invalid_cursor`] where the vendor no longer takes the cursor.
    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let _ = (call, page);
        Err(Error::unsupported("this integration does not list users"))
    }

    /// Deletes the user `id` by the one request that has the declared effect, which is the primary one.
    ///
    /// # Errors
    /// What the caller should know: `not-found` where the vendor says that the user is gone already, and not by a status of 404 or 410.
    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let _ = (call, id);
        Err(Error::unsupported("this integration does not delete users"))
    }
}
