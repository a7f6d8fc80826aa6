//! Characters that text for people does not have: they cannot be seen, or change the order in which the rest is read.

/// Whether the character is a control character, or as [`is_format`] says.
pub fn is_hidden(letter: char) -> bool {
    letter.is_control() || is_format(letter)
}

/// Whether the character is a format character or a separator of lines or paragraphs (general categories Cf, Zl and Zp of Unicode 16).
pub fn is_format(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}'
            | '\u{600}'..='\u{605}'
            | '\u{61c}'
            | '\u{6dd}'
            | '\u{70f}'
            | '\u{890}'..='\u{891}'
            | '\u{8e2}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{110bd}'
            | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e007f}'
    )
}
