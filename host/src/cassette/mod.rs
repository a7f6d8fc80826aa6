//! Cassettes: recorded exchanges between an integration and its vendor. They are an integration's tests in every
//! language, and the demo's vendor replays them.

mod accept;
mod account;
mod coverage;
mod difference;
mod notes;
mod probe;
pub mod record;
mod recorded;
mod replay;
mod report;
mod script;
mod splice;
mod stage;
mod vendor;

pub use accept::Accepted;
pub use account::account;
pub use coverage::{Coverage, ErrorPath, Gap};
pub use difference::Difference;
pub use mortise_authoring::cassette::{Cassette, LoadError, format, load_dir, load_some, read, write};
pub use probe::{Next, Observed, Walk};
pub use replay::{Player, accept, replay};
pub use report::{Outcome, Report};
pub use script::Instead;
pub use stage::Replay;
pub use vendor::{ReplayingVendor, router};
