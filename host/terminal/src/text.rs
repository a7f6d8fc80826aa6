//! Text of others on a terminal.

use mortise_policy::characters::is_hidden;

/// A text that cannot move the cursor, begin a line or change the order of what is read: `U+FFFD` stands in place of each control
/// character, format character, and separator of lines or paragraphs. For what comes from a database, a plugin, a vendor, a registry, a
/// file or its name.
pub fn plain(text: &str) -> String {
    text.replace(is_hidden, "\u{fffd}")
}
