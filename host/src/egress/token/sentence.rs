//! Finds credentials in sentences: `refresh_token=q8Zr2pLm is over`, `password 'hunter2' was wrong`,
//! `<token>q8Zr2pLm</token>`.

use super::names_credential;

/// Characters between a name and its value.
const ASSIGNS: [char; 5] = [':', '=', '>', '：', '＝'];
/// HTTP authentication schemes, which come before a credential.
const SCHEMES: [&str; 3] = ["bearer", "basic", "token"];

/// The values that follow a credential's name and `=`, `:`, `>` or a quote: a word, or all of a quoted text.
pub(super) fn named_values(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let named = rest.get(rest.find(is_of_name)?..)?;
            let (name, behind) = named.split_at(named.find(|letter| !is_of_name(letter)).unwrap_or(named.len()));
            rest = behind;
            if names_credential(name)
                && let Some(value) = value(behind).filter(|value| value.contains(char::is_alphanumeric))
            {
                return Some(value);
            }
        }
    })
}

fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '-'
}

/// The value after a name.
fn value(behind: &str) -> Option<&str> {
    // Skips the quote that ends the name.
    let unquoted = behind.trim_start_matches(is_quote);
    let assigned = unquoted.trim_start().strip_prefix(ASSIGNS);
    let value = match assigned {
        Some(value) => value.trim_start_matches(|letter: char| letter.is_whitespace() || ASSIGNS.contains(&letter)),
        // The quote belongs to the value: `password「hunter2」`.
        None if unquoted.starts_with(char::is_alphanumeric) => behind,
        None => unquoted.strip_prefix(char::is_whitespace)?.trim_start(),
    };
    let opened = value.trim_start_matches(is_quote);
    if opened.len() < value.len() {
        return Some(quoted(opened));
    }
    assigned?;
    let first = word(value);
    let is_scheme = SCHEMES.iter().any(|scheme| scheme.eq_ignore_ascii_case(first));
    let second = value.get(first.len()..).map(|rest| word(rest.trim_start()));
    Some(second.filter(|second| is_scheme && !second.is_empty()).unwrap_or(first))
}

/// The text up to the closing quote, or the first word if there is none.
fn quoted(opened: &str) -> &str {
    opened.find(is_quote).and_then(|end| opened.get(..end)).unwrap_or_else(|| word(opened))
}

/// Whether a character quotes a word, in any script, or is the backslash before a quote.
fn is_quote(letter: char) -> bool {
    matches!(
        letter,
        '\\' | '"' | '\'' | '`' | '´' | '«' | '»' | '‘'..='‟' | '‹' | '›' | '〈'..='】' | '〝'..='〟' | '＂' | '＇' | '｢' | '｣'
    )
}

/// The first word, without punctuation at its end.
fn word(text: &str) -> &str {
    let ends = |letter: char| letter.is_whitespace() || is_quote(letter) || "&,;)}]<>，；、。！？）".contains(letter);
    let (word, _) = text.split_at(text.find(ends).unwrap_or(text.len()));
    word.trim_end_matches(['.', ':', '!', '?'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_behind_a_credentials_name_is_one() {
        for (said, expected) in [
            ("refresh_token=q8Zr2pLm is revoked; password 'hunter2' was wrong", &["q8Zr2pLm", "hunter2"][..]),
            (r#"said {"access_token":"q8Zr2pLm","refresh_token" : "Zr2pLmq8"}"#, &["q8Zr2pLm", "Zr2pLmq8"]),
            (r#"{\"access_token\":\"q8Zr2pLm\"}"#, &["q8Zr2pLm"]),
            ("https://example.com/?a=1&access_token=q8Zr2pLm&b=2", &["q8Zr2pLm"]),
            ("client_secret: hunter2. The password „two words“ is wrong", &["hunter2", "two words"]),
            ("Authorization: Bearer q8Zr2pLm", &["q8Zr2pLm"]),
            ("\"refresh_token\" is missing, the access token has ended, token=", &[]),
            ("api_key=>'q8Zr2pLm', secret \"unclosed", &["q8Zr2pLm", "unclosed"]),
            ("password «hunter2x» was wrong, and so was ‹token› ‹q8Zr2pLm›", &["hunter2x", "q8Zr2pLm"]),
            ("refresh_token：q8Zr2pLm。パスワード password「hunter2x」", &["q8Zr2pLm", "hunter2x"]),
            ("said <access_token>q8Zr2pLm</access_token>", &["q8Zr2pLm"]),
            ("pwd=hunter2x&otp=123456, key=q8Zr2pLm", &["hunter2x", "123456", "q8Zr2pLm"]),
        ] {
            assert_eq!(named_values(said).collect::<Vec<_>>(), expected, "{said}");
        }
    }
}
