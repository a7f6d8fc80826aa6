//! A field that knows the difference between "not mentioned" and "cleared".

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};

/// One field of a document: left out, explicitly `null`, or given.
///
/// In an update the three mean different things: an absent field does not change, `null` clears it, a value replaces
/// it. A `Field` keeps them apart from the caller's body to the vendor's, so a mapping can pass it on unchanged:
///
/// ```
/// # use mortise_model::{Field, User};
/// #[derive(serde::Serialize)]
/// struct VendorUser {
///     display_name: Field<String>,
/// }
///
/// let user = User { name: Field::Null, ..User::default() };
/// let body = serde_json::to_string(&VendorUser { display_name: user.name })?;
/// assert_eq!(body, r#"{"display_name":null}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// The SDK's requests leave absent fields out. Other writers need `#[serde(skip_serializing_if = "Field::is_absent")]`.
/// Without it, an absent field is an error: it could only become a `null`, and so clear a field that the caller did not
/// mention. A field that is read needs `#[serde(default)]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Field<T> {
    /// The document does not mention the field: do not change it.
    #[default]
    Absent,
    /// The document says `null`: clear it.
    Null,
    /// The document gives a value: set it.
    Value(T),
}

impl<T> Field<T> {
    /// The name under which an absent field is passed to a serializer that leaves it out. For every other serializer it
    /// is an error.
    #[doc(hidden)]
    pub const ABSENT: &str = "$mortise::absent";

    /// Whether the field is not mentioned.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Whether the field is explicitly `null`.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether the field has a value.
    pub const fn is_value(&self) -> bool {
        matches!(self, Self::Value(_))
    }

    /// The value, if absent and `null` mean the same to the caller.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// The value itself, if absent and `null` mean the same to the caller.
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// The field with its value borrowed.
    pub const fn as_ref(&self) -> Field<&T> {
        match self {
            Self::Absent => Field::Absent,
            Self::Null => Field::Null,
            Self::Value(value) => Field::Value(value),
        }
    }

    /// The field with its value dereferenced: `Field<String>` as `Field<&str>`.
    pub fn as_deref(&self) -> Field<&T::Target>
    where
        T: std::ops::Deref,
    {
        self.as_ref().map(|value| &**value)
    }

    /// Changes the value; absent and `null` stay what they are.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Field<U> {
        self.and_then(|value| Field::Value(change(value)))
    }

    /// Replaces a value by the field that `next` makes of it; absent and `null` stay what they are.
    pub fn and_then<U>(self, next: impl FnOnce(T) -> Field<U>) -> Field<U> {
        match self {
            Self::Absent => Field::Absent,
            Self::Null => Field::Null,
            Self::Value(value) => next(value),
        }
    }

    /// This field, or `other` if this one is absent. A `null` stays.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match self {
            Self::Absent => other,
            Self::Null | Self::Value(_) => self,
        }
    }
}

impl<T: Clone> Field<&T> {
    /// The field with its borrowed value cloned.
    pub fn cloned(self) -> Field<T> {
        self.map(T::clone)
    }
}

impl<T, E> Field<Result<T, E>> {
    /// Moves an error out, after a [`map`](Field::map) that can fail: `user.id.map(|id| id.parse()).transpose()?`.
    ///
    /// # Errors
    /// The error that the value holds.
    pub fn transpose(self) -> Result<Field<T>, E> {
        match self {
            Self::Absent => Ok(Field::Absent),
            Self::Null => Ok(Field::Null),
            Self::Value(value) => value.map(Field::Value),
        }
    }
}

impl<T> From<T> for Field<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

/// `None` becomes absent: a vendor that does not mention a field does not ask to clear it.
impl<T> From<Option<T>> for Field<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Self::Value)
    }
}

/// A value of a vendor's answer that is a text in the model: an identifier that may be a number, a time in
/// milliseconds.
///
/// `into` makes a `Field<String>` from it, and from an `Option` of it.
pub trait IntoText {
    /// The text. `None` if the vendor's value is empty.
    fn into_text(self) -> Option<String>;
}

impl<T: IntoText> From<T> for Field<String> {
    fn from(value: T) -> Self {
        value.into_text().into()
    }
}

impl<T: IntoText> From<Option<T>> for Field<String> {
    fn from(value: Option<T>) -> Self {
        value.and_then(T::into_text).into()
    }
}

impl From<&str> for Field<String> {
    fn from(value: &str) -> Self {
        Self::Value(value.to_owned())
    }
}

impl<T: Serialize> Serialize for Field<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent => serializer.serialize_newtype_struct(Self::ABSENT, &Unwritable),
            // Not `None`: the SDK leaves `None` out of requests.
            Self::Null => serializer.serialize_unit(),
            Self::Value(value) => value.serialize(serializer),
        }
    }
}

/// The error of an absent field for a serializer that does not know it.
struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(ser::Error::custom(
            "an absent field has no JSON: add #[serde(skip_serializing_if = \"Field::is_absent\")] to it",
        ))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Null, Self::Value))
    }
}
