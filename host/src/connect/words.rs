//! Cleaning of strangers' text for the pages.

/// Characters of a stranger's text that a page shows at most.
const MAX: usize = 500;

/// A stranger's text as pages show it: bounded, in one line, and without characters that are invisible or change the
/// direction of the text (general categories Cc, Cf, Zl and Zp of Unicode 16). `None` if nothing is left.
pub(crate) fn words(text: &str) -> Option<String> {
    let shown: String = text.chars().filter(|letter| !letter.is_control() && !is_format(*letter)).take(MAX).collect();
    Some(shown).filter(|shown| !shown.trim().is_empty())
}

fn is_format(letter: char) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_words_are_bounded_and_have_no_character_that_cannot_be_seen() {
        assert_eq!(words("it\r\nbroke").as_deref(), Some("itbroke"));
        assert_eq!(words("a\u{202e}b\u{2066}c\u{200b}d\u{feff}").as_deref(), Some("abcd"));
        assert_eq!(words(&"ü".repeat(MAX + 1)).map(|words| words.chars().count()), Some(MAX));
        for nothing in ["", "\u{7}", " \u{202e}"] {
            assert_eq!(words(nothing), None);
        }
    }
}
