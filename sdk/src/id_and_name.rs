//! Records with an identifier and a name.

use mortise_model::Role;
use serde::Deserialize;

use crate::id::Id;

/// The identifier and the name of a record in an answer: `{"id": 3, "name": "Agent"}`. Other members may be there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct IdAndName {
    /// The identifier. Some records have none.
    pub id: Option<Id>,
    /// The name.
    pub name: Option<String>,
}

impl From<IdAndName> for Role {
    /// A role without an identifier is known by its name.
    fn from(IdAndName { id, name }: IdAndName) -> Self {
        let id = id.map(String::from).or_else(|| name.clone());
        Role { id: id.into(), name: name.into(), ..Role::default() }
    }
}
