//! The texts that stand for a secret, and where in a text one of them may begin.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

use super::escape::{OPENERS, is_opener, may_open};

/// Shorter texts are not searched for.
const SHORTEST: usize = 6;
/// Bytes that are looked at together.
const CHUNK: usize = 16;
/// Words of a set of pairs of bytes.
const PAIRS: usize = (1 << 16) / 64;

/// A text that stands for a secret.
pub(super) struct Needle {
    pub(super) text: Zeroizing<Vec<u8>>,
    /// Whether it is base64, which is written in lines.
    pub(super) is_base64: bool,
}

/// The texts that stand for the secrets of a call.
pub(super) struct Needles {
    /// In the order of their texts.
    all: Vec<Needle>,
    /// Where the needles with each first byte begin among them.
    firsts: [usize; 257],
    /// The pairs of bytes with which one of them can begin, escaped or not: a bit for each.
    pairs: Box<[u64; PAIRS]>,
}

impl Needles {
    pub(super) fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let long = |text: &[u8]| text.len() >= SHORTEST;
        let mut all = Vec::new();
        for secret in secrets.into_iter().filter(|secret| long(secret.as_bytes())) {
            for text in representations(secret) {
                encodings(&text, &mut all);
                all.push(Needle { text, is_base64: false });
            }
        }
        all.retain(|needle| long(&needle.text));
        // Of equal texts the one in lines stays, as it is found in both forms.
        all.sort_unstable_by(|a, b| a.text.cmp(&b.text).then(b.is_base64.cmp(&a.is_base64)));
        all.dedup_by(|a, b| a.text == b.text);
        let mut needles = Self { all, firsts: [0; 257], pairs: OPENING.clone() };
        needles.index();
        needles
    }

    /// Fills the tables of beginnings.
    fn index(&mut self) {
        for needle in &self.all {
            let [first, second, ..] = needle.text[..] else { continue };
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
        // A `+` is a blank or itself.
        if self.is_beginning(b' ') {
            (0..=u8::MAX).for_each(|second| set(&mut self.pairs, b'+', second));
        }
    }

    /// The first place of `text` from `from` on where a needle may begin; the end if there is none.
    pub(super) fn candidate(&self, text: &[u8], from: usize) -> usize {
        if self.all.is_empty() {
            return text.len();
        }
        let mut at = from;
        // Without a branch for each byte, where no needle begins: nearly everywhere.
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

    /// All of them, in their order.
    pub(super) fn all(&self) -> &[Needle] {
        &self.all
    }

    /// Which of the needles `from..to`, which begin with the same `at` bytes, go on with `byte`.
    pub(super) fn narrowed(&self, from: usize, to: usize, at: usize, byte: u8) -> (usize, usize) {
        if at == 0 {
            return self.beginning_with(byte);
        }
        let group = self.all.get(from..to).unwrap_or_default();
        let given = |needle: &Needle| needle.text.get(at).copied();
        // Most groups have one needle, and few more than five.
        let before = group.iter().take_while(|needle| given(needle) < Some(byte)).count();
        let with = group.iter().skip(before).take_while(|needle| given(needle) == Some(byte)).count();
        (from + before, from + before + with)
    }

    /// The needles that begin with this byte: from which to which.
    fn beginning_with(&self, byte: u8) -> (usize, usize) {
        let at = |byte: usize| self.firsts.get(byte).copied().unwrap_or_default();
        (at(usize::from(byte)), at(usize::from(byte) + 1))
    }

    fn is_beginning(&self, byte: u8) -> bool {
        let (from, to) = self.beginning_with(byte);
        from < to
    }
}

/// The pairs with which an escape begins, but for `+`.
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

/// Where a pair stands in the set: the word and its bit.
fn place(first: u8, second: u8) -> (usize, u32) {
    let pair = u16::from_le_bytes([first, second]);
    (usize::from(pair >> 6), u32::from(pair & 63))
}

/// The bytes that a secret is for different readers.
fn representations(secret: &str) -> [Zeroizing<Vec<u8>>; 4] {
    let utf16 = |bytes: fn(u16) -> [u8; 2]| secret.encode_utf16().flat_map(bytes).collect::<Vec<_>>();
    let (mut little, mut big) = (utf16(u16::to_le_bytes), utf16(u16::to_be_bytes));
    // Without the zero at an end, which says least, plain secrets are the same in either byte order.
    if little.last() == Some(&0) {
        little.pop();
    }
    if big.first() == Some(&0) {
        big.remove(0);
    }
    // Some servers read UTF-8 as Latin-1.
    let misread: String = secret.bytes().map(char::from).collect();
    [secret.as_bytes().to_vec(), misread.into_bytes(), little, big].map(Zeroizing::new)
}

/// Bytes in hexadecimal, and in base64 at every alignment.
fn encodings(bytes: &[u8], needles: &mut Vec<Needle>) {
    let mut lower = vec![0; 2 * bytes.len()];
    // The length fits.
    let _ = hex::encode_to_slice(bytes, &mut lower);
    let upper = lower.to_ascii_uppercase();
    needles.extend([lower, upper].map(|text| Needle { text: Zeroizing::new(text), is_base64: false }));
    let mut add = |text: String| needles.push(Needle { text: Zeroizing::new(text.into_bytes()), is_base64: true });
    for shift in 0..3 {
        // Inside a longer base64 text the bytes start at any of three alignments; their inner characters are fixed.
        let mut shifted = Zeroizing::new(vec![0; shift]);
        shifted.extend_from_slice(bytes);
        let mut text = STANDARD_NO_PAD.encode(&shifted);
        text.truncate(shifted.len() * 8 / 6);
        text.drain(..(shift * 8).div_ceil(6).min(text.len()));
        if text.contains(['+', '/']) {
            add(text.replace('+', "-").replace('/', "_"));
        }
        add(text);
    }
}
