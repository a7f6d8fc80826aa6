//! Tells words for people from words that look like tokens.

use mortise_policy::redact::REDACTED;

/// Length from which on a word may be a token, in characters. Base64 of 15 characters is worth less than 96 bits, and
/// the longest codes and versions with digits in their middle are shorter than 16.
const TOKEN: usize = 16;
/// Longest word of letters in one case, or with a capital first letter: `Authentifizierungsinformationen` has 31.
const WORD: usize = 40;
/// Longest part of other words, in letters: of words with capitals or digits in them.
const PART: usize = 20;
/// Most digits of a number.
pub(super) const DIGITS: usize = 6;
/// Most digits after letters: `AADSTS7000215`, `E0000011`.
const DIGITS_OF_CODE: usize = 9;
/// Fewest letters before a version in the middle of a name, and most digits of the version:
/// `OAuth2InvalidGrantException`.
const VERSION: (usize, usize) = (4, 2);
/// Most letters of an acronym at the start of a name: `APIKeyInvalidException`.
const ACRONYM: usize = 5;
/// Longest code, in bytes.
const CODE: usize = 64;
/// Characters between the parts of a word, of a token or of a path.
const BETWEEN: [char; 8] = ['-', '.', '_', '~', '+', '/', '=', '%'];

/// Whether a text is a code, such as `invalid_grant`, `INVALID-GRANT`, `invalidGrant`, `E032`.
pub(super) fn is_code(text: &str) -> bool {
    text.len() <= CODE && text.split(' ').all(is_of_words)
}

/// A sentence with [`REDACTED`] in place of words that look like tokens: words of at least [`TOKEN`] characters of
/// Base64, base64url, hex, JWTs and percent-encoding that are not [made of words](is_of_words). In a URL, each part of
/// the host and of the path is a word.
pub(super) fn without_tokens(text: &str) -> String {
    let is_of_token = |letter: char| letter.is_ascii_alphanumeric() || BETWEEN.contains(&letter);
    let mut told = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (run, after) = rest.split_at(rest.find(|letter| !is_of_token(letter)).unwrap_or(rest.len()));
        let (between, after) = after.split_at(after.find(is_of_token).unwrap_or(after.len()));
        match run.strip_prefix("//").filter(|_| told.ends_with(':')) {
            Some(url) => {
                let (host, path) = url.split_at(url.find('/').unwrap_or(url.len()));
                told.push_str("//");
                // The part before an `@` is a name or a password.
                let parts = if between.starts_with('@') && path.is_empty() { '/' } else { '.' };
                push(&mut told, host, Some(parts));
                push(&mut told, path, Some('/'));
            }
            None => push(&mut told, run, None),
        }
        told.push_str(between);
        rest = after;
    }
    told
}

/// Adds a word, or the words between `separator`s, without those that look like tokens.
fn push(told: &mut String, run: &str, separator: Option<char>) {
    let words = run.split_inclusive(|letter| Some(letter) == separator);
    for word in words {
        let (word, end) = match separator.and_then(|separator| word.strip_suffix(separator).zip(Some(separator))) {
            Some((word, separator)) => (word, Some(separator)),
            None => (word, None),
        };
        let is_token = word.len() >= TOKEN && !is_of_words(word);
        told.push_str(if is_token { REDACTED } else { word });
        told.extend(end);
    }
}

/// Whether a word consists of parts for people. One of them may have a version in it.
fn is_of_words(word: &str) -> bool {
    word.split(BETWEEN).all(|part| match versioned(part) {
        Some((name, rest)) => is_word(name) && is_word(rest),
        None => is_word(part),
    })
}

/// Splits a name after its version, before the capital letter of its next word.
fn versioned(part: &str) -> Option<(&str, &str)> {
    let begins = |three: &[u8]| matches!(three, [b'0'..=b'9', b'A'..=b'Z', b'a'..=b'z']);
    let at = part.as_bytes().windows(3).position(begins)? + 1;
    let (name, rest) = part.split_at_checked(at)?;
    let letters = name.trim_end_matches(|letter: char| letter.is_ascii_digit()).len();
    let (fewest, most) = VERSION;
    (letters >= fewest && name.len() - letters <= most).then_some((name, rest))
}

