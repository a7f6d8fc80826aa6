//! Opsgenie: the users of an account as directory users.
//!
//! - Users: <https://docs.opsgenie.com/docs/user-api>, pages: <https://docs.opsgenie.com/docs/pagination>
//! - The API as OpenAPI: <https://github.com/opsgenie/opsgenie-oas> (`swagger.json`)
//! - As the vendor's own client has it: <https://github.com/opsgenie/opsgenie-go-sdk-v2> (`user/`)
//! - EU host, and the end of Opsgenie in April 2027: <https://docs.opsgenie.com/docs/>
//!
//! From memory are the word `Deleted`, that nothing undoes a deletion, and that the owner cannot be deleted. That a language is the `locale` is
//! our reading.

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Effect, Email, Error, EvidenceKind, Field, FieldExt, Flag, Integration,
    ListExt, Listing, Page, Path, Result, Role, Roles, Support, Text, User, UserExt, UsersPage, Variable,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Opsgenie;

impl Integration for Opsgenie {
    fn capabilities() -> Capabilities {
        let person = |support: Support| {
            support
                .writable(["name", "timezone"])
                .note("username", "the address with which the user signs in")
                .note("emails", "the primary address is the user name, if that is not given")
                .note("roles", "one, by name or else by id: owner, admin, user or a role of the account's own")
                .note("languages", "the first one is the locale, such as en_US")
        };
        Capabilities::new("opsgenie", "Opsgenie")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://api.opsgenie.com/v2")
            .origin("https://api.eu.opsgenie.com/v2")
            .variable(Variable::new("region", "Region of the account").values(["us", "eu"]).or("us"))
            .secret("api_key", "Key of an API integration with configuration access")
            .auth(Auth::header("authorization", "GenieKey {api_key}"))
            // What is wrong with which field. Other errors have a `message`.
            .error_message("/errors/*")
            .response(Category::UserDirectory, ["id", "name", "username", "emails", "roles", "languages", "timezone"])
            .response(Category::UserDirectory, ["is_email_verified", "created_at"])
            .serves(Support::get(Category::UserDirectory))
            .serves(Support::list(Category::UserDirectory, Listing::pages(100, 100)).query(["email", "username"]))
            .serves(Support::delete(Category::UserDirectory, Effect::Deletes))
            .serves(person(Support::create(Category::UserDirectory)).required(["name", "roles"]))
            .serves(person(Support::update(Category::UserDirectory)))
    }

    /// Opsgenie answers with the identifier of a new user, so the plugin then reads the user.
    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let new = Change::write(user)?;
        new.username.as_ref().required("emails")?;
        new.full_name.as_ref().required("name")?;
        new.role.as_ref().required("roles")?;
        let id: String = call.post(users(call)?).json(&new).primary().send()?.json_in("/data/id")?;
        Ok(Some(read_back(call, &id)?))
    }

    /// Opsgenie answers that the user is updated, so the plugin then reads the user.
    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let change = Change::write(user)?;
        let _: String = call.patch(users(call)?.push(id)).json(&change).primary().send()?.json_in("result")?;
        // After a change of the address, the old address finds no user.
        let address = change.username.value().filter(|_| id.contains('@'));
        Ok(Some(read_back(call, address.map_or(id, String::as_str))?))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        call.get(users(call)?.push(id)).primary().send()?.user_in::<Person>("data")
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let username = page.filter("email").or(page.filter("username"));
        let request = call.get(users(call)?).query("limit", page.size()).query("offset", page.offset()?);
        let request = request.query("sort", "createdAt").query("order", "asc");
        let request = request.query_some("query", username.map(|username| format!("username:{username}")));
        let users = request.primary().send()?.users_in::<Person>("data")?;
        let next = users.query_of("/paging/next", "offset");
        if next.is_none() && users.text("/paging/next").is_some() {
            return Err(Error::internal("the vendor's answer has a next page without an offset"));
        }
        users.next(|_| next)
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        call.delete(users(call)?.push(id)).primary().send()?.empty()
    }
}

/// The address of the users in the account's region.
fn users(call: &Call) -> Result<Path> {
    match call.required_variable("region")?.as_str() {
        "us" => Ok(Path::new("https://api.opsgenie.com/v2/users")),
        "eu" => Ok(Path::new("https://api.eu.opsgenie.com/v2/users")),
        _ => Err(Error::invalid_input("the account's region must be us or eu")),
    }
}

fn read_back(call: &Call, id: &str) -> Result<User> {
    let read = call.get(users(call)?.push(id));
    Ok(call.read_back_user(id, || read.send()?.json_in::<Person>("data")))
}

/// The fields of a user that a call sets; an update changes no others.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    username: Field<String>,
    full_name: Field<String>,
    role: Field<RoleChange>,
    locale: Field<String>,
    time_zone: Field<String>,
}

/// A role by its name or, without one, by its identifier.
#[derive(Serialize)]
struct RoleChange {
    id: Field<String>,
    name: Field<String>,
}

impl Change {
    fn write(user: User) -> Result<Self> {
        let role = |Role { id, name, .. }: Role| match (id, name) {
            (_, name @ Field::Value(_)) => Ok(RoleChange { id: Field::Absent, name }),
            (id @ Field::Value(_), _) => Ok(RoleChange { id, name: Field::Absent }),
            _ => Err(Error::invalid_input("must have a name or an id").at("roles[0]")),
        };
        let email = user.primary_email().not_null("emails")?;
        let locale = user.language().not_null("languages")?;
        Ok(Self {
            username: user.username.not_null("username")?.or(email),
            full_name: user.name.not_null("name")?,
            role: user.roles.single("roles")?.not_null("roles")?.map(role).transpose()?,
            locale,
            time_zone: user.timezone.not_null("timezone")?,
        })
    }
}

/// The user in Opsgenie's answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    id: Text,
    username: Text,
    full_name: Text,
    role: Roles,
    locale: Text,
    time_zone: Text,
    verified: Option<Flag>,
    created_at: Text,
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        let address = person.username.clone().into_option().map(Email::primary);
        User {
            id: person.id.into(),
            name: person.full_name.into(),
            username: person.username.into(),
            emails: address.map(|address| vec![Email { kind: "primary".into(), ..address }]).into(),
            roles: person.role.into(),
            languages: person.locale.into(),
            timezone: person.time_zone.into(),
            is_email_verified: person.verified.map(bool::from).into(),
            created_at: person.created_at.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(Opsgenie);

#[cfg(test)]
mod tests;
