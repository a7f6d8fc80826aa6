//! The scrubber: the texts that it must remove in any spelling, the texts that must stay, and its cost.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[path = "oracle/redact.rs"]
mod oracle;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use bytes::Bytes;
use mortise_policy::path::ALL_BUT_UNRESERVED;
use mortise_policy::redact::{REDACTED, Scrubber};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

const SECRET: &str = "s3cr\"et/+ü~va&l\\ue !'%41";

/// The characters that each common encoder does not change.
const COMPONENT: &AsciiSet = &ALL_BUT_UNRESERVED.remove(b'!').remove(b'\'').remove(b'(').remove(b')').remove(b'*');
const PATH: &AsciiSet = &COMPONENT.remove(b'/').remove(b'+').remove(b'&').remove(b'=').remove(b':').remove(b'@');

fn each(spell: impl Fn(char) -> String) -> String {
    SECRET.chars().map(spell).collect()
}

/// A text as the inside of a JSON string.
fn json(text: &str) -> String {
    let mut json = String::new();
    for c in text.chars() {
        match c {
            '"' | '\\' => json.extend(['\\', c]),
            '\r' => json.push_str("\\r"),
            '\n' => json.push_str("\\n"),
            c if u32::from(c) < 0x20 => json.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => json.push(c),
        }
    }
    json
}

fn clean(scrubber: &Scrubber, text: &[u8]) -> Vec<u8> {
    scrubber.bytes(Bytes::copy_from_slice(text)).to_vec()
}

/// A text in pieces of one size.
fn streamed(scrubber: &Scrubber, text: &[u8], size: usize) -> Vec<u8> {
    let mut stream = scrubber.stream();
    let mut clean: Vec<u8> = text.chunks(size).flat_map(|piece| stream.push(piece)).collect();
    clean.extend(stream.finish());
    clean
}

fn spellings() -> Vec<String> {
    let form: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    let percent = |set| utf8_percent_encode(SECRET, set).to_string();
    let html = SECRET.replace('&', "&amp;").replace('"', "&quot;").replace('\'', "&#039;");
    let bytes = |spell: fn(u8) -> String| SECRET.bytes().map(spell).collect::<String>();
    let mut spellings = vec![
        SECRET.to_owned(),
        each(|c| if c.is_ascii_alphanumeric() { c.into() } else { format!("&#x{:X};", u32::from(c)) }),
        each(|c| if c.is_ascii() { json(&c.to_string()) } else { format!("\\u{:04x}", u32::from(c)) }),
        each(|c| format!("\\u{:04X}", u32::from(c))),
        each(|c| if c.is_ascii() { c.into() } else { format!("\\x{:02x}", u32::from(c)) }),
        each(|c| format!("&amp;#{};", u32::from(c))),
        bytes(|byte| format!("%{byte:02x}")),
        bytes(|byte| format!("\\x{byte:02X}")),
        bytes(|byte| format!("\\\\x{byte:02x}")),
        bytes(|byte| format!("={byte:02X}")),
        bytes(|byte| if byte.is_ascii() { char::from(byte).into() } else { format!("={byte:02X}") }),
        bytes(|byte| format!("={byte:02X}=\r\n")),
        json(SECRET),
        json(&json(SECRET)),
        json(SECRET).replace('/', "\\/"),
        html.replace('&', "&amp;"),
        html,
        SECRET.bytes().map(|byte| format!("\\u{byte:04x}")).collect(),
        SECRET.bytes().map(char::from).collect(),
        hex::encode(SECRET),
        hex::encode_upper(SECRET),
    ];
    for encoded in [form, percent(NON_ALPHANUMERIC), percent(ALL_BUT_UNRESERVED), percent(COMPONENT), percent(PATH)] {
        let lower = each_escape(&encoded, str::to_ascii_lowercase);
        spellings.extend([lower, encoded.replace('%', "%25"), encoded]);
    }
    spellings
}

fn each_escape(text: &str, change: impl Fn(&str) -> String) -> String {
    let mut parts = text.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| format!("{all}%{}{}", change(&part[..2]), &part[2..]))
}

