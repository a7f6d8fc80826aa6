//! Parts of an HTTP/1.1 answer as bytes.

use crate::http1::Headers;

/// A chunk of a chunked body, for [`Answer`](super::Answer) and [`Behaviour`](super::Behaviour). The empty chunk ends the body.
pub(super) fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

/// The head of an answer.
pub(super) fn head(status: u16, headers: &Headers) -> Vec<u8> {
    let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("HTTP/1.1 {status} Scripted\r\n{lines}\r\n").into_bytes()
}
