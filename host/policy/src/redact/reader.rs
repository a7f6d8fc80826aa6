//! Compares a text with all needles at once. Each of its characters may be escaped.

use super::escape::{Escaped, escapes, is_opener};
use super::needle::Needles;

/// The cost of following one reading of an escape, in comparisons of a byte.
const STEP: usize = 8;
/// Most characters of a line break between two characters of a needle.
const MAX_BREAK: u8 = 2;

/// The needles at the start of a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// The length of the longest spelling of a needle.
    pub(super) whole: Option<usize>,
    /// Whether more text could complete a needle, or a longer one.
    pub(super) is_open: bool,
}

/// How far a text equals some needles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    /// Equal bytes of each needle.
    matched: usize,
    /// The bytes of the text that spell them.
    read: usize,
    /// The first of these needles.
    from: usize,
    /// The end of these needles, exclusive.
    to: usize,
    /// Whether the text has line breaks that only base64 may have.
    in_lines: bool,
    /// Characters of a line break at the end of the text so far.
    breaks: u8,
}

/// Compares, and counts the comparisons.
pub(super) struct Reader {
    effort: usize,
    /// The states that are left to follow, the one with the fewest equal bytes last. There is rarely more than one: a
    /// text has two readings only if a needle contains characters of an escape.
    states: Vec<State>,
}

impl Reader {
    /// A reader with this many comparisons.
    pub(super) fn new(effort: usize) -> Self {
        Self { effort, states: Vec::new() }
    }

    /// The comparisons that are left.
    pub(super) fn effort(&self) -> usize {
        self.effort
    }

    /// The needles at the start of `text`, plain or escaped.
    pub(super) fn find(&mut self, needles: &Needles, text: &[u8]) -> Found {
        let mut found = Found::default();
        let all = State { matched: 0, read: 0, from: 0, to: needles.all().len(), in_lines: false, breaks: 0 };
        self.step(needles, all, text, &mut found);
        while let Some(mut state) = self.states.pop() {
            if self.states.is_empty() && state.to - state.from == 1 {
                self.skip_equal(needles, &mut state, text);
            }
            self.step(needles, state, text, &mut found);
        }
        found
    }

    /// Skips equal bytes that have only one reading.
    fn skip_equal(&mut self, needles: &Needles, state: &mut State, text: &[u8]) {
        let needle = needles.all().get(state.from).and_then(|needle| needles.text(needle).get(state.matched..));
        let pairs = needle.unwrap_or_default().iter().zip(text.get(state.read..).unwrap_or_default());
        let same = pairs.take_while(|(a, b)| a == b && !is_opener(**b)).count();
        self.effort = self.effort.saturating_sub(same);
        if same > 0 {
            *state = State { matched: state.matched + same, read: state.read + same, breaks: 0, ..*state };
        }
    }

    /// Follows every reading of the next bytes.
    fn step(&mut self, needles: &Needles, mut state: State, text: &[u8], found: &mut Found) {
        self.effort = self.effort.saturating_sub(1);
        let group = needles.all().get(state.from..state.to).unwrap_or_default();
        // The shortest needle comes first.
        if let Some(needle) = group.first().filter(|needle| needle.len() == state.matched) {
            if needle.is_base64 || !state.in_lines {
                found.whole = found.whole.max(Some(state.read));
            }
            state.from += 1;
        }
        if state.from == state.to {
            return;
        }
        let rest = text.get(state.read..).unwrap_or_default();
        let Some(next) = rest.first().copied() else {
            found.is_open = true;
            return;
        };
        self.take(needles, state, &[next], 1);
        if is_opener(next) {
            self.effort = self.effort.saturating_sub(STEP);
            found.is_open |= escapes(rest, |escaped, length| match escaped {
                Escaped::Byte(byte) => self.take(needles, state, &[byte], length),
                Escaped::Char(character) => {
                    self.take(needles, state, character.encode_utf8(&mut [0; 4]).as_bytes(), length);
                }
                Escaped::SoftBreak => self.pass(state, length),
            });
        }
    }

    /// Continues with `bytes`, which the text spells with `length` bytes.
    fn take(&mut self, needles: &Needles, state: State, bytes: &[u8], length: usize) {
        let (mut from, mut to) = (state.from, state.to);
        for (at, byte) in (state.matched..).zip(bytes) {
            (from, to) = needles.narrowed(from, to, at, *byte);
        }
        if from < to {
            let (matched, read) = (state.matched + bytes.len(), state.read + length);
            self.follow(State { matched, read, from, to, breaks: 0, ..state });
        }
        if matches!(bytes, b"\r" | b"\n") {
            self.pass(State { in_lines: true, ..state }, length);
        }
    }

    /// Continues after a line break of `length` bytes. It is not part of a needle, and cannot come before the first
    /// byte.
    fn pass(&mut self, state: State, length: usize) {
        if state.matched > 0 && state.breaks < MAX_BREAK {
            self.follow(State { read: state.read + length, breaks: state.breaks + 1, ..state });
        }
    }

    fn follow(&mut self, state: State) {
        // Two readings of the earlier bytes can lead to the same state.
        if let Err(at) = self.states.binary_search_by(|other| state.cmp(other)) {
            self.states.insert(at, state);
        }
    }
}
