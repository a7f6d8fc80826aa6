//! Oracle for the scrubber: its output has no secret. The oracle tries each spelling of each character at each place of
//! a text, without regard to time. It knows fewer spellings than the scrubber.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use mortise_policy::redact::{REDACTED, Scrubber};

/// Reads a secret, another secret and a text, one line each, and checks the rest of the text. A control character in
/// the text means a spelling of the first secret.
pub(crate) fn check(input: &str) {
    let mut parts = input.splitn(3, '\n');
    let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let text: String = parts.next().unwrap_or_default().chars().map(|c| spelled(first, c)).collect();
    // The replacement must not spell a secret.
    if [first, second].iter().any(|secret| secret.contains(['[', ']']) || REDACTED.contains(secret)) {
        return;
    }
    let scrubber = Scrubber::new([first, second]);
    let clean = scrubber.bytes(text.clone().into());
    let patient = Patient::new([first, second]);
    let left = patient.found(&clean);
    assert_eq!(left, None, "{:?} is left of {text:?}", String::from_utf8_lossy(&clean));
    let mut stream = scrubber.stream();
    let size = 1 + input.len() % 7;
    let mut pieces: Vec<u8> = text.as_bytes().chunks(size).flat_map(|piece| stream.push(piece)).collect();
    pieces.extend(stream.finish());
    assert_eq!(String::from_utf8_lossy(&pieces), String::from_utf8_lossy(&clean), "{text:?} in pieces of {size}");
}

/// The text that a character of the input stands for.
fn spelled(secret: &str, c: char) -> String {
    let each = |spell: &dyn Fn(char) -> String| secret.chars().map(spell).collect();
    match c {
        '\u{1}' => secret.to_owned(),
        '\u{2}' => secret.bytes().map(|byte| format!("%{byte:02X}")).collect(),
        '\u{3}' => secret.bytes().map(|byte| format!("%25{byte:02x}")).collect(),
        '\u{4}' => each(&|c| format!("\\u{:04x}", u32::from(c))),
        '\u{5}' => each(&|c| if c.is_ascii_alphanumeric() { c.into() } else { format!("\\{c}") }),
        '\u{6}' => each(&|c| format!("&#{};", u32::from(c))),
        '\u{7}' => hex::encode(secret),
        '\u{8}' => STANDARD_NO_PAD.encode(format!("x{secret}")),
        c => c.into(),
    }
}

/// The scrubber does not search for shorter secrets.
const SHORTEST: usize = 6;

/// Looks for secrets at every place of a text.
struct Patient(Vec<String>);

impl Patient {
    fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let long = |text: &str| text.len() >= SHORTEST;
        let needles = secrets.into_iter().filter(|secret| long(secret)).flat_map(encodings);
        Self(needles.filter(|needle| long(needle)).collect())
    }

    /// The first of the needles in `text`, in any spelling.
    fn found(&self, text: &[u8]) -> Option<&str> {
        let begins = |needle: &&String| (0..text.len()).any(|at| reads(needle, &text[at..]));
        self.0.iter().find(begins).map(String::as_str)
    }
}

/// The texts that spell a whole secret.
fn encodings(secret: &str) -> Vec<String> {
    let aligned = |engine: &dyn Fn(&[u8]) -> String, shift: usize| {
        // Inside a longer base64 text the secret starts at one of three alignments, and its inner characters are
        // fixed.
        let mut shifted = vec![0; shift];
        shifted.extend_from_slice(secret.as_bytes());
        let (first, last) = ((shift * 8).div_ceil(6), shifted.len() * 8 / 6);
        engine(&shifted).get(first..last).unwrap_or_default().to_owned()
    };
    // Some servers read UTF-8 as Latin-1.
    let misread = secret.bytes().map(char::from).collect();
    let mut all = vec![secret.to_owned(), misread, hex::encode(secret), hex::encode_upper(secret)];
    for shift in 0..3 {
        all.push(aligned(&|bytes| STANDARD_NO_PAD.encode(bytes), shift));
        all.push(aligned(&|bytes| URL_SAFE_NO_PAD.encode(bytes), shift));
    }
    all
}

/// The most layers of escaping, such as JSON within JSON within JSON, or `%252561`.
const LAYERS: usize = 3;

/// Whether `text` begins with a spelling of `needle`.
fn reads(needle: &str, text: &[u8]) -> bool {
    let mut ends = vec![0];
    for character in needle.chars() {
        let mut next = Vec::new();
        for end in ends {
            spellings(character, &text[end..], |length| next.push(end + length));
        }
        // Two readings of the earlier bytes can lead to the same place.
        next.sort_unstable();
        next.dedup();
        ends = next;
    }
    !ends.is_empty()
}

/// Every way in which `text` can begin with `character`.
fn spellings(character: char, text: &[u8], mut found: impl FnMut(usize)) {
    let mut utf8 = [0; 4];
    let utf8 = character.encode_utf8(&mut utf8).as_bytes();
    begins(text, utf8).map(&mut found);
    match text.first() {
        Some(b'%') => percent(utf8, text, found),
        Some(b'\\') => backslash(character, utf8, text, found),
        Some(b'&') => html(character, text, found),
        Some(b'+') if character == ' ' => found(1),
        _ => {}
    }
}

/// `%2F`, `%2f`, `%252F`.
fn percent(utf8: &[u8], text: &[u8], mut found: impl FnMut(usize)) {
    for layer in 0..LAYERS {
        let escape = |byte: &u8| format!("%{}{byte:02x}", "25".repeat(layer));
        begins(text, utf8.iter().map(escape).collect::<String>().as_bytes()).map(&mut found);
    }
}

/// `\"`, `\\\"`, `\n`, `\u00e9`, `\/`.
fn backslash(character: char, utf8: &[u8], text: &[u8], mut found: impl FnMut(usize)) {
    let run = text.iter().take(1 << LAYERS).take_while(|byte| **byte == b'\\').count();
    let slashes = "\\".repeat(run);
    let mut units = [0; 2];
    let units = character.encode_utf16(&mut units);
    let unicode = units.iter().map(|unit| format!("{slashes}u{unit:04x}")).collect::<String>();
    begins(text, unicode.as_bytes()).map(&mut found);
    if character == '\\' {
        (1..=LAYERS).map(|layer| 1 << layer).filter(|length| *length <= run).for_each(found);
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
    begins(text, &[slashes.as_bytes(), short].concat()).map(&mut found);
}

/// `&amp;`, `&#39;`, `&#039;`, `&#x27;`.
fn html(character: char, text: &[u8], mut found: impl FnMut(usize)) {
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
        begins(text, escape.as_bytes()).map(&mut found);
    }
}

/// The length of `wanted`, if `text` begins with it. Ignores case, as escapes do.
fn begins(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let escape = wanted.len() > 1 && wanted.first().is_some_and(u8::is_ascii_punctuation);
    let same = |(a, b): (&u8, &u8)| a == b || (escape && a.eq_ignore_ascii_case(b));
    (text.len() >= wanted.len() && text.iter().zip(wanted).all(same)).then_some(wanted.len())
}
