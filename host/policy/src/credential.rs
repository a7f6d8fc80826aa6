//! The values that an account may have as credentials, and the form in which a vendor reads them.
//!
//! White space around a header's value is not part of it (RFC 9110 §5.5), and many servers also cut it off other
//! values. So a vendor may know a credential as a shorter text than the host sent, and echo that text.

/// Why a text cannot be the value of an account's variable. Completes a sentence that begins with the variable's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// Some vendors do not get its first character.
    #[error("begins with a blank, a control or an invisible character (U+{:04X}): leave it out", u32::from(*.0))]
    Beginning(char),
    /// Some vendors do not get its last character.
    #[error("ends with a blank, a control or an invisible character (U+{:04X}): leave it out", u32::from(*.0))]
    End(char),
    /// It contains a control character other than tabs and line breaks, which keys in PEM have.
    #[error("holds a control character (U+{:04X}): leave it out", u32::from(*.0))]
    Inside(char),
}

/// Checks whether a text can be a value of an account: every vendor must read all of it.
///
/// # Errors
/// The first [`Flaw`]. An empty text has none.
pub fn check(text: &str) -> Result<(), Flaw> {
    if let Some(first) = text.chars().next().filter(|first| is_trimmed(*first)) {
        return Err(Flaw::Beginning(first));
    }
    if let Some(last) = text.chars().next_back().filter(|last| is_trimmed(*last)) {
        return Err(Flaw::End(last));
    }
    match text.chars().find(|inner| inner.is_control() && !matches!(inner, '\t' | '\n' | '\r')) {
        Some(inner) => Err(Flaw::Inside(inner)),
        None => Ok(()),
    }
}

/// The part of a value that a vendor reads: the text without the characters around it that servers cut off.
pub fn trim(text: &str) -> &str {
    text.trim_matches(is_trimmed)
}

/// White space, controls, the characters that Unicode calls ignorable by default (byte order marks, zero-width spaces
/// and the like: `Default_Ignorable_Code_Point`, Unicode 17), and the Braille pattern without dots.
fn is_trimmed(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fff8}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_stands_between_blanks_controls_and_invisible_characters() {
        for around in [
            " ",
            "\t",
            "\n",
            "\r\n",
            "\0",
            "\u{7f}",
            "\u{85}",
            "\u{a0}",
            "\u{ad}",
            "\u{1680}",
            "\u{2007}",
            "\u{200b}",
            "\u{2028}",
            "\u{2060}",
            "\u{3000}",
            "\u{feff}",
            "\u{fe0f}",
            "\u{e0020}",
        ] {
            let (first, last) = (around.chars().next().unwrap(), around.chars().next_back().unwrap());
            assert_eq!(check(&format!("{around}a b")), Err(Flaw::Beginning(first)), "{around:?}");
            assert_eq!(check(&format!("a b{around}")), Err(Flaw::End(last)), "{around:?}");
            assert_eq!(trim(&format!("{around}{around}a b{around}")), "a b", "{around:?}");
            assert!(check(around).is_err() && trim(around).is_empty(), "{around:?}");
        }
        for inside in ["\0", "\u{1b}", "\u{7f}", "\u{85}"] {
            let flaw = check(&format!("a{inside}b")).unwrap_err();
            assert_eq!(flaw, Flaw::Inside(inside.chars().next().unwrap()));
        }
        for fine in ["", "a", "a b\tc", "-----BEGIN-----\r\nabc\n-----END-----", "ä ü", "日本語"] {
            assert_eq!((check(fine), trim(fine)), (Ok(()), fine));
        }
    }
}
