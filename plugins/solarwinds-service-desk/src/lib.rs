//! SolarWinds Service Desk, formerly Samanage: its users as ticketing and directory users.
//!
//! - API: <https://apidoc.samanage.com/>
//! - Base addresses, media type and token: <https://documentation.solarwinds.com/en/Success_Center/SWSD/Content/APIdocumentation/General%20Concepts.htm>
//! - Bodies, statuses, pages and filters as clients have them: <https://github.com/cw2908/samanage-ruby>

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Effect, Email, End, Error, EvidenceKind, FailureKind, Field, FieldExt, Flag,
    Group, Id, Integration, ListExt, Listing, Page, Phone, Response, Result, Roles, Status, Support, Text, User,
    UserExt, UsersPage, Variable, numeric_id, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct ServiceDesk;

impl Integration for ServiceDesk {
    fn capabilities() -> Capabilities {
        let group_note = "the user joins them and leaves none";
        let writes = |support: Support| {
            let support = support
                .writable(["name"])
                .note("emails", "the primary address: Service Desk has one")
                .note("roles", "one role, by number or name")
                .values("status", ["active", "inactive"]);
            match support.category {
                Category::UserDirectory => support
                    .query_note("groups", "joined like those of the body")
                    .writable(["title"])
                    .note("phones", "the types phone and mobile")
                    .note("groups", group_note),
                _ => support.note("team_ids", group_note),
            }
        };
        let declared = Capabilities::new("solarwinds-service-desk", "SolarWinds Service Desk")
            .evidence(EvidenceKind::SecondHand, "2026-11-30")
            .origin("https://{api_host}.samanage.com")
            .variable(
                Variable::secret("api_token", "JSON Web Token of an administrator")
                    .help("An administrator makes it on the setup page of a user. A new one ends the one before."),
            )
            .variable(
                Variable::new("api_host", "API host")
                    .values(["api", "apieu"])
                    .help("apieu is for customers in Europe.")
                    .or("api"),
            )
            .auth(
                Auth::header("x-samanage-authorization", "Bearer {api_token}")
                    .and("accept", "application/vnd.samanage.v2.1+json"),
            )
            .response(Category::Ticketing, ["id", "name", "emails", "is_active", "team_ids", "roles"])
            .response(Category::Ticketing, ["created_at", "updated_at"])
            .response(Category::UserDirectory, ["id", "name", "emails", "phones", "title", "status", "roles", "groups"])
            .response(Category::UserDirectory, ["created_at", "updated_at", "last_login_at"]);
        [Category::Ticketing, Category::UserDirectory].into_iter().fold(declared, |declared, category| {
            // 100 is the most that clients ask for. That it is the limit, and 25 the default, is from memory.
            let listing = Listing::pages(25, 100).ends(End::Total);
            declared
                .serves(Support::get(category))
                .serves(Support::list(category, listing).query(["email", "name"]))
                .serves(Support::delete(category, Effect::Deletes))
                .serves(writes(Support::create(category)).required(["name", "emails"]))
                .serves(writes(Support::update(category)))
        })
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let groups = call.groups_to_join(&user, MAX_GROUPS)?;
        let answer = call.post("/users.json").json_in("user", &Person::write(user)?).primary().send()?;
        join(call, answer, groups, "created")
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let groups = call.groups_to_join(&user, MAX_GROUPS)?;
        let id = numeric_id(id)?;
        let answer = call.put(path!("/users/{id}.json")).json_in("user", &Person::write(user)?).primary().send()?;
        join(call, answer, groups, "updated")
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        call.get(path!("/users/{id}.json")).primary().send()?.user::<PersonRead>()
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        // The short layout may leave out the title and the last sign-in.
        let request = call.get("/users.json").query("layout", "long");
        let request = request.query("page", page.number()?).query("per_page", page.size());
        let request = request.query_some("email", page.filter("email")).query_some("name", page.filter("name"));
        let users = request.primary().send()?.users::<PersonRead>()?;
        let pages = users.header_number("x-total-pages");
        users.next_number(page, pages)
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let id = numeric_id(id)?;
        call.delete(path!("/users/{id}.json")).primary().send()?.empty()
    }
}

