//! Looker: the users of an instance as directory users.
//!
//! - The API 4.0 as OpenAPI: <https://github.com/looker-open-source/sdk-codegen/blob/main/spec/Looker.4.0.oas.json>
//! - OAuth as Looker's own client does it:
//!   <https://github.com/looker-open-source/sdk-codegen/blob/main/packages/sdk-rtl/src/oauthSession.ts>, and registration:
//!   <https://cloud.google.com/looker/docs/api-cors>
//!
//! From memory are that a write of roles replaces all of them, how a list is sorted, the search for roles, and that `Bearer` is as good as
//! `token`.

use mortise_sdk::{
    Auth, Authorization, Call, Capabilities, Category, Effect, Email, End, Error, EvidenceKind, Exchange, Field,
    FieldExt, Flag, Id, IdAndName, Integration, Listing, Page, Result, Role, Roles, Status, Support, Text, User,
    UserExt, UsersPage, Value, Variable, Writes, json, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Looker;

impl Integration for Looker {
    fn capabilities() -> Capabilities {
        let person = |support: Support| {
            support
                .writable(["name", "first_name", "last_name"])
                .note("emails", "the primary address, with which the user signs in; by a request of its own")
                .note("roles", "all of them, by id or else by name; by a request of its own")
                .values("status", ["active", "inactive"])
        };
        let login = Exchange::new("https://{instance}.looker.com/api/4.0/login")
            .field("client_id", "{client_id}")
            .field("client_secret", "{client_secret}")
            .brings("access_token", "/access_token")
            .lifetime("/expires_in");
        // An application has no secret: the code challenge stands in for one.
        let mut oauth = Exchange::refresh("https://{instance}.looker.com/api/token").json();
        oauth.fields.retain(|(name, _)| *name != "client_secret");
        let consent = Authorization::new("https://{instance}.looker.com/auth").scopes(["cors_api"]).needs_pkce();
        Capabilities::new("looker", "Looker")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://{instance*}.looker.com/api/4.0")
            .origin("https://{instance*}.looker.com/api/token")
            .variable(
                Variable::new("instance", "Instance")
                    .help("What stands before .looker.com in its address, such as acme.cloud."),
            )
            .variable(
                Variable::secret("client_id", "Client ID of the API key")
                    .shown()
                    .help("Of an OAuth application it is the client_guid.")
                    .optional(),
            )
            .variable(Variable::secret("client_secret", "Client secret of the API key").optional())
            .variable(Variable::new("redirect_uri", "Redirect URI of the application").optional())
            .variable_set(["client_id", "client_secret"])
            .variable_set(["client_id", "redirect_uri", "refresh_token"])
            .auth(Auth::header("authorization", "token {access_token}").exchange(login))
            .oauth(oauth.field("redirect_uri", "{redirect_uri}").authorization(consent))
            .error_message("/errors/*/message")
            .response(Category::UserDirectory, ["id", "name", "first_name", "last_name", "emails", "status", "roles"])
            .serves(Support::get(Category::UserDirectory))
            .serves(
                Support::list(Category::UserDirectory, Listing::pages(100, 500).ends(End::Short))
                    .query(["email", "first_name", "last_name"])
                    .query_values("status", ["active", "inactive"]),
            )
            // An update to `inactive` disables the user, and an update to `active` enables it again.
            .serves(Support::delete(Category::UserDirectory, Effect::Deletes))
            .serves(person(Support::create(Category::UserDirectory)))
            .serves(person(Support::update(Category::UserDirectory).required(["roles"])))
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let email = user.primary_email().not_null("emails")?;
        let roles = role_ids(call, user.roles.clone())?;
        let created = call.post("/users").json(&Change::write(user)?).primary().send()?.record::<Person>()?;
        let id = created.id.clone().required("id")?;
        let mut writes = Writes::after(format!("user {id} is created"));
        if let Field::Value(email) = email {
            let login = call.post(path!("/users/{id}/credentials_email")).json(&json!({ "email": email }));
            writes = writes.then(login, "the address is set");
        }
        if let Field::Value(roles) = roles {
            writes = writes.then(call.put(path!("/users/{id}/roles")).json(&roles), "the roles are set");
        }
        if writes.is_empty() {
            return Ok(Some(created));
        }
        writes.send()?;
        Ok(Some(read_back(call, id)))
    }

    /// Sends the changes of the user, the address and the roles, in this order. A change of roles alone needs no other
    /// request.
    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let email = user.primary_email().not_null("emails")?;
        let roles = role_ids(call, user.roles.clone())?.required("roles")?;
        let change = Change::write(user)?;
        let roles = call.put(path!("/users/{id}/roles")).json(&roles);
        let is_alone = change == Change::default() && email.is_absent();
        let answer = if is_alone {
            roles.primary().send()?
        } else {
            let has_address = has_address(call, id)?;
            let (mut writes, mut done) = (Writes::new(), Vec::new());
            if change != Change::default() {
                done.push("the user is changed");
                writes = writes.then(call.patch(path!("/users/{id}")).json(&change), "the user is changed");
            }
            if let Field::Value(email) = email {
                done.push("the address is changed");
                let login = path!("/users/{id}/credentials_email");
                let login = if has_address { call.patch(login) } else { call.post(login) };
                writes = writes.then(login.json(&json!({ "email": email })), "the address is changed");
            }
            writes.send()?;
            Writes::after(done.join(", ")).then(roles, "the roles are set").send()?
        };
        let held = answer.json::<Vec<IdAndName>>()?;
        if held.iter().all(|role| role.id.is_none()) {
            return Err(Error::internal("the roles are set, but Looker's answer names none"));
        }
        let user = if is_alone { User::with_id(id) } else { read_back(call, id.to_owned()) };
        Ok(Some(User { roles: held.into_iter().map(Role::from).collect::<Vec<_>>().into(), ..user }))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        call.get(path!("/users/{id}")).primary().send()?.user::<Person>()
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        // Wildcards in a filter find more: the host picks.
        let path = if page.filters().is_empty() { "/users" } else { "/users/search" };
        let request = call.get(path).query("limit", page.size()).query("offset", page.offset()?).query("sorts", "id");
        let request = request
            .query_some("email", page.filter("email"))
            .query_some("first_name", page.filter("first_name"))
            .query_some("last_name", page.filter("last_name"))
            .query_some("is_disabled", page.filter("status").map(|status| status == "inactive"));
        request.primary().send()?.users::<Person>()?.next_offset(page, None)
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        call.delete(path!("/users/{id}")).primary().send()?.empty()
    }
}

