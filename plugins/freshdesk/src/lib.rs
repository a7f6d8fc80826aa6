//! Freshdesk: the agents of a help desk as user-directory users. Its contacts are other records.
//!
//! - Agents: <https://developers.freshdesk.com/api/#agents>
//! - Fields of an update as clients send them: <https://github.com/PipedreamHQ/pipedream/tree/master/components/freshdesk>; those of older
//!   accounts: <https://github.com/jscarle/Freshdesk.NET>
//!
//! From memory are the 201 of a creation, the 204 of a deletion, and the bodies of errors. That a new agent sees all tickets, unless
//! `ticket_scope` says otherwise, is this integration's own choice: Freshdesk wants to be told.

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Effect, Email, EvidenceKind, Field, FieldExt, Flag, Id, Integration, JsonType,
    License, Listing, Page, Phone, Result, Roles, Status, Support, Text, User, UserExt, UsersPage, Value, Variable,
    numeric_id, numeric_ids, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Freshdesk;

impl Integration for Freshdesk {
    fn capabilities() -> Capabilities {
        let agent = |support: Support| {
            support
                .writable(["timezone"])
                .note("emails", "the primary address: Freshdesk has one")
                .note("phones", "the types phone and mobile; in accounts that leave them to Freshdesk")
                .note("languages", "the first one: Freshdesk has one")
                .note("roles", "all roles of the agent, by number")
                .note("licenses", "one: full_time or occasional")
                .own("ticket_scope", JsonType::Integer)
                .note("ticket_scope", "1 for all tickets, 2 for those of the agent's groups, 3 for their own")
        };
        Capabilities::new("freshdesk", "Freshdesk")
            .evidence(EvidenceKind::SecondHand, "2026-11-30")
            .origin("https://{subdomain}.freshdesk.com/api/v2")
            .variable(Variable::new("subdomain", "Account").help("What stands before .freshdesk.com in its address."))
            .secret("api_key", "API key of an administrator")
            // Any password will do.
            .auth(Auth::basic("{api_key}", "X"))
            // `description` beside it only says that the validation failed.
            .error_message("/errors/*/message")
            .response(Category::UserDirectory, ["id", "name", "emails", "phones", "status", "languages", "timezone"])
            .response(Category::UserDirectory, ["roles", "licenses"])
            .response(Category::UserDirectory, ["created_at", "updated_at", "last_login_at", "last_active_at"])
            .serves(Support::get(Category::UserDirectory))
            .serves(Support::list(Category::UserDirectory, Listing::pages(30, 100)).query(["email"]))
            // The agent stays as a contact.
            .serves(Support::delete(Category::UserDirectory, Effect::Unlinks))
            .serves(
                agent(Support::create(Category::UserDirectory))
                    .required(["emails"])
                    .writable(["name"])
                    .ignored([("status", "a new agent is invited")]),
            )
            .serves(
                agent(Support::update(Category::UserDirectory))
                    .note("name", "in accounts that leave it to Freshdesk")
                    .ignored([("status", "Freshdesk has no call for it; a deletion makes the agent a contact")]),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let agent = AgentChange::write(user)?;
        let ticket_scope = agent.ticket_scope.clone().or(Some(EVERY_TICKET.into()));
        call.post("/agents").json(&AgentChange { ticket_scope, ..agent }).primary().send()?.user::<Agent>()
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        call.put(path!("/agents/{id}")).json(&AgentChange::write(user)?).primary().send()?.user::<Agent>()
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        call.get(path!("/agents/{id}")).primary().send()?.user::<Agent>()
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let request = call.get("/agents").query("page", page.number()?).query("per_page", page.size());
        let agents = request.query_some("email", page.filter("email")).primary().send()?.users::<Agent>()?;
        agents.next(|answer| answer.link("page"))
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let id = numeric_id(id)?;
        call.delete(path!("/agents/{id}")).primary().send()?.empty()
    }
}

/// The scope of an agent with access to all tickets.
const EVERY_TICKET: u8 = 1;

/// The fields of an agent that a call sets; an update changes no others.
#[derive(Serialize)]
struct AgentChange {
    email: Field<String>,
    name: Field<String>,
    phone: Field<String>,
    mobile: Field<String>,
    language: Field<String>,
    time_zone: Field<String>,
    role_ids: Field<Vec<u64>>,
    occasional: Field<bool>,
    ticket_scope: Option<Value>,
}

impl AgentChange {
    fn write(user: User) -> Result<Self> {
        Ok(Self {
            email: user.primary_email().not_null("emails")?,
            phone: user.main_phone().and_then(|phone| phone.number.clone()),
            mobile: user.mobile_phone().and_then(|phone| phone.number.clone()),
            language: user.language().not_null("languages")?,
            role_ids: numeric_ids(user.role_words()?.not_null("roles")?, "roles")?,
            occasional: user.license_of(&[("full_time", false), ("occasional", true)])?,
            ticket_scope: user.extra.get("ticket_scope").cloned(),
            name: user.name.not_null("name")?,
            time_zone: user.timezone.not_null("timezone")?,
        })
    }
}

/// The agent in Freshdesk's answers.
#[derive(Deserialize)]
struct Agent {
    id: Option<Id>,
    contact: Option<Contact>,
    deactivated: Option<Flag>,
    occasional: Option<Flag>,
    role_ids: Roles,
    created_at: Text,
    updated_at: Text,
    last_active_at: Text,
}

/// The person behind the agent.
#[derive(Default, Deserialize)]
struct Contact {
    active: Option<Flag>,
    email: Text,
    name: Text,
    phone: Text,
    mobile: Text,
    language: Text,
    time_zone: Text,
    last_login_at: Text,
}

impl From<Agent> for User {
    fn from(agent: Agent) -> Self {
        let contact = agent.contact.unwrap_or_default();
        let license = |occasional: Flag| match occasional {
            Flag(true) => License::only("occasional", "Occasional"),
            Flag(false) => License::only("full_time", "Full-time"),
        };
        // An agent who has not accepted the invitation is not active yet.
        let status = match (agent.deactivated, contact.active) {
            (Some(Flag(true)), _) => Some(Status::Inactive),
            (_, Some(Flag(false))) => Some(Status::Invited),
            (_, active) => active.map(Status::from),
        };
        User {
            id: agent.id.into(),
            name: contact.name.into(),
            emails: Email::only(contact.email),
            phones: Phone::main_and_mobile(contact.phone, contact.mobile),
            status: status.into(),
            languages: contact.language.into(),
            timezone: contact.time_zone.into(),
            roles: agent.role_ids.by_id(),
            licenses: agent.occasional.map_or(Field::Absent, license),
            created_at: agent.created_at.into(),
            updated_at: agent.updated_at.into(),
            last_login_at: contact.last_login_at.into(),
            last_active_at: agent.last_active_at.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(Freshdesk);

#[cfg(test)]
mod tests;
