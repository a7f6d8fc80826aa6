//! The values inside a user: addresses, roles, memberships, the status.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::part::Part;
#[cfg(feature = "schema")]
use crate::schema::DateTime;
use crate::shape::shape;
use crate::tree::Tree;
use crate::{Field, ModelError, lenient};

/// A text in a vendor's answer, unless it is empty.
fn told(text: impl Into<Field<String>>) -> Option<String> {
    text.into().into_value().filter(|text| !text.is_empty())
}

shape! {
    /// An email address of a user.
    Email {
        /// The address itself.
        email: String,
        /// What the address is for, in the vendor's words: `work`, `home`, …
        kind as "type": String,
        /// Whether this is the user's main address.
        is_primary: bool,
    }
}

impl Email {
    /// The user's main address.
    pub fn primary(address: impl Into<String>) -> Self {
        Self { email: Field::Value(address.into()), is_primary: Field::Value(true), ..Self::default() }
    }

    /// An address beside the main one.
    pub fn other(address: impl Into<String>) -> Self {
        Self { email: Field::Value(address.into()), is_primary: Field::Value(false), ..Self::default() }
    }

    /// The addresses of a user whose vendor knows one. Absent if the vendor gave none, or an empty one.
    pub fn only(address: impl Into<Field<String>>) -> Field<Vec<Self>> {
        told(address).map(|address| vec![Self::primary(address)]).into()
    }

    /// Whether the address is marked as the main one, by its flag or, without a flag, by its type.
    pub fn is_primary(&self) -> bool {
        match self.is_primary {
            Field::Value(is_primary) => is_primary,
            Field::Absent | Field::Null => self.kind.as_deref() == Field::Value("primary"),
        }
    }
}

shape! {
    /// A phone number of a user.
    #[cfg_attr(feature = "schema", schemars(extend("required" = ["number"])))]
    Phone {
        /// The number, in the vendor's format; E.164 (`+4512345678`) if the vendor has none.
        number: String,
        /// What the number is for: usually `phone` or `mobile`.
        kind as "type": String,
        /// The extension to dial after the number.
        extension: String,
    }
}

impl Phone {
    /// The main phone number of the user: the type `phone`.
    pub fn main(number: impl Into<String>) -> Self {
        Self { number: Field::Value(number.into()), kind: "phone".into(), ..Self::default() }
    }

    /// The number of a mobile phone: the type `mobile`.
    pub fn mobile(number: impl Into<String>) -> Self {
        Self { kind: "mobile".into(), ..Self::main(number) }
    }

    /// The phones of a user whose vendor has one phone and one mobile, as far as the vendor gave them. An empty number
    /// is no phone.
    pub fn main_and_mobile(main: impl Into<Field<String>>, mobile: impl Into<Field<String>>) -> Field<Vec<Self>> {
        let phones = told(main).map(Self::main).into_iter().chain(told(mobile).map(Self::mobile));
        Field::Value(phones.collect())
    }
}

shape! {
    /// A role of a user. Which roles exist is the integration's to say.
    Role {
        /// The vendor's identifier of the role.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::Id>"))]
        id: String = lenient::id,
        /// The name of the role.
        name: String,
        /// The group in which the user has the role, if roles differ between groups.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::Id>"))]
        group: String = lenient::id,
        /// The organization in which the user has the role, if roles differ between organizations.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::Id>"))]
        organization: String = lenient::id,
        /// The workspace in which the user has the role, if roles differ between workspaces.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::Id>"))]
        workspace: String = lenient::id,
    }
}

impl Role {
    /// A role known by its name.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: Field::Value(name.into()), ..Self::default() }
    }

    /// A role of a vendor that knows roles by name alone: the name is also the identifier.
    pub fn known_by_name(name: impl Into<String>) -> Self {
        let name = name.into();
        Self { id: Field::Value(name.clone()), ..Self::named(name) }
    }

    /// The roles of a user whose vendor gives one, with its identifier and its name in separate members. Absent if the
    /// vendor gave no identifier.
    pub fn only(id: impl Into<Field<String>>, name: impl Into<Field<String>>) -> Field<Vec<Self>> {
        told(id).map(|id| vec![Self { id: Field::Value(id), name: told(name).into(), ..Self::default() }]).into()
    }

    /// The word by which the role was chosen: its id or, without one, its name.
    pub fn id_or_name(&self) -> Option<&str> {
        self.words().next()
    }

    /// The words by which the role may be known: its id, then its name.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        [&self.id, &self.name].into_iter().filter_map(Field::value).map(String::as_str)
    }
}

impl From<String> for Role {
    fn from(name: String) -> Self {
        Self::named(name)
    }
}

shape! {
    /// A group or team that a user belongs to.
    Group {
        /// The vendor's identifier of the group.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::Id>"))]
        id: String = lenient::id,
        /// The name of the group.
        name: String,
        /// The identifier of the organization that the group is part of.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::Id>"))]
        organization: String = lenient::id,
    }
}

