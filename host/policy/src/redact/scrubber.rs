//! Removes the secrets of a call from texts: whole ones, several of one answer, and pieces of a stream.

use std::borrow::Cow;

use bytes::Bytes;
use zeroize::Zeroizing;

use super::needle::Needles;
use super::reader::Reader;
use crate::credential::trim;

/// The text in place of a credential.
pub const REDACTED: &str = "[redacted]";

/// Comparisons for each byte of a text, on average, before the rest of the text is withheld. Without a bound, a text
/// that almost spells a secret at many places would cost the square of its length. Only such a text comes near the
/// bound. A comparison takes about 1 ns.
const EFFORT: usize = 10;
/// Comparisons for a text of any length. A small answer may rightly consist only of beginnings of a secret.
const LEAST_EFFORT: usize = 1 << 16;
/// Most comparisons for one piece of a stream. Unused comparisons of earlier pieces add up to this and no more, so that
/// no piece takes longer than 1 ms.
const MOST_EFFORT: usize = 1 << 19;

/// Finds the secrets of one call in vendors' answers. `docs/security.md` lists the spellings.
///
/// The host makes one for each call, so it must be cheap to make. It builds no automaton.
pub struct Scrubber {
    needles: Needles,
}

impl Scrubber {
    /// Takes the secrets. It also searches for each secret as vendors read it, without the white space around it
    /// ([`trim`]), and for one of several lines with either line ending. It does not search for secrets of less than
    /// six bytes: replacing every `a` would destroy the answer, and such a secret protects nothing.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str, IntoIter: Clone>) -> Self {
        let secrets = secrets.into_iter();
        let several = secrets.clone().filter(|secret| secret.contains('\n'));
        let rewritten = several.flat_map(|secret| ["\n", "\r\n"].map(|end| with_line_ends(secret, end)));
        let rewritten = Zeroizing::new(rewritten.collect::<Vec<_>>());
        let all = secrets.map(|secret| -> &str { secret }).chain(rewritten.iter().map(String::as_str));
        Self { needles: Needles::new(all.flat_map(as_read)) }
    }

    /// A whole text without secrets. The time is linear in its length, at worst some milliseconds for 1 MiB. A longer
    /// text should go to a [stream](Self::stream) in pieces.
    pub fn bytes(&self, text: Bytes) -> Bytes {
        self.whole(&text).map_or(text, Bytes::from)
    }

    /// A short text without secrets, such as a header's value. Borrowed if nothing was removed.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.whole(text.as_bytes()) {
            Some(clean) => String::from_utf8_lossy(&clean).into_owned().into(),
            None => text.into(),
        }
    }

    /// The changed text. `None` if it stays as it is.
    fn whole(&self, text: &[u8]) -> Option<Vec<u8>> {
        let mut place = Place::new();
        place.allow(text.len());
        self.scrub(text, false, &mut place).clean
    }

    /// Starts with the texts of one answer.
    pub fn texts(&self) -> ScrubbedTexts<'_> {
        ScrubbedTexts { scrubber: self, effort: LEAST_EFFORT }
    }

    /// Starts with a text that arrives in pieces.
    pub fn stream(&self) -> ScrubbedStream<'_> {
        ScrubbedStream { scrubber: self, held: Vec::new(), due: 0, place: Place::new() }
    }

    /// Removes the secrets from `text`. If `more` follows, it stops at a possible beginning of a secret.
    fn scrub(&self, text: &[u8], more: bool, place: &mut Place) -> Scrubbed {
        let mut reader = Reader::new(place.effort);
        let mut clean = Vec::new();
        // `text` is written or redacted up to `written`, and read up to `at`.
        let (mut written, mut at) = (place.redacted, 0);
        loop {
            at = self.needles.candidate(text, at);
            let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) else { break };
            if reader.effort() == 0 {
                if at >= written {
                    redact(&mut clean, text, written, at);
                }
                place.withheld = true;
                return Scrubbed { done: text.len(), clean: Some(clean) };
            }
            let found = reader.find(&self.needles, rest);
            if more && found.is_open {
                break;
            }
            if let Some(length) = found.whole {
                // A secret that begins inside another one makes the redaction longer.
                if at >= written {
                    redact(&mut clean, text, written, at);
                }
                written = written.max(at + length);
            }
            at += 1;
        }
        let is_changed = written > 0;
        if is_changed {
            clean.extend_from_slice(text.get(written..at).unwrap_or_default());
        }
        *place = Place { effort: reader.effort(), redacted: written.saturating_sub(at), withheld: false };
        Scrubbed { done: at, clean: is_changed.then_some(clean) }
    }
}

