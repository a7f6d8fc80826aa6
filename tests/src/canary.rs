//! Canaries: random values for every credential of a test, and a search for each spelling in which one can leak.

use std::fmt;

use aho_corasick::AhoCorasick;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use rand::RngExt;
use rand::distr::Alphanumeric;

/// The start of every canary. A hostile component searches its memory for it.
pub const PREFIX: &str = "canary-";

/// A random secret of a test.
#[derive(Clone, PartialEq, Eq)]
pub struct Canary {
    text: String,
}

/// A place where a canary was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// The spelling, such as `base64`.
    pub form: &'static str,
    /// Where it starts in the haystack, in bytes.
    pub offset: usize,
}

impl Canary {
    /// `canary-` and 32 random letters and digits. This value is allowed everywhere, also in a header and in a URL.
    pub fn new() -> Self {
        let random: String = rand::rng().sample_iter(Alphanumeric).take(32).map(char::from).collect();
        Self { text: format!("{PREFIX}{random}") }
    }

    /// As [`Canary::new`], with characters that JSON, URLs and HTML escape. It is still a legal header value.
    pub fn awkward() -> Self {
        Self { text: format!("{}/+\"\\<&>=% !", Self::new().text) }
    }

    /// As [`Canary::awkward`], with characters beyond ASCII, for values that are encoded on their way.
    pub fn foreign() -> Self {
        Self { text: format!("{}\u{fc}\u{20ac}\u{1f511}", Self::awkward().text) }
    }

    /// A search value for a secret that the test did not make.
    pub fn of(secret: &str) -> Self {
        Self { text: secret.to_owned() }
    }

    /// The secret.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Every spelling of the secret in `haystack`: raw, base64 (both alphabets, every alignment), percent-encoded (only what
    /// must be, or every byte; both cases), hex (both cases) and as JSON escapes (only what must be, every character, and
    /// JSON text within JSON text). Overlapping spellings are found once.
    pub fn find(&self, haystack: impl AsRef<[u8]>) -> Vec<Leak> {
        Search::new(std::slice::from_ref(self)).find(haystack)
    }

    /// Asserts that `haystack` does not contain the secret. `place` names it in the failure.
    ///
    /// # Panics
    /// If any spelling is found.
    #[track_caller]
    pub fn assert_absent(&self, place: &str, haystack: impl AsRef<[u8]>) {
        Search::new(std::slice::from_ref(self)).assert_absent(place, haystack);
    }

    fn forms(&self) -> Vec<(&'static str, String)> {
        let bytes = self.text.as_bytes();
        let json = |text: &str| serde_json::Value::from(text).to_string().trim_matches('"').to_owned();
        let each = |spell: fn(u8) -> String| bytes.iter().copied().map(spell).collect::<String>();
        let sparse = |spell: fn(u8) -> String| {
            let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
            bytes.iter().map(|b| if plain(b) { char::from(*b).to_string() } else { spell(*b) }).collect::<String>()
        };
        let mut forms = vec![
            ("raw", self.text.clone()),
            ("json", json(&self.text)),
            ("json in json", json(&json(&self.text))),
            ("json escapes", each(|byte| format!("\\u{byte:04x}"))),
            ("json escapes", each(|byte| format!("\\u{byte:04X}"))),
            ("percent", sparse(|byte| format!("%{byte:02X}"))),
            ("percent", sparse(|byte| format!("%{byte:02x}"))),
            ("percent", sparse(|byte| if byte == b' ' { "+".to_owned() } else { format!("%{byte:02X}") })),
            ("percent of every byte", each(|byte| format!("%{byte:02X}"))),
            ("percent of every byte", each(|byte| format!("%{byte:02x}"))),
            ("hex", hex::encode(bytes)),
            ("hex", hex::encode_upper(bytes)),
        ];
        for engine in [&STANDARD, &URL_SAFE] {
            forms.extend((0..3).map(|before| ("base64", aligned(engine, before, bytes))));
        }
        forms
    }
}

/// A search for several canaries at once.
pub struct Search {
    forms: Vec<&'static str>,
    automaton: AhoCorasick,
}

impl Search {
    /// Prepares to look for these.
    pub fn new(canaries: &[Canary]) -> Self {
        let (forms, spellings): (Vec<_>, Vec<_>) = canaries.iter().flat_map(Canary::forms).unzip();
        Self { forms, automaton: AhoCorasick::new(spellings).expect("a small automaton") }
    }

    /// Every spelling of each canary in `haystack`, as [`Canary::find`].
    pub fn find(&self, haystack: impl AsRef<[u8]>) -> Vec<Leak> {
        let found = self.automaton.find_iter(haystack.as_ref());
        found.map(|found| Leak { form: self.forms[found.pattern().as_usize()], offset: found.start() }).collect()
    }

    /// Asserts that `haystack` contains no canary. `place` names it in the failure.
    ///
    /// # Panics
    /// If any spelling of a canary is found.
    #[track_caller]
    pub fn assert_absent(&self, place: &str, haystack: impl AsRef<[u8]>) {
        let leaks = self.find(haystack);
        assert!(leaks.is_empty(), "a secret leaked into {place}: {leaks:?}");
    }
}

/// The part of a base64 text that depends on `bytes` alone, if `before` (modulo 3) other bytes precede them.
fn aligned(engine: &impl Engine, before: usize, bytes: &[u8]) -> String {
    let padded: Vec<u8> = std::iter::repeat_n(0, before).chain(bytes.iter().copied()).collect();
    let text = engine.encode(&padded);
    text[(before * 8).div_ceil(6)..padded.len() * 8 / 6].to_owned()
}

impl Default for Canary {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for Canary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Shows the prefix only, so that a failed assertion does not print the canary.
impl fmt::Debug for Canary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Canary({PREFIX}…)")
    }
}
