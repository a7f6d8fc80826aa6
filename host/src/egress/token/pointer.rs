//! JSON pointers (RFC 6901).

/// Whether a text is a JSON pointer to something inside a document (RFC 6901 §3).
pub(crate) fn is_pointer(text: &str) -> bool {
    let escapes = text.split('~').skip(1).all(|after| after.starts_with(['0', '1']));
    text.starts_with('/') && escapes
}
