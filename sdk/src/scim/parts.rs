//! Parts of SCIM users.

use mortise_model::Field;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::text::Text;

/// The parts of a name (RFC 7643 §4.1.1) in a request.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Name {
    /// The given name.
    pub given_name: Field<String>,
    /// The family name.
    pub family_name: Field<String>,
}

impl Name {
    /// A name of the parts that are not absent. Absent if both are.
    pub(super) fn of(given_name: Field<String>, family_name: Field<String>) -> Field<Self> {
        let is_given = !(given_name.is_absent() && family_name.is_absent());
        is_given.then_some(Self { given_name, family_name }).into()
    }
}

/// One value of an attribute that can have several (RFC 7643 §2.4), such as an address or a role, in a request.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Attribute {
    /// The value itself: an address, a number, an identifier.
    pub value: Field<String>,
    /// Its use: `work`, `home`, …
    #[serde(rename = "type")]
    pub kind: Field<String>,
    /// Whether it is the main one.
    pub primary: Field<bool>,
}

/// One value of such an attribute in an answer: an object, or the value alone.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "Value")]
pub(super) struct AttributeRead {
    pub(super) value: Text,
    pub(super) display: Text,
    pub(super) kind: Text,
    pub(super) is_primary: Option<bool>,
}

impl From<Value> for AttributeRead {
    fn from(attribute: Value) -> Self {
        if !attribute.is_object() {
            return Self { value: Text::of(&attribute), ..Self::default() };
        }
        Self {
            value: Text::member(&attribute, "value"),
            display: Text::member(&attribute, "display"),
            kind: Text::member(&attribute, "type"),
            is_primary: attribute.get("primary").and_then(Value::as_bool),
        }
    }
}

impl AttributeRead {
    /// The identifier, and its name.
    pub(super) fn id_and_name(self) -> (Field<String>, Field<String>) {
        (self.value.clone().into(), self.display.or(self.value).into())
    }
}
