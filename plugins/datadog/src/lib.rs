//! Datadog: the people of an organization as directory users. The application key must be an administrator's.
//!
//! - Users: <https://docs.datadoghq.com/api/latest/users/>, their roles: <https://docs.datadoghq.com/api/latest/roles/>
//! - Sites: <https://docs.datadoghq.com/getting_started/site/>, limits: <https://docs.datadoghq.com/api/latest/rate-limits/>
//! - OAuth: <https://docs.datadoghq.com/extend/authorization/oauth2_endpoints/>

use std::collections::BTreeSet;

use mortise_sdk::{
    Auth, Authorization, Call, Capabilities, Category, Difference, Effect, Email, End, Error, EvidenceKind, Exchange,
    Field, FieldExt, Flag, Id, Integration, Listing, Page, Path, Resource, Response, Result, Role, Sort, Status,
    Support, Text, User, UsersPage, Variable,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Datadog;

/// Each site is a Datadog of its own, with an API of its own.
const SITES: [&str; 9] = [
    "datadoghq.com",
    "us3.datadoghq.com",
    "us5.datadoghq.com",
    "ap1.datadoghq.com",
    "ap2.datadoghq.com",
    "uk1.datadoghq.com",
    "datadoghq.eu",
    "ddog-gov.com",
    "us2.ddog-gov.com",
];

/// The API of each site.
const ORIGINS: [&str; 9] = [
    "https://api.datadoghq.com",
    "https://api.us3.datadoghq.com",
    "https://api.us5.datadoghq.com",
    "https://api.ap1.datadoghq.com",
    "https://api.ap2.datadoghq.com",
    "https://api.uk1.datadoghq.com",
    "https://api.datadoghq.eu",
    "https://api.ddog-gov.com",
    "https://api.us2.ddog-gov.com",
];

impl Integration for Datadog {
    fn capabilities() -> Capabilities {
        // The customer sets the permissions of an application where it is registered. The site of the consenting person
        // comes back with the code.
        let consent =
            Authorization::new("https://{app_host}/oauth2/v1/authorize").captures_from_redirect("site", "domain");
        let role_note = "by identifier";
        let email_note = "the primary address: Datadog has one";
        ORIGINS
            .into_iter()
            .fold(Capabilities::new("datadog", "Datadog"), Capabilities::origin)
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .variable(Variable::new("site", "Datadog site").values(SITES).or("datadoghq.com"))
            // Only OAuth needs it. It does not follow from the site: app.datadoghq.eu, but us5.datadoghq.com.
            .variable(
                Variable::new("app_host", "Host of the site's pages")
                    .help("Only OAuth needs it. For the site datadoghq.eu it is app.datadoghq.eu.")
                    .or("app.datadoghq.com"),
            )
            .variable(Variable::secret("api_key", "API key").optional())
            .variable(Variable::secret("application_key", "Application key of an administrator").optional())
            .auth(Auth::header("DD-API-KEY", "{api_key}").and("DD-APPLICATION-KEY", "{application_key}"))
            .oauth(Exchange::refresh("https://api.{site}/oauth2/v1/token").authorization(consent))
            .response(Category::UserDirectory, ["id", "name", "username", "emails", "avatar", "bio", "roles", "status"])
            .response(Category::UserDirectory, ["is_email_verified", "created_at", "updated_at", "last_login_at"])
            .response(Category::UserDirectory, ["last_active_at"])
            .serves(Support::get(Category::UserDirectory))
            .serves(
                Support::list(Category::UserDirectory, Listing::pages(10, 100).ends(End::Total))
                    .query(["email", "username"])
                    .query_values("status", ["active", "inactive", "invited"])
                    .orders(["sort_by[name]", "sort_by[updated_at]"]),
            )
            // Datadog keeps every user, and an update can enable one again.
            .serves(Support::delete(Category::UserDirectory, Effect::Deactivates))
            .serves(
                Support::create(Category::UserDirectory)
                    .required(["emails"])
                    .writable(["name", "roles"])
                    .note("emails", email_note)
                    .note("roles", role_note)
                    .ignored([
                        ("username", "it is the address"),
                        ("avatar", "Datadog takes the picture from Gravatar"),
                        ("status", "a new user is pending"),
                    ]),
            )
            .serves(
                Support::update(Category::UserDirectory)
                    .writable(["name", "emails", "roles"])
                    .note("emails", email_note)
                    .note("roles", role_note)
                    .values("status", ["active", "inactive"])
                    .ignored([
                        ("username", "the handle never changes"),
                        ("avatar", "Datadog takes the picture from Gravatar"),
                    ]),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let attributes =
            NewAttributes { email: user.primary_email().required("emails")?, name: user.name.into_value() };
        let roles = role_ids(user.roles)?.filter(|roles| !roles.is_empty());
        let roles = roles.map(|ids| ids.into_iter().map(|id| Reference { kind: "roles", id }).collect());
        let relationships = roles.map(|data| NewRelationships { roles: References { data } });
        let new = NewUser { kind: "users", attributes, relationships };
        read(call.post(api(call)?.push("users")).json_in("data", &new).primary().send()?)
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let attributes = Change {
            email: user.primary_email().not_null("emails")?,
            disabled: user.is_active().not_null("status")?.map(|is_active| !is_active),
            name: user.name.not_null("name")?,
        };
        let person = api(call)?.push("users").push(id);
        // What can be refused is refused before anything changes, and so are too many changes.
        let roles = match role_ids(user.roles)? {
            Some(wanted) => Some(role_changes(call.get(person.clone()).send()?, wanted)?),
            None => None,
        };
        let change = Resource { kind: "users", id, attributes };
        let told = read(call.patch(person.clone()).json_in("data", &change).primary().send()?)?;
        let Some(roles) = roles.filter(|roles| !roles.is_empty()) else { return Ok(told) };
        change_roles(call, id, &roles)?;
        Ok(Some(call.read_back_user(id, || Ok(read(call.get(person).send()?)?.unwrap_or_default()))))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        read(call.get(api(call)?.push("users").push(id)).primary().send()?)
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        // Datadog counts pages from 0.
        let (number, size) = (page.number()?, page.size());
        let request = call.get(api(call)?.push("users")).query("page[size]", size);
        let request =
            request.query("page[number]", number.saturating_sub(1)).query_some("sort", page.sort().map(order));
        // It finds an address, a handle and a name, or a part of one; the host keeps the users with the whole one.
        let request = request.query_some("filter", page.filter("email").or(page.filter("username")));
        let answer = request.query_some("filter[status]", page.filter("status").map(word)).primary().send()?;
        let roles = answer.included("roles");
        let people = answer.users_in::<Person>("data")?;
        let pages = people.number("/meta/page/total_filtered_count").map(|total| total.div_ceil(size.into()));
        let mut users = people.next_number(page, pages)?;
        for row in &mut users.rows {
            name_roles(&mut row.user, &roles);
        }
        Ok(users)
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        call.delete(api(call)?.push("users").push(id)).primary().send()?.empty()
    }
}

/// The API of the account's site.
fn api(call: &Call) -> Result<Path> {
    let site = call.required_variable("site")?;
    let known = ORIGINS.into_iter().find(|origin| origin.strip_prefix("https://api.") == Some(&site));
    let unknown = || Error::invalid_input(format!("the account's site must be one of Datadog's, and `{site}` is none"));
    known.map(|origin| Path::new(origin).push("api").push("v2")).ok_or_else(unknown)
}

/// An order in Datadog's words: `-modified_at`.
fn order(sort: &Sort) -> String {
    let field = if sort.field == "updated_at" { "modified_at" } else { "name" };
    format!("{}{field}", if sort.descending { "-" } else { "" })
}

/// A status in the words of the list's filter.
fn word(status: &str) -> &'static str {
    match status {
        "active" => "Active",
        "invited" => "Pending",
        _ => "Disabled",
    }
}

/// The user of an answer about one.
fn read(answer: Response<'_>) -> Result<Option<User>> {
    let roles = answer.included("roles");
    let mut user = answer.user_in::<Person>("data")?;
    if let Some(user) = &mut user {
        name_roles(user, &roles);
    }
    Ok(user)
}

/// Names the roles of a user as the answer does beside it.
fn name_roles(user: &mut User, told: &[RoleRead]) {
    let Field::Value(roles) = &mut user.roles else { return };
    for role in roles {
        let told = told.iter().find(|told| role.id.value() == Some(&told.id.0));
        role.name = told.map(|told| told.attributes.name.clone()).into();
    }
}

/// The roles that a user is to have, by identifier; of `null`, none.
fn role_ids(roles: Field<Vec<Role>>) -> Result<Option<BTreeSet<String>>> {
    let id = |(index, role): (usize, Role)| {
        let unknown = || Error::invalid_input("Datadog chooses a role by its `id`").at(format!("roles[{index}].id"));
        role.id.into_value().ok_or_else(unknown)
    };
    roles.or_empty().into_value().map(|roles| roles.into_iter().enumerate().map(id).collect()).transpose()
}

/// The most roles that can change beside the change of the user, and reading it before and behind: a call may send 16 (docs/contract.md,
/// Imports), and each role is a request.
const MOST_ROLES: usize = 13;

/// What changes between the roles that the user has, as `answer` tells, and those that are wanted.
fn role_changes(answer: Response<'_>, wanted: BTreeSet<String>) -> Result<Difference> {
    let user = User::from(answer.json_in::<Person>("data")?);
    let roles = user.roles.into_value();
    let roles = roles.ok_or_else(|| Error::internal("Datadog does not tell which roles the user has"))?;
    Difference::between(roles.into_iter().filter_map(|role| role.id.into_value()), wanted).within(MOST_ROLES, "roles")
}

fn change_roles(call: &Call, user: &str, roles: &Difference) -> Result<()> {
    for (role, is_given) in roles.changes() {
        let members = api(call)?.push("roles").push(role).push("users");
        let request = if is_given { call.post(members) } else { call.delete(members) };
        let sent = request.json_in("data", &Reference { kind: "users", id: user.to_owned() }).send();
        let what = if is_given { "was not given" } else { "still has" };
        let failed = |error: Error| error.after(format!("the user is changed, but {what} the role {role}"));
        sent.and_then(Response::empty).map_err(failed)?;
    }
    Ok(())
}

#[derive(Serialize)]
struct NewUser {
    #[serde(rename = "type")]
    kind: &'static str,
    attributes: NewAttributes,
    relationships: Option<NewRelationships>,
}

#[derive(Serialize)]
struct NewAttributes {
    email: String,
    name: Option<String>,
}

#[derive(Serialize)]
struct NewRelationships {
    roles: References,
}

#[derive(Serialize)]
struct References {
    data: Vec<Reference>,
}

/// What names a resource.
#[derive(Serialize)]
struct Reference {
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
}

#[derive(Serialize)]
struct Change {
    name: Field<String>,
    email: Field<String>,
    disabled: Field<bool>,
}

#[derive(Deserialize)]
struct Person {
    id: Option<Id>,
    attributes: Option<Attributes>,
    relationships: Option<Relationships>,
}

#[derive(Default, Deserialize)]
struct Attributes {
    name: Text,
    handle: Text,
    email: Text,
    icon: Text,
    title: Text,
    status: Text,
    disabled: Option<Flag>,
    verified: Option<Flag>,
    created_at: Text,
    modified_at: Text,
    last_login_time: Text,
}

#[derive(Deserialize)]
struct Relationships {
    roles: Option<Related>,
}

#[derive(Deserialize)]
struct Related {
    data: Option<Vec<RelatedId>>,
}

#[derive(Deserialize)]
struct RelatedId {
    id: Id,
}

/// A role that an answer includes beside its users.
#[derive(Deserialize)]
struct RoleRead {
    id: Id,
    attributes: RoleAttributes,
}

#[derive(Deserialize)]
struct RoleAttributes {
    name: Text,
}

impl Attributes {
    fn status(&self) -> Option<Status> {
        match (self.disabled, self.status.as_deref()) {
            (Some(Flag(true)), _) | (_, Some("Disabled")) => Some(Status::Inactive),
            (_, Some("Pending")) => Some(Status::Invited),
            (_, Some("Active")) | (Some(Flag(false)), None) => Some(Status::Active),
            (_, other) => other.map(|word| Status::from(word.to_owned())),
        }
    }
}

impl From<Person> for User {
    fn from(Person { id, attributes, relationships }: Person) -> Self {
        let attributes = attributes.unwrap_or_default();
        let roles = relationships.and_then(|related| related.roles?.data);
        let role = |RelatedId { id }| Role { id: id.into(), ..Role::default() };
        User {
            id: id.into(),
            status: attributes.status().into(),
            name: attributes.name.into(),
            username: attributes.handle.into(),
            emails: Email::only(attributes.email),
            avatar: attributes.icon.into(),
            bio: attributes.title.into(),
            roles: roles.map(|roles| roles.into_iter().map(role).collect::<Vec<_>>()).into(),
            is_email_verified: attributes.verified.map(bool::from).into(),
            created_at: attributes.created_at.into(),
            updated_at: attributes.modified_at.into(),
            // The only trace of activity that Datadog keeps.
            last_active_at: attributes.last_login_time.clone().into(),
            last_login_at: attributes.last_login_time.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(Datadog);

#[cfg(test)]
mod tests;
