//! Dixa: agents as ticketing users.
//!
//! - Create: <https://docs.dixa.io/openapi/dixa-api/beta/agents/postagents>
//! - Update: <https://docs.dixa.io/openapi/dixa-api/v1/agents/putagentsagentid> replaces the whole agent; `PATCH` of the same address
//!   changes only the given fields, and cannot clear any
//! - Get, list, delete, which makes an end user of an agent: <https://docs.dixa.io/openapi/dixa-api/v1/tag/Agents/>
//! - Limits: <https://docs.dixa.io/docs/api-standards-rules>

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Effect, Email, EvidenceKind, Field, FieldExt, Group, Id, Integration, Listing,
    Page, Result, Roles, Status, Support, Text, User, UsersPage, Variable, patched, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Dixa;

impl Integration for Dixa {
    fn capabilities() -> Capabilities {
        Capabilities::new("dixa", "Dixa")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://dev.dixa.io/v1")
            .variable(
                Variable::secret("api_token", "API token")
                    .help("It is made under Settings > Integrations > API tokens, as a token of kind Dixa API."),
            )
            .auth(Auth::header("authorization", "{api_token}"))
            .response(
                Category::Ticketing,
                ["id", "name", "first_name", "last_name", "emails", "is_active", "avatar", "roles"],
            )
            .response(Category::Ticketing, ["created_at", "updated_at"])
            .serves(Support::create(Category::Ticketing).required(["name", "emails"]).writable([
                "first_name",
                "last_name",
                "avatar",
            ]))
            .serves(Support::get(Category::Ticketing).response(["team_ids"]))
            .serves(
                // How many agents a page has, the documentation does not say.
                Support::list(Category::Ticketing, Listing::pages(50, 100).partial(["team_ids"]))
                    .query(["email"])
                    .response(["team_ids"]),
            )
            // An agent becomes an end user again.
            .serves(Support::delete(Category::Ticketing, Effect::Unlinks))
            .serves(
                Support::update(Category::Ticketing)
                    .required(["name"])
                    .writable(["first_name", "last_name", "avatar"])
                    .note("emails", "the primary address cannot be changed; the others replace the additional ones")
                    .response(["team_ids"]),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        // What a new agent does not have, a null need not clear.
        let agent = AgentChange {
            email: user.primary_email().required("emails")?.into(),
            additional_emails: user.other_emails().into_value().filter(|others| !others.is_empty()).into(),
            display_name: user.name.required("name")?.into(),
            first_name: user.first_name.into_value().into(),
            last_name: user.last_name.into_value().into(),
            avatar_url: user.avatar.into_value().into(),
        };
        call.post("/agents").json(&agent).primary().send()?.user_in::<Agent>("data")
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let change = AgentChange {
            email: Field::Absent,
            additional_emails: additional(user.emails),
            display_name: user.name.required("name")?.into(),
            first_name: user.first_name,
            last_name: user.last_name,
            avatar_url: user.avatar,
        };
        let path = path!("/agents/{id}");
        let request = if change.clears() {
            let agent = call.get(path.clone()).send()?.json_in::<Agent>("data")?;
            call.put(path).json(&patched(&agent, &change)?)
        } else {
            call.patch(path).json(&change)
        };
        let Some(mut user) = request.primary().send()?.user_in::<Agent>("data")? else { return Ok(None) };
        user.groups = call.read_back(|| teams(call, id)).into();
        Ok(Some(user))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        let answer = call.get(path!("/agents/{id}")).primary().send()?;
        let Some(mut user) = answer.user_in::<Agent>("data")? else { return Ok(None) };
        user.groups = teams(call, id)?.into();
        Ok(Some(user))
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let request = call.get("/agents").query("pageLimit", page.size()).query_some("pageKey", page.cursor());
        let answer = request.query_some("email", page.filter("email")).primary().send()?;
        answer.users_in::<Agent>("data")?.next(|answer| answer.query_of("/meta/next", "pageKey"))
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        call.delete(path!("/agents/{id}")).primary().send()?.empty()
    }
}

/// The teams of an agent, which have an address of their own.
fn teams(call: &Call, id: &str) -> Result<Vec<Group>> {
    let teams = call.get(path!("/agents/{id}/teams")).send()?.json_in::<Vec<Team>>("data")?;
    Ok(Group::with_ids(teams.into_iter().filter_map(|team| team.id)))
}

/// The addresses beside the main one, which is the one marked as primary or else the first that is not marked at all.
fn additional(emails: Field<Vec<Email>>) -> Field<Vec<String>> {
    match emails {
        Field::Absent => Field::Absent,
        Field::Null => Field::Value(Vec::new()),
        Field::Value(mut emails) => {
            let unmarked = |email: &Email| email.is_primary.is_absent();
            if let Some(main) = emails.iter().position(Email::is_primary).or_else(|| emails.iter().position(unmarked)) {
                emails.remove(main);
            }
            Field::Value(emails.into_iter().filter_map(|email| email.email.into_value()).collect())
        }
    }
}

/// Body of a creation and of an update. The main address is a new agent's only: Dixa cannot change it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AgentChange {
    display_name: Field<String>,
    email: Field<String>,
    additional_emails: Field<Vec<String>>,
    first_name: Field<String>,
    last_name: Field<String>,
    avatar_url: Field<String>,
}

impl AgentChange {
    /// Whether the change clears something. Dixa's types have no null; only a replacement that leaves a field out
    /// clears it.
    fn clears(&self) -> bool {
        self.first_name.is_null() || self.last_name.is_null() || self.avatar_url.is_null()
    }
}

/// An agent in Dixa's answers. Without the fields that cannot be written, it is the body of a replacement.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Agent {
    #[serde(skip_serializing)]
    id: Option<Id>,
    #[serde(skip_serializing)]
    created_at: Text,
    display_name: Option<String>,
    #[serde(skip_serializing)]
    email: Text,
    avatar_url: Option<String>,
    phone_number: Option<String>,
    additional_emails: Option<Vec<String>>,
    additional_phone_numbers: Option<Vec<String>>,
    first_name: Option<String>,
    last_name: Option<String>,
    middle_names: Option<Vec<String>>,
    #[serde(skip_serializing)]
    roles: Roles,
}

#[derive(Deserialize)]
struct Team {
    id: Option<Id>,
}

impl From<Agent> for User {
    fn from(agent: Agent) -> Self {
        let others = agent.additional_emails.unwrap_or_default();
        let emails =
            agent.email.into_option().map(Email::primary).into_iter().chain(others.into_iter().map(Email::other));
        User {
            id: agent.id.into(),
            name: agent.display_name.into(),
            first_name: agent.first_name.into(),
            last_name: agent.last_name.into(),
            emails: emails.collect::<Vec<_>>().into(),
            avatar: agent.avatar_url.into(),
            // Roles have no identifiers beside their names.
            roles: agent.roles.into(),
            // Who is no longer an agent is not found: there are no inactive ones.
            status: Status::Active.into(),
            created_at: agent.created_at.into(),
            // Dixa does not tell.
            updated_at: Field::Null,
            ..User::default()
        }
    }
}

mortise_sdk::export!(Dixa);

#[cfg(test)]
mod tests;
