//! A scripted vendor, so that `cargo test` in an integration needs neither a host nor WebAssembly.
//!
//! ```
//! use mortise_sdk::mock::{Mock, post};
//! use mortise_sdk::{Auth, Call, Capabilities, Category, Integration, Result, Support, User};
//! use serde_json::json;
//!
//! struct Example;
//!
//! impl Integration for Example {
//!     fn capabilities() -> Capabilities {
//!         Capabilities::new("example", "Example")
//!             .origin("https://api.example.com")
//!             .serves(Support::create(Category::Ticketing).required(["name"]).response(["id"]))
//!     }
//!
//!     fn create_user(call: &Call, user: User) -> Result<Option<User>> {
//!         call.post("/users").json(&user).primary().send()?.user::<User>()
//!     }
//! }
//!
//! let vendor = Mock::new(Category::Ticketing)
//!     .on(post("/users").json(json!({"name": "Ada"})).answers(201, json!({"id": "7"})));
//! assert_eq!(vendor.create::<Example>(json!({"name": "Ada"})).unwrap(), Some(json!({"id": "7"})));
//! ```
//!
//! A request that is not the next of the script panics, and so does a script with requests that were not sent: in a
//! test, that is the failure. Record whole calls in cassettes, which `mortise test` plays against the component.

#![expect(clippy::panic, reason = "this module is for tests, where a panic is how a mismatch is told")]

mod exchange;
mod listed;
mod page;
mod scripted_call;
mod vendor;

pub use self::exchange::{Exchange, delete, get, patch, post, put};
pub use self::listed::Listed;
pub use self::page::page;
pub use self::scripted_call::Mock;
