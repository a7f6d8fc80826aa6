//! Converts vendors' text to UTF-8 that every parser reads: from the charset of the text, without a byte order mark,
//! and without half surrogate pairs in escapes.
//!
//! All text of vendors passes here, so that plugins, callers, errors and sign-ins read the same. Bytes that are not
//! text stay as they are.

use bytes::Bytes;
use encoding_rs::{Decoder, Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};
use http::HeaderValue;
use memchr::memchr;

/// Bytes that the host needs to recognise a body: the longest byte order mark and a character after it.
const FIRST: usize = 4;
/// Length of a surrogate pair in escapes, `\ud83d\ude00`.
const PAIR: usize = 12;
/// U+FFFD, the replacement character, as the digits of an escape.
const NO_CHARACTER: &[u8; 4] = b"fffd";

/// Converts a body to UTF-8 piece by piece.
pub(super) struct Text {
    media_type: MediaType,
    state: State,
}

enum State {
    /// The first bytes, while there are too few to recognise the body.
    Start(Vec<u8>),
    /// The body is not text.
    Bytes,
    /// The body is text. In JSON, the host repairs escapes.
    Text(Charset, Option<Escapes>),
}

impl Text {
    /// A body with this `content-type`.
    pub(super) fn new(content_type: Option<&HeaderValue>) -> Self {
        let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
        Self { media_type: MediaType::parse(content_type), state: State::Start(Vec::new()) }
    }

    /// Takes the next piece and returns the text that is certain so far.
    pub(super) fn push(&mut self, piece: Bytes) -> Bytes {
        self.read(piece, false)
    }

    /// The text that is left at the end of the body.
    pub(super) fn finish(mut self) -> Bytes {
        self.read(Bytes::new(), true)
    }

    fn read(&mut self, mut piece: Bytes, last: bool) -> Bytes {
        if let State::Start(first) = &mut self.state {
            if !first.is_empty() || piece.len() < FIRST {
                first.extend_from_slice(&piece);
                piece = Bytes::new();
                if first.len() < FIRST && !last {
                    return piece;
                }
                piece = std::mem::take(first).into();
            }
            let (state, mark) = self.media_type.judge(&piece);
            self.state = state;
            piece = piece.slice(mark..);
        }
        match &mut self.state {
            State::Text(charset, None) => charset.decode(piece, last),
            State::Text(charset, Some(escapes)) => escapes.mend(charset.decode(piece, last), last),
            State::Start(_) | State::Bytes => piece,
        }
    }
}

/// The parts of a `content-type` (RFC 9110 §8.3).
struct MediaType {
    is_text: bool,
    is_json: bool,
    charset: &'static Encoding,
}

impl MediaType {
    fn parse(content_type: &str) -> Self {
        let mut parts = content_type.split(';');
        let essence = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let label = parts.find_map(charset_of);
        let is_json = essence.contains("json");
        let is_text = essence.is_empty()
            || essence.starts_with("text/")
            || is_json
            || ["xml", "javascript", "urlencoded"].iter().any(|name| essence.contains(name));
        Self {
            is_text,
            is_json,
            charset: label.and_then(|label| Encoding::for_label(label.as_bytes())).unwrap_or(UTF_8),
        }
    }

    /// The state for a body that begins with these bytes, and the length of its byte order mark. The bytes count more
    /// than the label.
    fn judge(&self, first: &[u8]) -> (State, usize) {
        let (charset, mark) = match (Encoding::for_bom(first), first) {
            (Some((charset, mark)), _) => (charset, mark),
            // UTF-16 has a zero byte beside its first character. Text in other charsets has no zero bytes.
            (None, [0, 1..=255, ..]) => (UTF_16BE, 0),
            (None, [1..=255, 0, ..]) => (UTF_16LE, 0),
            (None, _) if [UTF_16BE, UTF_16LE, REPLACEMENT].contains(&self.charset) => (UTF_8, 0),
            (None, _) => (self.charset, 0),
        };
        let begins = first.iter().skip(mark).find(|byte| **byte != 0 && !byte.is_ascii_whitespace());
        let is_json = self.is_json || matches!(begins, Some(b'{' | b'['));
        if !self.is_text && !is_json {
            return (State::Bytes, 0);
        }
        (State::Text(Charset::new(charset), is_json.then(Escapes::default)), mark)
    }
}

fn charset_of(parameter: &str) -> Option<&str> {
    let (name, label) = parameter.split_once('=')?;
    name.trim().eq_ignore_ascii_case("charset").then(|| label.trim().trim_matches('"'))
}

/// The new `content-type` of a text that the host has converted. `None` if the vendor's header names UTF-8 or no
/// charset.
pub(super) fn as_utf8(content_type: &HeaderValue) -> Option<HeaderValue> {
    let given = content_type.to_str().ok()?;
    let label = given.split(';').skip(1).find_map(charset_of)?;
    if !MediaType::parse(given).is_text || Encoding::for_label(label.as_bytes()) == Some(UTF_8) {
        return None;
    }
    let part = |part| if charset_of(part).is_some() { " charset=utf-8" } else { part };
    HeaderValue::from_str(&given.split(';').map(part).collect::<Vec<_>>().join(";")).ok()
}

