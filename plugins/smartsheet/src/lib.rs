//! Smartsheet: the users of an organization as directory users.
//!
//! - Create, get, list, update, deactivate, reactivate, remove: <https://developers.smartsheet.com/api/smartsheet/openapi/users>
//! - A copy of Smartsheet's OpenAPI document: <https://github.com/ballerina-platform/module-ballerinax-smartsheet/tree/main/docs/spec>
//! - OAuth: <https://developers.smartsheet.com/api/smartsheet/guides/advanced-topics/oauth>
//! - Rate limit: <https://www.smartsheet.com/rate-limits-retry-logic-and-error-handling-with-smartsheet-api>
//!
//! From memory are 300 requests a minute, the host of the consent outside of smartsheet.com, and the
//! blank between scopes. The words for roles and for the license are our choice.

use mortise_sdk::{
    Auth, Authorization, Call, Capabilities, Category, Effect, Email, Error, EvidenceKind, Exchange, Field, FieldExt,
    Flag, Id, Integration, JsonType, License, Listing, Page, Path, Result, Role, Status, Support, Text, User, UserExt,
    UsersPage, Value, Variable, Writes, numeric_id,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Smartsheet;

impl Integration for Smartsheet {
    fn capabilities() -> Capabilities {
        let person = |support: Support| {
            support
                .writable(["first_name", "last_name"])
                .note("name", "split into first and last name, if these are not given")
                .values("roles", ROLES)
                .note("roles", "all of them; null for none. A group admin needs the license")
                .own("licensed_sheet_creator", JsonType::Boolean)
                .values("licenses", [LICENSE.0, LICENSE.1])
                .note("licenses", "unless licensed_sheet_creator is given; null for none")
        };
        let consent = Authorization::new("https://app.{domain}/b/authorize").scopes(["READ_USERS", "ADMIN_USERS"]);
        Capabilities::new("smartsheet", "Smartsheet")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://api.smartsheet.com/2.0")
            .origin("https://api.smartsheet.eu/2.0")
            .origin("https://api.smartsheet.au/2.0")
            .origin("https://api.smartsheetgov.com/2.0")
            .variable(
                Variable::new("domain", "Domain")
                    .values(["smartsheet.com", "smartsheet.eu", "smartsheet.au", "smartsheetgov.com"])
                    .or("smartsheet.com"),
            )
            .variable(Variable::secret("api_token", "API access token of a System Admin").optional())
            .auth(Auth::bearer("{api_token}"))
            .oauth(Exchange::refresh("https://api.{domain}/2.0/token").authorization(consent.without_pkce()))
            .limit(300, 60)
            .response(Category::UserDirectory, ["id", "name", "first_name", "last_name", "emails", "status"])
            .response(Category::UserDirectory, ["roles", "licenses", "last_login_at"])
            .serves(Support::get(Category::UserDirectory))
            // Longer pages are without the last login.
            .serves(Support::list(Category::UserDirectory, Listing::pages(100, 100)).query(["email"]))
            .serves(
                Support::delete(Category::UserDirectory, Effect::Unlinks)
                    .query_note("reassign_to", "who gets the groups and the items, by number"),
            )
            .serves(
                person(Support::create(Category::UserDirectory))
                    .required(["emails"])
                    .note("emails", "the primary address, to which Smartsheet sends the invitation")
                    .ignored([("status", "the person accepts the invitation")]),
            )
            .serves(
                person(Support::update(Category::UserDirectory))
                    .values("status", ["active", "inactive"])
                    .ignored([("emails", "the user adds another address and makes it the primary one")]),
            )
    }

    fn create_user(call: &Call, mut user: User) -> Result<Option<User>> {
        let email = user.primary_email().required("emails")?.into();
        // Smartsheet wants every right in the body, also those that are false.
        (user.roles, user.licenses) = (user.roles.or(Vec::new().into()), user.licenses.or(Vec::new().into()));
        let new = UserChange { email, ..UserChange::write(&user)? };
        let request = call.post(call.address(USERS)?).query("sendEmail", true).json(&new);
        request.primary().send()?.user_in::<Account>("result")
    }

    fn update_user(call: &Call, id: &str, mut user: User) -> Result<Option<User>> {
        let path = account(call, id)?;
        let active = user.is_active().not_null("status")?.into_value();
        let is_changed = UserChange::write(&user)? != UserChange::default() || active.is_none();
        let held = call.get(path.clone()).send()?.record::<Account>()?;
        let switched = active.filter(|active| held.status.value() != Some(&Status::from(*active)));
        let read = call.get(path.clone());
        let (mut writes, read) = if is_changed {
            // An update removes the rights that it does not name.
            (user.roles, user.licenses) = (user.roles.or(held.roles), user.licenses.or(held.licenses));
            let update = call.put(path.clone()).json(&UserChange::write(&user)?);
            (Writes::new().then(update, "the user is changed"), read)
        } else {
            (Writes::beside(), read.primary())
        };
        if let Some(active) = switched {
            let (switch, done) = if active { ("reactivate", "active") } else { ("deactivate", "inactive") };
            writes = writes.then(call.post(path.push(switch)), format!("the user is {done}"));
        }
        if !writes.is_empty() {
            // The answer lacks rights and status, so the user is read again.
            writes.send()?.refused_unless("/resultCode", 0)?.json_in::<Id>("resultCode")?;
        }
        Ok(Some(call.read_back_user(id, || read.send()?.json::<Account>())))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        call.get(account(call, id)?).primary().send()?.user::<Account>()
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let request = call.get(call.address(USERS)?).query("include", "lastLogin");
        let request = request.query("page", page.number()?).query("pageSize", page.size());
        let users = request.query_some("email", page.filter("email")).primary().send()?.users_in::<Account>("data")?;
        // Behind the last page Smartsheet repeats it.
        let pages = users.number("/totalPages");
        users.next_number(page, pages)
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let heir = call.parameter::<Id>("reassign_to")?.map(|Id(heir)| numeric_id(&heir)).transpose();
        let heir = heir.map_err(|_| Error::invalid_input("must be the number of a user").at("reassign_to"))?;
        let request = call.delete(account(call, id)?).query_some("transferTo", heir);
        request.query_some("transferSheets", heir.map(|_| true)).primary().send()?.empty()
    }
}

const USERS: &str = "https://api.{domain}/2.0/users";

fn account(call: &Call, id: &str) -> Result<Path> {
    Ok(call.address(USERS)?.push(numeric_id(id)?))
}

/// Roles. Each is a flag of the user.
const ROLES: [&str; 3] = ["admin", "group_admin", "resource_viewer"];

/// Identifier and name of the one license.
const LICENSE: (&str, &str) = ("licensed_sheet_creator", "Licensed Sheet Creator");

/// Body of a creation and of an update.
#[derive(Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct UserChange {
    /// Of a new user only.
    email: Field<String>,
    first_name: Field<String>,
    last_name: Field<String>,
    admin: Field<bool>,
    group_admin: Field<bool>,
    resource_viewer: Field<bool>,
    licensed_sheet_creator: Field<bool>,
}

