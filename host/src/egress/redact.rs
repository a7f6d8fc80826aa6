//! Removes credentials from what a vendor sends back, before a guest, a caller or a log can see it.

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

/// What stands where a credential stood.
pub const REDACTED: &str = "[redacted]";

/// Shorter secrets are not searched for: replacing every `a` in an answer would destroy it, and they protect nothing.
const SHORTEST: usize = 6;

/// Finds the secrets of one call in every spelling that vendors echo: as they are, percent-encoded, JSON-escaped, hexadecimal and
/// base64 at every alignment.
pub(super) struct Scrubber {
    search: Option<AhoCorasick>,
    patterns: Vec<Zeroizing<Vec<u8>>>,
    longest: usize,
}

impl Scrubber {
    pub(super) fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut patterns: Vec<Zeroizing<Vec<u8>>> = Vec::new();
        for secret in secrets.into_iter().filter(|s| s.len() >= SHORTEST) {
            patterns.extend(spellings(secret));
        }
        patterns.sort();
        patterns.dedup();
        patterns.retain(|p| p.len() >= SHORTEST);
        let search = (!patterns.is_empty())
            .then(|| AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(patterns.iter().map(|p| p.as_slice())).ok())
            .flatten();
        let longest = patterns.iter().map(|p| p.len()).max().unwrap_or(0);
        Self { search, patterns, longest }
    }

    /// A whole text.
    pub(super) fn bytes(&self, text: Bytes) -> Bytes {
        match &self.search {
            Some(search) if search.is_match(&text) => {
                let mut clean = Vec::with_capacity(text.len());
                search.replace_all_with_bytes(&text, &mut clean, |_, _, out| {
                    out.extend_from_slice(REDACTED.as_bytes());
                    true
                });
                clean.into()
            }
            _ => text,
        }
    }

    /// A short text, such as a header's value.
    pub(super) fn text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.bytes(Bytes::copy_from_slice(text.as_bytes()))).into_owned()
    }

    /// Starts a text that arrives in pieces.
    pub(super) fn stream(&self) -> ScrubbedStream<'_> {
        ScrubbedStream { scrubber: self, held: Vec::new() }
    }

    /// Length of the longest tail of `text` that may be the beginning of a secret.
    fn suspicious_tail(&self, text: &[u8]) -> usize {
        (1..self.longest.min(text.len() + 1))
            .rev()
            .find(|length| {
                let tail = text.get(text.len() - length..).unwrap_or_default();
                self.patterns.iter().any(|p| p.len() > *length && p.starts_with(tail))
            })
            .unwrap_or(0)
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
        let clean = self.scrubber.bytes(Bytes::from(std::mem::take(&mut self.held)));
        let tail = self.scrubber.suspicious_tail(&clean);
        let split = clean.len() - tail;
        self.held = clean.slice(split..).to_vec();
        clean.slice(..split)
    }

    /// The end of the text: what was held back is no secret.
    pub(super) fn finish(self) -> Bytes {
        self.held.into()
    }
}

fn spellings(secret: &str) -> Vec<Zeroizing<Vec<u8>>> {
    let mut all = vec![
        secret.to_owned(),
        utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
        serde_json::Value::from(secret).to_string().trim_matches('"').to_owned(),
        hex::encode(secret),
        hex::encode_upper(secret),
    ];
    for shift in 0..3 {
        // Inside a longer base64 text the secret starts at any of three alignments; its inner characters are fixed.
        let mut shifted = vec![0; shift];
        shifted.extend_from_slice(secret.as_bytes());
        let (first, last) = ((shift * 8).div_ceil(6), shifted.len() * 8 / 6);
        for encoded in [STANDARD_NO_PAD.encode(&shifted), URL_SAFE_NO_PAD.encode(&shifted)] {
            all.push(encoded.get(first..last).unwrap_or_default().to_owned());
        }
    }
    all.into_iter().map(|text| Zeroizing::new(text.into_bytes())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_every_spelling() {
        let secret = "s3cr\"et/+ü~value";
        let scrubber = Scrubber::new([secret]);
        for spelling in [
            secret.to_owned(),
            "s3cr%22et%2F%2B%C3%BC~value".to_owned(),
            utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
            "s3cr\\\"et/+ü~value".to_owned(),
            hex::encode(secret),
        ] {
            assert_eq!(scrubber.text(&format!("<{spelling}>")), "<[redacted]>", "{spelling}");
        }
        for prefix in ["", "a", "ab", "abc"] {
            let encoded = STANDARD_NO_PAD.encode(format!("{prefix}{secret}:tail"));
            assert!(scrubber.text(&encoded).contains(REDACTED), "{prefix}: {encoded}");
        }
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
}