#[test]
fn a_secret_is_found_in_every_spelling() {
    let scrubber = Scrubber::new([SECRET]);
    for spelling in spellings() {
        let end = if spelling.ends_with("=\r\n") { "=\r\n" } else { "" };
        assert_eq!(scrubber.text(&format!("<{spelling}>")), format!("<[redacted]{end}>"), "{spelling}");
    }
}

#[test]
fn spellings_of_vendors_that_keep_unreserved_characters_are_found() {
    let scrubber = Scrubber::new(["s3cr\"et/+ü~value"]);
    for spelling in ["s3cr%22et%2F%2B%C3%BC~value", "s3cr%22et%2f%2b%c3%bc~value", "s3cr%22et/+%C3%BC~value"] {
        assert_eq!(scrubber.text(&format!("<{spelling}>")), "<[redacted]>", "{spelling}");
    }
}

#[test]
fn base64_of_a_text_around_the_secret_is_found_escaped_or_not() {
    let scrubber = Scrubber::new([SECRET]);
    for prefix in ["", "a", "ab", "abc"] {
        let encoded = STANDARD_NO_PAD.encode(format!("{prefix}{SECRET}:tail"));
        for spelling in [encoded.replace('/', "%2F").replace('+', "%2B"), encoded.replace('/', "\\/"), encoded] {
            let clean = scrubber.text(&spelling);
            assert!(clean.contains(REDACTED) && clean.len() < 32, "{prefix}: {spelling}");
        }
    }
}

#[test]
fn a_secret_of_several_lines_is_found_with_either_end_of_them() {
    let ends = ["\n", "\r\n"];
    let lines = ends.map(|end| ["-----BEGIN KEY-----", "c2VjcmV0", "-----END KEY-----"].join(end));
    for secret in &lines {
        let scrubber = Scrubber::new([secret.as_str()]);
        for written in &lines {
            let encoded = STANDARD.encode(written);
            for spelling in [written, &json(written), &written.replace('\r', "%0D").replace('\n', "%0A"), &encoded] {
                let clean = scrubber.text(spelling);
                assert!(clean.contains(REDACTED) && clean.len() <= REDACTED.len() + 4, "{spelling:?} is {clean:?}");
            }
        }
    }
}

#[test]
fn base64_in_lines_is_found_whatever_their_length_and_however_they_end() {
    let scrubber = Scrubber::new([SECRET]);
    for width in [1, 4, 7, 76] {
        for end in ["\n", "\r\n", "\r"] {
            let encoded = STANDARD.encode(format!("user:{SECRET}"));
            let lines: Vec<_> = encoded.as_bytes().chunks(width).map(|line| str::from_utf8(line).unwrap()).collect();
            let text = lines.join(end);
            let percent = text.replace('\r', "%0D").replace('\n', "%0A");
            // A soft line break of quoted-printable text is `=`, CR and LF.
            let soft = text.replace('\n', "\r\n").replace("\r\r", "\r").replace("\r\n", "=\r\n");
            for spelling in [json(&json(&text)), json(&text), percent, soft, text] {
                let clean = scrubber.text(&spelling);
                let rest = clean.replace(['\\', 'r', 'n', '\r', '\n'], "").replace("%0D", "").replace("%0A", "");
                assert!(clean.contains(REDACTED) && rest.len() < 24, "{spelling:?} is {clean:?}");
            }
        }
    }
    // A secret in base64 is found across line breaks. A secret in any other spelling is not.
    let lines = "s3cr\"et/+ü\n~va&l\\ue !'%41";
    assert_eq!(scrubber.text(lines), lines);
}

#[test]
fn utf_16_is_found_in_either_byte_order_and_encoded_again() {
    for secret in [SECRET, "supersecret", "ünïcödé"] {
        let scrubber = Scrubber::new([secret]);
        for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            let text: Vec<u8> = format!("<{secret}>").encode_utf16().flat_map(bytes).collect();
            let escaped: String = text.iter().map(|byte| format!("\\x{byte:02x}")).collect();
            let percent = percent_encoding::percent_encode(&text, NON_ALPHANUMERIC).to_string();
            let raw = clean(&scrubber, &text);
            let shown = |clean: &[u8]| String::from_utf8_lossy(clean).replace('\0', "");
            assert_eq!(shown(&raw), "<[redacted]>");
            for spelling in [hex::encode(&text), STANDARD.encode(&text), percent, escaped] {
                let clean = scrubber.text(&spelling);
                assert!(clean.contains(REDACTED) && clean.len() < 48, "{secret}: {spelling} is {clean}");
            }
        }
    }
}