impl Group {
    /// A group known by its identifier.
    pub fn with_id(id: impl Into<String>) -> Self {
        Self { id: Field::Value(id.into()), ..Self::default() }
    }

    /// Groups known by their identifiers.
    pub fn with_ids(ids: impl IntoIterator<Item = impl Into<String>>) -> Vec<Self> {
        ids.into_iter().map(Self::with_id).collect()
    }
}

shape! {
    /// A workspace that a user belongs to.
    Workspace {
        /// The vendor's identifier of the workspace.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::Id>"))]
        id: String = lenient::id,
        /// The name of the workspace.
        name: String,
    }
}

shape! {
    /// An organization that a user belongs to.
    Organization {
        /// The vendor's identifier of the organization.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::Id>"))]
        id: String = lenient::id,
        /// The name of the organization.
        name: String,
    }
}

shape! {
    /// A license that a user holds, or a product that a user can open.
    License {
        /// The vendor's identifier of the license.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::Id>"))]
        id: String = lenient::id,
        /// The name of the license.
        name: String,
        /// The identifier of the organization that the license belongs to.
        #[cfg_attr(feature = "schema", schemars(with = "Field<crate::schema::Id>"))]
        organization: String = lenient::id,
        /// When the user last made use of the license, RFC 3339.
        #[cfg_attr(feature = "schema", schemars(with = "Field<DateTime>"))]
        last_active_at: String,
    }
}

impl License {
    /// The licenses of a user whose vendor gives one, by its identifier and its name.
    pub fn only(id: impl Into<String>, name: impl Into<String>) -> Field<Vec<Self>> {
        Field::Value(vec![Self { id: Field::Value(id.into()), name: Field::Value(name.into()), ..Self::default() }])
    }
}

shape! {
    /// A web address of a user.
    Url {
        /// The address itself.
        url: String,
        /// What the address shows, in the vendor's words.
        kind as "type": String,
    }
}

impl Url {
    /// The web addresses of a user whose vendor gives one. Absent if the vendor gave none, or an empty one. `kind` is
    /// what the address shows.
    pub fn only(url: impl Into<Field<String>>, kind: &str) -> Field<Vec<Self>> {
        told(url).map(|url| vec![Self { url: Field::Value(url), kind: kind.into() }]).into()
    }
}

/// The status of an account.
///
/// A caller can ask for these four words only. An answer may hold another one, if none of them describes the vendor's status.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Status {
    /// `active`: the user can work.
    Active,
    /// `inactive`: the account is kept but cannot be used.
    Inactive,
    /// `deleted`: the account is gone.
    Deleted,
    /// `invited`: the user has not accepted yet.
    Invited,
    /// The vendor's own word, in answers only.
    Other(String),
}

impl Status {
    /// The words that a caller may use.
    pub const KNOWN: &'static [&'static str] = &["active", "inactive", "deleted", "invited"];

    /// The status of a user whose vendor says who is not active: `inactive` if one of the signs is true, otherwise
    /// `active`, even if the vendor gave none of the signs.
    pub fn active_unless(signs: impl IntoIterator<Item = Option<impl Into<bool>>>) -> Self {
        let is_inactive = signs.into_iter().flatten().any(Into::into);
        Self::from(!is_inactive)
    }

    /// The word as documents spell it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Deleted => "deleted",
            Self::Invited => "invited",
            Self::Other(word) => word,
        }
    }

    /// Whether the user can work: only an active one can. `None` if the status is a vendor's own word.
    pub fn is_active(&self) -> Option<bool> {
        match self {
            Self::Active => Some(true),
            Self::Inactive | Self::Deleted | Self::Invited => Some(false),
            Self::Other(_) => None,
        }
    }
}

impl From<bool> for Status {
    fn from(is_active: bool) -> Self {
        if is_active { Self::Active } else { Self::Inactive }
    }
}

impl From<String> for Status {
    fn from(word: String) -> Self {
        match word.as_str() {
            "active" => Self::Active,
            "inactive" => Self::Inactive,
            "deleted" => Self::Deleted,
            "invited" => Self::Invited,
            _ => Self::Other(word),
        }
    }
}

impl From<Status> for String {
    fn from(status: Status) -> Self {
        match status {
            Status::Other(word) => word,
            known => known.as_str().to_owned(),
        }
    }
}

impl Part for Status {
    fn read(tree: Tree<'_>) -> Result<Self, ModelError> {
        String::read(tree).map(Self::from)
    }

    fn write(self) -> Value {
        Value::String(self.into())
    }
}

/// A password on its way to the vendor. Its JSON is the plain text; its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("writeOnly" = true)))]
pub struct Password(String);

impl Password {
    /// The plain text, for a vendor that does not take it as a JSON member.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Password {
    fn from(plain: String) -> Self {
        Self(plain)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Part for Password {
    fn read(tree: Tree<'_>) -> Result<Self, ModelError> {
        String::read(tree).map(Self)
    }

    fn write(self) -> Value {
        Value::String(self.0)
    }
}
