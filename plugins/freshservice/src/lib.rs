//! Freshservice: the agents of a service desk as user-directory users. Its requesters are other records.
//!
//! - API, errors, limits: <https://api.freshservice.com/>
//! - OAuth of an organization: <https://developers.freshworks.com/docs/app-sdk/v3.0/service_user/oauth-implementation-in-apps/oauth-in-external-apps/>
//! - Names, title and phones in an update, as a client sends them: <https://github.com/flycastpartnersinc/FreshservicePS>
//!
//! From memory are the 201 of a creation, how scopes are separated, and the members of a token's answer.

use mortise_sdk::{
    Auth, Authorization, Call, Capabilities, Category, DateTime, Effect, Email, EvidenceKind, Exchange, Field,
    FieldExt, Flag, Group, Id, Integration, License, Listing, Page, Phone, Result, Role, Status, Support, Text, User,
    UserExt, UsersPage, Value, Variable, Writes, json, numeric_id, numeric_ids, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Freshservice;

impl Integration for Freshservice {
    fn capabilities() -> Capabilities {
        let agent = |support: Support| {
            support
                .query_note("groups", "like those of the body")
                .writable(["first_name", "last_name", "title", "timezone"])
                .note(
                    "name",
                    "split at its comma, or else its last blank, for what first_name and last_name do not say",
                )
                .note("emails", "the primary address: Freshservice has one")
                .note("phones", "the types phone and mobile")
                .note("languages", "the first one: Freshservice has one")
                .note("groups", "all groups of the agent, by number; null for none")
                .note("roles", "all roles of the agent, by number; a new one is for the whole help desk")
                .note("licenses", "one: full_time or occasional")
        };
        let consent = Authorization::new("https://{organization}.myfreshworks.com/org/oauth/v2/authorize")
            .scopes(["freshservice.agents.manage"]);
        Capabilities::new("freshservice", "Freshservice")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://{subdomain}.freshservice.com/api/v2")
            .origin("https://{organization}.myfreshworks.com/org/oauth/v2")
            .variable(Variable::secret("api_key", "API key of an administrator").optional())
            .variable(
                Variable::new("subdomain", "Account").help("What stands before .freshservice.com in its address."),
            )
            // Only OAuth needs it, and a variable of an origin must have a value.
            .variable(
                Variable::new("organization", "Organization")
                    .help("What stands before .myfreshworks.com in its address. Only OAuth needs it.")
                    .or("www"),
            )
            // Any password will do.
            .auth(Auth::basic("{api_key}", "X"))
            .oauth(
                Exchange::refresh("https://{organization}.myfreshworks.com/org/oauth/v2/token")
                    .basic()
                    .lives(1_800)
                    .authorization(consent),
            )
            // `description` beside it only says that the validation failed.
            .error_message("/errors/*/message")
            .response(Category::UserDirectory, ["id", "name", "first_name", "last_name", "emails", "phones", "title"])
            .response(Category::UserDirectory, ["status", "languages", "timezone", "groups", "roles", "licenses"])
            .response(Category::UserDirectory, ["created_at", "updated_at", "last_login_at", "last_active_at"])
            .serves(Support::get(Category::UserDirectory))
            .serves(
                Support::list(Category::UserDirectory, Listing::pages(30, 100))
                    .query(["email"])
                    .query_values("status", ["active", "inactive"]),
            )
            .serves(Support::delete(Category::UserDirectory, Effect::Deactivates))
            .serves(
                agent(Support::create(Category::UserDirectory))
                    .required(["emails"])
                    .ignored([("status", "a new agent is active")]),
            )
            .serves(
                agent(Support::update(Category::UserDirectory))
                    .values("status", ["active", "inactive", "deleted"])
                    .note("status", "inactive and deleted deactivate the agent"),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let agent = AgentChange::write(call, user, &AgentNow::default())?;
        agent.first_name.as_ref().required("first_name")?;
        call.post("/agents").json(&agent).primary().send()?.user_in::<Agent>("agent")
    }

    /// The agent is read first: an update that leaves out `can_see_all_tickets_from_associated_departments` sets it to false.
    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        let address = path!("/agents/{id}");
        let is_active = user.is_active().not_null("status")?.into_value();
        let now: AgentNow = call.get(address.clone()).send()?.json_in("agent")?;
        let change = AgentChange::write(call, user, &now)?;
        let switch = is_active.filter(|is_active| now.active.map(bool::from) != Some(*is_active));
        let mut writes = Writes::new();
        if change != AgentChange::default() || switch.is_none() {
            let sees_all = now.can_see_all_tickets_from_associated_departments;
            let change = AgentChange { can_see_all_tickets_from_associated_departments: sees_all, ..change };
            writes = writes.then(call.put(address.clone()).json(&change), "the agent is changed");
        }
        writes = match switch {
            Some(true) => writes.then(call.put(path!("/agents/{id}/reactivate")), "the agent is active again"),
            Some(false) => writes.then(call.delete(address.clone()), "the agent is deactivated"),
            None => writes,
        };
        let is_single = writes.len() == 1;
        let told = writes.send()?.user_in::<Agent>("agent");
        call.told_or_read(told, |_| is_single, || call.get(address).send()?.user_in::<Agent>("agent"))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        call.get(path!("/agents/{id}")).primary().send()?.user_in::<Agent>("agent")
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let request = call.get("/agents").query("page", page.number()?).query("per_page", page.size());
        let request = request.query_some("email", page.filter("email"));
        let request = request.query_some("active", page.filter("status").map(|status| status == "active"));
        request.primary().send()?.users_in::<Agent>("agents")?.next(|answer| answer.link("page"))
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let id = numeric_id(id)?;
        call.delete(path!("/agents/{id}")).primary().send()?.empty()
    }
}

/// What an update must know of the agent.
#[derive(Default, Deserialize)]
struct AgentNow {
    active: Option<Flag>,
    can_see_all_tickets_from_associated_departments: Option<bool>,
    roles: Option<Vec<Value>>,
}

impl AgentNow {
    /// The agent's own assignments of these roles, each with its scope; a role that the agent does not have is for the whole help desk.
    fn assigned(&self, roles: Vec<u64>) -> Vec<Value> {
        let assignments = |role_id: u64| {
            let number = |id: &Value| id.as_u64().or_else(|| id.as_str()?.parse().ok());
            let is_it = |held: &&Value| held.get("role_id").and_then(number) == Some(role_id);
            let held: Vec<_> = self.roles.iter().flatten().filter(is_it).cloned().collect();
            let new = || vec![json!({"role_id": role_id, "assignment_scope": "entire_helpdesk"})];
            if held.is_empty() { new() } else { held }
        };
        roles.into_iter().flat_map(assignments).collect()
    }
}

/// The fields of an agent that a call sets.
#[derive(Default, PartialEq, Serialize)]
struct AgentChange {
    first_name: Field<String>,
    last_name: Field<String>,
    email: Field<String>,
    job_title: Field<String>,
    work_phone_number: Field<String>,
    mobile_phone_number: Field<String>,
    language: Field<String>,
    time_zone: Field<String>,
    member_of: Field<Vec<u64>>,
    roles: Field<Vec<Value>>,
    occasional: Field<bool>,
    can_see_all_tickets_from_associated_departments: Option<bool>,
}

impl AgentChange {
    fn write(call: &Call, user: User, now: &AgentNow) -> Result<Self> {
        let (first_name, last_name) = user.names();
        Ok(Self {
            first_name: first_name.not_null("first_name")?,
            last_name,
            email: user.primary_email().not_null("emails")?,
            work_phone_number: user.main_phone().and_then(|phone| phone.number.clone()),
            mobile_phone_number: user.mobile_phone().and_then(|phone| phone.number.clone()),
            language: user.language().not_null("languages")?,
            member_of: numeric_ids(call.group_ids(&user)?, "groups")?.or_empty(),
            roles: numeric_ids(user.role_words()?.not_null("roles")?, "roles")?.map(|roles| now.assigned(roles)),
            occasional: user.license_of(&[("full_time", false), ("occasional", true)])?,
            job_title: user.title,
            time_zone: user.timezone.not_null("timezone")?,
            can_see_all_tickets_from_associated_departments: None,
        })
    }
}

/// The agent in Freshservice's answers.
#[derive(Deserialize)]
struct Agent {
    id: Option<Id>,
    first_name: Text,
    last_name: Text,
    email: Text,
    job_title: Text,
    work_phone_number: Text,
    mobile_phone_number: Text,
    active: Option<Flag>,
    occasional: Option<Flag>,
    language: Text,
    time_zone: Text,
    member_of: Option<Vec<Id>>,
    roles: Option<Vec<Assignment>>,
    created_at: Text,
    updated_at: Text,
    /// `"null"` as a text has been seen for both.
    last_login_at: Option<DateTime>,
    last_active_at: Option<DateTime>,
}

/// A role of the agent.
#[derive(Deserialize)]
struct Assignment {
    role_id: Option<Id>,
}

impl From<Agent> for User {
    fn from(agent: Agent) -> Self {
        let role = |assignment: Assignment| Role { id: assignment.role_id.into(), ..Role::default() };
        let license = |occasional: Flag| match occasional {
            Flag(true) => License::only("occasional", "Occasional"),
            Flag(false) => License::only("full_time", "Full-time"),
        };
        User {
            id: agent.id.into(),
            emails: Email::only(agent.email),
            phones: Phone::main_and_mobile(agent.work_phone_number, agent.mobile_phone_number),
            title: agent.job_title.into(),
            status: agent.active.map(Status::from).into(),
            languages: agent.language.into(),
            timezone: agent.time_zone.into(),
            groups: agent.member_of.map(Group::with_ids).into(),
            roles: agent.roles.map(|roles| roles.into_iter().map(role).collect::<Vec<_>>()).into(),
            licenses: agent.occasional.map_or(Field::Absent, license),
            created_at: agent.created_at.into(),
            updated_at: agent.updated_at.into(),
            last_login_at: agent.last_login_at.into(),
            last_active_at: agent.last_active_at.into(),
            ..User::named(agent.first_name, agent.last_name)
        }
    }
}

mortise_sdk::export!(Freshservice);

#[cfg(test)]
mod tests;
