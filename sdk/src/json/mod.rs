//! Reads JSON so that an error names its place and a long integer keeps its digits. Writes JSON without absent fields.

mod long_numbers;
mod member;
mod place;
mod read;
mod write;

pub(crate) use member::{find_member, read_member};
pub(crate) use read::read;
pub(crate) use write::write;
