//! SurveySparrow Ticket Management: the team members of a SurveySparrow account, to whom its tickets are assigned, as ticketing
//! users.
//!
//! - Authentication, data centers and statuses: <https://developers.surveysparrow.com/rest-apis>
//! - Users: <https://developers.surveysparrow.com/rest-apis/users>, and their members as a client reads them:
//!   <https://github.com/airbytehq/airbyte/tree/master/airbyte-integrations/connectors/source-survey-sparrow>

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Email, Field, FieldExt, Id, Integration, Kind, Result, Role, Support, Text,
    User, Variable, numeric_id, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct TicketManagement;

impl Integration for TicketManagement {
    fn capabilities() -> Capabilities {
        let answer = ["id", "name", "emails", "avatar", "roles", "created_at"];
        Capabilities::new("surveysparrow-ticket-management", "SurveySparrow Ticket Management")
            .origin("https://{api_host}.surveysparrow.com/v3")
            .secret("access_token", "Access token of a private app")
            .variable(Variable::new("api_host", "API host: api, eu-api, ap-api, me-api or eu-ln-api").or("api"))
            .auth(Auth::bearer("{access_token}"))
            .serves(Support::update(Category::Ticketing).writable(["name"]).response(answer))
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        let change = Change { name: user.name.not_null("name")? };
        let path = path!("/users/{id}");
        // The method and the body are those of SurveySparrow's other resources: no public page has them for users, or the answer.
        // If that does not hold the user, the user is read.
        let told = call.patch(path.clone()).json(&change).primary().send()?.user::<Answer>();
        match &told {
            Ok(None) => {}
            Err(error) if error.kind() == Kind::Internal => {}
            _ => return told,
        }
        call.read_back(|| call.get(path).send()?.user::<Answer>()).map_or(told, Ok)
    }
}

#[derive(Serialize)]
struct Change {
    name: Field<String>,
}

/// A user, in the envelope that lists have or without.
#[derive(Deserialize)]
struct Answer {
    data: Option<Member>,
    #[serde(flatten)]
    bare: Member,
}

#[derive(Deserialize)]
struct Member {
    id: Option<Id>,
    name: Text,
    email: Text,
    /// No published record has it, nor `picture`, nor `role`.
    profile_pic: Text,
    picture: Text,
    role_id: Option<Id>,
    role: Option<RoleRead>,
    created_at: Text,
}

#[derive(Deserialize)]
struct RoleRead {
    name: Text,
}

impl From<Answer> for User {
    fn from(answer: Answer) -> Self {
        let member = answer.data.unwrap_or(answer.bare);
        User {
            id: member.id.into(),
            name: member.name.into(),
            emails: Email::only(member.email),
            avatar: member.profile_pic.or(member.picture).into(),
            roles: Role::only(member.role_id, member.role.map(|role| role.name)),
            created_at: member.created_at.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(TicketManagement);

#[cfg(test)]
mod tests;
