//! Finds the account's credentials in a vendor's answer, in any spelling, and removes them before a guest, a caller or
//! a log can see them.
//!
//! A text is read once, from left to right. Two bytes are enough to dismiss almost every place (`Needles::candidate`).
//! At the other places the text is compared with the few needles that begin with the byte there, plain or escaped
//! (`Reader::find`).

mod escape;
mod needle;
mod reader;
mod scrubber;

pub use scrubber::{REDACTED, ScrubbedStream, ScrubbedTexts, Scrubber};
