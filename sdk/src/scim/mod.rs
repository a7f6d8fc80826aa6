//! Vendors that speak SCIM 2.0 for users: the resource of RFC 7643 and the requests of RFC 7644.
//!
//! ```
//! use mortise_sdk::{Call, Page, Result, User, UsersPage, path, scim};
//!
//! fn create_user(call: &Call, user: User) -> Result<Option<User>> {
//!     call.post("/Users").scim(&scim::NewUser::from(user)).primary().send()?.user::<scim::UserRead>()
//! }
//!
//! fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
//!     // An attribute that only this vendor has, beside those of the standard.
//!     let role = user.user_type.clone();
//!     let change = scim::Patch::from(user).set("role", role);
//!     call.patch(path!("/Users/{id}")).scim(&change).primary().send()?.user::<scim::UserRead>()
//! }
//!
//! fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
//!     scim::list::<scim::UserRead>(call.get("/Users").primary(), page)
//! }
//! ```
//!
//! A vendor with attributes of its own reads them beside the standard's by `#[serde(flatten)]`. A vendor's errors (RFC
//! 7644 §3.12) need nothing: the host finds their `detail`.

mod groups;
mod list;
mod new_user;
mod parts;
mod patch;
mod request;
mod user_read;

pub use groups::change_groups;
pub use list::list;
pub use new_user::NewUser;
pub use parts::{Attribute, Name};
pub use patch::Patch;
pub use user_read::UserRead;

/// The media type of SCIM (RFC 7644 §3.1).
const MEDIA_TYPE: &str = "application/scim+json";

/// The schema of a user (RFC 7643 §4.1).
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// The schema of a change (RFC 7644 §3.5.2).
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
