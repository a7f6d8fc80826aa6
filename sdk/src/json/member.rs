//! Reads one member of an object, for vendors that put every record into an envelope.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor,
};

use super::long_numbers;
use super::place::explain;

/// Reads the member of an object by its name or by the JSON pointer to it. Other members may be anything.
///
/// # Errors
/// As [`read`](super::read()), and if there is no such member.
pub(crate) fn read_member<T: DeserializeOwned>(text: &[u8], name: &'static str) -> Result<T, String> {
    member(text, name)?.ok_or_else(|| format!("missing field `{name}`"))
}

/// [`read_member`], or `None` if the member is missing or `null`.
///
/// # Errors
/// As [`read`](super::read()).
pub(crate) fn find_member<T: DeserializeOwned>(text: &[u8], name: &'static str) -> Result<Option<T>, String> {
    Ok(member::<Option<T>>(text, name)?.flatten())
}

fn member<T: DeserializeOwned>(text: &[u8], name: &'static str) -> Result<Option<T>, String> {
    let text = long_numbers::quoted(text);
    let mut reader = serde_json::Deserializer::from_slice(&text);
    Member::at(name.strip_prefix('/').unwrap_or(name))
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| explain(&text, &error))
}

struct Member<T> {
    name: &'static str,
    /// The rest of the pointer, below that member.
    rest: Option<&'static str>,
    value: PhantomData<T>,
}

impl<T> Member<T> {
    fn at(path: &'static str) -> Self {
        let (name, rest) = path.split_once('/').map_or((path, None), |(name, rest)| (name, Some(rest)));
        Self { name, rest, value: PhantomData }
    }
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Member<T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Member<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with `{}`", self.name)
    }

    /// A vendor without a record may also write `null` for the envelope.
    fn visit_none<E>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Option<T>, A::Error> {
        let index: usize = self.name.parse().map_err(|_| A::Error::invalid_type(Unexpected::Seq, &self))?;
        for _ in 0..index {
            if list.next_element::<IgnoredAny>()?.is_none() {
                return Ok(None);
            }
        }
        let value = match self.rest {
            Some(rest) => list.next_element_seed(Self::at(rest))?.flatten(),
            None => list.next_element()?,
        };
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(value)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Option<T>, A::Error> {
        let mut value = None;
        while let Some(name) = object.next_key::<String>()? {
            if name != self.name {
                object.next_value::<IgnoredAny>()?;
            } else if let Some(rest) = self.rest {
                value = object.next_value_seed(Self::at(rest))?;
            } else {
                value = Some(object.next_value()?);
            }
        }
        Ok(value)
    }
}
