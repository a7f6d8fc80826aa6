//! Hive: the people of a workspace as ticketing users.
//!
//! - Create, an invitation: <https://developers.hive.com/reference/invite-user>
//! - Update: <https://developers.hive.com/reference/users-1>
//! - Authentication: <https://developers.hive.com/reference/api-keys-and-auth>
//! - What a user has: <https://github.com/hiveteams/cursor-plugin>

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Email, Field, FieldExt, Id, Integration, Request, Result, Support, Text, User,
    Variable, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Hive;

impl Integration for Hive {
    fn capabilities() -> Capabilities {
        let answer = ["id", "name", "first_name", "last_name", "emails"];
        let part_note = "a part of the name, where name is not given";
        Capabilities::new("hive", "Hive")
            .origin("https://app.hive.com/api/v1")
            .secret("api_key", "API key (My Profile > API Info)")
            // No secret: every member of a workspace can see it. A scheme signs by headers or by the query, not by both.
            .variable(Variable::new("user_id", "User ID of the key's owner (My Profile > API Info)"))
            .variable(Variable::new("workspace_id", "ID of the workspace that users are invited to"))
            .auth(Auth::header("api_key", "{api_key}"))
            .serves(
                Support::create(Category::Ticketing)
                    .required(["emails"])
                    .writable(["name"])
                    .note("emails", "the primary address is invited")
                    .note("first_name", part_note)
                    .note("last_name", part_note)
                    .response(answer),
            )
            .serves(Support::update(Category::Ticketing).writable(["first_name", "last_name"]).response(answer))
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let email = user.primary_email().required("emails")?;
        let invitation = Invitation { email: email.into(), full_name: user.full_name().not_null("name")? };
        let workspace = call.required_variable("workspace_id")?;
        send(call, call.post(path!("/workspaces/{workspace}/users")).json(&invitation))
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let (first_name, last_name) = (user.first_name.not_null("first_name")?, user.last_name.not_null("last_name")?);
        // Hive does not say what an empty profile does to the one that is there.
        let is_renamed = first_name.is_value() || last_name.is_value();
        let change = Change { profile: is_renamed.then_some(Profile { first_name, last_name }).into() };
        send(call, call.put(path!("/users/{id}")).json(&change))
    }
}

/// Sends what carries the call, and reads the user in the answer. Hive can say under a status of success that it failed.
fn send(call: &Call, request: Request<'_>) -> Result<Option<User>> {
    let request = request.query("user_id", call.required_variable("user_id")?).primary();
    request.send()?.refused_by("/error")?.user::<PersonRead>()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invitation {
    email: Field<String>,
    full_name: Field<String>,
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

/// What is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PersonRead {
    id: Option<Id>,
    full_name: Text,
    email: Text,
    profile: Option<ProfileRead>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProfileRead {
    first_name: Text,
    last_name: Text,
}

impl From<PersonRead> for User {
    fn from(person: PersonRead) -> Self {
        let profile = person.profile.unwrap_or_default();
        let user = User {
            id: person.id.into(),
            name: person.full_name.into(),
            first_name: profile.first_name.into(),
            last_name: profile.last_name.into(),
            emails: Email::only(person.email),
            ..User::default()
        };
        User { name: user.full_name(), ..user }
    }
}

mortise_sdk::export!(Hive);

#[cfg(test)]
mod tests;
