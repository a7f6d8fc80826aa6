//! Pipeliner CRM: the users of a space, which its API calls Clients, as directory users. Names, address and phone
//! belong to the person's own profile, which the API only reads.
//!
//! - Clients: create, update, get, list, delete: <https://developers.pipelinersales.com/api-docs>
//! - Authentication: <https://developers.pipelinersales.com/api-docs/overview/authentication>
//! - The API's OpenAPI document and recorded answers, as a client keeps them:
//!   <https://github.com/amp-labs/connectors/tree/main/providers/pipeliner>
//!
//! From memory are the form of a time in a filter, and that a protected user cannot be deleted.

use std::collections::BTreeSet;

use mortise_sdk::{
    Auth, Call, Capabilities, Category, DateTime, Effect, Email, EvidenceKind, Field, FieldExt, Flag, Group,
    Integration, ListExt, Listing, Page, Path, Phone, Result, Role, Status, Support, Text, User, UserExt, UsersPage,
    Value, Variable, json, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Pipeliner;

impl Integration for Pipeliner {
    fn capabilities() -> Capabilities {
        let profile = "it is in the person's own profile";
        let writes = |support: Support| {
            support.writable(["title"]).note("roles", "one, by its identifier (MasterRight)").ignored([
                ("name", profile),
                ("first_name", profile),
                ("last_name", profile),
                ("phones", profile),
                ("avatar", profile),
                ("timezone", profile),
            ])
        };
        Capabilities::new("pipeliner", "Pipeliner CRM")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://{region}.api.pipelinersales.com/api/v100/rest")
            .variable(Variable::new("region", "Region").values(["us-east", "eu-central", "ca-central", "ap-southeast"]))
            .variable(Variable::new("space_id", "Space ID"))
            .variable(Variable::secret("username", "User name of the API application").shown())
            .secret("password", "Password of the API application")
            .auth(Auth::basic("{username}", "{password}"))
            .response(Category::UserDirectory, ["id", "name", "first_name", "last_name", "emails", "phones", "avatar"])
            .response(Category::UserDirectory, ["title", "timezone", "status", "roles", "groups"])
            .response(Category::UserDirectory, ["created_at", "updated_at", "last_active_at"])
            .serves(Support::get(Category::UserDirectory))
            .serves(
                Support::list(Category::UserDirectory, Listing::pages(30, 100).stable().leaves_out(["deleted users"]))
                    .query(["email", "updated_at[gte]", "updated_at[gt]"]),
            )
            // The person's profile stays.
            .serves(Support::delete(Category::UserDirectory, Effect::Unlinks))
            .serves(
                writes(Support::create(Category::UserDirectory))
                    .required(["emails", "roles", "groups"])
                    .note("emails", "the primary address")
                    .note("groups", "sales units, by identifier: a member of each, and the first is the default one")
                    .ignored([("status", "a new user is active")]),
            )
            .serves(writes(Support::update(Category::UserDirectory)).ignored([
                ("emails", profile),
                ("groups", "what an update does with the memberships that are there is not documented"),
                ("status", "a deletion is the only way to end it"),
            ]))
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let units = call.group_ids(&user)?.required("groups")?;
        let new = NewClient {
            email: user.primary_email().required("emails")?,
            master_right_id: user.role_words()?.single("roles")?.required("roles")?,
            default_unit_id: Field::from(units.first().cloned()).required("groups")?,
            // A member; a manager is 2.
            unit_membership: units.into_iter().map(|unit| json!({"unit_id": unit, "unit_role": 1})).collect(),
            position: user.title.into_value(),
        };
        call.post(clients(call)?).json(&new).primary().send()?.user_in::<Client>("data")
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let change = Change {
            master_right_id: user.role_words()?.single("roles")?.not_null("roles")?,
            position: user.title.or_empty(),
        };
        call.patch(clients(call)?.push(id)).json(&change).primary().send()?.user_in::<Client>("data")
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        call.get(clients(call)?.push(id)).primary().send()?.user_in::<Client>("data")
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let request = call.get(clients(call)?).query("first", page.size()).query_some("after", page.cursor());
        let email = page.filter("email");
        let request = request.query_some("filter[email]", email).query_some("filter-op[email]", email.map(|_| "ieq"));
        let since = page.since("updated_at").map(|time| time.replace('T', " ").replace('Z', ""));
        let operator = since.as_ref().map(|_| "gte");
        let request = request.query_some("filter[modified]", since).query_some("filter-op[modified]", operator);
        let clients = request.query("order-by", "created").primary().send()?.users_in::<Client>("data")?;
        clients.next(|answer| answer.text("/page_info/end_cursor").filter(|_| answer.flag("/page_info/has_next_page")))
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        call.delete(clients(call)?.push(id)).primary().send()?.empty()
    }
}

/// The users of the account's space.
fn clients(call: &Call) -> Result<Path> {
    let space = call.required_variable("space_id")?;
    Ok(path!("/spaces/{space}/entities/Clients"))
}

/// Body of `POST /entities/Clients`.
#[derive(Serialize)]
struct NewClient {
    email: String,
    master_right_id: String,
    default_unit_id: String,
    unit_membership: Vec<Value>,
    position: Option<String>,
}

/// Body of `PATCH /entities/Clients/{id}`.
#[derive(Serialize)]
struct Change {
    master_right_id: Field<String>,
    position: Field<String>,
}

/// The user in answers.
#[derive(Deserialize)]
struct Client {
    id: Text,
    name: Text,
    formatted_name: Text,
    first_name: Text,
    last_name: Text,
    email: Text,
    phone: Text,
    picture_url: Text,
    position: Text,
    timezone: Text,
    timezone_name: Text,
    is_deleted: Option<Flag>,
    master_right_id: Text,
    default_unit_id: Text,
    unit_member_ids: Option<BTreeSet<String>>,
    unit_manager_ids: Option<BTreeSet<String>>,
    created: Option<DateTime>,
    modified: Option<DateTime>,
    last_active: Option<DateTime>,
}

impl From<Client> for User {
    fn from(client: Client) -> Self {
        let status = |Flag(is_deleted)| if is_deleted { Status::Deleted } else { Status::Active };
        let units = client.unit_member_ids.into_iter().chain(client.unit_manager_ids).flatten();
        let units: BTreeSet<_> = units.chain(client.default_unit_id.into_option()).collect();
        User {
            id: client.id.into(),
            emails: Email::only(client.email),
            phones: client.phone.into_option().map(|number| vec![Phone::main(number)]).into(),
            avatar: client.picture_url.into(),
            title: client.position.into(),
            // The other one is an offset, and deprecated.
            timezone: client.timezone_name.or(client.timezone).into(),
            status: client.is_deleted.map(status).into(),
            roles: Role::only(client.master_right_id, Field::Absent),
            groups: (!units.is_empty()).then(|| Group::with_ids(units)).into(),
            created_at: client.created.into(),
            updated_at: client.modified.into(),
            last_active_at: client.last_active.into(),
            ..User::named_by(client.name.or(client.formatted_name), client.first_name, client.last_name)
        }
    }
}

mortise_sdk::export!(Pipeliner);

#[cfg(test)]
mod tests;