/// A secret as it is, and as vendors read it if that differs.
fn as_read(secret: &str) -> impl Iterator<Item = &str> + Clone {
    let trimmed = Some(trim(secret)).filter(|trimmed| trimmed.len() < secret.len());
    std::iter::once(secret).chain(trimmed)
}

/// A secret of several lines with this line ending.
fn with_line_ends(secret: &str, end: &str) -> String {
    // `join` allocates the right size at once. A text that moves would leave a copy of the secret in memory.
    secret.lines().collect::<Vec<_>>().join(end)
}

/// Writes the clean part before a redaction at `to`, and the redaction.
fn redact(clean: &mut Vec<u8>, text: &[u8], from: usize, to: usize) {
    clean.extend_from_slice(text.get(from..to).unwrap_or_default());
    clean.extend_from_slice(REDACTED.as_bytes());
}

/// The processed part of a text.
struct Scrubbed {
    /// The number of its bytes.
    done: usize,
    /// The changed bytes. `None` if they stay as they are.
    clean: Option<Vec<u8>>,
}

/// The state of the scrubbing of a text.
struct Place {
    /// The comparisons that are left.
    effort: usize,
    /// How many of the next bytes belong to a redaction that is already written.
    redacted: usize,
    /// Whether the rest of the text is withheld.
    withheld: bool,
}

impl Place {
    fn new() -> Self {
        Self { effort: LEAST_EFFORT, redacted: 0, withheld: false }
    }

    /// Adds the comparisons for the next `bytes` of a text.
    fn allow(&mut self, bytes: usize) {
        self.effort = self.effort.saturating_add(bytes.saturating_mul(EFFORT));
    }
}

/// Scrubs the texts of one answer separately. They share their comparisons, so that many short texts cost no more than
/// one long text.
pub struct ScrubbedTexts<'a> {
    scrubber: &'a Scrubber,
    effort: usize,
}

impl ScrubbedTexts<'_> {
    /// The next text without credentials. `None` if the comparisons are used up before its end.
    pub fn next(&mut self, text: &str) -> Option<String> {
        let mut place = Place { effort: self.effort, ..Place::new() };
        place.allow(text.len());
        let Scrubbed { clean, .. } = self.scrubber.scrub(text.as_bytes(), false, &mut place);
        self.effort = if place.withheld { 0 } else { place.effort };
        let clean = || clean.map_or_else(|| text.to_owned(), |clean| String::from_utf8_lossy(&clean).into_owned());
        (!place.withheld).then(clean)
    }
}

/// Scrubs a text in pieces. Holds back only a possible beginning of a secret.
pub struct ScrubbedStream<'a> {
    scrubber: &'a Scrubber,
    held: Vec<u8>,
    /// Bytes to collect before they are read again. Otherwise a vendor that sends single bytes would have all of them
    /// compared for each byte.
    due: usize,
    place: Place,
}

impl ScrubbedStream<'_> {
    /// Takes the next piece, and returns the bytes that are certainly clean.
    pub fn push(&mut self, piece: &[u8]) -> Bytes {
        if self.place.withheld {
            return Bytes::new();
        }
        self.place.allow(piece.len());
        self.place.effort = self.place.effort.min(MOST_EFFORT);
        self.held.extend_from_slice(piece);
        if self.held.len() < self.due {
            return Bytes::new();
        }
        let Scrubbed { done, clean } = self.scrubber.scrub(&self.held, true, &mut self.place);
        let rest = self.held.split_off(done);
        self.due = rest.len() + rest.len() / 8;
        let taken = std::mem::replace(&mut self.held, rest);
        clean.unwrap_or(taken).into()
    }

    /// Ends the text. The bytes that were held back may still contain a shorter secret.
    pub fn finish(mut self) -> Bytes {
        let Scrubbed { clean, .. } = self.scrubber.scrub(&self.held, false, &mut self.place);
        clean.unwrap_or(self.held).into()
    }
}
