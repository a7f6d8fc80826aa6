//! The file format, `plugins/<slug>/cassettes/*.json`: one unified call, the vendor requests that it makes with their answers,
//! and the unified answer. [`schema()`] is its JSON Schema; `docs/cassettes.md` explains it.
//!
//! ```json
//! {
//!   "description": "creates an agent",
//!   "call": {
//!     "category": "ticketing", "operation": "create-user",
//!     "variables": {"api_token": "placeholder"},
//!     "body": {"name": "Ada Example"}
//!   },
//!   "exchanges": [{
//!     "request": {"method": "POST", "path": "/agents", "body": {"displayName": "Ada Example"}},
//!     "response": {"status": 201, "body": {"data": {"id": "1", "displayName": "Ada Example"}}}
//!   }],
//!   "answer": {"status": 201, "body": {"id": "1", "name": "Ada Example"}}
//! }
//! ```

mod answer;
mod call;
mod cassette;
mod exchange;
mod request;
mod response;
mod schema;
mod sign_in;
mod spec_exception;
mod wire;

pub use answer::Answer;
pub use call::Call;
pub use cassette::{Cassette, LIMIT};
pub use exchange::Exchange;
pub use request::Request;
pub use response::Response;
pub use schema::schema;
pub use sign_in::SignIn;
pub use spec_exception::SpecException;
