//! Roles in the various spellings of vendors.

use mortise_model::{Field, Role};
use serde::de::{Deserialize, Deserializer};
use serde_json::Value;

use crate::text::Text;

/// The roles in a vendor's answer: one or a list of them, each an object with `id` (or `_id`) and `name`, a word or a
/// number. Skips what is missing, `null` or not a role: an answer without a role is worth more than no answer.
///
/// `into` makes the roles of a [`User`](crate::User) from it. A word alone is then both identifier and name, and so is
/// a name without an identifier. For a vendor that knows roles by identifier, use [`by_id`](Self::by_id).
///
/// ```
/// # use mortise_sdk::{Role, Roles, User};
/// #[derive(serde::Deserialize)]
/// struct Agent {
///     role: Roles,
/// }
///
/// let agent: Agent = serde_json::from_str(r#"{"role": {"id": 3, "name": "Agent", "rank": 1}}"#)?;
/// let user = User { roles: agent.role.into(), ..User::default() };
/// assert_eq!(user.roles, Role::only("3", "Agent"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roles(Option<Vec<Spelling>>);

/// One role.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Spelling {
    /// An object's identifier and name.
    Record(Option<String>, Option<String>),
    /// A word or a number.
    Word(String),
}

impl Roles {
    /// The roles of a vendor that knows them by identifier: a word or number alone is the identifier, and a name alone
    /// is not.
    pub fn by_id(self) -> Field<Vec<Role>> {
        self.map(|spelling| {
            let (id, name) = match spelling {
                Spelling::Record(id, name) => (id, name),
                Spelling::Word(id) => (Some(id), None),
            };
            Role { id: id.into(), name: name.into(), ..Role::default() }
        })
    }

    fn map(self, role: fn(Spelling) -> Role) -> Field<Vec<Role>> {
        self.0.map(|roles| roles.into_iter().map(role).collect()).into()
    }
}

impl From<Roles> for Field<Vec<Role>> {
    fn from(roles: Roles) -> Self {
        roles.map(|spelling| match spelling {
            Spelling::Record(None, Some(name)) | Spelling::Word(name) => Role::known_by_name(name),
            Spelling::Record(id, name) => Role { id: id.into(), name: name.into(), ..Role::default() },
        })
    }
}

impl Spelling {
    fn read(role: &Value) -> Option<Self> {
        if !role.is_object() {
            return Text::of(role).into_option().map(Self::Word);
        }
        let [id, other_id, name] = ["id", "_id", "name"].map(|name| Text::member(role, name));
        Some(Self::Record(id.or(other_id).into_option(), name.into_option()))
    }
}

impl<'de> Deserialize<'de> for Roles {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Serde also reads a missing member as an option, and makes `None` of it.
        let roles = match Option::deserialize(deserializer)? {
            None => return Ok(Self(None)),
            Some(Value::Array(roles)) => roles,
            Some(role) => vec![role],
        };
        Ok(Self(Some(roles.iter().filter_map(Spelling::read).collect())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Agent {
        role: Roles,
    }

    fn read(json: &str) -> Roles {
        serde_json::from_str::<Agent>(&format!("{{{json}}}")).unwrap().role
    }

    #[test]
    fn a_role_is_read_in_every_spelling() {
        let role = |id: &str, name: &str| Role { id: id.into(), name: name.into(), ..Role::default() };
        for (json, expected) in [
            (r#""role": {"id": 3, "name": "Agent"}"#, vec![role("3", "Agent")]),
            (r#""role": {"_id": "a3", "name": "Agent", "rank": null}"#, vec![role("a3", "Agent")]),
            (r#""role": {"name": "Agent"}"#, vec![role("Agent", "Agent")]),
            (r#""role": {"id": null, "name": "Agent"}"#, vec![role("Agent", "Agent")]),
            (r#""role": "Agent""#, vec![role("Agent", "Agent")]),
            (r#""role": 3"#, vec![role("3", "3")]),
            (r#""role": ["Agent", {"id": "3", "name": "Admin"}]"#, vec![role("Agent", "Agent"), role("3", "Admin")]),
            (r#""role": []"#, vec![]),
            (r#""role": [null, true, [], {"id": {}}, ""]"#, vec![Role::default()]),
            (r#""role": false"#, vec![]),
        ] {
            assert_eq!(Field::from(read(json)), Field::Value(expected), "{json}");
        }
        for json in ["", r#""role": null"#] {
            assert_eq!(Field::<Vec<Role>>::from(read(json)), Field::Absent, "{json}");
        }
    }

    #[test]
    fn a_vendor_may_know_roles_by_their_identifiers() {
        let id = |id: &str| Role { id: id.into(), ..Role::default() };
        let roles = read(r#""role": ["a3", 4, {"_id": "a5"}, {"name": "Admin"}]"#).by_id();
        assert_eq!(roles, Field::Value(vec![id("a3"), id("4"), id("a5"), Role::named("Admin")]));
    }
}
