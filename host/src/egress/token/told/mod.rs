//! The parts of a failed sign-in that others may see: only what is known to be safe.
//!
//! A vendor's answer can hold a token under any name and in any sentence. So the host chooses the parts that stay, not
//! those that go: sentences and codes, by the names that RFC 6749 §5.2 and vendors use for them. Then it removes the
//! known credentials and each word that looks like a token. The choice comes first, because it needs the answer as the
//! vendor wrote it.

mod choice;
mod parts;
mod words;

pub(super) use parts::Told;