enum Charset {
    /// UTF-8 so far.
    Utf8 {
        /// The first bytes of a character that continues in the next piece.
        held: Vec<u8>,
        /// The charset for the rest, from the first byte on that is not UTF-8. A text in a single-byte charset is
        /// hardly ever valid UTF-8 by accident, and servers often label UTF-8 as Latin-1.
        otherwise: &'static Encoding,
    },
    Other(Decoder),
}

impl Charset {
    fn new(encoding: &'static Encoding) -> Self {
        if encoding == UTF_8 || encoding.is_single_byte() {
            Self::Utf8 { held: Vec::new(), otherwise: encoding }
        } else {
            Self::Other(encoding.new_decoder_without_bom_handling())
        }
    }

    fn decode(&mut self, piece: Bytes, last: bool) -> Bytes {
        let (held, otherwise) = match self {
            Self::Utf8 { held, .. } if held.is_empty() && str::from_utf8(&piece).is_ok() => return piece,
            Self::Utf8 { held, otherwise } => (held, *otherwise),
            Self::Other(decoder) => return decode(decoder, &piece, last).into(),
        };
        held.extend_from_slice(&piece);
        let given = std::mem::take(held);
        let mut text = String::with_capacity(given.len());
        let mut at: usize = 0;
        for chunk in given.utf8_chunks() {
            text.push_str(chunk.valid());
            let rest = given.get(at + chunk.valid().len()..).unwrap_or_default();
            at += chunk.valid().len() + chunk.invalid().len();
            let is_cut = !last && str::from_utf8(rest).is_err_and(|error| error.error_len().is_none());
            match chunk.invalid() {
                [] => {}
                cut if is_cut => held.extend_from_slice(cut),
                _ if otherwise == UTF_8 => text.push(char::REPLACEMENT_CHARACTER),
                _ => {
                    let mut decoder = otherwise.new_decoder_without_bom_handling();
                    text.push_str(&decode(&mut decoder, rest, last));
                    *self = Self::Other(decoder);
                    break;
                }
            }
        }
        text.into()
    }
}

fn decode(decoder: &mut Decoder, piece: &[u8], last: bool) -> String {
    let mut text = String::with_capacity(decoder.max_utf8_buffer_length(piece.len()).unwrap_or_default());
    // The buffer has the largest possible size, so there is room for all of it.
    let _ = decoder.decode_to_string(piece, &mut text, last);
    text
}

/// Puts U+FFFD in place of half a surrogate pair in escapes. Most parsers refuse a whole document that has one.
#[derive(Default)]
struct Escapes {
    /// The end of the text so far, from a backslash on. Its escape may continue in the next piece.
    held: Vec<u8>,
}

impl Escapes {
    fn mend(&mut self, piece: Bytes, last: bool) -> Bytes {
        if self.held.is_empty() && memchr(b'\\', &piece).is_none() {
            return piece;
        }
        let mut text = std::mem::take(&mut self.held);
        text.extend_from_slice(&piece);
        let done = mend(&mut text, last);
        self.held = text.split_off(done);
        text.into()
    }
}

/// Repairs the escapes of a JSON text. Returns the number of bytes that are complete: fewer than all only if more may
/// follow.
fn mend(text: &mut [u8], last: bool) -> usize {
    let mut at: usize = 0;
    while let Some(found) = text.get(at..).and_then(|rest| memchr(b'\\', rest)) {
        at += found;
        let rest = text.get_mut(at..).unwrap_or_default();
        if rest.len() < PAIR && !last {
            return at;
        }
        at += match (unit(rest), rest.get(6..).and_then(unit)) {
            (None, _) => 2,
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => PAIR,
            (Some(0xD800..=0xDFFF), _) => {
                if let Some(digits) = rest.get_mut(2..6) {
                    digits.copy_from_slice(NO_CHARACTER);
                }
                6
            }
            (Some(_), _) => 6,
        };
    }
    text.len()
}

