//! Freshchat: agents as ticketing users.
//!
//! - API, errors: <https://developers.freshchat.com/api/>
//! - Token: <https://crmsupport.freshworks.com/support/solutions/articles/50000004463-api-tokens>, OAuth of an organization:
//!   <https://developers.freshworks.com/docs/app-sdk/v3.0/service_user/oauth-implementation-in-apps/oauth-in-external-apps/>
//! - Agents as clients have them: <https://github.com/idjoo/freshchat-sdk>,
//!   <https://github.com/airbytehq/airbyte/tree/master/airbyte-integrations/connectors/source-freshchat>

use mortise_sdk::{
    Auth, Authorization, Call, Capabilities, Category, Effect, Email, EvidenceKind, Exchange, Field, FieldExt, Flag,
    Group, Id, Integration, Listing, Page, Result, Role, Status, Support, Text, User, UserExt, UsersPage, Value,
    Variable, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Freshchat;

impl Integration for Freshchat {
    fn capabilities() -> Capabilities {
        let agent = |support: Support| {
            support
                .writable(["first_name", "last_name", "emails", "avatar"])
                .note("team_ids", "all groups of the agent; null for none")
        };
        // Which scopes agents need is not known.
        let consent = Authorization::new("https://{organization}.myfreshworks.com/org/oauth/v2/authorize");
        Capabilities::new("freshchat", "Freshchat")
            .evidence(EvidenceKind::SecondHand, "2026-11-30")
            .origin("https://{domain*}.freshchat.com/v2")
            .origin("https://{organization}.myfreshworks.com/org/oauth/v2")
            .variable(Variable::secret("api_token", "API token of an administrator").optional())
            .variable(
                Variable::new("domain", "Account")
                    .help("What stands before .freshchat.com in the API host, which is under Admin > API settings."),
            )
            // Only OAuth needs it, and a variable of an origin must have a value.
            .variable(
                Variable::new("organization", "Organization")
                    .help("What stands before .myfreshworks.com in its address. Only OAuth needs it.")
                    .or("www"),
            )
            .auth(Auth::bearer("{api_token}"))
            .oauth(
                Exchange::refresh("https://{organization}.myfreshworks.com/org/oauth/v2/token")
                    .basic()
                    .lives(1_800)
                    .authorization(consent),
            )
            .response(
                Category::Ticketing,
                ["id", "name", "first_name", "last_name", "emails", "is_active", "team_ids", "avatar"],
            )
            .response(Category::Ticketing, ["roles", "created_at"])
            .serves(Support::get(Category::Ticketing))
            .serves(
                // That a page has 100 agents at most is known from clients.
                Support::list(Category::Ticketing, Listing::pages(50, 100)).query([
                    "is_active",
                    "created_at[gt]",
                    "created_at[gte]",
                ]),
            )
            .serves(Support::delete(Category::Ticketing, Effect::Deletes))
            .serves(
                agent(Support::create(Category::Ticketing))
                    .note(
                        "name",
                        "split at its comma, or else its last blank, for what first_name and last_name do not say",
                    )
                    .note("first_name", "needed, here or in name")
                    .note("emails", "needed; the primary address: Freshchat has one"),
            )
            .serves(
                agent(Support::update(Category::Ticketing)).note("emails", "the primary address: Freshchat has one"),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let agent = AgentChange::write(user)?;
        // That a creation needs these two is from memory.
        agent.email.as_ref().required("emails")?;
        agent.first_name.as_ref().required("first_name")?;
        call.post("/agents").json(&agent).primary().send()?.user::<AgentRead>()
    }

    /// `PATCH` is for presence alone, and that `PUT` leaves alone what it does not name is not documented. All that can be written is
    /// sent as it is now, and the change over it.
    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let change = AgentChange::write(user)?;
        call.replace::<Agent>(path!("/agents/{id}"), &change)?.primary().send()?.user::<AgentRead>()
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        call.get(path!("/agents/{id}")).primary().send()?.user::<AgentRead>()
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let request = call.get("/agents").query("items_per_page", page.size()).query("page", page.number()?);
        let request = request.query_some("is_deactivated", page.is_active().map(|is_active| !is_active));
        let request = request.query_some("created_from", page.since("created_at"));
        let answer = request.primary().send()?.users_in::<AgentRead>("agents")?;
        answer.next(|answer| answer.query_of("/links/next_page/href", "page"))
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        call.delete(path!("/agents/{id}")).primary().send()?.empty()
    }
}

/// The fields of an agent that a call changes.
#[derive(Serialize)]
struct AgentChange {
    email: Field<String>,
    first_name: Field<String>,
    last_name: Field<String>,
    avatar: Field<Image>,
    groups: Field<Vec<String>>,
}

impl AgentChange {
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

/// All of an agent that can be written. What no call changes goes back as it came.
#[derive(Deserialize, Serialize)]
struct Agent {
    email: Option<Value>,
    first_name: Option<Value>,
    last_name: Option<Value>,
    avatar: Option<Value>,
    groups: Option<Value>,
    role_id: Option<Value>,
    biography: Option<Value>,
    phone: Option<Value>,
    locale: Option<Value>,
    timezone: Option<Value>,
    skill_id: Option<Value>,
    routing_type: Option<Value>,
    availability_status: Option<Value>,
    social_profiles: Option<Value>,
}

/// The agent in Freshchat's answers.
#[derive(Deserialize)]
struct AgentRead {
    id: Option<Id>,
    email: Text,
    first_name: Option<String>,
    last_name: Option<String>,
    avatar: Option<Image>,
    groups: Option<Vec<Id>>,
    role_id: Option<Id>,
    role_name: Text,
    is_deactivated: Option<Flag>,
    is_deleted: Option<Flag>,
    created_time: Text,
}

impl From<AgentRead> for User {
    fn from(agent: AgentRead) -> Self {
        User {
            id: agent.id.into(),
            emails: Email::only(agent.email),
            avatar: agent.avatar.and_then(|image| image.url).into(),
            groups: agent.groups.map(Group::with_ids).into(),
            roles: Role::only(agent.role_id, agent.role_name),
            status: Status::active_unless([agent.is_deactivated, agent.is_deleted]).into(),
            created_at: agent.created_time.into(),
            ..User::named(agent.first_name, agent.last_name)
        }
    }
}

mortise_sdk::export!(Freshchat);

#[cfg(test)]
mod tests;
