//! Fivetran: the users of an account as directory users.
//!
//! - Create, which invites: <https://fivetran.com/docs/rest-api/api-reference/users/create-user>
//! - Update, get, list, delete: <https://fivetran.com/docs/rest-api/api-reference/users>
//! - Keys: <https://fivetran.com/docs/rest-api/getting-started>, limits: <https://fivetran.com/docs/rest-api/rate-limiting>
//! - Clearing by `null`, as a client does it: <https://github.com/fivetran/go-fivetran/blob/main/users/user_update_test.go>
//!
//! From memory are that a 429 has `retry-after`, and that a deleted user can only be invited again.

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Effect, Email, EvidenceKind, Field, FieldExt, Flag, Id, Integration, ListExt,
    Listing, Page, Phone, Result, Role, Status, Support, Text, User, UserExt, UsersPage, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Fivetran;

impl Integration for Fivetran {
    fn capabilities() -> Capabilities {
        let writes = |support: Support| {
            support
                .writable(["first_name", "last_name", "avatar"])
                .note("name", "split into first and last name, if these are not given")
                .note("phones", "one: the phone, else the mobile")
                .note("roles", "one, by its name, such as Account Analyst")
                .ignored([("licenses", "Fivetran has none of users")])
        };
        Capabilities::new("fivetran", "Fivetran")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://api.fivetran.com/v1")
            .secret("api_key", "API key")
            .secret("api_secret", "API secret")
            .auth(Auth::basic("{api_key}", "{api_secret}"))
            // Of all requests of an account. Invitations are fewer: 500 an hour.
            .limit(20_000, 3_600)
            .response(Category::UserDirectory, ["id", "name", "first_name", "last_name", "emails", "phones", "avatar"])
            .response(Category::UserDirectory, ["roles", "status", "licenses", "is_email_verified"])
            .response(Category::UserDirectory, ["created_at", "last_login_at"])
            .serves(Support::get(Category::UserDirectory))
            .serves(
                Support::list(Category::UserDirectory, Listing::pages(100, 1_000))
                    .query_values("status", ["active", "inactive"]),
            )
            .serves(Support::delete(Category::UserDirectory, Effect::Deletes))
            .serves(
                writes(Support::create(Category::UserDirectory))
                    .required(["emails"])
                    .note("emails", "the primary address is invited")
                    .ignored([("status", "a new user is invited")]),
            )
            .serves(writes(Support::update(Category::UserDirectory)).ignored([
                ("emails", "Fivetran fixes the address when the user is invited"),
                ("status", "it follows from the invitation, and nobody is deactivated by the API"),
            ]))
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let (first_name, last_name) = user.names();
        let new = NewUser {
            email: user.primary_email().required("emails")?,
            given_name: first_name.required("first_name")?,
            family_name: last_name.required("last_name")?,
            phone: user.phone_number().into_value(),
            role: role(user.roles)?.into_value(),
            picture: user.avatar.into_value(),
        };
        call.post("/users").json(&new).primary().send()?.user_in::<Account>("data")
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let (first_name, last_name) = user.names();
        let change = Change {
            given_name: first_name.not_null("first_name")?,
            family_name: last_name.not_null("last_name")?,
            phone: user.phone_number(),
            role: role(user.roles)?.not_null("roles")?,
            picture: user.avatar,
        };
        call.patch(path!("/users/{id}")).json(&change).primary().send()?.user_in::<Account>("data")
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        call.get(path!("/users/{id}")).primary().send()?.user_in::<Account>("data")
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let request = call.get("/users").query("limit", page.size()).query_some("cursor", page.cursor());
        // Invited users are among the active ones. The host leaves them out.
        let active = page.filter("status").map(|status| status == "active");
        let answer = request.query_some("active", active).primary().send()?;
        answer.users_in::<Account>("/data/items")?.next(|answer| answer.text("/data/next_cursor"))
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        call.delete(path!("/users/{id}")).primary().send()?.empty()
    }
}

/// The one role that Fivetran keeps. It knows roles by name.
fn role(roles: Field<Vec<Role>>) -> Result<Field<String>> {
    Ok(roles.single("roles")?.and_then(|role| role.name.or(role.id)))
}

/// Body of `POST /users`.
#[derive(Serialize)]
struct NewUser {
    email: String,
    given_name: String,
    family_name: String,
    phone: Option<String>,
    role: Option<String>,
    picture: Option<String>,
}

/// Body of `PATCH /users/{id}`. A `null` clears phone and picture.
#[derive(Serialize)]
struct Change {
    given_name: Field<String>,
    family_name: Field<String>,
    phone: Field<String>,
    role: Field<String>,
    picture: Field<String>,
}

/// The user in Fivetran's answers.
#[derive(Deserialize)]
struct Account {
    id: Option<Id>,
    email: Text,
    given_name: Text,
    family_name: Text,
    phone: Text,
    picture: Text,
    role: Text,
    active: Option<Flag>,
    invited: Option<Flag>,
    verified: Option<Flag>,
    created_at: Text,
    logged_in_at: Text,
}

impl From<Account> for User {
    fn from(account: Account) -> Self {
        let status = match (account.active, account.invited) {
            (Some(Flag(false)), _) => Some(Status::Inactive),
            (_, Some(Flag(true))) => Some(Status::Invited),
            (active, _) => active.map(Status::from),
        };
        User {
            id: account.id.into(),
            emails: Email::only(account.email),
            phones: Phone::main_and_mobile(account.phone, Text::default()),
            avatar: account.picture.into(),
            roles: account.role.into_option().into_iter().map(Role::known_by_name).collect::<Vec<_>>().into(),
            status: status.into(),
            is_email_verified: account.verified.map(bool::from).into(),
            created_at: account.created_at.into(),
            last_login_at: account.logged_in_at.into(),
            ..User::named(account.given_name, account.family_name)
        }
    }
}

mortise_sdk::export!(Fivetran);

#[cfg(test)]
mod tests;
