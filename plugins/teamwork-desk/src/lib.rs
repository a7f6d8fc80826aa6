//! Teamwork Desk, the help desk of Teamwork.com: the users of a site's Desk, its administrators and agents, as directory users.
//!
//! - Create: <https://apidocs.teamwork.com/docs/desk/v2/users/post-v2-users-json>
//! - Update: <https://apidocs.teamwork.com/docs/desk/v2/users/patch-v2-users-id-json>
//! - Get, list: <https://apidocs.teamwork.com/docs/desk/v2/users/get-v2-users-json>, the vendor's client: <https://github.com/Teamwork/desksdkgo>
//! - OAuth: <https://developer.teamwork.com/desk/intro/app-login-flow>, limits: <https://apidocs.teamwork.com/guides/desk/rate-limiting>
//!
//! From memory are the hosts of sites in Europe, the form of times in filters, that a list leaves deleted users out, that tokens last, and
//! the bodies of errors. That part-time agents are a license is our reading.

use std::collections::BTreeMap;

use mortise_sdk::{
    Auth, Authorization, Call, Capabilities, Category, Email, Error, EvidenceKind, Exchange, Field, FieldExt, Filter,
    Flag, Id, Integration, License, ListExt, Listing, Page, Result, Role, Status, Support, TIMES, Text, User, UserExt,
    UsersPage, Variable, json, numeric_id, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct TeamworkDesk;

impl Integration for TeamworkDesk {
    fn capabilities() -> Capabilities {
        let writes = |support: Support| {
            support
                .writable(["first_name", "last_name"])
                .note("name", "split into first and last name, if these are not given")
                .note("emails", "the primary address: Desk has one")
                .note("roles", "one: admin or agent")
                .values("licenses", ["part_time", "full_time"])
                .ignored([("avatar", "it is read-only"), ("status", "no document has a way to change it")])
        };
        let listing =
            Listing::pages(100, 100).stable().leaves_out(["deleted users, unless status=deleted asks for them"]);
        let list = Support::list(Category::UserDirectory, listing).query(["email"]).query(TIMES);
        let consent = Authorization::new("https://www.teamwork.com/launchpad/login")
            .without_pkce()
            .captures("site", "/installation/apiEndPoint");
        Capabilities::new("teamwork-desk", "Teamwork Desk")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://{site*}.teamwork.com/desk/api/v2")
            .origin("https://www.teamwork.com/launchpad/v1")
            .variable(
                Variable::new("site", "Site")
                    .help("What stands before .teamwork.com in its address, such as acme or acme.eu."),
            )
            .variable(
                Variable::secret("api_key", "API key of an administrator")
                    .help("It is in the settings of the profile.")
                    .optional(),
            )
            .auth(Auth::bearer("{api_key}"))
            .oauth(Exchange::authorization_code("https://www.teamwork.com/launchpad/v1/token.json", consent).json())
            .limit(120, 60)
            .response(Category::UserDirectory, ["id", "name", "first_name", "last_name", "emails", "avatar", "roles"])
            .response(Category::UserDirectory, ["licenses", "status", "created_at", "updated_at"])
            .serves(Support::get(Category::UserDirectory))
            .serves(list.query_values("status", ["active", "deleted"]))
            .serves(writes(Support::create(Category::UserDirectory)))
            .serves(writes(Support::update(Category::UserDirectory)))
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        call.post("/users.json").json_in("user", &Change::write(user)?).primary().send()?.user_in::<Agent>("user")
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let (id, change) = (numeric_id(id)?, Change::write(user)?);
        call.patch(path!("/users/{id}.json")).json_in("user", &change).primary().send()?.user_in::<Agent>("user")
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        call.get(path!("/users/{id}.json")).primary().send()?.user_in::<Agent>("user")
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let number = page.number()?;
        let request = call.get("/users.json").query("page", number).query("pageSize", page.size());
        let request = request.query("orderBy", "id").query("orderMode", "asc").query_some("filter", filter(page));
        request.primary().send()?.users_in::<Agent>("users")?.next(|answer| {
            let has_more = answer.flag("/pagination/hasMorePages") || answer.flag("/meta/page/hasMore");
            has_more.then(|| (number + 1).to_string())
        })
    }
}

/// All filters in one JSON object, as the vendor's client combines them: `{"updatedAt":{"$gte":"2024-01-01T00:00:00Z"}}`.
fn filter(page: &Page) -> Option<String> {
    let mut fields = BTreeMap::<_, BTreeMap<_, _>>::new();
    for Filter { field, operator, value } in page.filters() {
        let field = match field.as_str() {
            "status" => "state",
            "created_at" => "createdAt",
            "updated_at" => "updatedAt",
            email => email,
        };
        fields.entry(field).or_default().insert(format!("${operator}"), value);
    }
    (!fields.is_empty()).then(|| json!(fields).to_string())
}

/// `user` in the bodies of a creation and an update. An update changes only the fields it has.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    email: Field<String>,
    first_name: Field<String>,
    last_name: Field<String>,
    role: Field<&'static str>,
    is_part_time: Field<bool>,
}

impl Change {
    fn write(user: User) -> Result<Self> {
        let (first_name, last_name) = user.names();
        let role = |role: Role| {
            let known = |word: &str| ["admin", "agent"].into_iter().find(|known| known.eq_ignore_ascii_case(word));
            let unknown = || Error::invalid_input("must be `admin` or `agent`").at("roles[0]");
            role.words().find_map(known).ok_or_else(unknown)
        };
        Ok(Self {
            email: user.primary_email().not_null("emails")?,
            first_name: first_name.not_null("first_name")?,
            last_name: last_name.not_null("last_name")?,
            is_part_time: user.license_of(&[("part_time", true), ("full_time", false)])?,
            role: user.roles.single("roles")?.not_null("roles")?.map(role).transpose()?,
        })
    }
}

/// The user in Desk's answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Agent {
    id: Option<Id>,
    email: Text,
    first_name: Text,
    last_name: Text,
    #[serde(rename = "avatarURL")]
    avatar_url: Text,
    role: Text,
    is_part_time: Option<Flag>,
    state: Text,
    created_at: Text,
    updated_at: Text,
}

impl From<Agent> for User {
    fn from(agent: Agent) -> Self {
        let license = agent.is_part_time.map(|Flag(part)| if part { "part_time" } else { "full_time" });
        User {
            id: agent.id.into(),
            emails: Email::only(agent.email),
            avatar: agent.avatar_url.into(),
            // Answers have it with a capital letter, requests without.
            roles: Role::only(agent.role.as_deref().map(str::to_ascii_lowercase), agent.role),
            licenses: license.map_or(Field::Absent, |word| License::only(word, word)),
            status: agent.state.into_option().map(Status::from).into(),
            created_at: agent.created_at.into(),
            updated_at: agent.updated_at.into(),
            ..User::named(agent.first_name, agent.last_name)
        }
    }
}

mortise_sdk::export!(TeamworkDesk);

#[cfg(test)]
mod tests;
