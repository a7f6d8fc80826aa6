//! Write a Mortise integration: a vendor's users behind the unified users API, as a sandboxed WebAssembly component.
//!
//! An integration is a crate of about a hundred lines: a few `serde` structs in the vendor's own words, functions
//! between them and the canonical [`User`], one table of [`Capabilities`], and the calls. It depends on this crate and
//! `serde`, and builds with `cargo build --target wasm32-wasip2`.
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
//! The SDK and the host take care of URLs, credentials, retries, the caller's `remote_data`, the shapes of the
//! categories, response formats and error statuses. The author takes care of the vendor.
//!
//! - A [`Field`] of a request is absent (do not change it), null (clear it) or has a value. [`FieldExt`] handles
//!   vendors that cannot do all three, and [`ListExt`] vendors that take one entry of a list. [`Request::json`] leaves
//!   absent fields out.
//! - [`UserExt`] converts parts of the unified user that several vendors know in another form: a name in two parts,
//!   phones by type.
//! - [`path!`] puts a caller's identifier into a [`Path`], where it cannot become more than one segment.
//! - [`Request::json_in`] writes records in an envelope, `{"user": {…}}`, and [`Response::user_in`] reads them.
//!   [`Resource`] is for JSON:API, [`scim`] for SCIM 2.0, [`Request::graphql`] for GraphQL, [`Request::form`] for
//!   forms.
//! - [`Difference`] finds the changes if a caller gives all roles or groups and the vendor takes single changes.
//! - [`Call::read_back`] reads the record if the vendor answers a write with less than that. [`Call::read_back_user`]
//!   reads the whole user, and [`Call::told_or_read`] does so unless the answer is whole. If a call needs several
//!   writes, [`Writes`] and [`Error::after`] let a failure say what is done by then.
//! - [`Id`], [`Text`], [`Roles`], [`Millis`], [`DateTime`] and [`Flag`] read values that vendors spell in more than one
//!   way. `into` makes a field of a [`User`] from each of them.
//! - A [`Page`] says which users a caller wants. [`Response::users_in`] and its siblings read the rows. [`Rows`] finds
//!   where the next page begins: at a cursor, a link, the next number or the next row.
//! - [`Response::refused_if`], [`Response::refused_unless`] and [`Response::refused_by`] find an error that a vendor
//!   sends with a status of success. The SDK itself fails if an answer is a page for people, or does not identify a
//!   user.
//! - [`mock`] runs an integration natively against a scripted vendor, or a recorded one.

#![cfg_attr(not(test), warn(clippy::too_many_lines))]

// Generated from the contract. In Mortise's repository, `tests/suite/bindings.rs` writes the file again.
#[allow(missing_docs, unsafe_code, unreachable_pub, clippy::all, clippy::panic, clippy::too_many_lines, clippy::unwrap_used, reason = "generated")]
#[cfg(target_family = "wasm")]
#[doc(hidden)]
#[rustfmt::skip]
pub mod bindings;
#[cfg(target_family = "wasm")]
mod guest;
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
    Auth, Authorization, Capabilities, Capture, Exchange, ExchangeAnswer, FieldSupport, Listing, Support, TIMES,
    Variable,
};
pub use date_time::DateTime;
pub use difference::Difference;
pub use error::{Error, Result};
pub use export::VERSION;
pub use field::{Emptiable, FieldExt, ListExt};
pub use flag::Flag;
pub use id::{Id, numeric_id, numeric_ids};
pub use id_and_name::IdAndName;
pub use integration::Integration;
pub use mortise_model::{
    AuthKind, CaptureSource, Category, Effect, Email, End, EvidenceKind, ExchangeEncoding, ExchangeKind,
    ExchangeMethod, FailureKind, Field, Group, IntoText, JsonType, Level, License, Operation, Operator, Order,
    Organization, Password, Phone, Pkce, Role, Status, Url, User, Workspace,
};
/// The [`Path`] of a template such as `/users/{id}/teams`, which the compiler checks. Each `{variable}` in scope becomes one
/// percent-encoded segment, or a part of one, as [`Path::push`] makes it.
///
/// ```
/// # use mortise_sdk::path;
/// let id = "ada@example.com";
/// assert_eq!(path!("/users/{id}").as_str().unwrap(), "/users/ada%40example.com");
/// assert_eq!(path!("/people/{id}.json").as_str().unwrap(), "/people/ada%40example.com.json");
/// ```
///
/// A query belongs in [`Request::query`](crate::Request::query), not here:
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
