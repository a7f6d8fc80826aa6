//! The address of a vendor request. A caller's identifier cannot become more than one segment.

use crate::error::{Error, Result};

/// A path below the integration's first origin, or an absolute URL below any of its origins.
///
/// ```
/// # use mortise_sdk::{Path, path};
/// let (team, id) = ("Å b", 184);
/// assert_eq!(path!("/team/{team}/user/{id}").as_str().unwrap(), "/team/%C3%85%20b/user/184");
/// assert_eq!(Path::new("/team").push(team).push("user").push(id).as_str().unwrap(), "/team/%C3%85%20b/user/184");
/// assert!(Path::new("/team").push("..").as_str().is_err());
/// ```
///
/// The author's own text stays as it is. Text from a caller goes through [`path!`](crate::path!) or
/// [`push`](Self::push), so that an identifier is always exactly one segment. The path keeps a refused segment as a
/// failure, and [`Request::send`](crate::Request::send) reports it. So calls stay readable.
#[derive(Debug, Clone)]
pub struct Path(Result<String>);

impl Path {
    /// Starts with a path such as `/team`, or an absolute URL such as `https://api.example.com/v2`.
    pub fn new(start: &'static str) -> Self {
        Self(Ok(start.to_owned()))
    }

    /// Starts with an address below an origin. The host has checked the values of its variables.
    pub(crate) fn of(base: String) -> Self {
        Self(Ok(base))
    }

    /// Adds one segment, percent-encoded. The request fails with `invalid-input` if the identifier is empty, `.` or
    /// `..`, or holds a slash, a backslash or a control character: no vendor has such identifiers.
    #[must_use]
    pub fn push(self, segment: impl ToString) -> Self {
        self.push_text("", &segment.to_string(), "")
    }

    /// Adds one segment, with the text that [`path!`](crate::path!) has around a variable.
    #[doc(hidden)]
    #[must_use]
    pub fn insert(self, before: &'static str, segment: &(impl ToString + ?Sized), after: &'static str) -> Self {
        self.push_text(before, &segment.to_string(), after)
    }

    /// Adds the text that [`path!`](crate::path!) has behind a variable.
    #[doc(hidden)]
    #[must_use]
    pub fn append(mut self, path: &'static str) -> Self {
        if let Ok(start) = &mut self.0 {
            start.push_str(path);
        }
        self
    }

    fn push_text(mut self, before: &str, segment: &str, after: &str) -> Self {
        let Ok(path) = &mut self.0 else { return self };
        if matches!(segment, "" | "." | "..") || segment.contains(|c: char| matches!(c, '/' | '\\') || c.is_control()) {
            return Self(Err(Error::invalid_input(format!("`{}` is not an identifier", segment.escape_debug()))));
        }
        path.push('/');
        path.push_str(before);
        encode(segment, path);
        path.push_str(after);
        self
    }

    /// The path so far.
    ///
    /// # Errors
    /// `invalid-input` if a pushed segment was refused.
    pub fn as_str(&self) -> Result<&str> {
        self.0.as_deref().map_err(Clone::clone)
    }

    pub(crate) fn into_result(self) -> Result<String> {
        self.0
    }
}

impl From<&'static str> for Path {
    fn from(path: &'static str) -> Self {
        Self::new(path)
    }
}

/// Appends `text` to `out` with everything but RFC 3986's unreserved characters percent-encoded.
pub(crate) fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                out.push(char::from_digit(digit.into(), 16).map_or('0', |d| d.to_ascii_uppercase()));
            }
        }
    }
}

/// Decodes percent-encoding once. A `+` stays a `+`, because cursors hold it. `None` if the result is not UTF-8.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, behind)) = rest.split_first() {
        let escape = behind.first_chunk::<2>().filter(|_| *byte == b'%');
        let decoded = escape.and_then(|digits| u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok());
        bytes.push(decoded.unwrap_or(*byte));
        rest = if decoded.is_some() { behind.get(2..)? } else { behind };
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FailureKind;

    #[test]
    fn a_segment_is_always_one_segment() {
        for (segment, encoded) in [
            ("42", "/users/42"),
            ("ada@example.com", "/users/ada%40example.com"),
            ("a b?c#d%2e", "/users/a%20b%3Fc%23d%252e"),
            ("...", "/users/..."),
            ("ü", "/users/%C3%BC"),
        ] {
            assert_eq!(Path::new("/users").push(segment).as_str().unwrap(), encoded);
        }
    }

    #[test]
    fn an_identifier_that_could_leave_its_segment_is_the_callers_mistake() {
        for segment in ["", ".", "..", "a/b", "../admin", "a\\b", "a\nb", "a\0", "\u{85}"] {
            let error = Path::new("/users").push(segment).push("teams").into_result().unwrap_err();
            assert_eq!(error.kind(), FailureKind::InvalidInput, "{segment:?}");
        }
    }
}
