//! SolarWinds Service Desk, formerly Samanage: its users as ticketing and directory users.
//!
//! - API: <https://apidoc.samanage.com/>
//! - Base addresses, media type and token: <https://documentation.solarwinds.com/en/Success_Center/SWSD/Content/APIdocumentation/General%20Concepts.htm>
//! - Bodies and statuses as a client has them: <https://github.com/cw2908/samanage-ruby>

use std::collections::BTreeSet;

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Email, Error, Field, FieldExt, Flag, Group, Id, Integration, Kind, ListExt,
    Phone, Response, Result, Roles, Status, Support, Text, User, UserExt, Variable, numeric_id, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct ServiceDesk;

impl Integration for ServiceDesk {
    fn capabilities() -> Capabilities {
        let email_note = "the primary address: Service Desk has one";
        let role_note = "one role, by number or name";
        let group_note = "the user joins them and leaves none";
        let ticketing = |support: Support| {
            support
                .note("emails", email_note)
                .note("roles", role_note)
                .note("team_ids", group_note)
                .values("status", ["active", "inactive"])
                .response(["id", "name", "emails", "is_active", "team_ids", "roles", "created_at", "updated_at"])
        };
        Capabilities::new("solarwinds-service-desk", "SolarWinds Service Desk")
            .origin("https://{api_host}.samanage.com")
            .secret("api_token", "JSON Web Token of an administrator")
            .variable(Variable::new("api_host", "API host: api, or apieu for customers in Europe").or("api"))
            .auth(
                Auth::header("x-samanage-authorization", "Bearer {api_token}")
                    .and("accept", "application/vnd.samanage.v2.1+json"),
            )
            .serves(ticketing(Support::create(Category::Ticketing).required(["name", "emails"])))
            .serves(ticketing(Support::update(Category::Ticketing).writable(["name"])))
            .serves(
                Support::update(Category::UserDirectory)
                    .query_note("groups", "joined like those of the body")
                    .writable(["name", "title"])
                    .note("emails", email_note)
                    .note("phones", "the types phone and mobile")
                    .note("roles", role_note)
                    .note("groups", group_note)
                    .values("status", ["active", "inactive"])
                    .response(["id", "name", "emails", "phones", "title", "status", "roles", "groups"])
                    .response(["created_at", "updated_at", "last_login_at"]),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let groups = groups(call, &user)?;
        let answer = call.post("/users.json").json_in("user", &Person::write(user)?).primary().send()?;
        join(call, answer, groups, "created")
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let groups = groups(call, &user)?;
        let id = numeric_id(id)?;
        let answer = call.put(path!("/users/{id}.json")).json_in("user", &Person::write(user)?).primary().send()?;
        join(call, answer, groups, "updated")
    }
}

/// One request for each, beside the write: a call may send 16 (docs/contract.md, Imports).
const MAX_GROUPS: usize = 15;

/// The groups that the user is to be in, by number: the body's and the query's.
fn groups(call: &Call, user: &User) -> Result<Vec<Id>> {
    let mut groups = user.groups.clone().not_null("groups")?.into_value().unwrap_or_default();
    groups.extend(call.parameter::<Vec<Group>>("groups")?.unwrap_or_default());
    let groups = groups.into_iter().map(|group| group.id.required("groups").map(Id)).collect::<Result<Vec<_>>>()?;
    if groups.iter().collect::<BTreeSet<_>>().len() > MAX_GROUPS {
        return Err(Error::invalid_input(format!("must be {MAX_GROUPS} at most in a call")).at("groups"));
    }
    Ok(groups)
}

/// Puts the user of a finished write into the groups where they are not yet; `done` is the word for the write. These calls
/// are from a client's sources, not from the documentation; so is that there is none to set all groups at once.
fn join(call: &Call, answer: Response<'_>, groups: Vec<Id>, done: &str) -> Result<Option<User>> {
    if groups.is_empty() {
        return answer.user::<PersonRead>();
    }
    let in_none = |error: Error| error.after(format!("the user is {done}, but put into no group"));
    let mut user = answer.record::<PersonRead>().map_err(|error| match error.kind() {
        Kind::Refused => error,
        _ => in_none(error),
    })?;
    let id = user.id.value().cloned().ok_or_else(|| in_none(Error::internal("the answer has no `id`")))?;
    let mut present = user.group_ids().into_value().unwrap_or_default();
    for Id(group) in groups {
        if present.contains(&group) {
            continue;
        }
        call.post("/memberships.json")
            .query("group_id", &group)
            .query("user_ids", &id)
            .send()
            .map_err(|error| error.after(format!("user {id} is {done}, but not put into group {group}")))?;
        present.push(group);
    }
    user.groups = Group::with_ids(present).into();
    Ok(Some(user))
}

/// What is written; only what is there changes. An empty text clears.
#[derive(Serialize)]
struct Person {
    name: Field<String>,
    email: Field<String>,
    title: Field<String>,
    phone: Field<String>,
    mobile_phone: Field<String>,
    role: Field<RoleKey>,
    disabled: Field<bool>,
}

impl Person {
    fn write(user: User) -> Result<Self> {
        let number = |phone: Field<&Phone>| phone.and_then(|phone| phone.number.clone()).or_empty();
        Ok(Self {
            email: user.primary_email().not_null("emails")?,
            phone: number(user.main_phone()),
            mobile_phone: number(user.mobile_phone()),
            disabled: user.is_active().not_null("status")?.map(|is_active| !is_active),
            role: user.role_words()?.single("roles")?.not_null("roles")?.map(RoleKey::from),
            title: user.title.or_empty(),
            name: user.name.not_null("name")?,
        })
    }
}

/// How a role is named in a request: `{"id": 461182}` or `{"name": "Requester"}`.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum RoleKey {
    Id(u64),
    Name(String),
}

impl From<String> for RoleKey {
    fn from(word: String) -> Self {
        word.parse().map_or_else(|_| Self::Name(word), Self::Id)
    }
}

/// What is read.
#[derive(Deserialize)]
struct PersonRead {
    id: Option<Id>,
    name: Text,
    email: Text,
    title: Text,
    phone: Text,
    mobile_phone: Text,
    disabled: Option<Flag>,
    role: Roles,
    group_ids: Option<Vec<Id>>,
    created_at: Text,
    updated_at: Text,
    last_login: Text,
}

impl From<PersonRead> for User {
    fn from(person: PersonRead) -> Self {
        User {
            id: person.id.into(),
            name: person.name.into(),
            emails: Email::only(person.email),
            phones: Phone::main_and_mobile(person.phone, person.mobile_phone),
            title: person.title.into(),
            status: person.disabled.map(|Flag(is_disabled)| Status::from(!is_disabled)).into(),
            roles: person.role.into(),
            groups: person.group_ids.map(Group::with_ids).into(),
            created_at: person.created_at.into(),
            updated_at: person.updated_at.into(),
            last_login_at: person.last_login.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(ServiceDesk);

#[cfg(test)]
mod tests;
