//! What a recording makes.

use mortise_authoring::cassette::format::Cassette;

use super::Replaced;

/// A recorded call, ready to be kept.
#[derive(Debug)]
pub struct Recording {
    /// The cassette, without a file.
    pub cassette: Cassette,
    /// The values that placeholders replaced.
    pub replaced: Vec<Replaced>,
}
