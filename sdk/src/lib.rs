//! Write a Mortise integration: a vendor's users behind the unified users API, as a sandboxed WebAssembly component.
//!
//! An integration is a crate of about a hundred lines: a few `serde` structs in the vendor's own words, functions between them and
//! the canonical [`User`], one table of [`Capabilities`], and the calls. It depends on this crate and `serde`, and builds with
//! `cargo build --target wasm32-wasip2`.
//!
//! ```
//! use mortise_sdk::{
//!     Auth, Call, Capabilities, Category, Email, Field, Id, Integration, Result, Support, Text, User, path,
//! };
//! use serde::{Deserialize, Serialize};
//!
//! struct Example;
//!
//! impl Integration for Example {
//!     fn capabilities() -> Capabilities {
//!         Capabilities::new("example", "Example")
//!             .origin("https://api.example.com/v2")
//!             .secret("api_token", "API token")
//!             .auth(Auth::bearer("{api_token}"))
//!             .serves(Support::update(Category::Ticketing).writable(["name"]).response(["id", "name", "emails"]))
//!     }
//!
//!     fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
//!         let change = Change { full_name: user.name };
//!         call.patch(path!("/people/{id}")).json(&change).primary().send()?.user::<Person>()
//!     }
//! }
//!
//! #[derive(Serialize)]
//! struct Change {
//!     full_name: Field<String>,
//! }
//!
//! #[derive(Deserialize)]
//! struct Person {
//!     id: Option<Id>,
//!     full_name: Text,
//!     mail: Text,
//! }
//!
//! impl From<Person> for User {
//!     fn from(person: Person) -> Self {
//!         User {
//!             id: person.id.into(),
//!             name: person.full_name.into(),
//!             emails: Email::only(person.mail),
//!             ..User::default()
//!         }
//!     }
//! }
//!
//! mortise_sdk::export!(Example);
//! # fn main() {}
//! ```
//!
//! What the SDK and the host take off an author's hands: URLs, credentials, retries, the caller's `remote_data`, the shapes of the
//! categories, response formats, error statuses. What stays is knowing the vendor.
//!
//! - A [`Field`] of a request is absent (leave it alone), null (clear it) or has a value; [`FieldExt`] says what to do where a
//!   vendor cannot do all three, and [`ListExt`] where it takes one entry of a list. [`Request::json`] leaves out what is absent.
//! - What several vendors say in another way than the unified user, [`UserExt`] says once: a name in two parts, phones by type.
//! - An identifier from a caller goes into a [`Path`] by [`path!`], where it cannot become more than one segment.
//! - Records in an envelope, `{"user": {…}}`, are written by [`Request::json_in`] and read by [`Response::user_in`]; those of JSON:API
//!   are a [`Resource`], those of SCIM 2.0 stand in [`scim`]. Documents of GraphQL are written by [`Request::graphql`], forms by
//!   [`Request::form`].
//! - Where a vendor takes single changes of roles or groups, and a caller says which there should be: [`Difference`].
//! - A vendor that answers a write with less than the record is asked for it by [`Call::read_back`], or [`Call::read_back_user`] for
//!   all of it, or [`Call::told_or_read`] if the answer can be whole. Where a call needs more than one write, a failure says what is
//!   done by then: [`Writes`], [`Error::after`].
//! - What vendors spell in more than one way is read by types of its own, which fields of a [`User`] are made of by `into`: [`Id`],
//!   [`Text`], [`Roles`], times as [`Millis`] or [`DateTime`], and [`Flag`].
//! - A [`Page`] says which users a caller wants. [`Response::users_in`] and its siblings read the rows, and [`Rows`] knows where the next
//!   page begins: at a cursor, a link, the next number or the next row.
//! - A vendor that can say an error under a status of success is asked by [`Response::refused_if`], [`Response::refused_unless`] or
//!   [`Response::refused_by`]. An answer that is a page for people, or that does not say whom it is about, is a failure by itself.
//! - [`mock`] runs an integration natively against a scripted vendor, or a recorded one.

#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod guest;
#[cfg(not(target_family = "wasm"))]
pub mod mock;

#[cfg(any(target_family = "wasm", test))]
#[allow(unsafe_code, reason = "an allocator hands out addresses")]
mod allocator;
mod call;
mod capabilities;
mod date_time;
mod difference;
mod error;
mod export;
mod field;
mod flag;
mod id;
mod id_and_name;
mod integration;
mod json;
mod page;
mod path;
mod read_back;
mod request;
mod roles;
pub mod scim;
mod text;
mod time;
mod transport;
mod user;

pub use call::Call;
pub use capabilities::{
    Auth, Authorization, Capabilities, Capture, Effect, End, Evidence, Exchange, ExchangeAnswer, FieldSupport, Listing,
    Order, Support, TIMES, Variable,
};
pub use date_time::DateTime;
pub use difference::Difference;
pub use error::{Error, Kind, Result};
pub use export::VERSION;
pub use field::{Emptiable, FieldExt, ListExt};
pub use flag::Flag;
pub use id::{Id, numeric_id, numeric_ids};
pub use id_and_name::IdAndName;
pub use integration::Integration;
pub use mortise_model::{
    Category, Email, Field, Group, IntoText, JsonType, Level, License, Operation, Organization, Password, Phone, Role,
    Status, Url, User, Workspace,
};
/// The [`Path`] of a template such as `/users/{id}/teams`, which is checked when the plugin is compiled. Each `{variable}` in scope
/// becomes one percent-encoded segment, or the part of one, as [`Path::push`] makes it.
///
/// ```
/// # use mortise_sdk::path;
/// let id = "ada@example.com";
/// assert_eq!(path!("/users/{id}").as_str().unwrap(), "/users/ada%40example.com");
/// assert_eq!(path!("/people/{id}.json").as_str().unwrap(), "/people/ada%40example.com.json");
/// ```
///
/// A query does not belong here, but into [`Request::query`](crate::Request::query):
///
/// ```compile_fail
/// # let id = 7;
/// mortise_sdk::path!("/users/{id}?expand=teams");
/// ```
pub use mortise_sdk_macros::path;
pub use page::{Filter, Page, Row, Sort, UsersPage};
pub use path::Path;
pub use request::{JSON_API, Request, Resource, Response, Rows, Writes, patched};
pub use roles::Roles;
pub use serde_json::{Map, Value, json};
pub use text::Text;
pub use time::Millis;
pub use transport::{Answer, Method, Outgoing, Transport};
pub use user::UserExt;