/// One request for each, beside the write: a call may send 16 (docs/contract.md, Imports).
const MAX_GROUPS: usize = 15;

/// Puts the user of a finished write into the groups that the user is not in yet. `done` is the word for the write.
/// These calls come from a client's sources, not from the documentation. So does that no call sets all groups at once.
fn join(call: &Call, answer: Response<'_>, groups: Vec<String>, done: &str) -> Result<Option<User>> {
    if groups.is_empty() {
        return answer.user::<PersonRead>();
    }
    let in_none = |error: Error| error.after(format!("the user is {done}, but put into no group"));
    let mut user = answer.record::<PersonRead>().map_err(|error| match error.kind() {
        FailureKind::Refused => error,
        _ => in_none(error),
    })?;
    let id = user.id.value().cloned().ok_or_else(|| in_none(Error::internal("the answer has no `id`")))?;
    let mut present = user.group_ids().into_value().unwrap_or_default();
    for group in groups {
        if present.contains(&group) {
            continue;
        }
        call.post("/memberships.json")
            .query("group_id", &group)
            .query("user_ids", &id)
            .send()
            .map_err(|error| error.after(format!("user {id} is {done}, but not put into group {group}")))?;
        present.push(group);
    }
    user.groups = Group::with_ids(present).into();
    Ok(Some(user))
}

/// The user in requests. An update changes only the fields it has, and an empty text clears one.
#[derive(Serialize)]
struct Person {
    name: Field<String>,
    email: Field<String>,
    title: Field<String>,
    phone: Field<String>,
    mobile_phone: Field<String>,
    role: Field<RoleKey>,
    disabled: Field<bool>,
}

impl Person {
    fn write(user: User) -> Result<Self> {
        let number = |phone: Field<&Phone>| phone.and_then(|phone| phone.number.clone()).or_empty();
        Ok(Self {
            email: user.primary_email().not_null("emails")?,
            phone: number(user.main_phone()),
            mobile_phone: number(user.mobile_phone()),
            disabled: user.is_active().not_null("status")?.map(|is_active| !is_active),
            role: user.role_words()?.single("roles")?.not_null("roles")?.map(RoleKey::from),
            title: user.title.or_empty(),
            name: user.name.not_null("name")?,
        })
    }
}

/// How a role is named in a request: `{"id": 461182}` or `{"name": "Requester"}`.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum RoleKey {
    Id(u64),
    Name(String),
}

impl From<String> for RoleKey {
    fn from(word: String) -> Self {
        word.parse().map_or_else(|_| Self::Name(word), Self::Id)
    }
}

/// The user in Service Desk's answers.
#[derive(Deserialize)]
struct PersonRead {
    id: Option<Id>,
    name: Text,
    email: Text,
    title: Text,
    phone: Text,
    mobile_phone: Text,
    disabled: Option<Flag>,
    role: Roles,
    group_ids: Option<Vec<Id>>,
    created_at: Text,
    updated_at: Text,
    last_login: Text,
}

impl From<PersonRead> for User {
    fn from(person: PersonRead) -> Self {
        User {
            id: person.id.into(),
            name: person.name.into(),
            emails: Email::only(person.email),
            phones: Phone::main_and_mobile(person.phone, person.mobile_phone),
            title: person.title.into(),
            status: person.disabled.map(|Flag(is_disabled)| Status::from(!is_disabled)).into(),
            roles: person.role.into(),
            groups: person.group_ids.map(Group::with_ids).into(),
            created_at: person.created_at.into(),
            updated_at: person.updated_at.into(),
            last_login_at: person.last_login.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(ServiceDesk);

#[cfg(test)]
mod tests;
