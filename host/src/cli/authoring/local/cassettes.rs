//! The recordings that the vendors replay.

use std::collections::BTreeMap;

use crate::cassette::Cassette;

/// The integrations' recordings, by slug.
pub(in crate::cli::authoring) type Cassettes = BTreeMap<String, Vec<Cassette>>;
