//! A whole user in a request.

use mortise_model::{Email, Field, License, Password, Phone, Role, Url, User};
use serde::Serialize;

use super::USER;
use super::parts::{Attribute, Name};
use crate::user::UserExt;

/// A user in a request that creates one (RFC 7644 §3.3) or replaces one (§3.5.1): the attributes of RFC 7643 §4.1 that
/// the unified user knows. A field that is absent or null in the unified user is absent here.
///
/// `groups` cannot be written here: a membership belongs to the group.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the attributes are those of RFC 7643")]
pub struct NewUser {
    pub schemas: [&'static str; 1],
    pub external_id: Field<String>,
    pub user_name: Field<String>,
    pub name: Field<Name>,
    pub display_name: Field<String>,
    pub nick_name: Field<String>,
    pub profile_url: Field<String>,
    pub title: Field<String>,
    pub user_type: Field<String>,
    pub preferred_language: Field<String>,
    pub timezone: Field<String>,
    pub active: Field<bool>,
    pub password: Field<Password>,
    pub emails: Field<Vec<Attribute>>,
    pub phone_numbers: Field<Vec<Attribute>>,
    pub photos: Field<Vec<Attribute>>,
    pub entitlements: Field<Vec<Attribute>>,
    pub roles: Field<Vec<Attribute>>,
}

impl From<User> for NewUser {
    fn from(user: User) -> Self {
        Self {
            schemas: [USER],
            name: Name::of(given(user.first_name.clone()), given(user.last_name.clone())),
            preferred_language: given(user.language()),
            active: given(user.is_active()),
            external_id: given(user.external_id),
            user_name: given(user.username),
            display_name: given(user.name),
            nick_name: given(user.nick_name),
            profile_url: given(url(user.urls)),
            title: given(user.title),
            user_type: given(user.user_type),
            timezone: given(user.timezone),
            password: given(user.password),
            emails: given(user.emails.map(emails)),
            phone_numbers: given(user.phones.map(phone_numbers)),
            photos: given(user.avatar.map(photos)),
            entitlements: given(user.licenses.map(entitlements)),
            roles: given(user.roles.map(roles)),
        }
    }
}

/// A new record has nothing to clear.
fn given<T>(field: Field<T>) -> Field<T> {
    field.into_value().into()
}

/// The first web address: SCIM has one.
pub(super) fn url(urls: Field<Vec<Url>>) -> Field<String> {
    urls.and_then(|urls| urls.into_iter().next().map_or(Field::Absent, |url| url.url))
}

/// Addresses with one primary: the one marked so, otherwise the first. An address without a type gets `work`.
pub(super) fn emails(emails: Vec<Email>) -> Vec<Attribute> {
    let main = emails.iter().position(Email::is_primary).unwrap_or_default();
    let attribute = |(index, email): (usize, Email)| Attribute {
        value: email.email,
        kind: email.kind.or("work".into()),
        primary: (index == main).into(),
    };
    emails.into_iter().enumerate().map(attribute).collect()
}

/// Phone numbers with the types of RFC 7643 §4.1.2. Its `work` is the unified `phone`.
pub(super) fn phone_numbers(phones: Vec<Phone>) -> Vec<Attribute> {
    let kind = |kind: String| if kind == "phone" { "work".to_owned() } else { kind };
    let attribute =
        |phone: Phone| Attribute { value: phone.number, kind: phone.kind.map(kind), ..Attribute::default() };
    phones.into_iter().map(attribute).collect()
}

pub(super) fn photos(url: String) -> Vec<Attribute> {
    vec![Attribute { value: url.into(), kind: "photo".into(), ..Attribute::default() }]
}

pub(super) fn entitlements(licenses: Vec<License>) -> Vec<Attribute> {
    licenses
        .into_iter()
        .map(|license| Attribute { value: license.id.or(license.name), ..Attribute::default() })
        .collect()
}

pub(super) fn roles(roles: Vec<Role>) -> Vec<Attribute> {
    roles.into_iter().map(|role| Attribute { value: role.id.or(role.name), ..Attribute::default() }).collect()
}
