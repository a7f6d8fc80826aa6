//! A change of a user, attribute by attribute.

use std::borrow::Cow;

use mortise_model::{Field, User};
use serde::{Serialize, Serializer, ser};
use serde_json::Value;

use super::PATCH;
use super::new_user::{emails, entitlements, phone_numbers, photos, roles, url};
use crate::user::UserExt;

/// A change of a user (RFC 7644 §3.5.2): operations in order. Each names an attribute by its path.
///
/// ```
/// # use mortise_sdk::{Field, scim::Patch};
/// let patch = Patch::new()
///     .set("displayName", Field::Value("Ada Example"))
///     .set(r#"emails[type eq "work"].value"#, Field::Value("ada@example.com"))
///     .set("title", Field::<String>::Null)
///     .set("active", Field::<bool>::Absent);
/// let expected = r#"[{"op":"replace","path":"displayName","value":"Ada Example"},
///     {"op":"replace","path":"emails[type eq \"work\"].value","value":"ada@example.com"},
///     {"op":"remove","path":"title"}]"#;
/// # let written = serde_json::to_value(&patch)?;
/// # assert_eq!(written["Operations"], serde_json::from_str::<serde_json::Value>(expected)?);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// A patch made from a [`User`] changes the attributes of RFC 7643 §4.1 that the unified user knows. It replaces lists
/// whole.
#[derive(Debug, Clone, Default)]
pub struct Patch(Vec<Operation>);

#[derive(Debug, Clone)]
struct Operation {
    op: &'static str,
    path: Cow<'static, str>,
    /// The first value that could not be written. The request reports it.
    value: Result<Value, String>,
}

impl Patch {
    /// A change without operations.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Changes an attribute: no operation if the field is absent, `remove` if it is null, otherwise `replace`.
    #[must_use]
    pub fn set<T: Serialize>(self, path: &'static str, field: Field<T>) -> Self {
        match field {
            Field::Absent => self,
            Field::Null => self.remove(path),
            Field::Value(value) => self.with("replace", path, tree(&value)),
        }
    }

    /// Adds values to an attribute that can have several, such as `members` of a group.
    #[must_use]
    pub fn add<T: Serialize>(self, path: &'static str, value: T) -> Self {
        self.with("add", path, tree(&value))
    }

    /// Removes the value at the path, such as one of several: `members[value eq "7"]`. Write a caller's text into a
    /// path as JSON (RFC 7644 §3.4.2.2): `format!("members[value eq {}]", json!(id))`.
    #[must_use]
    pub fn remove(self, path: impl Into<Cow<'static, str>>) -> Self {
        self.with("remove", path, Ok(Value::Null))
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn with(mut self, op: &'static str, path: impl Into<Cow<'static, str>>, value: Result<Value, String>) -> Self {
        self.0.push(Operation { op, path: path.into(), value });
        self
    }
}

/// Goes through the text, without absent fields.
fn tree<T: Serialize>(value: &T) -> Result<Value, String> {
    let text = crate::json::write(value).map_err(|error| error.to_string())?;
    crate::json::read(&text)
}

impl From<User> for Patch {
    fn from(user: User) -> Self {
        let (language, active) = (user.language(), user.is_active());
        Self::new()
            .set("userName", user.username)
            .set("displayName", user.name)
            .set("name.givenName", user.first_name)
            .set("name.familyName", user.last_name)
            .set("nickName", user.nick_name)
            .set("profileUrl", url(user.urls))
            .set("title", user.title)
            .set("userType", user.user_type)
            .set("preferredLanguage", language)
            .set("timezone", user.timezone)
            .set("active", active)
            .set("password", user.password)
            .set("externalId", user.external_id)
            .set("emails", user.emails.map(emails))
            .set("phoneNumbers", user.phones.map(phone_numbers))
            .set("photos", user.avatar.map(photos))
            .set("entitlements", user.licenses.map(entitlements))
            .set("roles", user.roles.map(roles))
    }
}

impl Serialize for Patch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Message<'a> {
            schemas: [&'static str; 1],
            #[serde(rename = "Operations")]
            operations: &'a [Operation],
        }

        Message { schemas: [PATCH], operations: &self.0 }.serialize(serializer)
    }
}

impl Serialize for Operation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use ser::SerializeMap;

        let mut members = serializer.serialize_map(None)?;
        members.serialize_entry("op", self.op)?;
        members.serialize_entry("path", self.path.as_ref())?;
        if self.op != "remove" {
            members.serialize_entry("value", self.value.as_ref().map_err(ser::Error::custom)?)?;
        }
        members.end()
    }
}
