//! Avalara AvaTax: the users of an account as directory users.
//!
//! - Create, update, get, list, delete, and the addresses of both environments, as the vendor's own client has them:
//!   <https://github.com/avadev/AvaTax-REST-V2-JS-SDK/blob/master/lib/AvaTaxClient.ts>
//! - The user: <https://github.com/avadev/AvaTax-REST-V2-JS-SDK/blob/master/lib/models/UserModel.ts>, its roles:
//!   <https://github.com/avadev/AvaTax-REST-V2-JS-SDK/blob/master/lib/enums/SecurityRoleId.ts>
//! - Filters: <https://developer.avalara.com/avatax/filtering-in-rest/>
//! - Avalara Identity: <https://github.com/api-evangelist/avalara/blob/main/authentication/avalara-authentication.yml>
//!
//! Recalled, because no source shows it: the spelling of `$filter`, that the members that AvaTax alone sets may stand in a replacement, the
//! severities in the answer to a deletion, and the scope of client credentials. That an organization is the AvaTax account, and a
//! workspace one of its companies, is our reading.

use mortise_sdk::{
    Auth, Authorization, Call, Capabilities, Category, DateTime, Effect, Email, End, Error, EvidenceKind, Exchange,
    Field, FieldExt, Flag, Id, Integration, ListExt, Listing, Map, Organization, Page, Path, Result, Roles, Status,
    Support, Text, User, UserExt, UsersPage, Value, Variable, Workspace, numeric_id, numeric_ids, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct AvaTax;

/// Avalara Identity's endpoint for tokens, of production.
const TOKEN: &str = "https://identity.avalara.com/connect/token";

impl Integration for AvaTax {
    fn capabilities() -> Capabilities {
        let writes = |support: Support| {
            support
                .note("name", "split into first and last name, where these are not given")
                .writable(["first_name", "last_name"])
                .values("status", ["active", "inactive"])
                .note("organizations", "the AvaTax account itself: another one is refused")
                .note("workspaces", "one, by id: the company to which the user is confined")
        };
        let consent = Authorization::new("https://identity.avalara.com/connect/authorize").scopes([
            "openid",
            "profile",
            "avatax",
            "offline_access",
        ]);
        Capabilities::new("avalara-avatax", "Avalara AvaTax")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://{subdomain}.avatax.com/api/v2")
            .origin("https://identity.avalara.com/connect")
            .variable(
                Variable::new("subdomain", "Environment")
                    .values(["rest", "sandbox-rest"])
                    .help("rest is production, and sandbox-rest the sandbox.")
                    .or("rest"),
            )
            .variable(Variable::new("account_id", "Account ID").help("A number."))
            .variable(Variable::secret("license_key", "License key of the account").optional())
            .variable(Variable::secret("username", "User name").shown().optional())
            .variable(Variable::secret("password", "Password of that user").optional())
            .auth(Auth::basic("{account_id}", "{license_key}"))
            .auth(Auth::basic("{username}", "{password}"))
            .oauth(Exchange::refresh(TOKEN).basic().authorization(consent))
            .oauth(Exchange::client_credentials(TOKEN).basic().scope("avatax"))
            .response(Category::UserDirectory, ["id", "name", "first_name", "last_name", "username", "emails", "roles"])
            .response(Category::UserDirectory, ["status", "organizations", "workspaces", "created_at", "updated_at"])
            .serves(Support::get(Category::UserDirectory))
            .serves(
                Support::list(
                    Category::UserDirectory,
                    Listing::pages(100, 1_000)
                        .ends(End::Total)
                        .leaves_out(["deleted users", "users that stand for license keys"]),
                )
                .query(["email", "username"])
                .query_values("status", ["active", "inactive"]),
            )
            .serves(Support::delete(Category::UserDirectory, Effect::Deletes))
            .serves(
                writes(Support::create(Category::UserDirectory))
                    .required(["emails", "username", "roles"])
                    .note("emails", "the primary address, which is invited")
                    .note("roles", "one, by its word, such as AccountUser"),
            )
            .serves(
                writes(Support::update(Category::UserDirectory))
                    .writable(["username"])
                    .note("emails", "the primary address: AvaTax has one")
                    .note("roles", "one, by its word, such as AccountUser"),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let new = UserModel::write(call, user)?;
        new.first_name.as_ref().required("first_name")?;
        new.last_name.as_ref().required("last_name")?;
        call.post(users(call)?).json(&[new]).primary().send()?.user_in::<UserRead>("/0")
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let change = UserModel::write(call, user)?;
        call.replace::<Record>(place(call, id)?, &change)?.primary().send()?.user::<UserRead>()
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        call.get(place(call, id)?).primary().send()?.user::<UserRead>()
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let request = call.get(users(call)?).query("$top", page.size()).query("$skip", page.offset()?);
        let answer = request.query("$orderBy", "id ASC").query_some("$filter", filter(page)).primary().send()?;
        let rows = answer.users_in::<UserRead>("value")?;
        let total = rows.number("/@recordsetCount");
        rows.next_offset(page, total)
    }

    /// The answer is a list of messages, each with a severity.
    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let answer = call.delete(place(call, id)?).primary().send()?;
        answer.refused_if("/0/severity", "Error")?.refused_if("/0/severity", "Exception")?.empty()
    }
}

/// The users of the account.
fn users(call: &Call) -> Result<Path> {
    let account = call.required_variable("account_id")?;
    Ok(path!("/accounts/{account}/users"))
}

fn place(call: &Call, id: &str) -> Result<Path> {
    Ok(users(call)?.push(numeric_id(id)?))
}

/// The filters in AvaTax's words. An apostrophe in a text is doubled.
fn filter(page: &Page) -> Option<String> {
    let equals = |member: &str, text: &str| format!("{member} eq '{}'", text.replace('\'', "''"));
    let conditions: Vec<_> = [
        page.filter("email").map(|email| equals("email", email)),
        page.filter("username").map(|username| equals("userName", username)),
        page.filter("status").map(|status| format!("isActive eq {}", status == "active")),
    ]
    .into_iter()
    .flatten()
    .collect();
    if conditions.is_empty() { None } else { Some(conditions.join(" and ")) }
}

/// An entry of the list that is the body of a creation, and the change that an update applies to the record.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserModel {
    company_id: Field<u64>,
    user_name: Field<String>,
    first_name: Field<String>,
    last_name: Field<String>,
    email: Field<String>,
    security_role_id: Field<String>,
    is_active: Field<bool>,
}

