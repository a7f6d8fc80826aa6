//! The trait that an author implements.

use mortise_model::User;

use crate::call::Call;
use crate::capabilities::Capabilities;
use crate::error::{Error, Result};
use crate::page::{Page, UsersPage};

/// One vendor's integration. Implement it for a unit struct, and name that struct in [`export!`](crate::export).
///
/// The host never calls an operation that the [`Capabilities`] do not declare. Its default answers `unsupported`.
pub trait Integration {
    /// Declares the integration. The host calls it once for each loaded version and keeps the answer, so it must not
    /// depend on anything outside the component.
    fn capabilities() -> Capabilities;

    /// Creates a user and returns the vendor's record of it, or `None` if the vendor's answer is empty. `user` holds
    /// only fields that the integration declared as required or writable.
    ///
    /// # Errors
    /// The failure for the caller.
    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let _ = (call, user);
        Err(Error::unsupported("this integration does not create users"))
    }

    /// Updates the user `id`, as the caller gave it. Do not change a field that is absent, and clear one that is null.
    /// Returns as [`create_user`](Self::create_user) does.
    ///
    /// The failure for the caller.
    /// What the caller should know.
    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let _ = (call, id, user);
        Err(Error::unsupported("this integration does not update users"))
    }

    /// Reads the user `id`. `None` if the vendor has no such user and does not say so by a status of 404 or 410.
    ///
    /// # Errors
    /// The failure for the caller.
    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        let _ = (call, id);
        Err(Error::unsupported("this integration does not get users"))
    }

    /// Reads one page of users. [`Response::users_in`](crate::Response::users_in) and its siblings make the page from
    /// the vendor's answer.
    ///
    /// # Errors
    /// The failure for the caller. [`Error::invalid_cursor`] if the vendor does not take the cursor any more.
    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let _ = (call, page);
        Err(Error::unsupported("this integration does not list users"))
    }

    /// Deletes the user `id` by one request, which has the declared effect and is the primary one.
    ///
    /// # Errors
    /// The failure for the caller. `not-found` if the vendor says that the user is gone already, and not by a status of
    /// 404 or 410.
    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let _ = (call, id);
        Err(Error::unsupported("this integration does not delete users"))
    }
}