impl UserChange {
    fn write(user: &User) -> Result<Self> {
        let (first_name, last_name) = user.names();
        let licensed_sheet_creator = match user.extra.get(LICENSE.0).map(Value::as_bool) {
            None => user.licenses.clone().or_empty().map(|licenses| !licenses.is_empty()),
            Some(Some(is_licensed)) => is_licensed.into(),
            Some(None) => return Err(Error::invalid_input("must be true or false").at(LICENSE.0)),
        };
        let roles = user.roles.clone().or_empty();
        let has = |known| roles.as_ref().map(|roles| roles.iter().any(|role| role.words().any(|word| word == known)));
        let [admin, group_admin, resource_viewer] = ROLES.map(has);
        Ok(Self {
            email: Field::Absent,
            first_name: first_name.not_null("first_name")?,
            last_name: last_name.not_null("last_name")?,
            admin,
            group_admin,
            resource_viewer,
            licensed_sheet_creator,
        })
    }
}

/// The user in Smartsheet's answers. Only a System Admin sees the rights and the status.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Account {
    id: Option<Id>,
    email: Text,
    alternate_emails: Option<Vec<AlternateEmail>>,
    name: Text,
    first_name: Text,
    last_name: Text,
    admin: Option<Flag>,
    group_admin: Option<Flag>,
    resource_viewer: Option<Flag>,
    licensed_sheet_creator: Option<Flag>,
    status: Text,
    last_login: Text,
}

#[derive(Deserialize)]
struct AlternateEmail {
    email: Text,
}

impl From<Account> for User {
    fn from(account: Account) -> Self {
        let others = account.alternate_emails.into_iter().flatten().filter_map(|other| other.email.into_option());
        let emails = account.email.into_option().map(Email::primary).into_iter().chain(others.map(Email::other));
        let status = account.status.into_option().map(|word| match word.as_str() {
            "ACTIVE" => Status::Active,
            "PENDING" => Status::Invited,
            "DEACTIVATED" | "DECLINED" => Status::Inactive,
            _ => Status::from(word),
        });
        let flags = [account.admin, account.group_admin, account.resource_viewer];
        let held = ROLES.into_iter().zip(flags).filter(|(_, flag)| *flag == Some(Flag(true)));
        let license =
            |Flag(is_licensed)| if is_licensed { License::only(LICENSE.0, LICENSE.1) } else { Vec::new().into() };
        User {
            id: account.id.into(),
            emails: Some(emails.collect::<Vec<_>>()).filter(|emails| !emails.is_empty()).into(),
            status: status.into(),
            roles: account.admin.map(|_| held.map(|(word, _)| Role::known_by_name(word)).collect::<Vec<_>>()).into(),
            licenses: account.licensed_sheet_creator.map(license).unwrap_or_default(),
            last_login_at: account.last_login.into(),
            ..User::named_by(account.name, account.first_name, account.last_name)
        }
    }
}

mortise_sdk::export!(Smartsheet);

#[cfg(test)]
mod tests;
