//! HubSpot: the users of an account as directory users. The settings API has names, addresses and roles; the owners API has the times.
//!
//! - Create, get, list, update, delete: <https://developers.hubspot.com/docs/api-reference/settings-user-provisioning-v3/guide>
//! - Owners, each with the ID of its user: <https://developers.hubspot.com/docs/api-reference/crm-owners-v3/guide>
//! - Logins: <https://developers.hubspot.com/docs/api-reference/legacy/account/audit-logs/get-login>
//! - OAuth: <https://developers.hubspot.com/docs/api-reference/auth-oauth-v3/guide>
//!
//! Recalled, because no document of HubSpot says it: a page has 100 users without a limit, a blank separates scopes, and a refresh token
//! stays the same.

use mortise_sdk::{
    Auth, Authorization, Call, Capabilities, Category, Effect, Email, EvidenceKind, Exchange, Field, FieldExt, Flag,
    Id, Integration, ListExt, Listing, Page, Result, Role, Roles, Status, Support, Text, User, UserExt, UsersPage,
    Variable, numeric_id, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct HubSpot;

impl Integration for HubSpot {
    fn capabilities() -> Capabilities {
        let role_note = "one, by its identifier";
        let no_status = "HubSpot has active users only; a deletion takes one out of the account";
        // A scope that the app does not have is an error, unless it is optional.
        let consent = Authorization::new("https://app.hubspot.com/oauth/authorize")
            .scopes(["oauth", "settings.users.read", "settings.users.write", "crm.objects.owners.read"])
            .param("optional_scope", "account-info.security.read");
        Capabilities::new("hubspot", "HubSpot")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://api.hubapi.com")
            .variable(Variable::secret("private_app_token", "Access token of a private app").optional())
            .auth(Auth::bearer("{private_app_token}"))
            .oauth(Exchange::refresh("https://api.hubapi.com/oauth/v3/token").authorization(consent))
            .response(Category::UserDirectory, ["id", "name", "first_name", "last_name", "emails", "roles", "status"])
            .serves(Support::get(Category::UserDirectory).response(TIMES))
            .serves(Support::list(Category::UserDirectory, Listing::pages(100, 100).partial(TIMES)).response(TIMES))
            .serves(Support::delete(Category::UserDirectory, Effect::Unlinks))
            .serves(
                Support::create(Category::UserDirectory)
                    .required(["emails"])
                    .writable(["first_name", "last_name"])
                    .note("emails", "the primary address, to which HubSpot sends a welcome")
                    .note("roles", role_note)
                    .ignored([("status", no_status)]),
            )
            .serves(
                Support::update(Category::UserDirectory)
                    .writable(["first_name", "last_name"])
                    .note("roles", role_note)
                    .ignored([("emails", "HubSpot fixes it when the user is created"), ("status", no_status)])
                    .response(TIMES),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let email = user.primary_email().required("emails")?;
        // HubSpot needs `sendWelcomeEmail`. Without the e-mail, the user does not learn where to sign in.
        let account = Change { email: email.into(), send_welcome_email: true.into(), ..Change::write(user)? };
        call.post("/settings/v3/users/").json(&account).primary().send()?.user::<Account>()
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        let request = call.put(path!("/settings/v3/users/{id}")).json(&Change::write(user)?);
        let Some(user) = request.primary().send()?.user::<Account>()? else { return Ok(None) };
        Ok(Some(call.read_back(|| times(call, id)).unwrap_or_default().of(user)))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        let answer = call.get(path!("/settings/v3/users/{id}")).primary().send()?;
        let Some(user) = answer.user::<Account>()? else { return Ok(None) };
        Ok(Some(times(call, id)?.of(user)))
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let request = call.get("/settings/v3/users/").query("limit", page.size()).query_some("after", page.cursor());
        request.primary().send()?.users_in::<Account>("results")?.next(|answer| answer.text("/paging/next/after"))
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let id = numeric_id(id)?;
        call.delete(path!("/settings/v3/users/{id}")).primary().send()?.empty()
    }
}

/// Fields that the settings API does not have.
const TIMES: [&str; 3] = ["created_at", "updated_at", "last_login_at"];

/// The owner and the last login of a user.
#[derive(Default)]
struct Times {
    owner: Owner,
    last_login: Option<String>,
}

/// The times of a user. They are absent if there is no owner, or if the account may not read logins.
fn times(call: &Call, id: u64) -> Result<Times> {
    let of_user = || call.get(path!("/crm/v3/owners/{id}")).query("idProperty", "userId");
    let mut owner = of_user().send_any()?;
    if owner.status() == 404 {
        owner = of_user().query("archived", true).send_any()?;
    }
    let owner: Owner = if owner.status() == 404 { Owner::default() } else { owner.success()?.json()? };
    // The scope is optional.
    let logins = call.get("/account-info/v3/activity/login").query("userId", id).send_any()?;
    let logins: Vec<Login> = if logins.status() == 403 { vec![] } else { logins.success()?.json_in("results")? };
    let succeeded = logins.into_iter().filter(|login| login.login_succeeded != Some(Flag(false)));
    Ok(Times { owner, last_login: succeeded.filter_map(|login| login.login_at.into_option()).max() })
}

impl Times {
    fn of(self, user: User) -> User {
        User {
            created_at: self.owner.created_at.into(),
            updated_at: self.owner.updated_at.into(),
            last_login_at: self.last_login.into(),
            status: if self.owner.archived == Some(Flag(true)) { Status::Deleted.into() } else { user.status },
            ..user
        }
    }
}

/// Body of a creation and of an update. How HubSpot clears anything of it is not documented.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    email: Field<String>,
    send_welcome_email: Field<bool>,
    first_name: Field<String>,
    last_name: Field<String>,
    role_id: Field<String>,
}

impl Change {
    fn write(user: User) -> Result<Self> {
        Ok(Self {
            role_id: user.role_words()?.single("roles")?.not_null("roles")?,
            first_name: user.first_name.not_null("first_name")?,
            last_name: user.last_name.not_null("last_name")?,
            ..Self::default()
        })
    }
}

/// The user in answers of the settings API.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Account {
    id: Option<Id>,
    email: Text,
    first_name: Text,
    last_name: Text,
    role_ids: Roles,
    super_admin: Option<Flag>,
}

impl From<Account> for User {
    fn from(account: Account) -> Self {
        // HubSpot has a flag for it, and no role.
        let admin = Role { id: "super_admin".into(), ..Role::named("Super Admin") };
        let admin = (account.super_admin == Some(Flag(true))).then_some(admin);
        let roles = account.role_ids.by_id().into_value().into_iter().flatten().chain(admin);
        User {
            id: account.id.into(),
            emails: Email::only(account.email),
            roles: roles.collect::<Vec<_>>().into(),
            // The owner of a user who left the account is archived.
            status: Status::Active.into(),
            ..User::named(account.first_name, account.last_name)
        }
    }
}

/// The owner in answers of the owners API. It returns archived owners only on request.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Owner {
    created_at: Text,
    updated_at: Text,
    archived: Option<Flag>,
}

/// An attempt to sign in, of the last 90 days. HubSpot does not document the order of attempts.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Login {
    login_at: Text,
    login_succeeded: Option<Flag>,
}

mortise_sdk::export!(HubSpot);

#[cfg(test)]
mod tests;
