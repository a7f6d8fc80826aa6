//! From a category's document to the canonical user and back.

use serde::ser::SerializeMap;
use serde_json::{Map, Value};

use crate::part::Part;
use crate::tree::Tree;
use crate::{
    Category, CrmRequest, CrmResponse, ModelError, TicketingRequest, TicketingResponse, User, UserDirectoryRequest,
    UserDirectoryResponse,
};

/// A canonical user as the answer of one category.
#[allow(
    clippy::large_enum_variant,
    reason = "there is one for a call, and a box would be one allocation more; smaller on wasm32"
)]
#[derive(Debug, Clone, PartialEq)]
pub enum Projection {
    /// For [`Category::Ticketing`].
    Ticketing(TicketingResponse),
    /// For [`Category::UserDirectory`].
    UserDirectory(UserDirectoryResponse),
    /// For [`Category::Crm`].
    Crm(CrmResponse),
}

impl Projection {
    /// The names of the members that `keep` accepts, in the order in which they are written.
    pub fn names(&self, keep: impl Fn(&str) -> bool) -> Vec<&str> {
        match self {
            Self::Ticketing(answer) => names(TicketingResponse::FIELDS, |name| answer.has(name), &answer.extra, keep),
            Self::UserDirectory(answer) => {
                names(UserDirectoryResponse::FIELDS, |name| answer.has(name), &answer.extra, keep)
            }
            Self::Crm(answer) => names(CrmResponse::FIELDS, |name| answer.has(name), &answer.extra, keep),
        }
    }

    /// Writes the members whose names `keep` accepts.
    ///
    /// # Errors
    /// Those of the format.
    pub fn serialize_members<M: SerializeMap>(
        &self,
        members: &mut M,
        keep: impl Fn(&str) -> bool,
    ) -> Result<(), M::Error> {
        match self {
            Self::Ticketing(answer) => answer.serialize_members(members, keep),
            Self::UserDirectory(answer) => answer.serialize_members(members, keep),
            Self::Crm(answer) => answer.serialize_members(members, keep),
        }
    }
}

/// The names of the fields that an answer has, and the names of the others.
fn names<'a>(
    fields: &[&'static str],
    has: impl Fn(&str) -> bool,
    extra: &'a Map<String, Value>,
    keep: impl Fn(&str) -> bool,
) -> Vec<&'a str> {
    let others = extra.keys().map(String::as_str).filter(|name| !has(name));
    fields.iter().copied().filter(|name| has(name)).chain(others).filter(|name| keep(name)).collect()
}

impl From<Projection> for Map<String, Value> {
    fn from(projection: Projection) -> Self {
        match projection {
            Projection::Ticketing(answer) => answer.into(),
            Projection::UserDirectory(answer) => answer.into(),
            Projection::Crm(answer) => answer.into(),
        }
    }
}

impl Category {
    /// Reads a request body of this category as the canonical user.
    ///
    /// Members that the category does not name are kept. If the canonical user has a field of that name, the member
    /// becomes this field; all others travel in [`User::extra`]. `remote_data` is not part of the user: take it out
    /// first.
    ///
    /// # Errors
    /// The place of a field with the wrong type or a word outside its enumeration.
    pub fn to_canonical(self, body: Map<String, Value>) -> Result<User, ModelError> {
        let body = Tree::from(body);
        match self {
            Self::Ticketing => TicketingRequest::read(body)?.try_into(),
            Self::UserDirectory => UserDirectoryRequest::read(body)?.try_into(),
            Self::Crm => CrmRequest::read(body)?.try_into(),
        }
    }

    /// Writes a canonical user as the answer of this category. Absent fields stay absent, fields that the category does
    /// not name are left out, and [`User::extra`] stands at the top level beside the category's fields.
    pub fn project(self, mut user: User) -> Projection {
        user.extra.retain(|name, _| !self.response_fields().contains(&name.as_str()));
        match self {
            Self::Ticketing => Projection::Ticketing(user.into()),
            Self::UserDirectory => Projection::UserDirectory(user.into()),
            Self::Crm => Projection::Crm(user.into()),
        }
    }

    /// Whether a member of this name has a meaning in this category's documents, so that a field of one vendor only
    /// cannot have the name. A field of the canonical user, of this category or of another, does not travel in
    /// [`User::extra`].
    pub fn reserves(self, name: &str) -> bool {
        [User::FIELDS, self.request_fields(), self.response_fields()].iter().any(|fields| fields.contains(&name))
    }

    /// The name that a caller of this category reads for a field of the canonical user, or a part of it:
    /// `emails[0].email` is `email` in crm.
    pub fn name_for_caller(self, field: &str) -> String {
        let (name, part) = field.split_at(field.find(['[', '.']).unwrap_or(field.len()));
        match (self, name) {
            (Self::Crm, "emails") => "email".to_owned(),
            (Self::Crm, "status") => format!("is_active{part}"),
            // The category has the identifiers themselves; the canonical user has objects.
            (Self::Ticketing, "groups") => format!("team_ids{}", part.split('.').next().unwrap_or_default()),
            _ => field.to_owned(),
        }
    }

    /// The fields that a request body of this category may hold, without `remote_data` and fields of one vendor only.
    pub fn request_fields(self) -> &'static [&'static str] {
        match self {
            Self::Ticketing => TicketingRequest::FIELDS,
            Self::UserDirectory => UserDirectoryRequest::FIELDS,
            Self::Crm => CrmRequest::FIELDS,
        }
    }

    /// The fields that an answer of this category may hold, without `remote_data` and fields of one vendor only.
    pub fn response_fields(self) -> &'static [&'static str] {
        match self {
            Self::Ticketing => TicketingResponse::FIELDS,
            Self::UserDirectory => UserDirectoryResponse::FIELDS,
            Self::Crm => CrmResponse::FIELDS,
        }
    }

    /// The fields of an answer that hold a time. `licenses[].last_active_at` is a field in the objects of a list.
    pub fn date_fields(self) -> &'static [&'static str] {
        match self {
            Self::Ticketing | Self::Crm => &["created_at", "updated_at"],
            Self::UserDirectory => &[
                "created_at",
                "updated_at",
                "activated_at",
                "last_active_at",
                "last_login_at",
                "status_changed_at",
                "licenses[].last_active_at",
            ],
        }
    }

    /// Calls `visit` for every time in an answer of this category, at any depth, so that it can rewrite the time in
    /// place.
    pub fn visit_dates(self, answer: &mut Map<String, Value>, mut visit: impl FnMut(&mut Value)) {
        for path in self.date_fields() {
            match path.split_once("[].") {
                None => answer.get_mut(*path).into_iter().for_each(&mut visit),
                Some((list, field)) => {
                    let items = answer.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
                    items.filter_map(|item| item.get_mut(field)).for_each(&mut visit);
                }
            }
        }
    }
}
