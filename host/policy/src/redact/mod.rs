//! Which parts of a vendor's answer are the account's credentials, in whatever spelling: they are taken out before a guest, a
//! caller or a log can see them.
//!
//! A text is read once, from left to right. Almost every place of it is dismissed by two bytes (`Needles::candidate`); what
//! is left is compared with the few needles that begin with the byte that stands there, as it is or escaped (`Reader::find`).

mod escape;
mod needle;
mod reader;

use std::borrow::Cow;

use bytes::Bytes;
use zeroize::Zeroizing;

use crate::credential::trim;
use needle::Needles;
use reader::Reader;

/// What stands where a credential stood.
pub const REDACTED: &str = "[redacted]";

/// Comparisons for each byte of a text, on average, before the rest of it is withheld. Only a text that keeps almost spelling a
/// secret comes near: without a bound it would cost the square of its length. A comparison takes about a nanosecond.
const EFFORT: usize = 10;
/// Comparisons for a text whatever its length: a small answer may well consist of a secret's beginnings only.
const LEAST_EFFORT: usize = 1 << 16;
/// Comparisons for one piece of a stream at most. What its earlier pieces have left unused adds up to this and no more, so that
/// no piece takes longer than a millisecond.
const MOST_EFFORT: usize = 1 << 19;

/// Finds the secrets of one call in what vendors echo. `docs/security.md` lists the spellings.
///
/// Made for each call, so it is cheap to make: there is no automaton to build.
pub struct Scrubber {
    needles: Needles,
}

impl Scrubber {
    /// Takes the secrets, each of which is also searched for as vendors read it, without the white space around it
    /// ([`trim`]), and if it has several lines, with either end of them. Those of less than six bytes are not searched for, as replacing
    /// every `a` in an answer would destroy it, and they protect nothing.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str, IntoIter: Clone>) -> Self {
        let secrets = secrets.into_iter();
        let several = secrets.clone().filter(|secret| secret.contains('\n'));
        let rewritten = several.flat_map(|secret| ["\n", "\r\n"].map(|end| with_line_ends(secret, end)));
        let rewritten = Zeroizing::new(rewritten.collect::<Vec<_>>());
        let all = secrets.map(|secret| -> &str { secret }).chain(rewritten.iter().map(String::as_str));
        Self { needles: Needles::new(all.flat_map(as_read)) }
    }

    /// A whole text. The time is linear in its length, some milliseconds for a MiB at worst: a longer one is better given to a
    /// [stream](Self::stream) in pieces.
    pub fn bytes(&self, text: Bytes) -> Bytes {
        self.whole(&text).map_or(text, Bytes::from)
    }

    /// A short text, such as a header's value. Borrowed: nothing was taken out of it.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.whole(text.as_bytes()) {
            Some(clean) => String::from_utf8_lossy(&clean).into_owned().into(),
            None => text.into(),
        }
    }

    /// What a whole text becomes; `None` if it stays as it is.
    fn whole(&self, text: &[u8]) -> Option<Vec<u8>> {
        let mut place = Place::new();
        place.allow(text.len());
        self.scrub(text, false, &mut place).clean
    }

    /// Starts the texts of one answer.
    pub fn texts(&self) -> ScrubbedTexts<'_> {
        ScrubbedTexts { scrubber: self, effort: LEAST_EFFORT }
    }

    /// Starts a text that arrives in pieces.
    pub fn stream(&self) -> ScrubbedStream<'_> {
        ScrubbedStream { scrubber: self, held: Vec::new(), due: 0, place: Place::new() }
    }

    /// Takes the secrets out of `text`. If `more` follows, it stops at what may be the beginning of a secret.
    fn scrub(&self, text: &[u8], more: bool, place: &mut Place) -> Scrubbed {
        let mut reader = Reader::new(place.effort);
        let mut clean = Vec::new();
        // Up to where `text` is written or redacted, and where it is looked at.
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
                // One that begins inside another makes that redaction longer.
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

/// A secret as it is and, if that differs, as vendors read it.
fn as_read(secret: &str) -> impl Iterator<Item = &str> + Clone {
    let trimmed = Some(trim(secret)).filter(|trimmed| trimmed.len() < secret.len());
    std::iter::once(secret).chain(trimmed)
}

/// A secret of several lines with these ends of lines.
fn with_line_ends(secret: &str, end: &str) -> String {
    // `join` makes a block of the right size at once: a text that moves leaves what it held behind.
    secret.lines().collect::<Vec<_>>().join(end)
}

/// Writes what is clean before a redaction at `to`, and the redaction.
fn redact(clean: &mut Vec<u8>, text: &[u8], from: usize, to: usize) {
    clean.extend_from_slice(text.get(from..to).unwrap_or_default());
    clean.extend_from_slice(REDACTED.as_bytes());
}

/// What of a text is dealt with.
struct Scrubbed {
    /// Its bytes.
    done: usize,
    /// What they become, unless they stay as they are.
    clean: Option<Vec<u8>>,
}

/// Where the scrubbing of a text stands.
struct Place {
    /// Comparisons that are left.
    effort: usize,
    /// How many of the next bytes belong to a redaction that is written.
    redacted: usize,
    /// Whether the rest of the text is withheld.
    withheld: bool,
}

impl Place {
    fn new() -> Self {
        Self { effort: LEAST_EFFORT, redacted: 0, withheld: false }
    }

    /// What the next `bytes` of a text may cost.
    fn allow(&mut self, bytes: usize) {
        self.effort = self.effort.saturating_add(bytes.saturating_mul(EFFORT));
    }
}

/// Scrubs the texts of one answer, each for itself. They share their comparisons, so that many short texts cost no more than a long one.
pub struct ScrubbedTexts<'a> {
    scrubber: &'a Scrubber,
    effort: usize,
}

impl ScrubbedTexts<'_> {
    /// The next text without credentials; `None` if the comparisons are used up before its end.
    pub fn next(&mut self, text: &str) -> Option<String> {
        let mut place = Place { effort: self.effort, ..Place::new() };
        place.allow(text.len());
        let Scrubbed { clean, .. } = self.scrubber.scrub(text.as_bytes(), false, &mut place);
        self.effort = if place.withheld { 0 } else { place.effort };
        let clean = || clean.map_or_else(|| text.to_owned(), |clean| String::from_utf8_lossy(&clean).into_owned());
        (!place.withheld).then(clean)
    }
}

/// Scrubs pieces; holds back only what may be the beginning of a secret.
pub struct ScrubbedStream<'a> {
    scrubber: &'a Scrubber,
    held: Vec<u8>,
    /// Bytes to hold before they are looked at again: a vendor that sends single bytes must not have all of them compared with
    /// each.
    due: usize,
    place: Place,
}

impl ScrubbedStream<'_> {
    /// Takes the next piece, returns what is certainly clean.
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

    /// The end of the text: what was held back may still hold a shorter secret.
    pub fn finish(mut self) -> Bytes {
        let Scrubbed { clean, .. } = self.scrubber.scrub(&self.held, false, &mut self.place);
        clean.unwrap_or(self.held).into()
    }
}
