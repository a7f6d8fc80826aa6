//! Keeps the exact text of JSON numbers.

use serde_json::Number;

/// The text with quotes around each number that a JSON library would write differently: one beyond 64 bits, or `1.50`.
pub(super) fn as_written(json: &[u8]) -> Vec<u8> {
    let mut written = Vec::with_capacity(json.len());
    let mut rest = json;
    while let Some(first) = rest.first() {
        let is_number = matches!(first, b'-' | b'0'..=b'9');
        let length = match first {
            b'"' => string(rest),
            _ if is_number => number(rest),
            _ => 1,
        };
        let (token, behind) = rest.split_at(length.min(rest.len()));
        let quote: &[u8] = if is_number && is_changed(token) { b"\"" } else { b"" };
        [quote, token, quote].into_iter().for_each(|part| written.extend_from_slice(part));
        rest = behind;
    }
    written
}

/// The length of the string at the start of `text`, with its quotes.
fn string(text: &[u8]) -> usize {
    let mut is_escaped = false;
    let is_end = |byte: &u8| {
        let is_end = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        is_end
    };
    text.iter().skip(1).position(is_end).map_or(text.len(), |end| end + 2)
}

/// The length of the number at the start of `text`.
fn number(text: &[u8]) -> usize {
    let is_part = |byte: &u8| byte.is_ascii_digit() || b"-+.eE".contains(byte);
    text.iter().position(|byte| !is_part(byte)).unwrap_or(text.len())
}

fn is_changed(number: &[u8]) -> bool {
    serde_json::from_slice::<Number>(number).is_ok_and(|read| read.to_string().as_bytes() != number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_that_would_be_written_in_another_way_become_texts() {
        for (json, expected) in [
            (
                r#"{"a":123456789012345678901234567890 ,"b":1.50}"#,
                r#"{"a":"123456789012345678901234567890" ,"b":"1.50"}"#,
            ),
            ("[-9223372036854775809,-1,0,2.5,1E2]", r#"["-9223372036854775809",-1,0,2.5,"1E2"]"#),
            (r#"{"1.50":"a \" 1.50","b":18446744073709551615}"#, r#"{"1.50":"a \" 1.50","b":18446744073709551615}"#),
        ] {
            assert_eq!(String::from_utf8(as_written(json.as_bytes())).unwrap(), expected);
        }
        for text in ["error 01 of 1-2", "\"1.50", "\"\\", "-", ""] {
            assert_eq!(as_written(text.as_bytes()), text.as_bytes());
        }
    }
}
