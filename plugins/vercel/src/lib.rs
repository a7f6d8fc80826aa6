//! Vercel: the members of a team as directory users. A unified group is a team, which each call names in its query.
//!
//! - Create (an invitation), update, list, delete: <https://vercel.com/docs/rest-api/reference/endpoints/teams>
//! - Errors: <https://vercel.com/docs/rest-api/errors>, tokens of integrations: <https://vercel.com/docs/integrations/vercel-api-overview>
//! - The API as OpenAPI: <https://github.com/vercel/sdk/blob/main/vercel-spec.json>
//!
//! From memory are that the token of an integration may read `/v2/user`, 20 members as the usual page and 100 as the largest, and that `until` takes the time at which the next page begins. That
//! an update without a role gives the role `MEMBER` is our reading of the document's default.

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Effect, Email, Error, EvidenceKind, Field, FieldExt, Flag, Group, Id,
    Integration, ListExt, Listing, Millis, Page, Result, Role, Support, Text, User, UserExt, UsersPage, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Vercel;

impl Integration for Vercel {
    fn capabilities() -> Capabilities {
        let of_team =
            |support: Support| support.query_required(["groups"]).query_note("groups", "one: the team, by id");
        let writes = |support: Support| {
            support.note("roles", "one, such as MEMBER or VIEWER; admin is OWNER").ignored([
                ("groups", "the query names the team"),
                ("name", OWN),
                ("username", OWN),
                ("avatar", OWN),
            ])
        };
        Capabilities::new("vercel", "Vercel")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://api.vercel.com")
            .secret("token", "Access token of a team owner, or of an integration")
            .auth(Auth::bearer("{token}"))
            // Who the token is.
            .probe("/v2/user")
            .response(Category::UserDirectory, ["id", "groups"])
            .serves(of_team(Support::get(Category::UserDirectory)).response(MEMBER))
            .serves(
                of_team(Support::list(Category::UserDirectory, Listing::pages(20, 100).leaves_out(["invited users"])))
                    .query(["email", "name", "username"])
                    .response(MEMBER),
            )
            .serves(of_team(Support::delete(Category::UserDirectory, Effect::Unlinks)))
            .serves(
                of_team(writes(Support::create(Category::UserDirectory)))
                    .required(["emails"])
                    .note("emails", "the primary address is invited")
                    .response(["username", "emails", "roles"]),
            )
            .serves(of_team(writes(Support::update(Category::UserDirectory))).ignored([("emails", OWN)]))
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let invitation = Membership { email: user.primary_email().required("emails")?.into(), role: role(&user)? };
        let team = team(call)?;
        let answer = call.post(path!("/v1/teams/{team}/members")).json(&invitation).primary().send()?;
        Ok(answer.user::<Member>()?.map(|user| placed(user, &team)))
    }

    /// The role that is there goes along if the call gives none. The answer has the identifier of the team, and nothing of the member.
    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let (team, role) = (team(call)?, role(&user)?);
        let unknown = || Error::internal("nothing is changed, because Vercel does not tell the role of the member");
        let role = match role.into_value() {
            Some(role) => role,
            None => find(call, &team, id, false)?.role.into_option().ok_or_else(unknown)?,
        };
        let change = Membership { email: Field::Absent, role: role.into() };
        let answer = call.patch(path!("/v1/teams/{team}/members/{id}")).json(&change).primary().send()?;
        let team = answer.json_in::<Id>("id")?;
        Ok(Some(User { groups: Group::with_ids([team]).into(), ..User::with_id(id) }))
    }

    /// Vercel has no call for one member.
    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        let team = team(call)?;
        find(call, &team, id, true).map(|member| Some(placed(member.into(), &team)))
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let team = team(call)?;
        let search = page.filter("email").or(page.filter("username")).or(page.filter("name"));
        let request = call.get(path!("/v3/teams/{team}/members")).query("limit", page.size());
        let request = request.query_some("until", page.cursor()).query_some("search", search);
        let members = request.primary().send()?.users_in::<Member>("members")?;
        let page =
            members.next(|answer| answer.text("/pagination/next").filter(|_| answer.flag("/pagination/hasNext")))?;
        Ok(page.map(|user| placed(user, &team)))
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let team = team(call)?;
        call.delete(path!("/v1/teams/{team}/members/{id}")).primary().send()?.empty()
    }
}

/// The fields of a member in a list, beside its identifier and the team.
const MEMBER: [&str; 5] = ["username", "name", "emails", "roles", "created_at"];

const OWN: &str = "only the user can change it";

/// The most pages that are searched for one member. A call may send 16 requests (docs/contract.md, Imports), and one can be a write.
const MAX_PAGES: usize = 15;

/// The identifier of the one team that the query names.
fn team(call: &Call) -> Result<String> {
    call.group_ids(&User::default())?.single("groups")?.required("groups")
}

/// The one role that a call gives, in Vercel's words.
fn role(user: &User) -> Result<Field<String>> {
    let word = |role: String| match role.to_ascii_uppercase() {
        word if matches!(word.as_str(), "ADMIN" | "GROUP_ADMIN") => "OWNER".to_owned(),
        word => word,
    };
    Ok(user.role_words()?.single("roles")?.not_null("roles")?.map(word))
}

/// Looks for a member on the pages of the list. The first page is the primary request of a call that does nothing else.
fn find(call: &Call, team: &str, id: &str, is_primary: bool) -> Result<Member> {
    let mut until = None;
    for number in 0..MAX_PAGES {
        let request = call.get(path!("/v3/teams/{team}/members")).query("limit", 100).query_some("until", until);
        let request = if is_primary && number == 0 { request.primary() } else { request };
        let Members { members, pagination } = request.send()?.json()?;
        let is_it = |member: &Member| member.uid.as_ref().is_some_and(|Id(uid)| uid == id);
        if let Some(member) = members.into_iter().find(is_it) {
            return Ok(member);
        }
        until = pagination.next.filter(|_| pagination.has_next.into());
        if until.is_none() {
            return Err(Error::not_found("the team has no such member"));
        }
    }
    Err(Error::unsupported("the member is not among the first 1500 of the team, and Vercel has no call for one member"))
}

/// The member with the team, which Vercel's answers do not name.
fn placed(member: User, team: &str) -> User {
    let in_team = |role| Role { group: team.into(), ..role };
    let roles = member.roles.map(|roles| roles.into_iter().map(in_team).collect());
    User { roles, groups: Group::with_ids([team]).into(), ..member }
}

/// Body of a creation and of an update. Without a role Vercel takes `MEMBER`.
#[derive(Serialize)]
struct Membership {
    email: Field<String>,
    role: Field<String>,
}

#[derive(Deserialize)]
struct Members {
    members: Vec<Member>,
    pagination: Pagination,
}

#[derive(Deserialize)]
struct Pagination {
    #[serde(rename = "hasNext")]
    has_next: Flag,
    next: Option<Id>,
}

/// The member in Vercel's answers. Its avatar is the identifier of a file, and is not read.
#[derive(Deserialize)]
struct Member {
    uid: Option<Id>,
    username: Text,
    email: Text,
    name: Text,
    role: Text,
    #[serde(rename = "createdAt")]
    created_at: Option<Millis>,
}

impl From<Member> for User {
    fn from(member: Member) -> Self {
        User {
            id: member.uid.into(),
            username: member.username.into(),
            emails: Email::only(member.email),
            name: member.name.into(),
            roles: Role::only(member.role.clone(), member.role),
            created_at: member.created_at.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(Vercel);

#[cfg(test)]
mod tests;
