//! What is compared with a document.

use crate::cassette::format::Cassette;

/// The exchanges of a cassette.
#[derive(Debug)]
pub struct Exchanges<'a> {
    /// The cassette.
    pub cassette: &'a Cassette,
    /// The URL path under which the document describes the paths below the integration's first origin, such as `/v1`.
    pub base: String,
}
