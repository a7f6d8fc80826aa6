//! Identifiers that some vendors write as numbers.

use std::fmt;

use mortise_model::{Field, IntoText};
use serde::de::{Deserialize, Deserializer, Visitor};

use crate::error::{Error, Result};

/// An identifier in a vendor's answer, written as a string or as an integer of any length. The unified model has strings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub String);

/// Whole numbers below this are exact even as `f64` (2^53).
const EXACT: f64 = 9_007_199_254_740_992.0;

/// `7.0`, as some vendors write whole numbers. Does not format it as a float, because float formatting would be the
/// largest part of a component.
#[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
pub(crate) fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < EXACT).then_some(number as i64)
}

/// The number of a caller's identifier, for vendors whose identifiers are numbers.
///
/// # Errors
/// `not-found` if it is not a number in a vendor's spelling: no user has that identifier.
pub fn numeric_id(id: &str) -> Result<u64> {
    let number = id.parse().ok().filter(|number: &u64| number.to_string() == id);
    number.ok_or_else(|| Error::not_found("the vendor knows users by number"))
}

/// The numbers of the identifiers in a caller's list, for vendors whose identifiers are numbers.
///
/// # Errors
/// `invalid-input` at the entry of `field` that is not a number.
pub fn numeric_ids(ids: Field<Vec<String>>, field: &str) -> Result<Field<Vec<u64>>> {
    let number = |(index, id): (usize, String)| {
        let unknown = |_| Error::invalid_input("the vendor knows these by number").at(format!("{field}[{index}]"));
        numeric_id(&id).map_err(unknown)
    };
    ids.map(|ids| ids.into_iter().enumerate().map(number).collect()).transpose()
}

impl IntoText for Id {
    fn into_text(self) -> Option<String> {
        Some(self.0)
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Id;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an identifier")
            }

            fn visit_str<E: serde::de::Error>(self, id: &str) -> std::result::Result<Id, E> {
                Ok(Id(id.to_owned()))
            }

            fn visit_i64<E: serde::de::Error>(self, id: i64) -> std::result::Result<Id, E> {
                Ok(Id(id.to_string()))
            }

            fn visit_u64<E: serde::de::Error>(self, id: u64) -> std::result::Result<Id, E> {
                Ok(Id(id.to_string()))
            }

            fn visit_f64<E: serde::de::Error>(self, id: f64) -> std::result::Result<Id, E> {
                let digits = whole(id).map(|id| Id(id.to_string()));
                digits.ok_or_else(|| E::invalid_type(serde::de::Unexpected::Float(id), &self))
            }
        }

        deserializer.deserialize_any(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vendor_who_counts_has_nobody_under_another_word() {
        assert_eq!(numeric_id("184"), Ok(184));
        for id in ["ada", "4.2", "-1", "+184", "0184", " 184", "../teams", "", "184446744073709551616"] {
            assert_eq!(numeric_id(id).unwrap_err().kind(), crate::FailureKind::NotFound, "{id:?}");
        }
    }

    #[test]
    fn a_number_and_its_text_are_the_same_identifier() {
        for json in ["184", "\"184\"", "184.0", "1.84e2"] {
            assert_eq!(serde_json::from_str::<Id>(json).unwrap(), Id("184".into()));
        }
        for json in ["1.5", "9007199254740993.0", "null", "true"] {
            assert!(serde_json::from_str::<Id>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn an_identifier_of_any_length_keeps_its_digits() {
        for digits in ["18446744073709551616", "-9223372036854775809", "340282366920938463463374607431768211456"] {
            assert_eq!(crate::json::read::<Id>(digits.as_bytes()), Ok(Id(digits.into())));
            let record = format!(r#"{{"data": {digits}}}"#);
            assert_eq!(crate::json::read_member::<Id>(record.as_bytes(), "data"), Ok(Id(digits.into())));
        }
    }
}
