//! Cleaning of strangers' text for the pages.

use mortise_policy::characters::is_hidden;

/// Characters of a stranger's text that a page shows at most.
const MAX: usize = 500;

/// A stranger's text as pages show it: bounded, in one line, and without characters that are invisible or change the
/// direction of the text (general categories Cc, Cf, Zl and Zp of Unicode 16). `None` if nothing is left.
pub(crate) fn words(text: &str) -> Option<String> {
    let shown: String = text.chars().filter(|letter| !is_hidden(*letter)).take(MAX).collect();
    Some(shown).filter(|shown| !shown.trim().is_empty())
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