/// Whether the user has an address to sign in with: only then can it be changed. Roles that Looker would refuse behind the other writes
/// are refused before them.
fn has_address(call: &Call, id: &str) -> Result<bool> {
    let read = call.get(path!("/users/{id}")).query("fields", "credentials_email,roles_externally_managed");
    let held: Held = read.send()?.json()?;
    match held.roles_externally_managed {
        Some(Flag(true)) => Err(Error::invalid_input("they are managed outside Looker").at("roles")),
        _ => Ok(held.credentials_email.is_some()),
    }
}

fn read_back(call: &Call, id: String) -> User {
    let read = call.get(path!("/users/{id}"));
    call.read_back_user(id, || read.send()?.json::<Person>())
}

/// The identifiers of roles. Those that are named are looked up.
fn role_ids(call: &Call, roles: Field<Vec<Role>>) -> Result<Field<Vec<String>>> {
    let id = |(index, role): (usize, Role)| match (role.id, role.name) {
        (Field::Value(id), _) => Ok(id),
        (_, Field::Value(name)) => {
            let found = call.get("/roles/search").query("name", &name).send()?.json::<Vec<IdAndName>>()?;
            let is_it = |role: &IdAndName| role.name.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(&name));
            let id = found.into_iter().find(is_it).and_then(|role| role.id).map(String::from);
            id.ok_or_else(|| Error::invalid_input("Looker has no role of this name").at(format!("roles[{index}].name")))
        }
        _ => Err(Error::invalid_input("must have an id or a name").at(format!("roles[{index}]"))),
    };
    roles.not_null("roles")?.map(|roles| roles.into_iter().enumerate().map(id).collect()).transpose()
}

/// The fields of a user that a call sets.
#[derive(Default, PartialEq, Serialize)]
struct Change {
    first_name: Field<String>,
    last_name: Field<String>,
    is_disabled: Field<bool>,
}

impl Change {
    fn write(user: User) -> Result<Self> {
        let (first_name, last_name) = user.names();
        let is_disabled = user.is_active().not_null("status")?.map(|is_active| !is_active);
        Ok(Self { first_name, last_name, is_disabled })
    }
}

/// What decides how an update is sent.
#[derive(Deserialize)]
struct Held {
    credentials_email: Option<Value>,
    roles_externally_managed: Option<Flag>,
}

/// The user in Looker's answers. If the caller is not an admin, other users have only their names.
#[derive(Deserialize)]
struct Person {
    id: Option<Id>,
    display_name: Text,
    first_name: Text,
    last_name: Text,
    email: Text,
    is_disabled: Option<Flag>,
    role_ids: Roles,
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        User {
            id: person.id.into(),
            emails: Email::only(person.email),
            status: person.is_disabled.map(|Flag(is_disabled)| Status::from(!is_disabled)).into(),
            roles: person.role_ids.by_id(),
            ..User::named_by(person.display_name, person.first_name, person.last_name)
        }
    }
}

mortise_sdk::export!(Looker);

#[cfg(test)]
mod tests;
