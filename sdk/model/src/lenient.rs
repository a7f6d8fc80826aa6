//! What callers may write in more than one way: numeric ids, and roles by their mere name.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::{Field, Status};

/// Whole numbers below this are exact even as `f64` (2^53); a longer identifier written with a fraction has lost digits.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// An identifier: text, or an integer (`7`, and `7.0` as JSON Schema has it) that is taken as its digits.
pub(crate) struct Id(String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IdVisitor;

        impl Visitor<'_> for IdVisitor {
            type Value = Id;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or an integer")
            }

            fn visit_str<E>(self, id: &str) -> Result<Id, E> {
                Ok(Id(id.to_owned()))
            }

            fn visit_u64<E>(self, id: u64) -> Result<Id, E> {
                Ok(Id(id.to_string()))
            }

            fn visit_i64<E>(self, id: i64) -> Result<Id, E> {
                Ok(Id(id.to_string()))
            }

            fn visit_f64<E: de::Error>(self, id: f64) -> Result<Id, E> {
                if id.fract() == 0.0 && id.abs() < EXACT {
                    Ok(Id(format!("{id:.0}")))
                } else {
                    Err(E::invalid_type(de::Unexpected::Float(id), &self))
                }
            }
        }

        deserializer.deserialize_any(IdVisitor)
    }
}

/// Roles: one name, or a list of names and objects.
pub(crate) struct Roles<T>(Vec<T>);

impl<'de, T: Deserialize<'de> + From<String>> Deserialize<'de> for Roles<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RolesVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de> + From<String>> Visitor<'de> for RolesVisitor<T> {
            type Value = Roles<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a role name or a list of roles")
            }

            fn visit_str<E>(self, name: &str) -> Result<Roles<T>, E> {
                Ok(Roles(vec![T::from(name.to_owned())]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Roles<T>, A::Error> {
                let mut roles = Vec::new();
                while let Some(OneRole(role)) = list.next_element()? {
                    roles.push(role);
                }
                Ok(Roles(roles))
            }
        }

        deserializer.deserialize_any(RolesVisitor(PhantomData))
    }
}

/// A role in a list: its name or the object.
struct OneRole<T>(T);

impl<'de, T: Deserialize<'de> + From<String>> Deserialize<'de> for OneRole<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RoleVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de> + From<String>> Visitor<'de> for RoleVisitor<T> {
            type Value = OneRole<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a role name or an object")
            }

            fn visit_str<E>(self, name: &str) -> Result<OneRole<T>, E> {
                Ok(OneRole(T::from(name.to_owned())))
            }

            fn visit_map<A: MapAccess<'de>>(self, role: A) -> Result<OneRole<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(role)).map(OneRole)
            }
        }

        deserializer.deserialize_any(RoleVisitor(PhantomData))
    }
}

pub(crate) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Field<String>, D::Error> {
    Ok(Field::<Id>::deserialize(deserializer)?.map(|id| id.0))
}

pub(crate) fn ids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Field<Vec<String>>, D::Error> {
    Ok(Field::<Vec<Id>>::deserialize(deserializer)?.map(|ids| ids.into_iter().map(|id| id.0).collect()))
}

pub(crate) fn roles<'de, T, D>(deserializer: D) -> Result<Field<Vec<T>>, D::Error>
where
    T: Deserialize<'de> + From<String>,
    D: Deserializer<'de>,
{
    Ok(Field::<Roles<T>>::deserialize(deserializer)?.map(|roles| roles.0))
}

/// A status that a caller may ask for: vendors answer with words of their own, but nobody can request those.
pub(crate) fn known_status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Field<Status>, D::Error> {
    match Field::deserialize(deserializer)? {
        Field::Value(Status::Other(word)) => Err(de::Error::unknown_variant(&word, Status::KNOWN)),
        status => Ok(status),
    }
}
