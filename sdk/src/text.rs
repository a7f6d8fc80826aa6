//! Texts of vendors that write an empty text for no value.

use mortise_model::{Field, IntoText};
use serde::de::{Deserialize, Deserializer};
use serde_json::Value;

use crate::id;

/// A text in a vendor's answer. A text that is missing, `null` or empty is no text, so that a struct needs no `Option`
/// and no attribute for it. `into` makes a field of a [`User`](crate::User) from it.
///
/// ```
/// # use mortise_sdk::{Field, Text, User};
/// #[derive(serde::Deserialize)]
/// struct Person {
///     full_name: Text,
///     position: Text,
///     picture: Text,
/// }
///
/// let person: Person = serde_json::from_str(r#"{"full_name": "Ada Example", "position": ""}"#)?;
/// let user = User { name: person.full_name.into(), title: person.position.into(), ..User::default() };
/// assert_eq!((user.name, user.title), ("Ada Example".into(), Field::Absent));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Text(Option<String>);

impl Text {
    /// A word or a whole number as a text. `None` for anything else.
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::String(text) => text.clone().into(),
            Value::Number(number) => {
                let whole = || number.as_f64().and_then(id::whole).and_then(|number| u64::try_from(number).ok());
                Self(number.as_u64().or_else(whole).map(|number| number.to_string()))
            }
            _ => Self(None),
        }
    }

    /// The member of an object, as [`of`](Self::of).
    pub(crate) fn member(object: &Value, name: &str) -> Self {
        object.get(name).map(Self::of).unwrap_or_default()
    }

    /// The text, if there is one.
    pub fn as_deref(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The text itself, if there is one.
    pub fn into_option(self) -> Option<String> {
        self.0
    }

    /// This text, or `other` if there is none: for vendors that put a value in one of two places.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0.or(other.0))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(Some(text).filter(|text| !text.is_empty()))
    }
}

impl IntoText for Text {
    fn into_text(self) -> Option<String> {
        self.0
    }
}

impl From<Text> for Field<Vec<String>> {
    /// A list of this one text: for vendors that know one language of a user.
    fn from(text: Text) -> Self {
        text.0.map(|text| vec![text]).into()
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Serde also reads a missing member as an option, and makes `None` of it.
        Option::<String>::deserialize(deserializer).map(|text| text.map(Self::from).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Person {
        name: Text,
    }

    #[test]
    fn what_is_missing_null_or_empty_is_no_text() {
        for json in ["{}", r#"{"name": null}"#, r#"{"name": ""}"#] {
            let person: Person = serde_json::from_str(json).unwrap();
            assert_eq!(Field::from(person.name.clone()), Field::<String>::Absent, "{json}");
            assert_eq!(person.name.or("Ada".to_owned().into()).as_deref(), Some("Ada"));
        }
        let person: Person = serde_json::from_str(r#"{"name": " "}"#).unwrap();
        assert_eq!(Field::from(person.name.clone()), Field::Value(" ".to_owned()));
        assert_eq!(Field::from(person.name), Field::Value(vec![" ".to_owned()]));
        assert_eq!(Field::<Vec<String>>::from(Text::default()), Field::Absent);
        for json in [r#"{"name": 7}"#, r#"{"name": []}"#] {
            assert!(serde_json::from_str::<Person>(json).is_err(), "{json}");
        }
    }
}
