//! Gorgias: the users who work in a help desk, as ticketing users. Customers are other records.
//!
//! - Create: <https://developers.gorgias.com/reference/create-user>
//! - Get, list, delete: <https://developers.gorgias.com/reference/list-users>
//! - The user object: <https://developers.gorgias.com/reference/the-user-object>
//! - OAuth apps: <https://developers.gorgias.com/docs/set-up-oauth2-app-store>
//! - Limits: <https://developers.gorgias.com/reference/limitations>

use mortise_sdk::{
    Auth, Authorization, Call, Capabilities, Category, DateTime, Effect, Email, Error, EvidenceKind, Exchange,
    FieldExt, Flag, Id, Integration, ListExt, Listing, Page, Path, Result, Role, Roles, Status, Support, Text, User,
    UsersPage, Variable, numeric_id, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Gorgias;

impl Integration for Gorgias {
    fn capabilities() -> Capabilities {
        let part_note = "a part of the name, where that is not given: Gorgias splits the name itself";
        let role_note =
            "one, by its name; owner is taken for admin, viewer for observer-agent, member and none for agent";
        // `offline` brings the refresh token.
        let consent = Authorization::new("https://{domain}.gorgias.com/oauth/authorize").scopes([
            "openid",
            "email",
            "profile",
            "offline",
            "users:read",
            "users:write",
        ]);
        Capabilities::new("gorgias", "Gorgias")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://{domain}.gorgias.com/api")
            .origin("https://{domain}.gorgias.com/oauth")
            .variable(
                Variable::new("domain", "Subdomain of the help desk")
                    .help("What stands before .gorgias.com in its address."),
            )
            .variable(
                Variable::secret("email", "Email address")
                    .shown()
                    .help("That of the user whose API key it is.")
                    .optional(),
            )
            .variable(Variable::secret("api_key", "API key").help("It is under Settings > REST API.").optional())
            .auth(Auth::basic("{email}", "{api_key}"))
            .oauth(Exchange::refresh("https://{domain}.gorgias.com/oauth/token").basic().authorization(consent))
            .response(Category::Ticketing, ["id", "name", "first_name", "last_name", "emails", "is_active", "roles"])
            .response(Category::Ticketing, ["created_at", "updated_at"])
            // `msg` beside it says no more than that something is wrong with the data.
            .error_message("/error/data/*/*")
            .serves(Support::get(Category::Ticketing))
            .serves(
                Support::list(Category::Ticketing, Listing::pages(30, 100))
                    .query(["email"])
                    .orders(["sort_by[name]", "sort_by[created_at]"]),
            )
            .serves(Support::delete(Category::Ticketing, Effect::Deletes))
            .serves(
                Support::create(Category::Ticketing)
                    .required(["emails"])
                    .note("emails", "the primary address: Gorgias has one")
                    .note("name", "without it and its parts, what stands before the @ of the address")
                    .note("first_name", part_note)
                    .note("last_name", part_note)
                    .note("roles", role_note),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let email = user.primary_email().required("emails")?;
        let person = NewPerson {
            name: user.full_name().not_null("name")?.into_value().unwrap_or_else(|| local_part(&email)),
            role: RoleKey::read(user.roles.single("roles")?.not_null("roles")?.into_value())?,
            email,
        };
        call.post("/users").json(&person).primary().send()?.user::<Person>()
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        call.get(person(id)?).primary().send()?.user::<Person>()
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let order = page.sort().map(|sort| {
            let field = if sort.field == "name" { "name" } else { "created_datetime" };
            format!("{field}:{}", sort.direction())
        });
        let request = call.get("/users").query("limit", page.size()).query_some("cursor", page.cursor());
        let request = request.query_some("email", page.filter("email")).query_some("order_by", order);
        request.primary().send()?.users_in::<Person>("data")?.next(|answer| answer.text("/meta/next_cursor"))
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        call.delete(person(id)?).primary().send()?.empty()
    }
}

/// The address of a user. Of 0 it would be that of whoever the credentials belong to.
fn person(id: &str) -> Result<Path> {
    match numeric_id(id)? {
        0 => Err(Error::not_found("there is no user 0")),
        id => Ok(path!("/users/{id}")),
    }
}

/// `ada` of `ada@example.com`.
fn local_part(email: &str) -> String {
    email.split_once('@').map_or(email, |(local, _)| local).to_owned()
}

/// Body of a creation and of an update. Gorgias insists on all three.
#[derive(Serialize)]
struct NewPerson {
    email: String,
    name: String,
    role: RoleKey,
}

/// Gorgias knows roles by name.
#[derive(Serialize)]
struct RoleKey {
    name: String,
}

impl RoleKey {
    /// What owners, members and viewers become, and that a user without a role is an agent, is this integration's own choice.
    fn read(role: Option<Role>) -> Result<Self> {
        let Some(role) = role else { return Ok(Self { name: "agent".to_owned() }) };
        let name = match role.name.value().or(role.id.value()).map(String::as_str) {
            None => return Err(Error::invalid_input("must have a name").at("roles[0]")),
            Some("owner") => "admin",
            Some("member") => "agent",
            Some("viewer") => "observer-agent",
            Some(name) => name,
        };
        Ok(Self { name: name.to_owned() })
    }
}

/// The user in Gorgias' answers.
#[derive(Deserialize)]
struct Person {
    id: Option<Id>,
    active: Option<Flag>,
    name: Text,
    firstname: Text,
    lastname: Text,
    email: Text,
    /// A record with the name. The name alone is in no document, but read too: the user is created by then.
    role: Roles,
    created_datetime: Option<DateTime>,
    updated_datetime: Option<DateTime>,
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        User {
            id: person.id.into(),
            name: person.name.into(),
            first_name: person.firstname.into(),
            last_name: person.lastname.into(),
            emails: Email::only(person.email),
            status: person.active.map(Status::from).into(),
            roles: person.role.into(),
            created_at: person.created_datetime.into(),
            updated_at: person.updated_datetime.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(Gorgias);

#[cfg(test)]
mod tests;
