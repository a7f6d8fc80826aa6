//! Removes credentials from what a vendor sends back, before a guest, a caller or a log can see it.

mod spelling;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use zeroize::Zeroizing;

use spelling::{Found, Reader};

/// What stands where a credential stood.
pub const REDACTED: &str = "[redacted]";

/// Shorter secrets are not searched for: replacing every `a` in an answer would destroy it, and they protect nothing.
const SHORTEST: usize = 6;

/// Characters compared for each byte of a text, on average, before the rest of it is withheld. Only a text that keeps almost
/// spelling a secret comes near: without a bound it would cost the square of its length.
const EFFORT: usize = 16;
/// What a text may cost whatever its length.
const LEAST_EFFORT: usize = 1 << 16;

/// Finds the secrets of one call in what vendors echo: as they are, in hexadecimal, in base64 at every alignment, and each of
/// these with any of its characters escaped as URLs, JSON and HTML do.
///
/// Made for each call, so it is cheap to make: there is no automaton to build.
pub(super) struct Scrubber {
    needles: Vec<Zeroizing<String>>,
    /// The bytes that a needle in any spelling can begin with.
    begins: [bool; 256],
}

impl Scrubber {
    pub(super) fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let long = |text: &str| text.len() >= SHORTEST;
        let mut needles: Vec<_> = secrets.into_iter().filter(|secret| long(secret)).flat_map(encodings).collect();
        needles.retain(|needle| long(needle));
        needles.sort_unstable_by(|a, b| a.as_str().cmp(b));
        needles.dedup();
        let mut begins = [false; 256];
        let firsts = needles.iter().filter_map(|needle| needle.bytes().next());
        let escapes = spelling::ESCAPES.iter().copied().filter(|_| !needles.is_empty());
        for byte in firsts.chain(escapes) {
            if let Some(begin) = begins.get_mut(usize::from(byte)) {
                *begin = true;
            }
        }
        Self { needles, begins }
    }

    /// A whole text.
    pub(super) fn bytes(&self, text: Bytes) -> Bytes {
        let mut clean = Vec::new();
        self.scrub(&text, false, &mut clean);
        if clean.is_empty() { text } else { clean.into() }
    }

    /// A short text, such as a header's value.
    pub(super) fn text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.bytes(Bytes::copy_from_slice(text.as_bytes()))).into_owned()
    }

    /// Starts a text that arrives in pieces.
    pub(super) fn stream(&self) -> ScrubbedStream<'_> {
        ScrubbedStream { scrubber: self, held: Vec::new() }
    }

    /// Appends what is clean of `text` to `clean`, which stays empty where that is all of it, and returns how much of `text` is
    /// dealt with: less than all only where `more` follows, which may complete a secret.
    fn scrub(&self, text: &[u8], more: bool, clean: &mut Vec<u8>) -> usize {
        let mut reader = Reader::default();
        let effort = text.len().saturating_mul(EFFORT).saturating_add(LEAST_EFFORT);
        let (mut at, mut kept) = (0, 0);
        let mut redact = |from: usize, to: usize| {
            clean.extend_from_slice(text.get(from..to).unwrap_or_default());
            clean.extend_from_slice(REDACTED.as_bytes());
        };
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let begins = |byte: &u8| self.begins.get(usize::from(*byte)).copied().unwrap_or_default();
            let Some(skipped) = rest.iter().position(begins) else {
                at = text.len();
                break;
            };
            at += skipped;
            match self.find(&mut reader, rest.get(skipped..).unwrap_or_default(), more) {
                Found::Whole(length) => {
                    redact(kept, at);
                    at += length;
                    kept = at;
                }
                Found::Open => break,
                Found::No => at += 1,
            }
            if reader.effort > effort {
                redact(kept, at);
                return text.len();
            }
        }
        if kept > 0 {
            clean.extend_from_slice(text.get(kept..at).unwrap_or_default());
        }
        at
    }

    /// The longest secret that `text` begins with. Open, where more text could make it one, or a longer one.
    fn find(&self, reader: &mut Reader, text: &[u8], more: bool) -> Found {
        let mut longest = Found::No;
        for needle in self.needles.iter().filter(|needle| spelling::is_possible(needle, text)) {
            match (reader.read(needle, text), &longest) {
                (Found::Open, _) if more => return Found::Open,
                (Found::Whole(length), Found::Whole(other)) if length <= *other => {}
                (found @ Found::Whole(_), _) => longest = found,
                (Found::Open | Found::No, _) => {}
            }
        }
        longest
    }
}

