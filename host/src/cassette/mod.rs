//! Cassettes: recorded exchanges between an integration and its vendor. They are an integration's tests in every
//! language, and the demo's vendor replays them.

mod accept;
mod answer;
mod call;
mod coverage;
mod difference;
mod distance;
pub mod format;
mod load;
mod notes;
mod probe;
pub mod record;
mod replay;
mod report;
mod request;
mod script;
pub mod spec;
mod splice;
mod stage;
mod vendor;
mod write;

pub use accept::Accepted;
pub use call::account;
pub use coverage::{Coverage, ErrorPath, Gap};
pub use difference::Difference;
pub use format::Cassette;
pub use load::{LoadError, load_dir, load_some, read};
pub use probe::{Next, Observed, Walk};
pub use replay::{Player, accept, replay};
pub use report::{Outcome, Report};
pub use script::Instead;
pub use stage::Replay;
pub use vendor::{ReplayingVendor, router};
pub use write::write;
