//! Databricks: the users of a workspace as directory users, over SCIM 2.0. Whoever signs must be an administrator of the workspace.
//!
//! - Create, update, get, list, delete: <https://docs.databricks.com/api/workspace/users>, groups: <https://docs.databricks.com/api/workspace/groups>
//! - The same as a client has them: <https://github.com/databricks/databricks-sdk-go/blob/main/service/iam/model.go>
//! - Tokens of a service principal: <https://docs.databricks.com/dev-tools/auth/oauth-m2m.html>, of a person:
//!   <https://docs.databricks.com/dev-tools/auth/oauth-u2m.html>
//!
//! From memory are the statuses of successes and of a user that exists, how a group lets a member go, that nobody leaves the group `users`,
//! that a deletion can be answered with nothing, and the hosts of Azure and Google Cloud. Azure's workspaces take OAuth at their own host, too;
//! a sign-in has one address, which is that of the others.

use mortise_sdk::{
    Auth, Authorization, Call, Capabilities, Category, Difference, Effect, End, Error, EvidenceKind, Exchange, Field,
    FieldExt, Group, Integration, JsonType, Listing, Page, Path, Result, Status, Support, User, UsersPage, Value,
    Variable, Writes, json, scim,
};
use serde::Serialize;

/// The integration.
pub struct Databricks;

/// The API of Amazon's and Google's workspaces.
const API: &str = "https://{workspace*}.databricks.com/api/2.0/preview/scim/v2";
/// That of Azure's.
const AZURE_API: &str = "https://{workspace*}.azuredatabricks.net/api/2.0/preview/scim/v2";

impl Integration for Databricks {
    fn capabilities() -> Capabilities {
        let token = "https://{workspace}.databricks.com/oidc/v1/token";
        let consent = Authorization::new("https://{workspace}.databricks.com/oidc/v1/authorize")
            .scopes(["all-apis", "offline_access"]);
        let writes = |support: Support| {
            support
                .writable(["name", "first_name", "last_name"])
                .values("status", ["active", "inactive"])
                .own("active", JsonType::Boolean)
                .note("active", "counts before status")
                .note("roles", "by id; in a workspace of Amazon's the ARN of an instance profile")
                .note("licenses", "entitlements by id, such as workspace-access")
        };
        Capabilities::new("databricks", "Databricks")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin(API)
            .origin(AZURE_API)
            .origin("https://{workspace*}.databricks.com/oidc")
            .variable(
                Variable::new("workspace", "Workspace")
                    .help("Its host without the domain, such as dbc-a1b2c3d4-e5f6.cloud."),
            )
            .variable(
                Variable::new("domain", "Domain of the workspace")
                    .values(["databricks.com", "azuredatabricks.net"])
                    .or("databricks.com"),
            )
            .variable(Variable::secret("personal_access_token", "Personal access token").optional())
            .auth(Auth::bearer("{personal_access_token}"))
            .oauth(Exchange::refresh(token).basic().authorization(consent))
            .oauth(Exchange::client_credentials(token).basic().scope("all-apis"))
            .response(Category::UserDirectory, ["id", "external_id", "name", "first_name", "last_name", "username"])
            .response(Category::UserDirectory, ["emails", "status", "roles", "groups", "licenses"])
            .serves(Support::get(Category::UserDirectory))
            .serves(
                Support::list(Category::UserDirectory, Listing::pages(100, 1_000).ends(End::Total))
                    .query(["username"])
                    .query_values("status", ["active", "inactive"])
                    .orders(["sort_by[username]", "sort_by[first_name]"]),
            )
            .serves(Support::delete(Category::UserDirectory, Effect::Deletes))
            .serves(
                writes(Support::create(Category::UserDirectory))
                    .required(["emails"])
                    .note("username", "without it the primary address: Databricks wants an address")
                    .note("groups", "by id"),
            )
            .serves(
                writes(Support::update(Category::UserDirectory))
                    .query_note("groups", "behind the groups of the body")
                    .note(
                        "groups",
                        "by id; the user leaves all others but the group `users`, each by a request of its own",
                    )
                    .ignored([
                        ("username", "Databricks fixes it when the user is created"),
                        ("emails", "Databricks fixes them when the user is created"),
                    ]),
            )
    }