/// Scrubs pieces; holds back only what may be the beginning of a secret.
pub(super) struct ScrubbedStream<'a> {
    scrubber: &'a Scrubber,
    held: Vec<u8>,
}

impl ScrubbedStream<'_> {
    /// Takes the next piece, returns what is certainly clean.
    pub(super) fn push(&mut self, piece: &[u8]) -> Bytes {
        self.held.extend_from_slice(piece);
        let mut clean = Vec::new();
        let done = self.scrubber.scrub(&self.held, true, &mut clean);
        let rest = self.held.split_off(done);
        let taken = std::mem::replace(&mut self.held, rest);
        if clean.is_empty() { taken.into() } else { clean.into() }
    }

    /// The end of the text: what was held back may still hold a shorter secret.
    pub(super) fn finish(self) -> Bytes {
        self.scrubber.bytes(self.held.into())
    }
}

/// The texts that stand for a whole secret.
fn encodings(secret: &str) -> impl Iterator<Item = Zeroizing<String>> {
    let aligned = |engine: &dyn Fn(&[u8]) -> String, shift: usize| {
        // Inside a longer base64 text the secret starts at any of three alignments; its inner characters are fixed.
        let mut shifted = Zeroizing::new(vec![0; shift]);
        shifted.extend_from_slice(secret.as_bytes());
        let (first, last) = ((shift * 8).div_ceil(6), shifted.len() * 8 / 6);
        Zeroizing::new(engine(&shifted)).get(first..last).unwrap_or_default().to_owned()
    };
    // Some servers read UTF-8 as Latin-1.
    let misread = secret.bytes().map(char::from).collect();
    let mut all = vec![secret.to_owned(), misread, hex::encode(secret), hex::encode_upper(secret)];
    for shift in 0..3 {
        all.push(aligned(&|bytes| STANDARD_NO_PAD.encode(bytes), shift));
        all.push(aligned(&|bytes| URL_SAFE_NO_PAD.encode(bytes), shift));
    }
    all.into_iter().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

    use super::*;

    const SECRET: &str = "s3cr\"et/+ü~va&l\\ue !'%41";

    /// What each of the common encoders leaves as it is.
    const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    const COMPONENT: &AsciiSet = &UNRESERVED.remove(b'!').remove(b'\'').remove(b'(').remove(b')').remove(b'*');
    const PATH: &AsciiSet = &COMPONENT.remove(b'/').remove(b'+').remove(b'&').remove(b'=').remove(b':').remove(b'@');

    fn each(spell: impl Fn(char) -> String) -> String {
        SECRET.chars().map(spell).collect()
    }

    #[test]
    fn a_secret_is_found_in_every_spelling() {
        let scrubber = Scrubber::new([SECRET]);
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let json = |text: &str| quoted(text)[1..quoted(text).len() - 1].to_owned();
        let form: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
        let percent = |set| utf8_percent_encode(SECRET, set).to_string();
        let html = SECRET.replace('&', "&amp;").replace('"', "&quot;").replace('\'', "&#039;");
        let mut spellings = vec![
            SECRET.to_owned(),
            each(|c| if c.is_ascii_alphanumeric() { c.into() } else { format!("&#x{:X};", u32::from(c)) }),
            each(|c| if c.is_ascii() { json(&c.to_string()) } else { format!("\\u{:04x}", u32::from(c)) }),
            each(|c| format!("\\u{:04X}", u32::from(c))),
            SECRET.bytes().map(|byte| format!("%{byte:02x}")).collect(),
            json(SECRET),
            json(&json(SECRET)),
            json(SECRET).replace('/', "\\/"),
            html,
            SECRET.bytes().map(|byte| format!("\\u{byte:04x}")).collect(),
            SECRET.bytes().map(char::from).collect(),
            hex::encode(SECRET),
            hex::encode_upper(SECRET),
        ];
        for encoded in [form, percent(NON_ALPHANUMERIC), percent(UNRESERVED), percent(COMPONENT), percent(PATH)] {
            let lower = each_escape(&encoded, |escape| escape.to_ascii_lowercase());
            spellings.extend([lower, encoded.replace('%', "%25"), encoded]);
        }
        for spelling in spellings {
            assert_eq!(scrubber.text(&format!("<{spelling}>")), "<[redacted]>", "{spelling}");
        }
    }

    fn each_escape(text: &str, change: impl Fn(&str) -> String) -> String {
        let mut parts = text.split('%');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |all, part| format!("{all}%{}{}", change(&part[..2]), &part[2..]))
    }

    #[test]
    fn spellings_of_vendors_that_keep_unreserved_characters_are_found() {
        let scrubber = Scrubber::new(["s3cr\"et/+ü~value"]);
        for spelling in ["s3cr%22et%2F%2B%C3%BC~value", "s3cr%22et%2f%2b%c3%bc~value", "s3cr%22et/+%C3%BC~value"] {
            assert_eq!(scrubber.text(&format!("<{spelling}>")), "<[redacted]>", "{spelling}");
        }
    }

    #[test]
    fn base64_of_a_text_around_the_secret_is_found_escaped_or_not() {
        let scrubber = Scrubber::new([SECRET]);
        for prefix in ["", "a", "ab", "abc"] {
            let encoded = STANDARD_NO_PAD.encode(format!("{prefix}{SECRET}:tail"));
            for spelling in [encoded.replace('/', "%2F").replace('+', "%2B"), encoded.replace('/', "\\/"), encoded] {
                let clean = scrubber.text(&spelling);
                assert!(clean.contains(REDACTED) && clean.len() < 32, "{prefix}: {spelling}");
            }
        }
    }

    #[test]
    fn a_text_without_a_secret_is_left_alone() {
        let scrubber = Scrubber::new([SECRET, "short"]);
        for text in
            ["", "s3cr", "short \\u0073%73&#x73;", "%", "\\", "&", "s3cr%22et%2F%2B%C3", "a\\\\\\\\\\\\\\\\\\\\\\b"]
        {
            assert_eq!(scrubber.text(text), text);
        }
        assert_eq!(Scrubber::new([]).text("%\\&"), "%\\&");
    }

    #[test]
    fn of_two_secrets_the_longer_one_is_taken_out() {
        let scrubber = Scrubber::new(["password", "password-and-more"]);
        assert_eq!(scrubber.text("password password-and-more!"), "[redacted] [redacted]!");
    }

    #[test]
    fn a_secret_split_over_pieces_is_found_and_nothing_else_is_held() {
        let scrubber = Scrubber::new(["supersecret"]);
        let mut stream = scrubber.stream();
        assert_eq!(stream.push(b"{\"a\":\"sup"), Bytes::from_static(b"{\"a\":\""));
        assert_eq!(stream.push(b"ersecr"), Bytes::new());
        assert_eq!(stream.push(b"et\",\"su"), Bytes::from_static(b"[redacted]\",\""));
        assert_eq!(stream.finish(), Bytes::from_static(b"su"));
    }

    #[test]
    fn every_spelling_is_found_byte_by_byte() {
        let scrubber = Scrubber::new([SECRET, "s3cr\"et/+ü~va&l\\ue !'%41 and more"]);
        let escaped: String = SECRET.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for spelling in [SECRET.to_owned(), escaped, each(|c| format!("\\u{:04x}", u32::from(c)))] {
            let mut stream = scrubber.stream();
            let mut clean = Vec::new();
            for byte in format!("<{spelling}> <{spelling}").bytes() {
                clean.extend_from_slice(&stream.push(&[byte]));
            }
            clean.extend_from_slice(&stream.finish());
            assert_eq!(String::from_utf8_lossy(&clean), "<[redacted]> <[redacted]", "{spelling}");
        }
    }

    #[test]
    fn a_text_that_keeps_almost_spelling_a_secret_is_withheld() {
        let secret = "a".repeat(16 << 10);
        let scrubber = Scrubber::new([secret.as_str()]);
        let text = format!("kept {}b", "a".repeat((16 << 10) - 1)).repeat(16);
        let clean = scrubber.text(&text);
        assert!(
            clean.starts_with("kept ") && clean.ends_with(REDACTED) && clean.len() < text.len() / 2,
            "{}",
            clean.len()
        );
    }
}
