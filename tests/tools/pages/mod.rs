//! The documentation pages in a real browser, and their examples in real interpreters.

pub(crate) mod escaping;
pub(crate) mod example;
pub(crate) mod layout;
pub(crate) mod navigation;
pub(crate) mod operator;
mod page;
