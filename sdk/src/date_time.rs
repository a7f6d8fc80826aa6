//! Times that vendors write as text, in the spelling of the unified model.

use mortise_model::IntoText;
use serde::Deserialize;

/// A date with a time in a vendor's spelling of ISO 8601, such as `2024-03-01T10:00:00.000+0000` or `2024-03-01 10:00:00`.
///
/// Vendors whose times are RFC 3339 do not need it. `into` makes a field of a [`User`](crate::User) from it. The field
/// is absent if the text is not a date with a time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct DateTime(pub String);

impl DateTime {
    /// `2024-03-01T10:00:00.000Z`: with a `T`, and with a colon in the offset, or `Z` for no offset. A time without an
    /// offset counts as UTC. `None` if the text is not a date with a time.
    pub fn rfc3339(self) -> Option<String> {
        let (date, rest) = self.0.trim().split_at_checked(10)?;
        let (time, rest) = rest.strip_prefix(['T', 't', ' '])?.split_at_checked(8)?;
        let digits = rest.strip_prefix('.').map(|rest| rest.bytes().take_while(u8::is_ascii_digit).count());
        let (fraction, offset) = rest.split_at_checked(digits.map_or(0, |digits| digits + 1))?;
        let is_valid = is_date(date) && is_time(time) && digits != Some(0);
        if is_valid { Some(format!("{date}T{time}{fraction}{}", offset_of(offset)?)) } else { None }
    }
}

impl IntoText for DateTime {
    fn into_text(self) -> Option<String> {
        self.rfc3339()
    }
}

/// Whether the day exists, if every month had 31 days. Some vendors write zeroes for no day.
fn is_date(text: &str) -> bool {
    has_shape(text, "0000-00-00") && is_within(text, 5, 1, 12) && is_within(text, 8, 1, 31)
}

/// Whether the time of day exists, leap seconds included.
fn is_time(text: &str) -> bool {
    has_shape(text, "00:00:00") && is_within(text, 0, 0, 23) && is_within(text, 3, 0, 59) && is_within(text, 6, 0, 60)
}

/// Whether the two digits at `at` are a number within these bounds.
fn is_within(text: &str, at: usize, least: u8, most: u8) -> bool {
    text.get(at..at + 2).and_then(|digits| digits.parse().ok()).is_some_and(|number| (least..=most).contains(&number))
}

/// `Z` or `+02:00` for an offset in any spelling.
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
