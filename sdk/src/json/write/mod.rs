//! Writes JSON without absent fields, so that the fields of a request's struct need no attribute.

mod absent;
mod sparse;

pub(crate) use sparse::write;
