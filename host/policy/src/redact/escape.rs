//! Reads escapes: the ways in which URLs, JSON, HTML and mail write one character with several.

/// Most layers of escaping: JSON within JSON within JSON, `%252561`, `&amp;amp;quot;`.
const LAYERS: usize = 3;
/// Most backslashes before an escaped character. Each layer doubles them.
const MAX_BACKSLASHES: usize = 1 << LAYERS;
/// Most digits of a character's number in HTML, with leading zeros.
const MAX_DIGITS: usize = 8;
/// The characters that all HTML parsers know by name.
const NAMES: [(&[u8], char); 5] = [(b"amp", '&'), (b"quot", '"'), (b"apos", '\''), (b"lt", '<'), (b"gt", '>')];

/// The meaning of an escape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escaped {
    Byte(u8),
    Char(char),
    /// Nothing: the line of quoted-printable text continues on the next line.
    SoftBreak,
}

/// The result of reading the start of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read<T> {
    /// The text starts with something else.
    No,
    /// The text ends too early to decide.
    Cut,
    Whole(T),
}

/// The first characters of escapes.
pub(super) const OPENERS: [u8; 5] = [b'%', b'\\', b'&', b'=', b'+'];

/// Whether an escape can begin with this byte.
pub(super) fn is_opener(byte: u8) -> bool {
    OPENERS.contains(&byte)
}

/// Whether an escape can begin with these two bytes. `+` alone is an escape.
pub(super) fn may_open(first: u8, second: u8) -> bool {
    match first {
        b'\\' => true,
        b'%' => second.is_ascii_hexdigit(),
        b'&' => second == b'#' || NAMES.iter().any(|(name, _)| name.first() == Some(&second.to_ascii_lowercase())),
        b'=' => second.is_ascii_hexdigit() || matches!(second, b'\r' | b'\n'),
        _ => false,
    }
}

/// Passes every reading of an escape at the start of `text` to `found`: its meaning and its length. Returns whether
/// more text could allow further readings.
pub(super) fn escapes(text: &[u8], found: impl FnMut(Escaped, usize)) -> bool {
    match text.first() {
        Some(b'%') => percent(text, found),
        Some(b'\\') => backslash(text, found),
        Some(b'&') => html(text, found),
        Some(b'=') => quoted_printable(text, found),
        Some(b'+') => blank(found),
        _ => false,
    }
}

/// `%2F`, `%2f`, `%252F`.
fn percent(text: &[u8], mut found: impl FnMut(Escaped, usize)) -> bool {
    for layer in 0..LAYERS {
        let digits = 1 + 2 * layer;
        match hex(text, digits, 2) {
            Read::Whole(byte) => {
                found(Escaped::Byte(byte as u8), digits + 2);
                if byte != u32::from(b'%') {
                    return false;
                }
            }
            other => return other == Read::Cut,
        }
    }
    false
}

/// `\"`, `\\\"`, `\n`, `\u00e9`, `\xe9`, `\/`.
fn backslash(text: &[u8], mut found: impl FnMut(Escaped, usize)) -> bool {
    let run = text.iter().take(MAX_BACKSLASHES).take_while(|byte| **byte == b'\\').count();
    (1..=LAYERS).map(|layer| 1 << layer).filter(|length| *length <= run).for_each(|length| {
        found(Escaped::Byte(b'\\'), length);
    });
    let Some(letter) = text.get(run).copied() else { return true };
    if letter == b'\\' {
        return false;
    }
    // The letter may also stand for itself, and some parsers read it so in any case.
    found(Escaped::Byte(letter), run + 1);
    if letter.is_ascii_alphabetic() {
        found(Escaped::Byte(letter ^ 0x20), run + 1);
    }
    let control = match letter.to_ascii_lowercase() {
        b'b' => b'\x08',
        b'f' => b'\x0c',
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => return utf16(text, run, found),
        b'x' => return hexadecimal(text, run + 1, found),
        _ => return false,
    };
    found(Escaped::Byte(control), run + 1);
    false
}

/// `\u00e9`, or `\ud83d\ude00` for one character. Both parts have the same number of backslashes.
fn utf16(text: &[u8], run: usize, mut found: impl FnMut(Escaped, usize)) -> bool {
    let length = run + 5;
    let unit = match hex(text, run + 1, 4) {
        Read::Whole(unit) => unit,
        other => return other == Read::Cut,
    };
    if let Some(character) = char::from_u32(unit) {
        found(Escaped::Char(character), length);
        return false;
    }
    let second = text.get(length..).unwrap_or_default();
    let opens = |(at, byte): (usize, &u8)| if at < run { *byte == b'\\' } else { byte.eq_ignore_ascii_case(&b'u') };
    if !second.iter().take(run + 1).enumerate().all(opens) {
        return false;
    }
    match hex(second, run + 1, 4) {
        Read::Whole(low) => {
            if let Some(Ok(character)) = char::decode_utf16([unit as u16, low as u16]).next() {
                found(Escaped::Char(character), 2 * length);
            }
            false
        }
        other => other == Read::Cut,
    }
}

