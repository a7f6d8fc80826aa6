//! Trello: the members of a Workspace (`organization` in the API) as directory users. Each call names the Workspace.
//!
//! - Create, an invitation; update; list of memberships; delete: <https://developer.atlassian.com/cloud/trello/rest/api-group-organizations/>
//! - The member object: <https://developer.atlassian.com/cloud/trello/rest/api-group-members/>
//! - Key and token: <https://developer.atlassian.com/cloud/trello/guides/rest-api/authorization/>,
//!   limits: <https://developer.atlassian.com/cloud/trello/guides/rest-api/rate-limits/>
//!
//! From memory are that `me` names the owner of the token, the fields of a membership but `id`, which answers have an e-mail address, the answers to writes, which the document
//! leaves open or has as a member, and the texts of errors.

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Effect, Email, Error, EvidenceKind, Field, FieldExt, Flag, Id, Integration,
    ListExt, Listing, Page, Path, Request, Result, Role, Status, Support, Text, User, UsersPage,
};
use serde::Deserialize;

/// The integration.
pub struct Trello;

impl Integration for Trello {
    fn capabilities() -> Capabilities {
        let role_note = "one: admin (or group_admin) or normal (or member)";
        let own = "only the member can change it";
        let in_workspace = |support: Support| support.query_required(["organization_id"]);
        // An invited person has none of these yet.
        let told = |support: Support| in_workspace(support).response(["id", "username", "avatar", "status"]);
        Capabilities::new("trello", "Trello")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://api.trello.com/1")
            .secret("api_key", "API key")
            .secret("token", "Token of an administrator of the Workspace")
            // Who the token is.
            .probe("/members/me?fields=id")
            .auth(Auth::query("key", "{api_key}").and("token", "{token}"))
            // Of a token. A key may send 300 in all.
            .limit(100, 10)
            .response(Category::UserDirectory, ["name", "emails", "roles"])
            .serves(told(Support::get(Category::UserDirectory)))
            .serves(
                told(Support::list(Category::UserDirectory, Listing::whole()))
                    .query(["name", "username"])
                    .query_values("status", ["active", "inactive", "invited"]),
            )
            // The account lives on, and stays on the boards.
            .serves(in_workspace(Support::delete(Category::UserDirectory, Effect::Unlinks)))
            .serves(
                in_workspace(Support::create(Category::UserDirectory))
                    .required(["emails", "name"])
                    .note("emails", "the primary address is invited")
                    .note("name", "what the member is called until the invitation is accepted")
                    .note("roles", role_note)
                    .ignored([("username", own), ("avatar", own), ("status", "it follows from the invitation")]),
            )
            .serves(
                told(Support::update(Category::UserDirectory))
                    .required(["roles"])
                    .note("roles", role_note)
                    .ignored([("name", own), ("username", own), ("emails", own), ("avatar", own)])
                    .ignored([("status", "it follows from the invitation; paid Workspaces alone deactivate members")]),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let email = user.primary_email().required("emails")?;
        let name = user.full_name().required("name")?.trim().to_owned();
        let role = member_type(user.roles)?.into_value();
        let request = call.put(workspace(call)?.push("members")).query("email", &email).query("fullName", &name);
        // An answer has all members, and does not say which of them is the new one.
        request.query_some("type", role).primary().send()?.empty()?;
        let roles = vec![Role::known_by_name(role.unwrap_or("normal"))].into();
        Ok(Some(User { name: name.into(), emails: Email::only(email), roles, ..User::default() }))
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let role = member_type(user.roles)?.required("roles")?;
        // The PUT below adds a person who is not a member, so check first.
        let member = find(memberships(call)?, id)?;
        let request = call.put(workspace(call)?.push("members").push(id)).query("type", role);
        // The answer is the member, or the Workspace.
        request.primary().send()?.user::<Member>()?;
        Ok(Some(User { roles: vec![Role::known_by_name(role)].into(), ..member }))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        find(memberships(call)?.primary(), id).map(Some)
    }

    fn list_users(call: &Call, _: &Page) -> Result<UsersPage> {
        memberships(call)?.primary().send()?.users::<Membership>()?.last()
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        call.delete(workspace(call)?.push("members").push(known(id)?)).primary().send()?.empty()
    }
}

/// The address of the Workspace, which a call names by its identifier or its short name.
fn workspace(call: &Call) -> Result<Path> {
    Ok(Path::new("/organizations").push(&call.required_parameter::<Id>("organization_id")?.0))
}

/// The request for all members of the Workspace with their roles.
fn memberships(call: &Call) -> Result<Request<'_>> {
    Ok(call.get(workspace(call)?.push("memberships")).query("member", true))
}

/// The identifier of a member: 24 hexadecimal digits. A deletion would take a user name, too.
fn known(id: &str) -> Result<&str> {
    let is_one = id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_one { Ok(id) } else { Err(Error::not_found("Trello knows members by 24 hexadecimal digits")) }
}

/// One member of the list. A read of a single member finds every account of Trello, and does not tell its role.
fn find(memberships: Request<'_>, id: &str) -> Result<User> {
    known(id)?;
    let all = memberships.send()?.json::<Vec<Membership>>()?;
    let found = all.into_iter().find(|membership| membership.id_member.as_ref().is_some_and(|known| known.0 == id));
    found.map(User::from).ok_or_else(|| Error::not_found("the Workspace has no such member"))
}

/// The type of membership that the role stands for. Some callers name it as the role's `organization`.
fn member_type(roles: Field<Vec<Role>>) -> Result<Field<&'static str>> {
    let known = |word: &str| match word.to_ascii_lowercase().as_str() {
        "admin" | "group_admin" => Some("admin"),
        "normal" | "member" => Some("normal"),
        _ => None,
    };
    let read = |role: Role| {
        let mut words = role.organization.value().map(String::as_str).into_iter().chain(role.words());
        words.find_map(known).ok_or_else(|| Error::invalid_input("must be `admin` or `normal`").at("roles[0]"))
    };
    roles.single("roles")?.not_null("roles")?.map(read).transpose()
}

/// A member's place in the Workspace.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Membership {
    id_member: Option<Id>,
    member_type: Text,
    unconfirmed: Option<Flag>,
    deactivated: Option<Flag>,
    member: Option<Member>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Member {
    id: Option<Id>,
    full_name: Text,
    username: Text,
    email: Text,
    avatar_url: Text,
}

impl From<Membership> for User {
    fn from(membership: Membership) -> Self {
        let status = match (membership.deactivated, membership.unconfirmed) {
            (Some(Flag(true)), _) => Some(Status::Inactive),
            (_, Some(Flag(true))) => Some(Status::Invited),
            (deactivated, unconfirmed) => deactivated.or(unconfirmed).map(|_| Status::Active),
        };
        let role = membership.member_type.into_option().map(|word| vec![Role::known_by_name(word)]);
        let member = membership.member.map(User::from).unwrap_or_default();
        User { id: membership.id_member.into(), roles: role.into(), status: status.into(), ..member }
    }
}

impl From<Member> for User {
    fn from(member: Member) -> Self {
        User {
            id: member.id.into(),
            name: member.full_name.into(),
            username: member.username.into(),
            emails: Email::only(member.email),
            avatar: member.avatar_url.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(Trello);

#[cfg(test)]
mod tests;
