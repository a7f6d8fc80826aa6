//! Recording: one unified call through the whole host to the live vendor, written as a cassette without secrets and
//! personal data.

mod placeholder;
mod recorder;
mod recording;
mod sign_in;
mod wanted;
mod writing;

pub use placeholder::{Kind, Replaced};
pub use recorder::Recorder;
pub use recording::Recording;
pub use wanted::Wanted;
