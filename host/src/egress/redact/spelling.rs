//! One text in the many ways in which it can be written: each character for itself may be escaped.

/// What escapes begin with; `+` is a blank of a form.
pub(super) const ESCAPES: [u8; 4] = [b'%', b'\\', b'&', b'+'];

/// How often an escape may be escaped again: JSON within JSON within JSON, `%252561`.
const LAYERS: usize = 3;

/// Bytes that [`is_possible`] looks at.
const GLANCE: usize = 8;

/// Whether `text` may begin with a spelling of `needle`, by the first byte that tells: almost no place of almost any text does,
/// and [`Reader::read`] takes far longer to say so. A glance only: what it costs is not counted.
pub(super) fn is_possible(needle: &str, text: &[u8]) -> bool {
    let telling =
        needle.bytes().zip(text).take(GLANCE).find(|(wanted, given)| wanted != *given || ESCAPES.contains(given));
    telling.is_none_or(|(_, given)| ESCAPES.contains(given))
}

/// How a text begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// With something else.
    No,
    /// With the beginning of a spelling, and ends there.
    Open,
    /// With a spelling of this length.
    Whole(usize),
}

/// Reads texts, and counts the characters that it compared.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) effort: usize,
    ends: Vec<usize>,
    next: Vec<usize>,
}

impl Reader {
    /// Whether `text` begins with a spelling of `needle`.
    pub(super) fn read(&mut self, needle: &str, text: &[u8]) -> Found {
        self.ends.clear();
        self.ends.push(0);
        let mut open = false;
        for character in needle.chars() {
            self.next.clear();
            for end in &self.ends {
                self.effort += 1;
                spellings(character, text.get(*end..).unwrap_or_default(), |found| match found {
                    Found::No => {}
                    Found::Open => open = true,
                    Found::Whole(length) => self.next.push(end + length),
                });
            }
            // Two ways to read what is before can come to the same place.
            self.next.sort_unstable();
            self.next.dedup();
            std::mem::swap(&mut self.ends, &mut self.next);
            if self.ends.is_empty() {
                break;
            }
        }
        match self.ends.last() {
            Some(end) => Found::Whole(*end),
            None if open => Found::Open,
            None => Found::No,
        }
    }
}

/// Every way in which `text` begins with `character`.
fn spellings(character: char, text: &[u8], mut found: impl FnMut(Found)) {
    let mut utf8 = [0; 4];
    let utf8 = character.encode_utf8(&mut utf8).as_bytes();
    found(begins(text, utf8));
    match text.first() {
        Some(b'%') => percent(utf8, text, found),
        Some(b'\\') => backslash(character, utf8, text, found),
        Some(b'&') => html(character, text, found),
        Some(b'+') if character == ' ' => found(Found::Whole(1)),
        _ => {}
    }
}

/// `%2F`, `%2f`, `%252F`.
fn percent(utf8: &[u8], text: &[u8], mut found: impl FnMut(Found)) {
    for layer in 0..LAYERS {
        let escape = |byte: &u8| format!("%{}{byte:02x}", "25".repeat(layer));
        found(begins(text, utf8.iter().map(escape).collect::<String>().as_bytes()));
    }
}

/// `\"`, `\\\"`, `\n`, `\u00e9`, `\/`.
fn backslash(character: char, utf8: &[u8], text: &[u8], mut found: impl FnMut(Found)) {
    let run = text.iter().take(1 << LAYERS).take_while(|byte| **byte == b'\\').count();
    if run == text.len() {
        found(Found::Open);
    }
    let slashes = "\\".repeat(run);
    let mut units = [0; 2];
    let units = character.encode_utf16(&mut units);
    let unicode = units.iter().map(|unit| format!("{slashes}u{unit:04x}")).collect::<String>();
    found(begins(text, unicode.as_bytes()));
    if character == '\\' {
        (1..=LAYERS)
            .map(|layer| 1 << layer)
            .filter(|length| *length <= run)
            .for_each(|length| found(Found::Whole(length)));
        return;
    }
    let short = match character {
        '\n' => b"n",
        '\r' => b"r",
        '\t' => b"t",
        '\u{8}' => b"b",
        '\u{c}' => b"f",
        _ => utf8,
    };
    found(begins(text, &[slashes.as_bytes(), short].concat()));
}

/// `&amp;`, `&#39;`, `&#039;`, `&#x27;`.
fn html(character: char, text: &[u8], mut found: impl FnMut(Found)) {
    let code = u32::from(character);
    let name = match character {
        '"' => "&quot;",
        '&' => "&amp;",
        '\'' => "&apos;",
        '<' => "&lt;",
        '>' => "&gt;",
        _ => "",
    };
    let numbers = [format!("&#{code};"), format!("&#{code:03};"), format!("&#x{code:x};"), format!("&#x{code:02x};")];
    for escape in numbers.iter().map(String::as_str).chain([name]).filter(|escape| !escape.is_empty()) {
        found(begins(text, escape.as_bytes()));
    }
}

/// Whether `text` begins with `wanted`. An escape is the same in either case.
fn begins(text: &[u8], wanted: &[u8]) -> Found {
    let escape = wanted.len() > 1 && wanted.first().is_some_and(u8::is_ascii_punctuation);
    let same = |(a, b): (&u8, &u8)| a == b || (escape && a.eq_ignore_ascii_case(b));
    if !text.iter().zip(wanted).all(same) {
        Found::No
    } else if text.len() < wanted.len() {
        Found::Open
    } else {
        Found::Whole(wanted.len())
    }
}
