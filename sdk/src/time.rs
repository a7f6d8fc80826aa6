//! Points in time without a date library.

use std::fmt;

use mortise_model::IntoText;
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

const SECOND: i64 = 1_000;
const DAY: i64 = 86_400 * SECOND;
/// 0000-01-01T00:00:00Z and 10000-01-01T00:00:00Z: the ends of the range that RFC 3339 can write.
const YEAR_0: i64 = -719_528 * DAY;
const YEAR_10000: i64 = 2_932_897 * DAY;

/// Milliseconds since 1970-01-01T00:00:00Z, as many vendors write time: `1657131338000`, also as a string.
///
/// [`rfc3339`](Self::rfc3339) is the spelling of the unified model. `into` makes a field of a [`User`](crate::User)
/// from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(pub i64);

impl Millis {
    /// `2022-07-06T18:15:38Z`, with milliseconds if there are some. `None` outside the years 0 to 9999, which RFC 3339
    /// cannot write.
    pub fn rfc3339(self) -> Option<String> {
        let Self(millis) = self;
        if !(YEAR_0..YEAR_10000).contains(&millis) {
            return None;
        }
        let (year, month, day) = civil(millis.div_euclid(DAY));
        let in_day = millis.rem_euclid(DAY);
        let (seconds, fraction) = (in_day / SECOND, in_day % SECOND);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
        if fraction != 0 {
            text.push_str(&format!(".{fraction:03}"));
        }
        text.push('Z');
        Some(text)
    }
}

impl IntoText for Millis {
    fn into_text(self) -> Option<String> {
        self.rfc3339()
    }
}

/// Year, month and day of a number of days since 1970-01-01 in the proleptic Gregorian calendar. Years are counted from March,
/// so that the leap day is a year's last; 400 of them have always 146,097 days.
/// (Howard Hinnant, <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>)
fn civil(days: i64) -> (i64, i64, i64) {
    let from_march_0000 = days + 719_468;
    let era = from_march_0000.div_euclid(146_097);
    let day_of_era = from_march_0000.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;

        impl Visitor<'_> for Number {
            type Value = Millis;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("milliseconds since 1970")
            }

            fn visit_i64<E: Error>(self, millis: i64) -> Result<Millis, E> {
                Ok(Millis(millis))
            }

            fn visit_u64<E: Error>(self, millis: u64) -> Result<Millis, E> {
                i64::try_from(millis).map(Millis).map_err(E::custom)
            }

            #[expect(clippy::cast_possible_truncation, reason = "what is too large for RFC 3339 stays too large")]
            fn visit_f64<E: Error>(self, millis: f64) -> Result<Millis, E> {
                let whole = (millis.fract() == 0.0).then_some(Millis(millis as i64));
                whole.ok_or_else(|| E::invalid_type(Unexpected::Float(millis), &self))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Millis, E> {
                text.parse().map(Millis).map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_instants_have_their_known_names() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1, "1970-01-01T00:00:00.001Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (-86_400_000, "1969-12-31T00:00:00Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (951_868_799_999, "2000-02-29T23:59:59.999Z"),
            (951_868_800_000, "2000-03-01T00:00:00Z"),
            (1_657_131_338_000, "2022-07-06T18:15:38Z"),
            (1_709_164_800_000, "2024-02-29T00:00:00Z"),
            (-2_203_891_200_000, "1900-03-01T00:00:00Z"),
            (-2_203_891_200_001, "1900-02-28T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00Z"),
        ] {
            assert_eq!(Millis(millis).rfc3339().as_deref(), Some(text));
        }
    }

    #[test]
    fn what_rfc_3339_cannot_express_has_no_name() {
        for millis in [253_402_300_800_000, -62_167_219_200_001, i64::MIN, i64::MAX] {
            assert_eq!(Millis(millis).rfc3339(), None);
        }
    }

    #[test]
    fn every_day_of_four_centuries_follows_the_one_before() {
        let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let (mut year, mut month, mut day) = (1800, 1, 1);
        for days in -62_091..-62_091 + 146_097 * 2 {
            assert_eq!(civil(days), (year, month, day));
            let length = match month {
                2 if is_leap(year) => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            day += 1;
            if day > length {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
    }

    #[test]
    fn numbers_and_strings_are_both_read() {
        for json in ["1657131338000", "\"1657131338000\"", "1657131338000.0"] {
            assert_eq!(serde_json::from_str::<Millis>(json).unwrap(), Millis(1_657_131_338_000));
        }
        for json in ["\"\"", "\"soon\"", "18446744073709551615", "0.5", "true"] {
            assert!(serde_json::from_str::<Millis>(json).is_err(), "{json}");
        }
    }
}