/// The UTF-16 code unit of the escape `\uXXXX` that a text begins with.
fn unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(br"\u")?.get(..4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
    u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use encoding_rs::{ISO_2022_JP, SHIFT_JIS, WINDOWS_1251, WINDOWS_1252};

    use super::*;

    /// Reads the text of a body at once and byte by byte, and asserts that both are the same.
    fn read(content_type: &'static str, body: &[u8]) -> Vec<u8> {
        let whole = |pieces: &mut dyn Iterator<Item = Bytes>| {
            let mut text = Text::new(Some(&HeaderValue::from_static(content_type)));
            let mut read: Vec<u8> = pieces.flat_map(|piece| text.push(piece)).collect();
            read.extend(text.finish());
            read
        };
        let read = whole(&mut [Bytes::copy_from_slice(body)].into_iter());
        let dripped = whole(&mut body.iter().map(|byte| Bytes::copy_from_slice(&[*byte])));
        assert_eq!(String::from_utf8_lossy(&dripped), String::from_utf8_lossy(&read), "{content_type}");
        read
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn text_is_read_from_the_charset_that_it_is_written_in() {
        let ada = r#"{"name":"Ada Ünal"}"#;
        let marked = |text: &str| [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat();
        for (content_type, body) in [
            ("application/json", ada.into()),
            ("application/json", marked(ada)),
            ("application/json; charset=iso-8859-1", marked(ada)),
            ("application/json", utf16(ada, u16::to_le_bytes)),
            ("application/json", utf16(ada, u16::to_be_bytes)),
            ("application/json", utf16(&format!("\u{feff}{ada}"), u16::to_le_bytes)),
            ("", utf16(&format!("\u{feff}{ada}"), u16::to_be_bytes)),
            ("application/json; charset=utf-16", utf16(ada, u16::to_le_bytes)),
            ("application/json; charset=utf-16", ada.into()),
            ("application/json; Charset=\"ISO-8859-1\"", WINDOWS_1252.encode(ada).0.into()),
            ("text/html;charset=windows-1252", WINDOWS_1252.encode(ada).0.into()),
            ("application/problem+json; profile=x; charset=latin1", ada.into()),
            ("application/json; charset=us-ascii", ada.into()),
            ("application/json; charset=no-such-thing", ada.into()),
        ] {
            assert_eq!(String::from_utf8_lossy(&read(content_type, &body)), ada, "{content_type}");
        }
        for (encoding, content_type, text) in [
            (WINDOWS_1251, "text/plain; charset=windows-1251", "Ада Лавлейс"),
            (SHIFT_JIS, "application/json; charset=Shift_JIS", r#"["表示","ソ"]"#),
            (ISO_2022_JP, "text/plain; charset=iso-2022-jp", "日本語 text"),
        ] {
            assert_eq!(String::from_utf8_lossy(&read(content_type, &encoding.encode(text).0)), text);
        }
    }

    #[test]
    fn what_is_no_character_is_read_as_one_that_says_so() {
        for (given, expected) in [
            (b"{\"a\":\"x\xff\xfey\"}".as_slice(), "{\"a\":\"x\u{fffd}\u{fffd}y\"}"),
            (b"{\"a\":\"\xe2\x82", "{\"a\":\"\u{fffd}"),
            (br#"{"a":"Ada \ud83d"}"#, r#"{"a":"Ada \ufffd"}"#),
            (br#"{"a":"\uDe00 \uD83D\uDE00 \ud83d\ud83d\ude00"}"#, r#"{"a":"\ufffd \uD83D\uDE00 \ufffd\ud83d\ude00"}"#),
            (br#"{"a":"\ud83dx\\ud83d \\\ud83d\n\u00e9\u+123"}"#, r#"{"a":"\ufffdx\\ud83d \\\ufffd\n\u00e9\u+123"}"#),
            (br#"["\ud83"#, r#"["\ud83"#),
            (br#"["\"#, r#"["\"#),
            (br#"{"id":123456789012345678901234567890,"n":1.0}"#, r#"{"id":123456789012345678901234567890,"n":1.0}"#),
        ] {
            assert_eq!(String::from_utf8_lossy(&read("application/json", given)), expected);
            // A JSON body is read as JSON, whatever its label is.
            assert_eq!(String::from_utf8_lossy(&read("application/octet-stream", given)), expected);
        }
        assert_eq!(read("text/html", br"<p>\ud83d</p>"), br"<p>\ud83d</p>", "text that is not JSON has no escapes");
    }

    #[test]
    fn what_is_not_text_stays_as_it_is() {
        let images: [&[u8]; 4] = [b"\xff\xd8\xff\xe0\x00\x10JFIF\\ud83d", b"\x89PNG\r\n\x1a\n", b"\xef\xbb\xbfx", b""];
        for image in images {
            assert_eq!(read("image/png", image), image);
        }
        assert_eq!(read("application/json", b""), b"");
    }

    #[test]
    fn a_content_type_names_utf_8_where_it_named_another_charset() {
        for (given, shown) in [
            ("application/json", None),
            ("application/json; charset=UTF-8", None),
            ("application/json;charset=iso-8859-1", Some("application/json; charset=utf-8")),
            ("text/plain; charset=\"utf-16\"; format=flowed", Some("text/plain; charset=utf-8; format=flowed")),
            ("image/svg; charset=latin1", None),
        ] {
            let shown = shown.map(HeaderValue::from_static);
            assert_eq!(as_utf8(&HeaderValue::from_static(given)), shown, "{given}");
        }
    }
}
