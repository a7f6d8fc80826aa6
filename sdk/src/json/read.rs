//! Reads a whole JSON text.

use serde::de::DeserializeOwned;

use super::long_numbers;
use super::place::explain;

/// Reads `text`. An integer beyond 64 bits becomes a text.
///
/// # Errors
/// The place and the reason if the text is not a `T`, such as `` `data.roles[1]`: invalid type: null, expected a string
/// ``.
pub(crate) fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, String> {
    let text = long_numbers::quoted(text);
    serde_json::from_slice(&text).map_err(|error| explain(&text, &error))
}
