//! JFrog Platform: the users in JFrog Access as directory users. A user name is the identifier.
//!
//! - Create: <https://jfrog.com/help/r/jfrog-rest-apis/create-user>, update: <https://jfrog.com/help/r/jfrog-rest-apis/update-a-user-partial-update>
//! - Status: <https://jfrog.com/help/r/jfrog-rest-apis/disable-user>, list: <https://jfrog.com/help/r/jfrog-rest-apis/get-user-list>
//! - Get, delete, groups, as a client has them:
//!   <https://github.com/jfrog/terraform-provider-artifactory/blob/master/pkg/artifactory/resource/user/user.go>
//!
//! From memory are the statuses of a creation and a deletion, what a change of groups answers, the parameter `cursor` of the list, the words
//! of `status` but `enabled` and `disabled`, 429, and the members of an error in `errors`.

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Difference, Effect, Email, EvidenceKind, Field, FieldExt, Group, Integration,
    Listing, Page, Password, Result, Status, Support, Text, User, UsersPage, Variable, Writes, path, scim,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct JFrog;

impl Integration for JFrog {
    fn capabilities() -> Capabilities {
        let group_note = "by name, which is the identifier too";
        Capabilities::new("jfrog", "JFrog")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://{server}.jfrog.io/access/api")
            .variable(Variable::new("server", "Server name").help("What stands before .jfrog.io in its address."))
            .secret("access_token", "Access token of an administrator")
            .auth(Auth::bearer("{access_token}"))
            .response(Category::UserDirectory, ["id", "name", "username", "emails", "groups", "status"])
            .serves(Support::get(Category::UserDirectory))
            .serves(Support::list(Category::UserDirectory, Listing::pages(100, 1_000).partial(["emails", "groups"])))
            .serves(Support::delete(Category::UserDirectory, Effect::Deletes))
            .serves(
                Support::create(Category::UserDirectory)
                    .required(["username", "emails"])
                    .note("username", "lower-case letters, digits and . - _ @")
                    .note("emails", "the primary address: JFrog has one")
                    .note("password", "without it the user signs in by SSO alone")
                    .note("groups", group_note)
                    .ignored([("name", "JFrog has one name: username"), ("status", "a new user is active")]),
            )
            .serves(
                Support::update(Category::UserDirectory)
                    .query_note("groups", "behind the groups of the body")
                    .writable(["password"])
                    .note("emails", "the primary address: JFrog has one")
                    .note("groups", group_note)
                    .note("status", "by a request of its own")
                    .values("status", ["active", "inactive"])
                    .ignored([
                        ("name", "JFrog has one name: username"),
                        ("username", "it is the identifier, which never changes"),
                    ]),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let new = NewUser {
            username: user.username.clone().required("username")?,
            email: user.primary_email().required("emails")?,
            groups: call.group_names(&user)?.into_value(),
            internal_password_disabled: (!user.password.is_value()).then_some(true),
            password: user.password.into_value(),
        };
        call.post("/v2/users").json(&new).primary().send()?.user::<Account>()
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let active = user.is_active().not_null("status")?.into_value();
        let account = path!("/v2/users/{id}");
        let groups = match call.group_names(&user)?.or_empty().into_value() {
            Some(wanted) => {
                let known = call.get(account.clone()).send()?.json::<Account>()?;
                Some(Difference::between(known.groups.unwrap_or_default(), wanted))
            }
            None => None,
        };
        let change =
            Change { email: user.primary_email().not_null("emails")?, password: user.password.not_null("password")? };
        let is_changed = !change.is_empty() || groups.is_none() && active.is_none();
        let read = call.get(account.clone());
        let (mut writes, read) = if is_changed {
            (Writes::new().then(call.patch(account).json(&change), "the user is changed"), read)
        } else {
            (Writes::beside(), read.primary())
        };
        if let Some(Difference { added, removed }) = groups.filter(|groups| !groups.is_empty()) {
            let change = GroupsChange { add: added, remove: removed };
            writes = writes.then(call.patch(path!("/v2/users/{id}/groups")).json(&change), "the groups are changed");
        }
        if let Some(active) = active {
            let change = scim::Patch::new().set("active", Field::Value(active));
            let done = if active { "the user is active" } else { "the user is inactive" };
            writes = writes.then(call.patch(path!("/v1/scim/v2/Users/{id}")).scim(&change), done);
        }
        let is_only = writes.len() == 1;
        if is_changed {
            let told = writes.send()?.user::<Account>()?;
            if is_only {
                return Ok(told);
            }
        } else if !writes.is_empty() {
            writes.send()?;
        }
        Ok(Some(call.read_back_user(id, || read.send()?.json::<Account>())))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        call.get(path!("/v2/users/{id}")).primary().send()?.user::<Account>()
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let request = call.get("/v2/users").query("limit", page.size()).query_some("cursor", page.cursor());
        request.primary().send()?.users_in::<Account>("users")?.next(|answer| answer.text("/cursor"))
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        call.delete(path!("/v2/users/{id}")).primary().send()?.empty()
    }
}

#[derive(Serialize)]
struct NewUser {
    username: String,
    email: String,
    password: Option<Password>,
    internal_password_disabled: Option<bool>,
    groups: Option<Vec<String>>,
}

#[derive(Serialize)]
struct Change {
    email: Field<String>,
    password: Field<Password>,
}

impl Change {
    fn is_empty(&self) -> bool {
        self.email.is_absent() && self.password.is_absent()
    }
}

#[derive(Serialize)]
struct GroupsChange {
    add: Vec<String>,
    remove: Vec<String>,
}

/// The user in JFrog's answers. Rows of a list have neither address nor groups.
#[derive(Deserialize)]
struct Account {
    username: Text,
    email: Text,
    groups: Option<Vec<String>>,
    status: Text,
}

impl From<Account> for User {
    fn from(account: Account) -> Self {
        // Among the other words is `locked`: too many attempts to sign in.
        let status = account.status.into_option().map(|word| match word.as_str() {
            "enabled" => Status::Active,
            "invited" => Status::Invited,
            _ => Status::Inactive,
        });
        let group = |name: String| Group { id: name.clone().into(), name: name.into(), ..Group::default() };
        User {
            id: account.username.clone().into(),
            name: account.username.clone().into(),
            username: account.username.into(),
            emails: Email::only(account.email),
            groups: account.groups.map(|groups| groups.into_iter().map(group).collect::<Vec<_>>()).into(),
            status: status.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(JFrog);

#[cfg(test)]
mod tests;
