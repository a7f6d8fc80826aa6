//! Adobe Marketo Engage: the users of a subscription as directory users. Its user management writes by `POST` alone, and has requests of
//! their own for roles. An error may come with the status 200 and `errors`, as in Marketo's other APIs.
//!
//! - User management: <https://github.com/AdobeDocs/marketo-developer.en/blob/main/help/rest-api/user-management.md>
//! - The API as Swagger: <https://github.com/AdobeDocs/marketo-apis/blob/main/static/swagger-user.json>
//! - Sign-in: <https://github.com/AdobeDocs/marketo-developer.en/blob/main/help/rest-api/authentication.md>
//! - Errors and limits: <https://github.com/AdobeDocs/marketo-developer.en/blob/main/help/rest-api/error-codes.md>
//!
//! Recalled, because no document of Marketo says it: the statuses of errors, and whether limits are a 200 with `errors`. Roles are sent as a
//! bare array, as the guide shows it; the Swagger document has an object with `input`.

use mortise_sdk::{
    Call, Capabilities, Category, DateTime, Effect, Email, End, Error, EvidenceKind, Exchange, Field, FieldExt, Flag,
    Id, Integration, Listing, Page, Result, Role, Status, Support, Text, User, UserExt, UsersPage, Variable, Writes,
    path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Marketo;

impl Integration for Marketo {
    fn capabilities() -> Capabilities {
        let part_note = "a part of the name, if that is not given";
        let role_note = "by identifiers of role and workspace; without a workspace, in all of them";
        Capabilities::new("adobe-marketo-engage", "Adobe Marketo Engage")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://{munchkin_id}.mktorest.com/userservice/management/v1")
            .origin("https://{munchkin_id}.mktorest.com/identity")
            .variable(Variable::new("munchkin_id", "Munchkin account ID").help(
                "What stands before .mktorest.com in the address of the API (Admin > Integration > Web Services).",
            ))
            .oauth(Exchange::client_credentials("https://{munchkin_id}.mktorest.com/identity/oauth/token"))
            .limit(100, 20)
            .limit(50_000, 86_400)
            .response(Category::UserDirectory, ["id", "name", "first_name", "last_name", "emails"])
            .serves(Support::get(Category::UserDirectory).response(DETAILS))
            .serves(
                Support::list(Category::UserDirectory, Listing::pages(20, 200).ends(End::Short).partial(DETAILS))
                    .response(DETAILS),
            )
            .serves(Support::delete(Category::UserDirectory, Effect::Deletes))
            .serves(
                Support::create(Category::UserDirectory)
                    .required(["emails", "roles"])
                    .note("emails", "the primary address, which is invited")
                    .note("name", "split, if its parts are not given: Marketo insists on both")
                    .note("first_name", part_note)
                    .note("last_name", part_note)
                    .note("roles", role_note)
                    .response(["status"]),
            )
            .serves(
                Support::update(Category::UserDirectory)
                    .note("emails", "the primary address: Marketo has one")
                    .note("name", "split, if its parts are not given")
                    .note("first_name", part_note)
                    .note("last_name", part_note)
                    .note("roles", role_note)
                    .response(DETAILS),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let (first_name, last_name) = user.names();
        let email = user.primary_email().required("emails")?;
        let (first_name, last_name) = (first_name.required("first_name")?, last_name.required("last_name")?);
        let invitation = Invitation {
            email_address: email.clone(),
            first_name: first_name.clone(),
            last_name: last_name.clone(),
            user_role_workspaces: Grant::write(user.roles.required("roles")?)?,
        };
        let Flag(is_sent) = call.post("/users/invite.json").json(&invitation).primary().send()?.json()?;
        if !is_sent {
            return Err(Error::refused("Marketo did not send the invitation"));
        }
        // The answer is `true`. Until the invitation is accepted there is no user, and no identifier of one.
        let status = Status::Invited.into();
        Ok(Some(User { emails: vec![Email::primary(email)].into(), status, ..User::named(first_name, last_name) }))
    }

    fn update_user(call: &Call, id: &str, mut user: User) -> Result<Option<User>> {
        user.name = user.name.not_null("name")?;
        let (first_name, last_name) = user.names();
        let change = Change {
            email_address: user.primary_email().not_null("emails")?,
            first_name: first_name.not_null("first_name")?,
            last_name: last_name.not_null("last_name")?,
        };
        let wanted = user.roles.not_null("roles")?.map(Grant::write).transpose()?;
        let update = call.post(path!("/users/{id}/update.json")).json(&change);
        let mut writes = Writes::new().then(update, format!("user {id} is changed"));
        if let Field::Value(wanted) = wanted {
            let held = call.get(path!("/users/{id}/roles.json")).send()?.json::<Vec<HeldRole>>()?;
            let held: Vec<_> = held.iter().filter_map(HeldRole::grant).collect();
            for (change, grants, done) in [
                ("create", without(&wanted, &held), "the new roles are given"),
                ("delete", without(&held, &wanted), "the other roles are taken away"),
            ] {
                if !grants.is_empty() {
                    writes = writes.then(call.post(path!("/users/{id}/roles/{change}.json")).json(&grants), done);
                }
            }
        }
        let is_single = writes.len() == 1;
        let told = writes.send()?.user::<Account>()?;
        if is_single {
            return Ok(told);
        }
        // It was told before the roles changed.
        Ok(Some(call.read_back_user(id, || call.get(path!("/users/{id}/user.json")).send()?.record::<Account>())))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        call.get(path!("/users/{id}/user.json")).primary().send()?.user::<Account>()
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let request = call.get("/users/allusers.json").query("pageSize", page.size());
        let request = request.query("pageOffset", page.offset()?);
        request.primary().send()?.users::<Account>()?.next_offset(page, None)
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        call.post(path!("/users/{id}/delete.json")).primary().send()?.empty()
    }
}

/// Fields that a read of one user has, and a row of a list has not.
const DETAILS: [&str; 2] = ["roles", "last_login_at"];

/// The grants that are not among the `others`.
fn without(grants: &[Grant], others: &[Grant]) -> Vec<Grant> {
    grants.iter().filter(|grant| !others.contains(grant)).copied().collect()
}

/// Body of an invitation.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invitation {
    email_address: String,
    first_name: String,
    last_name: String,
    user_role_workspaces: Vec<Grant>,
}

/// Body of an update. Marketo keeps what it leaves out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    email_address: Field<String>,
    first_name: Field<String>,
    last_name: Field<String>,
}