#[test]
fn a_text_without_a_secret_is_left_alone() {
    let scrubber = Scrubber::new([SECRET, "short"]);
    for text in [
        "",
        "s3cr",
        "short \\u0073%73&#x73;",
        "%",
        "\\",
        "&",
        "=",
        "+",
        "s3cr%22et%2F%2B%C3",
        "a\\\\\\\\\\\\\\\\\\\\\\b",
        "&#99999999;&#xffffffff;&#;&#x;&;&amp&quot;%zz%2\\ud83d\\ud83d\\udc00=\r=4",
    ] {
        assert_eq!(scrubber.text(text), text);
        assert_eq!(streamed(&scrubber, text.as_bytes(), 1), text.as_bytes());
    }
    assert_eq!(Scrubber::new([]).text("%\\&"), "%\\&");
    assert_eq!(Scrubber::new([]).stream().push(b"%"), Bytes::from_static(b"%"), "no bytes are held back");
}

#[test]
fn of_two_secrets_the_longer_one_is_taken_out() {
    let scrubber = Scrubber::new(["password", "password-and-more"]);
    assert_eq!(scrubber.text("password password-and-more!"), "[redacted] [redacted]!");
}

#[test]
fn of_two_secrets_that_overlap_nothing_is_left() {
    let scrubber = Scrubber::new(["one-two-three", "three-four-five"]);
    let text = "<one-two-three-four-five> <one-two-threethree-four-five>";
    assert_eq!(scrubber.text(text), "<[redacted]> <[redacted][redacted]>");
    for size in 1..30 {
        let clean = streamed(&scrubber, text.as_bytes(), size);
        assert_eq!(String::from_utf8_lossy(&clean), "<[redacted]> <[redacted][redacted]>", "pieces of {size}");
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

#[test]
fn every_spelling_is_found_byte_by_byte() {
    let scrubber = Scrubber::new([SECRET, "s3cr\"et/+ü~va&l\\ue !'%41 and more"]);
    for spelling in spellings().into_iter().filter(|spelling| !spelling.ends_with("=\r\n")) {
        let clean = streamed(&scrubber, format!("<{spelling}> <{spelling}").as_bytes(), 1);
        assert_eq!(String::from_utf8_lossy(&clean), "<[redacted]> <[redacted]", "{spelling}");
    }
}

#[test]
fn a_text_that_keeps_almost_spelling_a_secret_is_withheld() {
    let secret = "a".repeat(16 << 10);
    let scrubber = Scrubber::new([secret.as_str()]);
    let text = format!("kept {}b", "a".repeat((16 << 10) - 1)).repeat(16);
    for clean in [scrubber.text(&text).into_owned().into_bytes(), streamed(&scrubber, text.as_bytes(), 16 << 10)] {
        assert!(
            clean.starts_with(b"kept ") && clean.ends_with(REDACTED.as_bytes()) && clean.len() < text.len() / 2,
            "{}",
            clean.len()
        );
    }
}

#[test]
fn of_the_texts_of_an_answer_none_is_told_in_part() {
    let secret = "a".repeat(16 << 10);
    let scrubber = Scrubber::new([secret.as_str(), "hunter2"]);
    let mut texts = scrubber.texts();
    assert_eq!(texts.next("hunter2 was wrong").as_deref(), Some("[redacted] was wrong"));
    let almost = format!("kept {}b", "a".repeat((16 << 10) - 1));
    assert!((0..16).any(|_| texts.next(&almost).is_none()), "the comparisons are used up");
}

#[test]
fn what_was_withheld_stays_withheld() {
    let secret = "a".repeat(16 << 10);
    let scrubber = Scrubber::new([secret.as_str()]);
    let mut stream = scrubber.stream();
    let almost = format!("{}b", "a".repeat((16 << 10) - 1)).repeat(16);
    assert!(stream.push(almost.as_bytes()).ends_with(REDACTED.as_bytes()));
    assert_eq!(stream.push(b"and the rest"), Bytes::new());
    assert_eq!(stream.finish(), Bytes::new());
}

#[test]
fn escapes_without_end_are_passed_on_whole() {
    let scrubber = Scrubber::new([SECRET, "another-secret", "%%%%%%%%", "\\\\\\\\\\\\\\\\"]);
    for unit in ["%", "&", "=", "+", "&amp", "\\u0041", "%41", "&#65;", "=41", "=\r\n", "eyJh", "\r\n"] {
        let text = unit.repeat((256 << 10) / unit.len());
        let expected = if unit == "%" { REDACTED.to_owned() } else { text.clone() };
        assert!(scrubber.text(&text) == expected, "{unit}");
        assert!(streamed(&scrubber, text.as_bytes(), 16 << 10) == expected.as_bytes(), "{unit} in pieces");
    }
}

#[test]
fn backslashes_without_end_are_passed_on_whole() {
    let scrubber = Scrubber::new([SECRET, "another-secret"]);
    let text = "\\".repeat(256 << 10);
    assert!(scrubber.text(&text) == text && streamed(&scrubber, text.as_bytes(), 8 << 10) == text.as_bytes());
}

/// Characters of secrets. The texts between the secrets have none of these characters, so the expected output is known
/// without a search.
const OF_SECRETS: &str = "[a-z0-9%\"\\\\&+=/ üé😀#;]{6,12}";
const BETWEEN: &str = "[G-Z.,:<>(){}_|\n]{0,8}";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn of_what_stands_between_secrets_nothing_is_lost_and_of_them_nothing_is_left(
        secret in OF_SECRETS,
        parts in prop::collection::vec((BETWEEN, 0..7_u8), 0..8),
        size in 1..24_usize,
    ) {
        let scrubber = Scrubber::new([secret.as_str()]);
        let (mut text, mut expected) = (String::new(), String::new());
        for (between, spelling) in parts {
            // A text that begins with an opener, or ends with the beginning of an escape, may belong to the text
            // around it.
            text.push_str(&format!("{between}<{}>", spell(&secret, spelling)));
            expected.push_str(&format!("{between}<[redacted]>"));
        }
        prop_assert_eq!(scrubber.text(&text), expected.clone(), "{}", text);
        let pieces = streamed(&scrubber, text.as_bytes(), size);
        prop_assert_eq!(String::from_utf8_lossy(&pieces), expected, "{} in pieces of {}", text, size);
    }

    #[test]
    fn the_oracle_finds_nothing_that_the_scrubber_left(
        secrets in ("[ab1%2\\\\&\"u0;#+]{6,8}", "[ab1%2\\\\&\"u0;#+]{6,8}"),
        text in "[ab1%2\\\\&\"u0;#+\u{1}-\u{8}]{0,40}",
    ) {
        oracle::check(&format!("{}\n{}\n{text}", secrets.0, secrets.1));
    }
}

fn spell(secret: &str, spelling: u8) -> String {
    let bytes = |spell: fn(u8) -> String| secret.bytes().map(spell).collect::<String>();
    match spelling {
        0 => secret.to_owned(),
        1 => bytes(|byte| format!("%{byte:02X}")),
        2 => secret.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect(),
        3 => json(secret),
        4 => secret.chars().map(|c| format!("&#{};", u32::from(c))).collect(),
        5 => bytes(|byte| format!("\\x{byte:02x}")),
        _ => hex::encode(secret),
    }
}

#[test]
fn a_secret_with_blanks_around_it_is_found_as_the_vendor_reads_it() {
    for secret in ["the-secret ", "\tthe-secret", "\u{feff}the-secret\r\n", "\u{a0}the-secret\u{200b}"] {
        let scrubber = Scrubber::new([secret]);
        for echo in ["the-secret".to_owned(), STANDARD.encode("user:the-secret"), secret.to_owned()] {
            let text = String::from_utf8(clean(&scrubber, format!("<{echo}>").as_bytes())).unwrap();
            assert!(
                text.contains(REDACTED) && !text.contains("secret") && !text.contains("c2VjcmV0"),
                "{secret:?}: {text}"
            );
        }
    }
}