    fn create_user(call: &Call, mut user: User) -> Result<Option<User>> {
        let address = user.primary_email().required("emails")?;
        let groups = call.group_ids(&user)?.into_value();
        let groups = groups.map(|ids| ids.into_iter().map(|value| Reference { value }).collect());
        user.username = user.username.or(address.into());
        user.status = status(&user)?;
        let new = NewUser { user: scim::NewUser::from(user), groups };
        call.post(api(call)?.push("Users")).scim(&new).primary().send()?.user::<scim::UserRead>()
    }

    /// Databricks answers a change with nothing of the user.
    fn update_user(call: &Call, id: &str, mut user: User) -> Result<Option<User>> {
        user.status = status(&user)?;
        let person = api(call)?.push("Users").push(id);
        let groups = match call.group_ids(&user)?.or_empty().into_value() {
            Some(wanted) => Some(group_changes(&call.get(person.clone()).send()?.json()?, wanted)?),
            None => None,
        };
        let (change, read) = (scim::Patch::from(user), call.get(person.clone()));
        // SCIM has no change of nothing.
        let (writes, read) = if groups.is_some() && change.is_empty() {
            (Writes::beside(), read.primary())
        } else {
            (Writes::new().then(call.patch(person).scim(&change), "the user is changed"), read)
        };
        let writes = scim::change_groups(call, writes, &api(call)?.push("Groups"), id, &groups.unwrap_or_default());
        if !writes.is_empty() {
            writes.send()?.empty()?;
        }
        Ok(Some(call.read_back_user(id, || read.send()?.json::<scim::UserRead>())))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        call.get(api(call)?.push("Users").push(id)).primary().send()?.user::<scim::UserRead>()
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let username = page.filter("username").map(|username| format!("userName eq {}", json!(username)));
        let active = page.filter("status").map(|status| format!("active eq {}", status == "active"));
        let filters: Vec<_> = username.into_iter().chain(active).collect();
        let filter = (!filters.is_empty()).then(|| filters.join(" and "));
        let mut request = call.get(api(call)?.push("Users")).query_some("filter", filter);
        if let Some(sort) = page.sort() {
            let field = if sort.field == "first_name" { "name.givenName" } else { "userName" };
            let order = if sort.descending { "descending" } else { "ascending" };
            request = request.query("sortBy", field).query("sortOrder", order);
        }
        scim::list::<scim::UserRead>(request.primary(), page)
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        call.delete(api(call)?.push("Users").push(id)).primary().send()?.empty()
    }
}

/// The API of the account's workspace.
fn api(call: &Call) -> Result<Path> {
    match call.required_variable("domain")?.as_str() {
        "databricks.com" => call.address(API),
        "azuredatabricks.net" => call.address(AZURE_API),
        domain => Err(Error::invalid_input(format!(
            "the account's domain must be one of Databricks', and `{domain}` is none"
        ))),
    }
}

/// The status that a request asks for, by either of its fields.
fn status(user: &User) -> Result<Field<Status>> {
    match user.extra.get("active").map(Value::as_bool) {
        None => user.status.clone().not_null("status"),
        Some(Some(is_active)) => Ok(Status::from(is_active).into()),
        Some(None) => Err(Error::invalid_input("must be true or false").at("active")),
    }
}

/// The most groups that can change beside the change of the user, and reading it before and behind: a call may send 16
/// (docs/contract.md, Imports).
const MOST_GROUPS: usize = 13;

/// What changes between the groups that the user is in and those that are wanted. Everybody is in `users`.
fn group_changes(user: &scim::UserRead, wanted: Vec<String>) -> Result<Difference> {
    let is_left =
        |group: &Group| group.name != "users".into() || group.id.value().is_some_and(|id| wanted.contains(id));
    let held = user.direct_groups().into_iter().filter(is_left).filter_map(|group| group.id.into_value());
    Difference::between(held.collect::<Vec<_>>(), wanted).within(MOST_GROUPS, "groups")
}

#[derive(Serialize)]
struct NewUser {
    #[serde(flatten)]
    user: scim::NewUser,
    groups: Option<Vec<Reference>>,
}

#[derive(Serialize)]
struct Reference {
    value: String,
}

mortise_sdk::export!(Databricks);

#[cfg(test)]
mod tests;
