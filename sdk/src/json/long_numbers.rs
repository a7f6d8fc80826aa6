//! Integers beyond 64 bits, such as some vendors' identifiers.

use std::borrow::Cow;

/// Digits of the longest integer that always fits.
const SHORT: usize = 18;

/// The text with each integer beyond 64 bits in quotes. The reader then keeps its digits, and does not make a fraction
/// of it that has lost some.
pub(super) fn quoted(text: &[u8]) -> Cow<'_, [u8]> {
    let mut result = Vec::new();
    let (mut rest, mut copied) = (text, 0);
    while let Some(byte) = rest.first() {
        let token = match byte {
            b'"' => string(rest),
            b'-' | b'0'..=b'9' => number(rest),
            _ => 1,
        };
        let (token, behind) = rest.split_at(token.min(rest.len()));
        if is_long(token) {
            let start = text.len() - rest.len();
            result.extend_from_slice(text.get(copied..start).unwrap_or_default());
            result.push(b'"');
            result.extend_from_slice(token);
            result.push(b'"');
            copied = start + token.len();
        }
        rest = behind;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    result.extend_from_slice(text.get(copied..).unwrap_or_default());
    Cow::Owned(result)
}

/// The length of the string at the start of `text`, quotes included.
fn string(text: &[u8]) -> usize {
    let mut is_escaped = false;
    let end = text.iter().skip(1).position(|byte| {
        let is_end = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        is_end
    });
    end.map_or(text.len(), |end| end + 2)
}

/// The length of the number at the start of `text`.
fn number(text: &[u8]) -> usize {
    let is_part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
    text.iter().position(|byte| !is_part(byte)).unwrap_or(text.len())
}

fn is_long(token: &[u8]) -> bool {
    let digits = token.strip_prefix(b"-").unwrap_or(token);
    let is_integer = digits.len() > SHORT && digits.iter().all(u8::is_ascii_digit) && digits.first() != Some(&b'0');
    let fits = || {
        let token = str::from_utf8(token).unwrap_or_default();
        token.parse::<u64>().is_ok() || token.parse::<i64>().is_ok()
    };
    is_integer && !fits()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_integers_beyond_64_bits_become_texts() {
        for (text, expected) in [
            ("18446744073709551616", "\"18446744073709551616\""),
            ("[-9223372036854775809,1]", "[\"-9223372036854775809\",1]"),
            (
                r#"{"a":123456789012345678901234567890 ,"b":99999999999999999999}"#,
                r#"{"a":"123456789012345678901234567890" ,"b":"99999999999999999999"}"#,
            ),
        ] {
            assert_eq!(quoted(text.as_bytes()), expected.as_bytes(), "{text}");
        }
        for text in [
            "18446744073709551615",
            "-9223372036854775808",
            r#"{"18446744073709551616":"a \" 18446744073709551616"}"#,
            "18446744073709551616.5",
            "18446744073709551616e2",
            "018446744073709551616",
            "\"18446744073709551616",
            "\"\\",
            "-",
            "",
        ] {
            assert_eq!(quoted(text.as_bytes()), text.as_bytes(), "{text}");
        }
    }
}
