//! Points in time that vendors write as text, in the spelling that the unified model wants.

use serde::Deserialize;

/// A date with a time in a vendor's spelling of ISO 8601, such as `2024-03-01T10:00:00.000+0000` or `2024-03-01 10:00:00`.
///
/// Vendors whose times are RFC 3339 already do not need it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct DateTime(pub String);

impl DateTime {
    /// `2024-03-01T10:00:00.000Z`: with a `T`, and with a colon in the offset, or `Z` where it is none. A time without an offset
    /// is taken for UTC. None where the text is no date with a time.
    pub fn rfc3339(self) -> Option<String> {
        let (date, rest) = self.0.trim().split_at_checked(10)?;
        let (time, rest) = rest.strip_prefix(['T', 't', ' '])?.split_at_checked(8)?;
        let digits = rest.strip_prefix('.').map(|rest| rest.bytes().take_while(u8::is_ascii_digit).count());
        let (fraction, offset) = rest.split_at_checked(digits.map_or(0, |digits| digits + 1))?;
        let is_valid = has_shape(date, "0000-00-00") && has_shape(time, "00:00:00") && digits != Some(0);
        if is_valid { Some(format!("{date}T{time}{fraction}{}", offset_of(offset)?)) } else { None }
    }
}

/// `Z` or `+02:00` of an offset, however it is written.
fn offset_of(text: &str) -> Option<String> {
    let Some(rest) = text.strip_prefix(['+', '-']) else {
        return matches!(text, "" | "Z" | "z").then(|| "Z".to_owned());
    };
    let minutes = match rest.len() {
        2 if has_shape(rest, "00") => "00",
        4 if has_shape(rest, "0000") => rest.get(2..)?,
        5 if has_shape(rest, "00:00") => rest.get(3..)?,
        _ => return None,
    };
    let hours = text.get(..3)?;
    Some(if (rest.get(..2)?, minutes) == ("00", "00") { "Z".to_owned() } else { format!("{hours}:{minutes}") })
}

/// Whether `text` has a digit wherever `shape` has one, and the same characters elsewhere.
fn has_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(b, like)| if like == b'0' { b.is_ascii_digit() } else { b == like })
}
