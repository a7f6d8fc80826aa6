//! Compares a text with all needles at once, each of whose characters may be escaped.

use super::escape::{Escaped, escapes, is_opener};
use super::needle::Needles;

/// What following one way to read an escape costs, in comparisons of a byte.
const STEP: usize = 8;
/// Characters of a line break between two characters of a needle at most.
const MAX_BREAK: u8 = 2;

/// What a text begins with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// The length of the longest spelling of a needle.
    pub(super) whole: Option<usize>,
    /// Whether more text could make it one, or a longer one.
    pub(super) is_open: bool,
}

/// How far a text is the same as some needles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    /// Bytes of each of them.
    matched: usize,
    /// Bytes of the text.
    read: usize,
    /// The needles: from this one on, in their order.
    from: usize,
    /// Up to this one, which is none of them.
    to: usize,
    /// Whether the text has line breaks that only base64 may have.
    in_lines: bool,
    /// Characters of a line break that the text ends with.
    breaks: u8,
}

/// Compares, and counts what that costs.
pub(super) struct Reader {
    effort: usize,
    /// What is still to be followed, the one with least of its needles last. Rarely more than one: a text can be read in two
    /// ways only where a needle has characters of an escape.
    states: Vec<State>,
}

impl Reader {
    /// A reader that may compare so many bytes.
    pub(super) fn new(effort: usize) -> Self {
        Self { effort, states: Vec::new() }
    }

    /// The comparisons that are left.
    pub(super) fn effort(&self) -> usize {
        self.effort
    }

    /// What `text` begins with, as it is or escaped.
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

    /// Goes on over what is the same and can be read in one way only.
    fn skip_equal(&mut self, needles: &Needles, state: &mut State, text: &[u8]) {
        let needle = needles.all().get(state.from).and_then(|needle| needles.text(needle).get(state.matched..));
        let pairs = needle.unwrap_or_default().iter().zip(text.get(state.read..).unwrap_or_default());
        let same = pairs.take_while(|(a, b)| a == b && !is_opener(**b)).count();
        self.effort = self.effort.saturating_sub(same);
        if same > 0 {
            *state = State { matched: state.matched + same, read: state.read + same, breaks: 0, ..*state };
        }
    }

    /// Follows every way to read what comes next.
    fn step(&mut self, needles: &Needles, mut state: State, text: &[u8], found: &mut Found) {
        self.effort = self.effort.saturating_sub(1);
        let group = needles.all().get(state.from..state.to).unwrap_or_default();
        // The shortest of them is the first.
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

    /// `bytes`, written in `length` of the text, come next.
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

    /// A line break of `length` bytes comes next. It is no part of a needle, and none stands before its beginning.
    fn pass(&mut self, state: State, length: usize) {
        if state.matched > 0 && state.breaks < MAX_BREAK {
            self.follow(State { read: state.read + length, breaks: state.breaks + 1, ..state });
        }
    }

    fn follow(&mut self, state: State) {
        // Two ways to read what is before can come to the same place.
        if let Err(at) = self.states.binary_search_by(|other| state.cmp(other)) {
            self.states.insert(at, state);
        }
    }
}