impl UserModel {
    fn write(call: &Call, user: User) -> Result<Self> {
        is_of_account(call, &user)?;
        let (first_name, last_name) = user.names();
        Ok(Self {
            first_name: first_name.not_null("first_name")?,
            last_name: last_name.not_null("last_name")?,
            email: user.primary_email().not_null("emails")?,
            security_role_id: user.role_words()?.single("roles")?.not_null("roles")?,
            is_active: user.is_active().not_null("status")?,
            user_name: user.username.not_null("username")?,
            company_id: company(user.workspaces)?,
        })
    }
}

/// Nobody moves to another account: one that the caller names must be the one that the call is for.
fn is_of_account(call: &Call, user: &User) -> Result<()> {
    let account = call.required_variable("account_id")?;
    let organizations = user.organizations.as_ref().not_null("organizations")?.into_value().into_iter().flatten();
    let other = organizations.enumerate().find(|(_, organization)| organization.id.value() != Some(&account));
    match other {
        Some((index, _)) => Err(Error::invalid_input("must be the account").at(format!("organizations[{index}].id"))),
        None => Ok(()),
    }
}

/// The number of the one company. A `null` frees the user from it.
fn company(workspaces: Field<Vec<Workspace>>) -> Result<Field<u64>> {
    let id = |workspace: Workspace| workspace.id.required("workspaces[0].id");
    let company = workspaces.single("workspaces")?.map(id).transpose()?;
    numeric_ids(company.map(|id| vec![id]), "workspaces")?.single("workspaces")
}

/// A user as AvaTax returns it. An update sends all of it back, because AvaTax clears fields that a replacement leaves
/// out.
#[derive(Deserialize, Serialize)]
struct Record {
    /// Without it the answer is no user, and nothing is written.
    id: u64,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// The user in AvaTax's answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserRead {
    id: Option<Id>,
    account_id: Option<Id>,
    company_id: Option<Id>,
    user_name: Text,
    first_name: Text,
    last_name: Text,
    email: Text,
    security_role_id: Roles,
    is_active: Option<Flag>,
    is_deleted: Option<Flag>,
    created_date: Option<DateTime>,
    modified_date: Option<DateTime>,
}

impl From<UserRead> for User {
    fn from(read: UserRead) -> Self {
        let status = match read.is_deleted {
            Some(Flag(true)) => Some(Status::Deleted),
            _ => read.is_active.map(Status::from),
        };
        let account = read.account_id.map(|id| vec![Organization { id: id.into(), ..Organization::default() }]);
        let company = read.company_id.map(|id| Workspace { id: id.into(), ..Workspace::default() });
        User {
            id: read.id.into(),
            username: read.user_name.into(),
            emails: Email::only(read.email),
            roles: read.security_role_id.into(),
            status: status.into(),
            organizations: account.into(),
            workspaces: company.into_iter().collect::<Vec<_>>().into(),
            created_at: read.created_date.into(),
            updated_at: read.modified_date.into(),
            ..User::named(read.first_name, read.last_name)
        }
    }
}

mortise_sdk::export!(AvaTax);

#[cfg(test)]
mod tests;
