//! Paths that mean the same to every server that reads them.
//!
//! The policy refuses a path if two readers could disagree about it: a proxy that decodes once and a server that
//! decodes twice, one that resolves `..` before decoding and one that does so afterwards, one that splits at `\`. An
//! accepted path has only the characters of RFC 3986 (`pchar`), so that a URL parser does not rewrite it.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use thiserror::Error;

/// Most layers of percent-encoding of a segment. The policy checks every layer. It refuses more layers, which also
/// bounds the work.
const MAX_LAYERS: usize = 3;

/// What [`percent_encoding`] escapes in a value that must stay one part of a URL: everything but the unreserved characters (RFC 3986 §2.3).
pub const ALL_BUT_UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Characters that the output escapes: all but `pchar` (RFC 3986 §3.3) and the `%` of existing escapes.
const ESCAPED: &AsciiSet = &ALL_BUT_UNRESERVED
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@')
    .remove(b'%');

/// Why the policy refuses a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PathError {
    /// The path does not start with `/`.
    #[error("a path must start with `/`")]
    Relative,
    /// Two slashes follow each other. One slash at the end is legal, because some vendors require it.
    #[error("a path must not have an empty segment")]
    EmptySegment,
    /// A segment of dots only (`.`, `..`), in plain text or percent-encoded, with or without a `;parameter`.
    #[error("a path must not have a segment of dots, encoded or not")]
    DotSegment,
    /// `\`, which URL parsers read as `/`, in plain text or percent-encoded.
    #[error("a path must not contain a backslash, encoded or not")]
    Backslash,
    /// A slash inside a segment: `%2f`.
    #[error("a path must not contain an encoded slash")]
    EncodedSlash,
    /// A control character, in plain text or percent-encoded: `%00`, `%0d%0a`.
    #[error("a path must not contain control characters, encoded or not")]
    Control,
    /// `?` or `#` in plain text.
    #[error("a path must not contain `?` or `#`: give the query in its own field, and write `%3F` or `%23` for data")]
    QueryOrFragment,
    /// A `%` without two hexadecimal digits after it.
    #[error("a path must not contain `%` other than in `%XX`: write `%25` for data")]
    BadEscape,
    /// Escapes that do not decode to UTF-8, such as the overlong dot `%c0%ae`.
    #[error("the escapes of a path must decode to UTF-8")]
    NotUtf8,
    /// More than three layers of percent-encoding.
    #[error("a path must not be percent-encoded more than {MAX_LAYERS} times")]
    TooManyLayers,
}

/// Checks a path and returns it in its canonical form: segments of `pchar` between `/`, with other characters
/// percent-encoded and existing escapes unchanged. The empty path is legal and stays empty.
///
/// The checks hold for every layer of percent-encoding, so `%252e%252e` is refused like `..`: the sender of such a path
/// aims at the few servers that decode twice.
pub(crate) fn canonical(path: &str) -> Result<String, PathError> {
    if path.is_empty() {
        return Ok(String::new());
    }
    let segments = path.strip_prefix('/').ok_or(PathError::Relative)?;
    plain(path)?;
    let mut canonical = String::with_capacity(path.len());
    let mut segments = segments.split('/').peekable();
    while let Some(segment) = segments.next() {
        if segment.is_empty() && segments.peek().is_some() {
            return Err(PathError::EmptySegment);
        }
        layers(segment)?;
        canonical.push('/');
        canonical.extend(utf8_percent_encode(segment, ESCAPED));
    }
    Ok(canonical)
}

/// Checks data that will be one segment.
pub(crate) fn segment(data: &str) -> Result<(), PathError> {
    if data.is_empty() {
        Err(PathError::EmptySegment)
    } else {
        layers(&utf8_percent_encode(data, NON_ALPHANUMERIC).to_string())
    }
}

/// Refuses characters that no path may have in plain text.
fn plain(path: &str) -> Result<(), PathError> {
    if path.contains(['?', '#']) {
        return Err(PathError::QueryOrFragment);
    }
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let escape = [bytes.next(), bytes.next()];
            if !escape.iter().all(|digit| digit.is_some_and(|digit| digit.is_ascii_hexdigit())) {
                return Err(PathError::BadEscape);
            }
        }
    }
    Ok(())
}

/// Checks a segment as it is, decoded once, decoded twice, and so on until decoding changes nothing.
fn layers(segment: &str) -> Result<(), PathError> {
    let mut layer = Cow::Borrowed(segment);
    for _ in 0..=MAX_LAYERS {
        readable(&layer)?;
        let decoded = percent_decode_str(&layer).decode_utf8().map_err(|_| PathError::NotUtf8)?;
        if decoded == layer {
            return Ok(());
        }
        layer = Cow::Owned(decoded.into_owned());
    }
    Err(PathError::TooManyLayers)
}

/// Checks one layer of one segment.
fn readable(segment: &str) -> Result<(), PathError> {
    if segment.chars().any(char::is_control) {
        return Err(PathError::Control);
    }
    if segment.contains('\\') {
        return Err(PathError::Backslash);
    }
    if segment.contains('/') {
        return Err(PathError::EncodedSlash);
    }
    // Some servers cut off `;parameters` and blanks before they resolve dots: `..;x`, `..%20`.
    let name = segment.split(';').next().unwrap_or_default().trim();
    if !name.is_empty() && name.bytes().all(|byte| byte == b'.') {
        return Err(PathError::DotSegment);
    }
    Ok(())
}
