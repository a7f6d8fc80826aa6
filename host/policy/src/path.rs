//! Paths that mean the same to every server that reads them.
//!
//! A path is refused where two readers could disagree about it: a proxy that decodes once and a server that decodes
//! twice, one that resolves `..` before and one that does so after decoding, one that splits at `\`. What passes is
//! written with the characters of RFC 3986 (`pchar`) only, so that a URL parser has nothing left to rewrite.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use thiserror::Error;

/// How often a segment may be percent-encoded on top of itself. Every layer is checked; more layers are refused, which
/// also bounds the work.
const MAX_LAYERS: usize = 3;

/// What is escaped on output: everything but `pchar` (RFC 3986 §3.3) and the `%` of escapes that are already there.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
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

/// Why a path was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PathError {
    /// The path does not start with `/`.
    #[error("a path must start with `/`")]
    Relative,
    /// There is nothing between two slashes. One slash at the end is legal: some vendors require it.
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
    /// A `%` that two hexadecimal digits do not follow.
    #[error("a path must not contain `%` other than in `%XX`: write `%25` for data")]
    BadEscape,
    /// Escapes that do not decode to UTF-8, such as the overlong dot `%c0%ae`.
    #[error("the escapes of a path must decode to UTF-8")]
    NotUtf8,
    /// Escapes of escapes of escapes.
    #[error("a path must not be percent-encoded more than {MAX_LAYERS} times")]
    TooManyLayers,
}

/// Checks a path and writes it in its only form: `/`-separated segments of `pchar`, other characters percent-encoded,
/// escapes that were there left as they were. The empty path is legal and stays empty.
///
/// Checks hold for every layer of percent-encoding, so that `%252e%252e` is refused like `..`: the few servers that decode
/// twice are the ones such a path is meant for.
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

/// Checks data that is to become one segment.
pub(crate) fn segment(data: &str) -> Result<(), PathError> {
    if data.is_empty() {
        Err(PathError::EmptySegment)
    } else {
        layers(&utf8_percent_encode(data, NON_ALPHANUMERIC).to_string())
    }
}

/// What no path holds in plain text.
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

/// Checks a segment as it is, decoded once, decoded twice, … until decoding changes nothing.
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
    // Some servers cut `;parameters` and blanks off before they resolve dots: `..;x`, `..%20`.
    let name = segment.split(';').next().unwrap_or_default().trim();
    if !name.is_empty() && name.bytes().all(|byte| byte == b'.') {
        return Err(PathError::DotSegment);
    }
    Ok(())
}
