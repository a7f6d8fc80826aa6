//! The needles: texts that spell a secret. Finds the places of a text at which a needle may begin.

use std::ops::Range;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

use super::escape::{OPENERS, is_opener, may_open};

/// The shortest needle, in bytes.
const SHORTEST: usize = 6;
/// Bytes that are read together.
const CHUNK: usize = 16;
/// Most bytes before a secret in a group of three bytes, which base64 encodes together.
const MAX_SHIFT: usize = 2;
/// Spellings of one reading of a secret: plain, two of hexadecimal, six of base64.
const SPELLINGS: usize = 9;
/// Bytes of these spellings for each byte of the secret: 1, 2 for each of two, 4/3 for each of six.
const TIMES_LONGER: usize = 13;
/// Bytes that are added for any length: those before the secret, and those of rounding up.
const AROUND: usize = MAX_SHIFT + 6 * 4;
/// Words of a set of byte pairs.
const PAIRS: usize = (1 << 16) / 64;

/// One spelling of a secret.
pub(super) struct Needle {
    /// Its place in the common text block.
    place: Range<usize>,
    /// Whether it is base64, which may be broken into lines.
    pub(super) is_base64: bool,
}

impl Needle {
    pub(super) fn len(&self) -> usize {
        self.place.len()
    }
}

/// The spellings of a call's secrets.
pub(super) struct Needles {
    texts: Zeroizing<Vec<u8>>,
    /// Ordered by their texts.
    all: Vec<Needle>,
    /// The index of the first needle for each first byte.
    firsts: [usize; 257],
    /// The byte pairs with which a needle can begin, escaped or not: one bit each.
    pairs: Box<[u64; PAIRS]>,
}

impl Needles {
    pub(super) fn new<'a>(secrets: impl Iterator<Item = &'a str> + Clone) -> Self {
        let Spellings { texts, mut all } = Spellings::of(secrets.filter(|secret| secret.len() >= SHORTEST));
        // Of equal texts the base64 one stays, because it is found with and without line breaks.
        all.sort_unstable_by(|a, b| text(&texts, a).cmp(text(&texts, b)).then(b.is_base64.cmp(&a.is_base64)));
        all.dedup_by(|a, b| text(&texts, a) == text(&texts, b));
        let mut needles = Self { texts, all, firsts: [0; 257], pairs: OPENING.clone() };
        needles.index();
        needles
    }

    /// Fills the tables of beginnings.
    fn index(&mut self) {
        for needle in &self.all {
            let [first, second, ..] = *text(&self.texts, needle) else { continue };
            let breaks: &[u8] = if needle.is_base64 { b"\r\n" } else { b"" };
            for second in [second].iter().chain(&OPENERS).chain(breaks) {
                set(&mut self.pairs, first, *second);
            }
            if let Some(count) = self.firsts.get_mut(usize::from(first) + 1) {
                *count += 1;
            }
        }
        let mut total = 0;
        for count in &mut self.firsts {
            total += *count;
            *count = total;
        }
        // A `+` means a blank or itself.
        if self.is_beginning(b' ') {
            (0..=u8::MAX).for_each(|second| set(&mut self.pairs, b'+', second));
        }
    }

    /// The first place of `text` from `from` on at which a needle may begin, or the end of the text.
    pub(super) fn candidate(&self, text: &[u8], from: usize) -> usize {
        if self.all.is_empty() {
            return text.len();
        }
        let mut at = from;
        // No branch for each byte in chunks where no needle begins, which are nearly all.
        while let Some(chunk) = text.get(at..at + CHUNK + 1)
            && !chunk.windows(2).fold(false, |begins, pair| begins | self.may_begin(pair))
        {
            at += CHUNK;
        }
        let rest = text.get(at..).unwrap_or_default();
        if let Some(found) = rest.windows(2).position(|pair| self.may_begin(pair)) {
            return at + found;
        }
        // The last byte may be the first of a pair.
        match rest.last() {
            Some(last) if is_opener(*last) || self.is_beginning(*last) => text.len() - 1,
            _ => text.len(),
        }
    }

    fn may_begin(&self, pair: &[u8]) -> bool {
        let [first, second] = *pair else { return false };
        let (word, bit) = place(first, second);
        self.pairs.get(word).is_some_and(|word| word >> bit & 1 == 1)
    }

    /// All needles in their order.
    pub(super) fn all(&self) -> &[Needle] {
        &self.all
    }

    /// The text of a needle.
    pub(super) fn text(&self, needle: &Needle) -> &[u8] {
        text(&self.texts, needle)
    }

    /// The needles of `from..to`, which have the same first `at` bytes, that continue with `byte`.
    pub(super) fn narrowed(&self, from: usize, to: usize, at: usize, byte: u8) -> (usize, usize) {
        if at == 0 {
            return self.beginning_with(byte);
        }
        let group = self.all.get(from..to).unwrap_or_default();
        let given = |needle: &Needle| self.text(needle).get(at).copied();
        // Most groups have one needle, and few more than five.
        let before = group.iter().take_while(|needle| given(needle) < Some(byte)).count();
        let with = group.iter().skip(before).take_while(|needle| given(needle) == Some(byte)).count();
        (from + before, from + before + with)
    }

    /// The range of needles that begin with this byte.
    fn beginning_with(&self, byte: u8) -> (usize, usize) {
        let at = |byte: usize| self.firsts.get(byte).copied().unwrap_or_default();
        (at(usize::from(byte)), at(usize::from(byte) + 1))
    }

    fn is_beginning(&self, byte: u8) -> bool {
        let (from, to) = self.beginning_with(byte);
        from < to
    }
}

