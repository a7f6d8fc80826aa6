//! Hive: the people of a workspace as ticketing users.
//!
//! - Create, an invitation: <https://developers.hive.com/reference/invite-user>
//! - Get, update: <https://developers.hive.com/reference/users-1>
//! - List, delete, which takes a user out of the workspace: <https://developers.hive.com/reference>
//! - Authentication: <https://developers.hive.com/reference/api-keys-and-auth>
//! - What a user has: <https://github.com/hiveteams/cursor-plugin>

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Effect, Email, EvidenceKind, Field, FieldExt, Id, Integration, Listing, Page,
    Path, Request, Response, Result, Support, Text, User, UsersPage, Variable, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Hive;

impl Integration for Hive {
    fn capabilities() -> Capabilities {
        let part_note = "a part of the name, where name is not given";
        Capabilities::new("hive", "Hive")
            .evidence(EvidenceKind::SecondHand, "2026-11-30")
            .origin("https://app.hive.com/api/v1")
            .variable(Variable::secret("api_key", "API key").help("It is under My Profile > API info."))
            // No secret: every member of a workspace can see it. A scheme signs by headers or by the query, not by both.
            .variable(Variable::new("user_id", "User ID of the key's owner").help("It is under My Profile > API info."))
            .variable(Variable::new("workspace_id", "ID of the workspace that users are invited to"))
            .auth(Auth::header("api_key", "{api_key}"))
            .response(Category::Ticketing, ["id", "name", "first_name", "last_name", "emails"])
            .serves(Support::get(Category::Ticketing))
            .serves(
                // Hive finds an address in all workspaces that the key's owner sees: the host picks from the one workspace.
                Support::list(Category::Ticketing, Listing::whole().leaves_out(["users removed from the workspace"]))
                    .query(["email"]),
            )
            .serves(Support::delete(Category::Ticketing, Effect::Unlinks))
            .serves(
                Support::create(Category::Ticketing)
                    .required(["emails"])
                    .writable(["name"])
                    .note("emails", "the primary address is invited")
                    .note("first_name", part_note)
                    .note("last_name", part_note),
            )
            .serves(Support::update(Category::Ticketing).writable(["first_name", "last_name"]))
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let email = user.primary_email().required("emails")?;
        let invitation = Invitation { email: email.into(), full_name: user.full_name().not_null("name")? };
        send(call, call.post(members(call)?).json(&invitation))?.user::<PersonRead>()
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let (first_name, last_name) = (user.first_name.not_null("first_name")?, user.last_name.not_null("last_name")?);
        // Hive does not document whether an empty profile clears the present one.
        let is_renamed = first_name.is_value() || last_name.is_value();
        let change = Change { profile: is_renamed.then_some(Profile { first_name, last_name }).into() };
        send(call, call.put(path!("/users/{id}")).json(&change))?.user::<PersonRead>()
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        send(call, call.get(path!("/users/{id}")))?.user::<PersonRead>()
    }

    fn list_users(call: &Call, _: &Page) -> Result<UsersPage> {
        send(call, call.get(members(call)?))?.users::<PersonRead>()?.last()
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        send(call, call.delete(members(call)?).json(&Removal { user_id: id }))?.empty()
    }
}

/// The address of the workspace's users.
fn members(call: &Call) -> Result<Path> {
    let workspace = call.required_variable("workspace_id")?;
    Ok(path!("/workspaces/{workspace}/users"))
}

/// Sends the primary request. Hive can report a failure under a status of success.
fn send<'a>(call: &Call, request: Request<'a>) -> Result<Response<'a>> {
    request.query("user_id", call.required_variable("user_id")?).primary().send()?.refused_by("/error")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invitation {
    email: Field<String>,
    full_name: Field<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Removal<'a> {
    user_id: &'a str,
}

#[derive(Serialize)]
struct Change {
    profile: Field<Profile>,
}

/// What changes of a profile. Hive's own example sends one of the two and keeps the other.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    first_name: Field<String>,
    last_name: Field<String>,
}

/// The user in Hive's answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PersonRead {
    id: Option<Id>,
    /// Of older records, which have no `id`.
    #[serde(rename = "_id")]
    old_id: Option<Id>,
    full_name: Text,
    first_name: Text,
    last_name: Text,
    email: Text,
    emails: Option<Vec<Address>>,
    profile: Option<ProfileRead>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProfileRead {
    full_name: Text,
    first_name: Text,
    last_name: Text,
}

#[derive(Deserialize)]
struct Address {
    address: Text,
}

impl From<PersonRead> for User {
    fn from(person: PersonRead) -> Self {
        let profile = person.profile.unwrap_or_default();
        let other = person.emails.into_iter().flatten().next().map(|email| email.address).unwrap_or_default();
        let name = person.full_name.or(profile.full_name);
        let (first_name, last_name) =
            (profile.first_name.or(person.first_name), profile.last_name.or(person.last_name));
        User {
            id: person.id.or(person.old_id).into(),
            emails: Email::only(person.email.or(other)),
            ..User::named_by(name, first_name, last_name)
        }
    }
}

mortise_sdk::export!(Hive);

#[cfg(test)]
mod tests;
