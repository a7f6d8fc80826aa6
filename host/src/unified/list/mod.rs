//! Lists of users: each call returns one page, and the next call continues exactly after it.

mod asked;
mod cursor;
mod document;
mod filter;
mod page;
mod place;
#[cfg(feature = "authoring")]
mod recorded;
mod serve;

pub(crate) use asked::Keys;
pub(super) use asked::{Asking, List, read};
pub use cursor::LIFETIME as CURSOR_LIFETIME;
pub use page::NotAPage;
#[cfg(feature = "authoring")]
pub(crate) use recorded::{open_cursor, seal_cursor};
pub(super) use serve::{probe, run};