/// A role in a workspace; 0 is all of them.
#[derive(Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Grant {
    access_role_id: u64,
    workspace_id: u64,
}

impl Grant {
    fn write(roles: Vec<Role>) -> Result<Vec<Self>> {
        let grant = |(index, role): (usize, Role)| {
            let workspace = role.workspace.value().map_or("0", String::as_str);
            Ok(Self {
                access_role_id: number(role.id_or_name().unwrap_or_default(), || format!("roles[{index}].id"))?,
                workspace_id: number(workspace, || format!("roles[{index}].workspace"))?,
            })
        };
        roles.into_iter().enumerate().map(grant).collect()
    }
}

fn number(text: &str, place: impl FnOnce() -> String) -> Result<u64> {
    text.parse().map_err(|_| Error::invalid_input("must be the number by which Marketo knows it").at(place()))
}

/// A role that a user has.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HeldRole {
    access_role_id: Option<Id>,
    access_role_name: Text,
    workspace_id: Option<Id>,
}

impl HeldRole {
    fn grant(&self) -> Option<Grant> {
        let number = |id: &Option<Id>| id.as_ref()?.0.parse().ok();
        Some(Grant { access_role_id: number(&self.access_role_id)?, workspace_id: number(&self.workspace_id)? })
    }
}

impl From<HeldRole> for Role {
    fn from(role: HeldRole) -> Self {
        Role {
            id: role.access_role_id.into(),
            name: role.access_role_name.into(),
            workspace: role.workspace_id.into(),
            ..Role::default()
        }
    }
}

/// The user in Marketo's answers. No address has its number, the member `id`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Account {
    userid: Option<Id>,
    first_name: Text,
    last_name: Text,
    email_address: Text,
    user_role_workspaces: Option<Vec<HeldRole>>,
    last_login_at: Text,
}

impl From<Account> for User {
    fn from(account: Account) -> Self {
        // `2020-02-05T01:02:23.000t+0000`: the letter before the offset belongs to no standard.
        let last_login = account.last_login_at.into_option().map(|time| DateTime(time.replace('t', "")));
        let roles = account.user_role_workspaces.map(|roles| roles.into_iter().map(Role::from).collect());
        User {
            id: account.userid.into(),
            emails: Email::only(account.email_address),
            roles: roles.into(),
            last_login_at: last_login.into(),
            ..User::named(account.first_name, account.last_name)
        }
    }
}

mortise_sdk::export!(Marketo);

#[cfg(test)]
mod tests;
