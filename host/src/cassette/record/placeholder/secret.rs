//! Credentials, and passwords in bodies.

use crate::cassette::account::PLACEHOLDER;

/// The shortest secret that is searched for inside texts. A shorter one is found if it is the whole text, and never as
/// a number.
pub(super) const SHORTEST_SECRET: usize = 4;

/// What is known of a secret.
pub(super) struct Secret {
    pub(super) name: String,
    pub(super) placeholder: String,
    /// Whether only its place showed that it is one. It may then be a common word or number, and is searched for as a
    /// whole text only.
    pub(super) is_bounded: bool,
}

impl Secret {
    pub(super) fn named(name: &str, is_bounded: bool) -> Self {
        Self { name: name.to_owned(), placeholder: format!("{PLACEHOLDER}-{name}"), is_bounded }
    }
}
