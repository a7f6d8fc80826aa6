//! The documentation pages in a real browser, and their examples in real interpreters.

pub(super) mod escaping;
pub(super) mod example;
pub(super) mod layout;
pub(super) mod navigation;
pub(super) mod operator;
mod page;