/// The byte pairs with which an escape begins, except for `+`.
static OPENING: LazyLock<Box<[u64; PAIRS]>> = LazyLock::new(|| {
    let mut pairs = Box::new([0; PAIRS]);
    for first in OPENERS {
        (0..=u8::MAX).filter(|second| may_open(first, *second)).for_each(|second| set(&mut pairs, first, second));
    }
    pairs
});

fn set(pairs: &mut [u64; PAIRS], first: u8, second: u8) {
    let (word, bit) = place(first, second);
    if let Some(word) = pairs.get_mut(word) {
        *word |= 1 << bit;
    }
}

/// The place of a pair in the set: the word and its bit.
fn place(first: u8, second: u8) -> (usize, u32) {
    let pair = u16::from_le_bytes([first, second]);
    (usize::from(pair >> 6), u32::from(pair & 63))
}

fn text<'t>(texts: &'t [u8], needle: &Needle) -> &'t [u8] {
    texts.get(needle.place.clone()).unwrap_or_default()
}

/// Writes all spellings of secrets into one block that never grows, because a block that moves leaves a copy of the
/// secrets in memory.
struct Spellings {
    texts: Zeroizing<Vec<u8>>,
    all: Vec<Needle>,
}

impl Spellings {
    fn of<'a>(secrets: impl Iterator<Item = &'a str> + Clone) -> Self {
        let readings = |secret: &str| if secret.is_ascii() { (3, 5) } else { (4, 7) };
        let (mut bytes, mut count) = (0, 0);
        for secret in secrets.clone() {
            let (readers, times_longer) = readings(secret);
            bytes += times_longer * secret.len() * TIMES_LONGER + readers * AROUND;
            count += readers * SPELLINGS;
        }
        let (texts, all) = (Zeroizing::new(Vec::with_capacity(bytes)), Vec::with_capacity(count));
        let mut spellings = Self { texts, all };
        secrets.for_each(|secret| spellings.readings(secret));
        spellings
    }

    /// The bytes of a secret as different servers read it.
    fn readings(&mut self, secret: &str) {
        self.encodings(secret.bytes());
        if !secret.is_ascii() {
            // Some servers read UTF-8 as Latin-1.
            let utf8 = |character: char| {
                let mut bytes = [0; 2];
                let length = character.encode_utf8(&mut bytes).len();
                bytes.into_iter().take(length)
            };
            self.encodings(secret.bytes().map(char::from).flat_map(utf8));
        }
        // UTF-16 without the zero byte at an end. Without it, ASCII secrets are the same in either byte order.
        let units = secret.encode_utf16();
        let zero = units.clone().last().is_some_and(|unit| unit < 0x100);
        let length = 2 * units.clone().count() - usize::from(zero);
        self.encodings(units.clone().flat_map(u16::to_le_bytes).take(length));
        let mut big = units.flat_map(u16::to_be_bytes).peekable();
        big.next_if_eq(&0);
        self.encodings(big);
    }

    /// Spells bytes plainly, in hexadecimal, and in base64 at every alignment.
    fn encodings(&mut self, bytes: impl Iterator<Item = u8>) {
        // Inside a longer base64 text the bytes start at one of three alignments, and their inner characters are
        // fixed.
        self.texts.extend_from_slice(&[0; MAX_SHIFT]);
        let start = self.texts.len();
        self.texts.extend(bytes);
        let bytes = start..self.texts.len();
        self.needle(bytes.clone(), false);
        let lower = self.write(bytes.clone(), 2 * bytes.len(), |bytes, text| {
            // The length fits.
            let _ = hex::encode_to_slice(bytes, text);
        });
        let upper = self.write(lower.clone(), lower.len(), |lower, text| {
            text.copy_from_slice(lower);
            text.make_ascii_uppercase();
        });
        self.needle(lower, false);
        self.needle(upper, false);
        for shift in 0..=MAX_SHIFT {
            let shifted = start - shift..bytes.end;
            let length = shifted.len() * 8;
            let text = self.write(shifted, length.div_ceil(6), |bytes, text| {
                // The length fits.
                let _ = STANDARD_NO_PAD.encode_slice(bytes, text);
            });
            let inner = text.start + (shift * 8).div_ceil(6)..text.start + length / 6;
            if self.texts.get(inner.clone()).is_some_and(|text| text.iter().any(|byte| matches!(byte, b'+' | b'/'))) {
                let url_safe = self.write(inner.clone(), inner.len(), |standard, text| {
                    for (byte, standard) in text.iter_mut().zip(standard) {
                        *byte = match standard {
                            b'+' => b'-',
                            b'/' => b'_',
                            other => *other,
                        };
                    }
                });
                self.needle(url_safe, true);
            }
            self.needle(inner, true);
        }
    }

    /// Writes a text of `length` bytes, made from the texts at `from`. Returns its place.
    fn write(&mut self, from: Range<usize>, length: usize, write: impl FnOnce(&[u8], &mut [u8])) -> Range<usize> {
        let start = self.texts.len();
        debug_assert!(start + length <= self.texts.capacity(), "the block never grows");
        self.texts.resize(start + length, 0);
        let (before, text) = self.texts.split_at_mut(start);
        write(before.get(from).unwrap_or_default(), text);
        start..start + length
    }

    fn needle(&mut self, place: Range<usize>, is_base64: bool) {
        if place.len() >= SHORTEST {
            self.all.push(Needle { place, is_base64 });
        }
    }
}
