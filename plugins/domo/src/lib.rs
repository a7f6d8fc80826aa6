//! Domo: the people of an instance as directory users, by the Product API.
//!
//! - Create, update, get, list, delete: <https://www.domo.com/docs/api-reference/users-api-product/update-user>
//! - The API as OpenAPI: <https://github.com/DomoApps/domo-documentation-hub/blob/main/openapi/product/user-api.yaml>
//!
//! From memory are the numbers of the roles, where access tokens are made, the words of errors, that the user name follows the address, and
//! that a list without users can say that there is no such user.

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Effect, Email, Error, EvidenceKind, Field, FieldExt, Id, Integration, ListExt,
    Listing, Page, Result, Role, Support, Text, User, UsersPage, Variable, json, numeric_id, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Domo;

impl Integration for Domo {
    fn capabilities() -> Capabilities {
        let writes = |support: Support| {
            support
                .note("emails", "the primary address: Domo has one")
                .note("roles", "one, by number, or Admin, Privileged, Editor, Participant or Social")
                .ignored([("username", "it follows the address")])
        };
        Capabilities::new("domo", "Domo")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://{instance}.domo.com/api/identity/v1")
            .variable(Variable::new("instance", "Instance").help("What stands before .domo.com in its address."))
            .variable(
                Variable::secret("developer_token", "Access token")
                    .help("It is made under Admin > Authentication > Access tokens."),
            )
            .auth(Auth::header("x-domo-developer-token", "{developer_token}"))
            .response(Category::UserDirectory, ["id", "name", "username", "emails", "roles"])
            .serves(Support::get(Category::UserDirectory))
            .serves(Support::list(Category::UserDirectory, Listing::whole()).query(["email", "name", "username"]))
            .serves(Support::delete(Category::UserDirectory, Effect::Deletes))
            .serves(writes(Support::create(Category::UserDirectory)).required(["name", "emails", "roles"]))
            .serves(writes(Support::update(Category::UserDirectory)).writable(["name"]))
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let new = Change::read(user)?;
        new.email_address.as_ref().required("emails")?;
        new.role_id.as_ref().required("roles")?;
        call.post("/users").json(&new).primary().send()?.user::<Person>()
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        call.patch(path!("/users/{id}")).json(&Change::read(user)?).primary().send()?.user::<Person>()
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        let answer = call.get(path!("/users/{id}")).query("parts", "DETAILED").primary().send()?;
        answer.not_found_if("/users", json!([]))?.user_in::<Person>("/users/0")
    }

    fn list_users(call: &Call, _: &Page) -> Result<UsersPage> {
        call.get("/users").query("parts", "DETAILED").primary().send()?.users_in::<Person>("users")?.last()
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let id = numeric_id(id)?;
        call.delete(path!("/users/{id}")).primary().send()?.empty()
    }
}

/// The roles that every instance has. Its own have larger numbers.
const ROLES: [(u64, &str); 5] = [(1, "Admin"), (2, "Privileged"), (3, "Editor"), (4, "Participant"), (5, "Social")];

/// Body of a creation, which has all of it, and of an update.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    display_name: Field<String>,
    email_address: Field<String>,
    role_id: Field<u64>,
}

impl Change {
    fn read(user: User) -> Result<Self> {
        Ok(Self {
            email_address: user.primary_email().not_null("emails")?,
            display_name: user.name.not_null("name")?,
            role_id: user.roles.single("roles")?.not_null("roles")?.map(|role| number(&role)).transpose()?,
        })
    }
}

/// The number of a role.
fn number(role: &Role) -> Result<u64> {
    let known = |word: &str| ROLES.into_iter().find(|(_, name)| name.eq_ignore_ascii_case(word)).map(|(id, _)| id);
    let found = role.words().find_map(|word| word.parse().ok().or_else(|| known(word)));
    found.ok_or_else(|| Error::invalid_input("must have the number of a role").at("roles[0]"))
}

/// The user in Domo's answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    id: Option<Id>,
    display_name: Text,
    user_name: Text,
    email_address: Text,
    role_id: Option<Id>,
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        let role = person.role_id.map(|Id(id)| {
            let known = ROLES.into_iter().find(|(number, _)| number.to_string() == id).map(|(_, name)| name.to_owned());
            vec![Role { id: id.into(), name: known.into(), ..Role::default() }]
        });
        User {
            id: person.id.into(),
            name: person.display_name.into(),
            username: person.user_name.into(),
            emails: Email::only(person.email_address),
            roles: role.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(Domo);

#[cfg(test)]
mod tests;
