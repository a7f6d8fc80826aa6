//! Booleans that some vendors write as numbers or texts.

use std::fmt;

use mortise_model::Status;
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

/// A boolean in a vendor's answer, written as `true`, 1 or a text: `"true"`, `"1"` or `"yes"`, and their opposites, in
/// any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Flag(pub bool);

impl From<Flag> for bool {
    fn from(flag: Flag) -> Self {
        flag.0
    }
}

impl From<Flag> for Status {
    /// A flag of a user who is active or not.
    fn from(flag: Flag) -> Self {
        flag.0.into()
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Spelling;

        impl Visitor<'_> for Spelling {
            type Value = Flag;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true or false")
            }

            fn visit_bool<E: Error>(self, flag: bool) -> Result<Flag, E> {
                Ok(Flag(flag))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Flag, E> {
                match number {
                    0 => Ok(Flag(false)),
                    1 => Ok(Flag(true)),
                    _ => Err(E::invalid_value(Unexpected::Unsigned(number), &self)),
                }
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Flag, E> {
                match number {
                    0.0 => Ok(Flag(false)),
                    1.0 => Ok(Flag(true)),
                    _ => Err(E::invalid_value(Unexpected::Float(number), &self)),
                }
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Flag, E> {
                let is = |words: [&str; 3]| words.iter().any(|word| text.trim().eq_ignore_ascii_case(word));
                match (is(["true", "1", "yes"]), is(["false", "0", "no"])) {
                    (true, _) => Ok(Flag(true)),
                    (_, true) => Ok(Flag(false)),
                    _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
                }
            }
        }

        deserializer.deserialize_any(Spelling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boolean_is_read_in_every_spelling_and_nothing_else_is_one() {
        for json in ["true", "1", "1.0", "\"true\"", "\"True\"", "\"1\"", "\"YES\""] {
            assert_eq!(serde_json::from_str::<Flag>(json).ok(), Some(Flag(true)), "{json}");
        }
        for json in ["false", "0", "0.0", "\"false\"", "\"FALSE\"", "\"0\"", "\"no\""] {
            assert_eq!(serde_json::from_str::<Flag>(json).ok(), Some(Flag(false)), "{json}");
        }
        for json in ["null", "2", "-1", "0.5", "\"\"", "\"on leave\"", "[]", "{}"] {
            assert!(serde_json::from_str::<Flag>(json).is_err(), "{json}");
        }
    }
}
