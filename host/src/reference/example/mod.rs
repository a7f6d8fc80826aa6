//! Examples that run as they are printed: a call for one integration in the shell, in JavaScript and in Python.
//!
//! An example reads the reader's own values from the environment. Values that come from plugins are data: each language
//! gets them as JSON, and the shell inside single quotes.

mod call;
mod curl;
mod javascript;
mod page;
mod pretty;
mod python;
mod quote;
mod sample;

pub(super) use call::Example;
pub(super) use pretty::pretty;
