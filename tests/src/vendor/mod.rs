//! A vendor on loopback that misbehaves on command and keeps every byte that it receives.
//!
//! ```ignore
//! let vendor = Vendor::start(Behaviour::echo()).await;       // what it does as a rule
//! vendor.next(Answer::html(500, "<h1>oops</h1>"));            // what it does to the next request
//! // … point the host's origin at `vendor.url()` and call it …
//! let requests = vendor.wait_for_requests(2).await;           // by notification, no sleep
//! assert_eq!(requests[0].header("x-api-token"), Some("…"));
//! ```

mod answer;
mod behaviour;
pub mod directory;
mod recorded;
mod server;
mod wire;

pub use answer::Answer;
pub use behaviour::{Behaviour, Gate};
pub use recorded::Recorded;
pub use server::{Greeting, Vendor};
