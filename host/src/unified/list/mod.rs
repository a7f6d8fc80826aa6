//! Lists of users: each call returns one page, and the next call continues exactly after it.

mod asked;
mod cursor;
mod document;
mod filter;
mod page;
mod place;
mod serve;

pub(super) use asked::{Asking, List, read};
pub(crate) use asked::{Keys, open_cursor, seal_cursor};
pub use cursor::LIFETIME as CURSOR_LIFETIME;
pub use page::NotAPage;
pub(super) use serve::{probe, run};
