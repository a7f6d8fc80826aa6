//! Identifiers that some vendors write as numbers.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};

use crate::error::{Error, Result};

/// An identifier in a vendor's answer, written as a string or as an integer. The unified model has strings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub String);

/// The number that a caller's identifier is, for vendors who have no others.
///
/// # Errors
/// `not-found` if it is none, as a vendor would write it: nobody has that identifier.
pub fn numeric_id(id: &str) -> Result<u64> {
    let number = id.parse().ok().filter(|number: &u64| number.to_string() == id);
    number.ok_or_else(|| Error::not_found("the vendor knows users by number"))
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
            assert_eq!(numeric_id(id).unwrap_err().kind(), crate::Kind::NotFound, "{id:?}");
        }
    }

    #[test]
    fn a_number_and_its_text_are_the_same_identifier() {
        for json in ["184", "\"184\""] {
            assert_eq!(serde_json::from_str::<Id>(json).unwrap(), Id("184".into()));
        }
        assert!(serde_json::from_str::<Id>("1.5").is_err());
        assert!(serde_json::from_str::<Id>("null").is_err());
    }
}
