//! Torii: the people that Torii found in a company's applications, as user-directory users. Its API reads them, and
//! changes one thing about them: their state in offboarding. SCIM creates and deletes the people who work in Torii
//! itself.
//!
//! - Get, list, update, SCIM: <https://developers.toriihq.com/reference>
//! - The API as a client has it: <https://github.com/markes76/torii-cli>
//!
//! From memory is where the console has the API key.

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Effect, Email, Error, EvidenceKind, Field, FieldExt, Id, Integration, ListExt,
    Listing, Organization, Page, Path, Result, Role, Sort, Status, Support, Text, User, UserExt, UsersPage, Variable,
    path, scim,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Torii;

/// The address of the people who work in Torii. It has its own key.
const SCIM: &str = "https://api.toriihq.com/v1.0/scim/v2";

impl Integration for Torii {
    fn capabilities() -> Capabilities {
        let found = "Torii reads it from the company's identity sources";
        Capabilities::new("torii", "Torii")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://api.toriihq.com/v1.0")
            .origin(SCIM)
            .variable(Variable::secret("api_key", "API key").help("It is made under Settings > API Access."))
            .variable(
                Variable::secret("scim_api_key", "SCIM API key")
                    .help("Creating and deleting users needs it.")
                    .optional(),
            )
            .auth(Auth::bearer("{api_key}"))
            .auth(Auth::bearer("{scim_api_key}").at(SCIM))
            // The limit of lists. Single users: 200 changes and 800 reads a minute.
            .limit(100, 60)
            .response(Category::UserDirectory, ["id", "name", "first_name", "last_name", "emails", "roles", "status"])
            .response(Category::UserDirectory, ["created_at"])
            .serves(Support::get(Category::UserDirectory).response(["organizations"]))
            .serves(
                Support::list(Category::UserDirectory, Listing::pages(100, 1_000))
                    .query(["email", "first_name", "last_name"])
                    .query_values("status", ["active", "inactive"])
                    .orders(["sort_by[first_name]", "sort_by[last_name]", "sort_by[created_at]"])
                    .response(["organizations"]),
            )
            .serves(
                Support::create(Category::UserDirectory)
                    .required(["emails"])
                    .writable(["name", "first_name", "last_name", "roles"])
                    .values("status", ["active", "inactive"])
                    .note("emails", "the primary address, which never changes")
                    .note("name", "split into its parts where they are not given")
                    .note("roles", "one, by its name in Torii: Admin (or admin), Read Only")
                    .ignored([("organizations", "Torii takes the one of the key")]),
            )
            .serves(Support::delete(Category::UserDirectory, Effect::Unlinks))
            .serves(
                Support::update(Category::UserDirectory)
                    .query_required(["user_id"])
                    .required(["status"])
                    .values("status", ["active", "inactive", "deleted"])
                    .ignored([
                        ("id", "Torii takes the user from `user_id`"),
                        ("name", found),
                        ("first_name", found),
                        ("last_name", found),
                        ("emails", found),
                        ("roles", "Torii changes roles through its SCIM interface only"),
                        ("organizations", found),
                        ("created_at", found),
                    ])
                    .response(["organizations"]),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let (first_name, last_name) = user.names();
        let word = |role: Role| role.name.or(role.id).required("roles[0].name");
        let role = user.roles.clone().single("roles")?.map(word).transpose()?;
        let new = User {
            username: user.primary_email().required("emails")?.into(),
            user_type: role.map(|word| if word == "admin" { "Admin".to_owned() } else { word }),
            status: user.status,
            first_name,
            last_name,
            ..User::default()
        };
        let request = call.post(Path::new(SCIM).push("Users")).json(&scim::NewUser::from(new));
        request.primary().send()?.user::<ConsoleUser>()
    }

    fn update_user(call: &Call, _: &str, user: User) -> Result<Option<User>> {
        let lifecycle_status = match user.status {
            Field::Value(Status::Active) => "active",
            Field::Value(Status::Inactive | Status::Deleted) => "offboarded",
            _ => return Err(Error::invalid_input("must be `active`, `inactive` or `deleted`").at("status")),
        };
        let id: Id = call.required_parameter("user_id")?;
        call.put(path!("/users/{id}")).json(&Change { lifecycle_status }).primary().send()?.user_in::<Person>("user")
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        call.get(path!("/users/{id}")).primary().send()?.user_in::<Person>("user")
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let mut request = call.get("/users").query("size", page.size()).query_some("cursor", page.cursor());
        // Torii compares addresses as they are written, and writes them in lower case.
        request = request.query_some("email", page.filter("email").map(str::to_lowercase));
        request = request.query_some("firstName", page.filter("first_name"));
        request = request.query_some("lastName", page.filter("last_name"));
        let status = page.filter("status").map(|status| if status == "active" { status } else { "offboarded" });
        request = request.query_some("lifecycleStatus", status).query_some("sort", page.sort().map(order));
        request.primary().send()?.users_in::<Person>("users")?.next(|answer| answer.text("/nextCursor"))
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        call.delete(Path::new(SCIM).push("Users").push(id)).primary().send()?.empty()
    }
}

/// A user in the answers of SCIM: the role stands in an attribute of its own.
#[derive(Deserialize)]
#[serde(transparent)]
struct ConsoleUser(scim::UserRead);

impl From<ConsoleUser> for User {
    fn from(ConsoleUser(user): ConsoleUser) -> Self {
        let user = User::from(user);
        let roles = user.user_type.map(|role| vec![Role::named(role)]);
        User { roles, user_type: Field::Absent, username: Field::Absent, ..user }
    }
}

/// An order in Torii's words: `lastName:desc`.
fn order(sort: &Sort) -> String {
    let field = match sort.field.as_str() {
        "first_name" => "firstName",
        "last_name" => "lastName",
        _ => "creationTime",
    };
    format!("{field}:{}", sort.direction())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    lifecycle_status: &'static str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    id: Option<Id>,
    id_org: Option<Id>,
    first_name: Text,
    last_name: Text,
    email: Text,
    additional_emails: Option<Vec<Text>>,
    id_role: Option<Id>,
    role: Text,
    lifecycle_status: Text,
    creation_time: Text,
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        let others = person.additional_emails.unwrap_or_default().into_iter().filter_map(Text::into_option);
        let emails = person.email.into_option().map(Email::primary).into_iter().chain(others.map(Email::other));
        // `offboarding` has no counterpart: it stays as it is.
        let status = person.lifecycle_status.into_option().map(|status| match status.as_str() {
            "offboarded" => Status::Inactive,
            _ => Status::from(status),
        });
        let organization = person.id_org.map(|id| vec![Organization { id: id.into(), ..Organization::default() }]);
        User {
            id: person.id.into(),
            emails: emails.collect::<Vec<_>>().into(),
            roles: Role::only(person.id_role, person.role),
            status: status.into(),
            organizations: organization.into(),
            created_at: person.creation_time.into(),
            ..User::named(person.first_name, person.last_name)
        }
    }
}

mortise_sdk::export!(Torii);

#[cfg(test)]
mod tests;