/// Whether a part is for people: letters of one case, or with at most five capitals in front, of which the last begins
/// a new word. Digits may follow.
fn is_word(part: &str) -> bool {
    let letters = part.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let digits = part.len() - letters.len();
    let is_upper = letters.bytes().all(|letter| letter.is_ascii_uppercase());
    // The last of the capitals in front begins the next word.
    let in_front = letters.bytes().take_while(u8::is_ascii_uppercase).count().saturating_sub(1);
    let name = letters.get(in_front..).filter(|_| !is_upper && in_front <= ACRONYM).unwrap_or(letters);
    let capitals = name.bytes().skip(1).filter(|letter| !is_upper && letter.is_ascii_uppercase()).count();
    let longest = if capitals == 0 && digits == 0 { WORD } else { PART * (capitals + 1) };
    digits <= if letters.is_empty() { DIGITS } else { DIGITS_OF_CODE }
        && letters.bytes().all(|letter| letter.is_ascii_alphabetic())
        && letters.len() <= longest
        && capitals * 5 <= name.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_looks_like_a_token_is_taken_out_of_a_sentence_and_what_people_read_stays() {
        let jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
        for token in [
            jwt,
            "9f86d081884c7d65",
            "gho_16C7e42F292c6912E7",
            "SplxlOBeZQQYbYS6WxSbIA",
            "tGzv3JOkF0XqQx2TlKWIA==",
            "1000.8cb99dxxxxx4f2a1",
            "c1b2%2Bd3e4f5%3D%3D",
            "0f8fad5b-d9cd-469f-a165-70867728950e",
            "1234567890123456",
            "abcdefghij12345klmno",
            "abcdefghijklmnopqrstuvwxyzabcdefghijklmnop",
            "dGhpc2lzYXRva2VudGV4",
        ] {
            let said = without_tokens(&format!("the token '{token}', or {token} was refused"));
            assert_eq!(said, format!("the token '{REDACTED}', or {REDACTED} was refused"));
        }
        for said in [
            "AADSTS700082: The refresh token has expired due to inactivity at 2026-01-01T00:00:00Z.",
            "internationalization of grant_type=refresh_token/client_credentials is off",
            "see https://developer.example.com/oauth2/errors#invalid_grant",
            "InvalidRefreshTokenError APIKeyInvalidException JWTExpiredException2 REFRESH_TOKEN_REVOKED invalid-client-credentials",
            "Der Schlüssel für „Ada“ ist ungültig — 16 Zeichen",
            "Die Benutzerauthentifizierung ist fehlgeschlagen: Authentifizierungsinformationen fehlen",
            "com.atlassian.oauth2.provider.OAuth2InvalidGrantException: AADSTS7000215, REQUEST-E0000011",
            "See https://support.example.com/hc/en-us/articles/4408889192858 or https://dev-12345678.okta.com/help",
            "",
        ] {
            assert_eq!(without_tokens(said), said);
        }
    }

    #[test]
    fn a_url_keeps_its_host_and_loses_only_the_segments_that_look_like_tokens() {
        let long = "9f86d081884c7d65";
        for (said, expected) in [
            (format!("https://login.example.com/a/{long}/b"), "https://login.example.com/a/[redacted]/b"),
            (format!("https://login.example.com/a/{long}?x"), "https://login.example.com/a/[redacted]?x"),
            (format!("https://{long}@login.example.com"), "https://[redacted]@login.example.com"),
            (format!("https://{long}.example.com/a"), "https://[redacted].example.com/a"),
            ("//9f86d081/884c7d65/9f86d081".to_owned(), "[redacted]"),
        ] {
            assert_eq!(without_tokens(&said), expected);
        }
    }

    #[test]
    fn a_code_is_made_of_words() {
        for (text, is) in [
            ("invalid_grant", true),
            ("INVALID-GRANT", true),
            ("E0000011", true),
            ("AADSTS7000215", true),
            ("OAuth2InvalidGrant", true),
            ("8F3K2x9", false),
            ("E0000000011", false),
            ("1234567", false),
        ] {
            assert_eq!(is_code(text), is, "{text}");
        }
    }
}