/// Some parsers read `\xe9` as a byte, others as a character.
fn hexadecimal(text: &[u8], digits: usize, mut found: impl FnMut(Escaped, usize)) -> bool {
    match hex(text, digits, 2) {
        Read::Whole(value) => {
            let byte = value as u8;
            found(Escaped::Byte(byte), digits + 2);
            if !byte.is_ascii() {
                found(Escaped::Char(char::from(byte)), digits + 2);
            }
            false
        }
        other => other == Read::Cut,
    }
}

/// `&amp;`, `&#39;`, `&#039;`, `&#x27;`, `&amp;quot;`.
fn html(text: &[u8], mut found: impl FnMut(Escaped, usize)) -> bool {
    let mut at = 1;
    for _ in 0..LAYERS {
        let inner = text.get(at..).unwrap_or_default();
        let (character, length) = match entity(inner) {
            Read::Whole(read) => read,
            other => return other == Read::Cut,
        };
        at += length;
        found(Escaped::Char(character), at);
        if !inner.get(..4).is_some_and(|name| name.eq_ignore_ascii_case(b"amp;")) {
            return false;
        }
    }
    false
}

/// The character after an ampersand, and the length of its name or number.
fn entity(text: &[u8]) -> Read<(char, usize)> {
    match text {
        [] => Read::Cut,
        [b'#'] => Read::Cut,
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 16, 2),
        [b'#', digits @ ..] => number(digits, 10, 1),
        _ => {
            let name = text.iter().take_while(|byte| byte.is_ascii_alphabetic()).take(5).count();
            let (name, end) = text.split_at(name);
            let Some((_, character)) = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) else {
                let may_be = |(known, _): &(&[u8], char)| {
                    known.get(..name.len()).is_some_and(|known| known.eq_ignore_ascii_case(name))
                };
                return if end.is_empty() && NAMES.iter().any(may_be) { Read::Cut } else { Read::No };
            };
            match end.first() {
                None => Read::Cut,
                Some(b';') => Read::Whole((*character, name.len() + 1)),
                Some(_) => Read::No,
            }
        }
    }
}

fn number(digits: &[u8], radix: u32, before: usize) -> Read<(char, usize)> {
    let mut value = 0_u32;
    for (at, byte) in digits.iter().enumerate().take(MAX_DIGITS + 1) {
        match char::from(*byte).to_digit(radix) {
            Some(digit) => value = value.saturating_mul(radix).saturating_add(digit),
            None if *byte == b';' && at > 0 => {
                let character = char::from_u32(value);
                return character.map_or(Read::No, |character| Read::Whole((character, before + at + 1)));
            }
            None => return Read::No,
        }
    }
    if digits.len() <= MAX_DIGITS { Read::Cut } else { Read::No }
}

/// `=3D`, or a `=` at the end of a line (RFC 2045 §6.7).
fn quoted_printable(text: &[u8], mut found: impl FnMut(Escaped, usize)) -> bool {
    match text {
        [b'=', b'\n', ..] => found(Escaped::SoftBreak, 2),
        [b'=', b'\r', b'\n', ..] => found(Escaped::SoftBreak, 3),
        [b'='] | [b'=', b'\r'] => return true,
        _ => match hex(text, 1, 2) {
            Read::Whole(byte) => found(Escaped::Byte(byte as u8), 3),
            other => return other == Read::Cut,
        },
    }
    false
}

/// A blank in a form.
fn blank(mut found: impl FnMut(Escaped, usize)) -> bool {
    found(Escaped::Byte(b' '), 1);
    false
}

/// The value of `count` hexadecimal digits at `from`.
fn hex(text: &[u8], from: usize, count: usize) -> Read<u32> {
    let digits = text.get(from..).unwrap_or_default();
    let mut value = 0;
    for byte in digits.iter().take(count) {
        match char::from(*byte).to_digit(16) {
            Some(digit) => value = value << 4 | digit,
            None => return Read::No,
        }
    }
    if digits.len() < count { Read::Cut } else { Read::Whole(value) }
}
