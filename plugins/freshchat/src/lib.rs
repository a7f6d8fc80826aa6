//! Freshchat: agents as ticketing users.
//!
//! - API, errors: <https://developers.freshchat.com/api/>
//! - Token: <https://crmsupport.freshworks.com/support/solutions/articles/50000004463-api-tokens>
//! - Agents as clients have them: <https://github.com/idjoo/freshchat-sdk>,
//!   <https://github.com/airbytehq/airbyte/tree/master/airbyte-integrations/connectors/source-freshchat>

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Email, FieldExt, Group, Integration, Path, Result, Role, Status, Support, User,
    UserExt, Variable,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Freshchat;

impl Integration for Freshchat {
    fn capabilities() -> Capabilities {
        let agent = |support: Support| {
            support
                .writable(["first_name", "last_name", "avatar"])
                .note("emails", "the primary address: Freshchat has one")
                .note("team_ids", "all groups of the agent; null for none")
                .response(["id", "name", "first_name", "last_name", "emails", "is_active", "team_ids", "avatar"])
                .response(["roles", "created_at"])
        };
        let name_note = "split at its last blank, for what first_name and last_name do not say";
        Capabilities::new("freshchat", "Freshchat")
            .origin("https://{domain}.freshchat.com/v2")
            .variable(Variable::secret("api_token", "API token of an administrator"))
            .variable(Variable::new("domain", "What stands before .freshchat.com in the account's API host"))
            .auth(Auth::bearer("{api_token}"))
            .serves(agent(Support::create(Category::Ticketing).note("name", name_note)))
            .serves(agent(Support::update(Category::Ticketing)))
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let agent = Agent::write(user)?;
        // Not verified: the published documentation that could be read does not say what a creation needs.
        agent.email.as_ref().required("emails")?;
        agent.first_name.as_ref().required("first_name")?;
        call.post("/agents").json(&agent).primary().send()?.user::<AgentRead>()
    }

    /// Only what is given is sent. That `PUT` leaves the rest alone is not documented; `PATCH` is for presence alone.
    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        call.put(Path::new("/agents").push(id)).json(&Agent::write(user)?).primary().send()?.user::<AgentRead>()
    }
}

mortise_sdk::fields! {
    /// What is written.
    struct Agent {
        email: String,
        first_name: String,
        last_name: String,
        avatar: Image,
        groups: Vec<String>,
    }
}

impl Agent {
    /// Freshchat's published types have no null. The groups are a list, which can be empty.
    fn write(user: User) -> Result<Self> {
        user.name.as_ref().not_null("name")?;
        let (first_name, last_name) = user.names();
        Ok(Self {
            email: user.primary_email().not_null("emails")?,
            first_name: first_name.not_null("first_name")?,
            last_name: last_name.not_null("last_name")?,
            groups: user.group_ids().or_empty(),
            avatar: user.avatar.not_null("avatar")?.map(|url| Image { url: Some(url) }),
        })
    }
}

#[derive(Serialize, Deserialize)]
struct Image {
    url: Option<String>,
}

/// What is read.
#[derive(Deserialize)]
struct AgentRead {
    id: String,
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    avatar: Option<Image>,
    groups: Option<Vec<String>>,
    role_id: Option<String>,
    role_name: Option<String>,
    is_deactivated: Option<bool>,
    is_deleted: Option<bool>,
    created_time: Option<String>,
}

impl From<AgentRead> for User {
    fn from(agent: AgentRead) -> Self {
        let is_active = !agent.is_deactivated.unwrap_or(false) && !agent.is_deleted.unwrap_or(false);
        let role = |id: String| Role { id: id.into(), name: agent.role_name.into(), ..Role::default() };
        User {
            id: agent.id.into(),
            emails: Email::only(agent.email),
            avatar: agent.avatar.and_then(|image| image.url).into(),
            groups: agent.groups.map(Group::with_ids).into(),
            roles: agent.role_id.map(|id| vec![role(id)]).into(),
            status: Status::from(is_active).into(),
            created_at: agent.created_time.into(),
            ..User::named(agent.first_name, agent.last_name)
        }
    }
}

mortise_sdk::export!(Freshchat);

#[cfg(test)]
mod tests;
