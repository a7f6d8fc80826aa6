//! A user in an answer.

use mortise_model::{Email, Field, Group, License, Phone, Role, Status, Url, User};
use serde::Deserialize;

use super::parts::AttributeRead;
use crate::flag::Flag;
use crate::id::Id;
use crate::text::Text;

/// A user in a vendor's answer: the attributes of RFC 7643 §4.1 that the unified user knows.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserRead {
    id: Option<Id>,
    external_id: Option<Id>,
    user_name: Text,
    name: Option<NameRead>,
    display_name: Text,
    nick_name: Text,
    profile_url: Text,
    title: Text,
    user_type: Text,
    preferred_language: Text,
    locale: Text,
    timezone: Text,
    active: Option<Flag>,
    emails: Option<Vec<AttributeRead>>,
    phone_numbers: Option<Vec<AttributeRead>>,
    photos: Option<Vec<AttributeRead>>,
    groups: Option<Vec<AttributeRead>>,
    entitlements: Option<Vec<AttributeRead>>,
    roles: Option<Vec<AttributeRead>>,
    meta: Option<Meta>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct NameRead {
    formatted: Text,
    given_name: Text,
    family_name: Text,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    created: Text,
    last_modified: Text,
    version: Text,
}

impl UserRead {
    /// The groups that the user is in, without those that it is in only through another group.
    pub fn direct_groups(&self) -> Vec<Group> {
        let groups = self.groups.iter().flatten().filter(|group| group.kind.as_deref() != Some("indirect"));
        groups.cloned().map(group).collect()
    }
}

impl From<UserRead> for User {
    fn from(user: UserRead) -> Self {
        let (name, meta) = (user.name.unwrap_or_default(), user.meta.unwrap_or_default());
        let language = user.preferred_language.or(user.locale);
        let photo = user.photos.into_iter().flatten().next().map(|photo| photo.value);
        let named = User::named(name.given_name, name.family_name);
        User {
            id: user.id.into(),
            external_id: user.external_id.into(),
            username: user.user_name.into(),
            name: Field::from(user.display_name.or(name.formatted)).or(named.name),
            first_name: named.first_name,
            last_name: named.last_name,
            nick_name: user.nick_name.into(),
            emails: list(user.emails, email),
            phones: list(user.phone_numbers, phone),
            urls: Url::only(user.profile_url, "profile"),
            avatar: photo.into(),
            title: user.title.into(),
            languages: language.into_option().map(|language| vec![language]).into(),
            timezone: user.timezone.into(),
            user_type: user.user_type.into(),
            status: user.active.map(Status::from).into(),
            roles: list(user.roles, role),
            groups: list(user.groups, group),
            licenses: list(user.entitlements, license),
            created_at: meta.created.into(),
            updated_at: meta.last_modified.into(),
            etag: meta.version.into(),
            ..User::default()
        }
    }
}

fn list<T>(attributes: Option<Vec<AttributeRead>>, one: fn(AttributeRead) -> T) -> Field<Vec<T>> {
    attributes.map(|attributes| attributes.into_iter().map(one).collect()).into()
}

fn email(attribute: AttributeRead) -> Email {
    Email { email: attribute.value.into(), kind: attribute.kind.into(), is_primary: attribute.is_primary.into() }
}

fn phone(attribute: AttributeRead) -> Phone {
    let kind = Field::from(attribute.kind).map(|kind: String| if kind == "work" { "phone".to_owned() } else { kind });
    Phone { number: attribute.value.into(), kind, ..Phone::default() }
}

fn role(attribute: AttributeRead) -> Role {
    let (id, name) = attribute.id_and_name();
    Role { id, name, ..Role::default() }
}

fn group(attribute: AttributeRead) -> Group {
    let (id, name) = attribute.id_and_name();
    Group { id, name, ..Group::default() }
}

fn license(attribute: AttributeRead) -> License {
    let (id, name) = attribute.id_and_name();
    License { id, name, ..License::default() }
}
