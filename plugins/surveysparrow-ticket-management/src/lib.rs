//! SurveySparrow Ticket Management: the team members of a SurveySparrow account, who work on its tickets, as ticketing
//! users.
//!
//! - Authentication, data centers and statuses: <https://developers.surveysparrow.com/rest-apis>
//! - Get, list: <https://developers.surveysparrow.com/rest-apis/users>, and what a client reads of them:
//!   <https://github.com/airbytehq/airbyte/tree/master/airbyte-integrations/connectors/source-survey-sparrow>
//!
//! No public page has a creation, an update or a deletion of users. The update is from memory: its method and its body are those of
//! SurveySparrow's other resources. So are `profile_pic`, `picture` and `role` in answers.

use mortise_sdk::{
    Auth, Authorization, Call, Capabilities, Category, Email, EvidenceKind, Exchange, Field, FieldExt, Id, Integration,
    Listing, Page, Result, Role, Support, Text, User, UsersPage, Variable, numeric_id, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct TicketManagement;

impl Integration for TicketManagement {
    fn capabilities() -> Capabilities {
        // They must be those that are ticked in the app. Their names are a guess.
        let scopes = ["view_users", "manage_users"];
        let consent = Authorization::new("https://app.surveysparrow.com/o/oauth/auth").scopes(scopes);
        let token = "https://{api_host}.surveysparrow.com/o/oauth/token";
        Capabilities::new("surveysparrow-ticket-management", "SurveySparrow Ticket Management")
            .evidence(EvidenceKind::Recalled, "2026-11-29")
            .origin("https://{api_host}.surveysparrow.com/v3")
            .origin("https://{api_host}.surveysparrow.com/o/oauth")
            .variable(
                Variable::new("api_host", "API host")
                    .values(["api", "eu-api", "ap-api", "me-api", "eu-ln-api", "ap-sy-api", "ca-api"])
                    .or("api"),
            )
            .variable(
                Variable::secret("api_token", "Access token of a private app")
                    .help("The app is made under Settings > Apps & Integrations, which shows the token once.")
                    .optional(),
            )
            .auth(Auth::bearer("{api_token}"))
            .oauth(Exchange::refresh(token).json().authorization(consent))
            .response(Category::Ticketing, ["id", "name", "emails", "avatar", "roles", "created_at"])
            .serves(Support::get(Category::Ticketing))
            // One page of the documentation allows 100.
            .serves(Support::list(Category::Ticketing, Listing::pages(50, 50)))
            .serves(Support::update(Category::Ticketing).writable(["name"]))
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        let change = Change { name: user.name.not_null("name")? };
        let path = path!("/users/{id}");
        let told = call.patch(path.clone()).json(&change).primary().send()?.user_in_or_root::<Member>("data");
        // What the update is answered with is not known.
        call.told_or_read(told, |_| true, || call.get(path).send()?.user_in_or_root::<Member>("data"))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        call.get(path!("/users/{id}")).primary().send()?.user_in_or_root::<Member>("data")
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let number = page.number()?;
        let request = call.get("/users").query("page", number).query("limit", page.size());
        let members = request.primary().send()?.users_in::<Member>("data")?;
        members.next(|answer| answer.flag("/has_next_page").then(|| (number + 1).to_string()))
    }
}

/// Body of the update.
#[derive(Serialize)]
struct Change {
    name: Field<String>,
}

/// A team member in answers.
#[derive(Deserialize)]
struct Member {
    id: Option<Id>,
    name: Text,
    email: Text,
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

impl From<Member> for User {
    fn from(member: Member) -> Self {
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
