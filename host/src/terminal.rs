//! Text of others on a terminal.

/// A text that cannot move the cursor, begin a line or turn the order of what is read: in place of each control character, formatting
/// character of Unicode Standard Annex 9, section 2, and separator of lines or paragraphs stands `U+FFFD`. For what comes from a
/// database, a plugin, a vendor, a registry, a file or its name.
pub fn plain(text: &str) -> String {
    let turns =
        |c| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.replace(|c: char| c.is_control() || turns(c), "\u{fffd}")
}
