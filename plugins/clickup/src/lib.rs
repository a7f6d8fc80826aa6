//! ClickUp: the members of a Workspace (`team` in the API) as directory users. All but the list needs the Enterprise plan.
//!
//! - Create, an invitation: <https://developer.clickup.com/reference/inviteusertoworkspace>
//! - Update: <https://developer.clickup.com/reference/edituseronworkspace>
//! - Get: <https://developer.clickup.com/reference/getuser>, list: <https://developer.clickup.com/reference/getauthorizedteams>
//! - Delete: <https://developer.clickup.com/reference/removeuserfromworkspace>
//! - Errors: <https://developer.clickup.com/docs/common_errors>, limits: <https://developer.clickup.com/docs/rate-limits>

use mortise_sdk::{
    Auth, Authorization, Call, Capabilities, Category, Effect, Email, Error, EvidenceKind, Exchange, Field, FieldExt,
    Id, IdAndName, Integration, License, Listing, Millis, Page, Result, Role, Status, Support, Text, User, UsersPage,
    Value, Variable, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct ClickUp;

impl Integration for ClickUp {
    fn capabilities() -> Capabilities {
        let role_note = "admin (2) or member (3), and the identifier of a custom role";
        let own = "only the member can change it";
        let consent = Authorization::new("https://app.clickup.com/api");
        Capabilities::new("clickup", "ClickUp")
            .evidence(EvidenceKind::VendorDocument, "2026-11-29")
            .origin("https://api.clickup.com/api/v2")
            .variable(Variable::secret("api_token", "Personal API token").help("It begins with pk_.").optional())
            .auth(Auth::header("authorization", "{api_token}"))
            // Its tokens last: there is nothing to refresh.
            .oauth(Exchange::authorization_code("https://api.clickup.com/api/v2/oauth/token", consent))
            // The Workspaces of the token, which every plan may read.
            .probe("/team")
            .response(
                Category::UserDirectory,
                ["id", "username", "name", "emails", "roles", "status", "avatar", "licenses"],
            )
            .response(Category::UserDirectory, ["created_at", "last_active_at"])
            .serves(Support::get(Category::UserDirectory).query_required(["organization_id"]))
            .serves(
                // Every plan has it.
                Support::list(Category::UserDirectory, Listing::whole().partial(THIN))
                    .query_required(["organization_id"]),
            )
            // Who leaves a Workspace can go on signing in to ClickUp.
            .serves(Support::delete(Category::UserDirectory, Effect::Unlinks).query_required(["organization_id"]))
            .serves(
                Support::create(Category::UserDirectory)
                    .query_required(["organization_id"])
                    .required(["emails"])
                    .note("emails", "the primary address is invited")
                    .note("roles", role_note)
                    .ignored([("username", own), ("name", own), ("avatar", own)]),
            )
            .serves(
                Support::update(Category::UserDirectory)
                    .query_required(["organization_id"])
                    .required(["username", "roles"])
                    .note("roles", role_note)
                    .ignored([
                        ("name", "ClickUp has one name: username"),
                        ("emails", own),
                        ("avatar", own),
                        ("status", "it follows from the invitation"),
                        ("licenses", "the seat follows from the role"),
                    ]),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let email = user.primary_email().required("emails")?;
        let Roles { admin, custom } = Roles::read(user.roles)?;
        let invitation = Invitation { email: &email, admin: admin.unwrap_or(false), custom_role_id: custom };
        let team = workspace(call)?;
        let answer = call.post(path!("/team/{team}/user")).json(&invitation).primary().send()?;
        if !call.wants_user() {
            return Ok(None);
        }
        // The answer is the whole Workspace; the new member is among the others.
        let mut members = answer.json_in::<Team>("team")?.members.into_iter().flatten();
        let is_new = |user: &MemberUser| user.email.as_deref().is_some_and(|e| e.eq_ignore_ascii_case(&email));
        let missing = || Error::internal("the invitation is sent, but ClickUp's answer does not hold the new member");
        members.find_map(|member| member.user.filter(is_new)).map(|user| Some(user.into())).ok_or_else(missing)
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let username = user.username.required("username")?;
        let team = workspace(call)?;
        let path = path!("/team/{team}/user/{id}");
        let Roles { mut admin, mut custom } = Roles::read(user.roles)?;
        if custom.is_none() {
            // ClickUp removes a custom role if the request names none.
            let current =
                call.get(path.clone()).query("include_shared", false).send()?.find_in::<MemberUser>("/member/user")?;
            let current = current.ok_or_else(unknown_roles)?;
            let is_admin = current.role.map(|Id(role)| matches!(role.as_str(), OWNER | ADMIN));
            admin = Some(admin.or(is_admin).ok_or_else(unknown_roles)?);
            custom = current.custom_role.map(number).transpose()?;
        }
        let edit = Edit { username, admin: admin.unwrap_or(false), custom_role_id: custom };
        call.put(path).json(&edit).primary().send()?.user_in::<MemberUser>("/member/user")
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        let team = workspace(call)?;
        let request = call.get(path!("/team/{team}/user/{id}")).query("include_shared", false);
        request.primary().send()?.user_in::<MemberUser>("/member/user")
    }

    fn list_users(call: &Call, _: &Page) -> Result<UsersPage> {
        let Id(team) = workspace(call)?;
        let answer = call.get("/team").primary().send()?;
        let is_it = |found: &Value| found["id"] == team.as_str();
        let unknown = || Error::not_found("there is no such Workspace").at("organization_id");
        let team = answer.place_of("/teams", is_it)?.ok_or_else(unknown)?;
        answer.users_below::<MemberUser>(&format!("{team}/members"), "/user")?.last()
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let team = workspace(call)?;
        call.delete(path!("/team/{team}/user/{id}")).primary().send()?.empty()
    }
}

/// What a list does not tell.
const THIN: [&str; 5] = ["roles", "status", "licenses", "created_at", "last_active_at"];

/// The identifier of the Workspace.
fn workspace(call: &Call) -> Result<Id> {
    call.required_parameter("organization_id")
}

/// The number by which a request names a custom role.
fn number(role: IdAndName) -> Result<u64> {
    role.id.and_then(|Id(id)| id.parse().ok()).ok_or_else(unknown_roles)
}

fn unknown_roles() -> Error {
    Error::internal("nothing is changed, because ClickUp does not tell which roles the member has")
}

// The base roles. Custom ones have larger numbers.
const OWNER: &str = "1";
const ADMIN: &str = "2";
const MEMBER: &str = "3";
const GUEST: &str = "4";

/// The caller's roles in ClickUp's words: a base role, and a custom one beside it.
#[derive(Default)]
struct Roles {
    admin: Option<bool>,
    custom: Option<u64>,
}

impl Roles {
    fn read(roles: Field<Vec<Role>>) -> Result<Self> {
        let mut read = Self::default();
        for (index, role) in roles.into_value().unwrap_or_default().iter().enumerate() {
            let word = role.id_or_name().unwrap_or_default();
            match (word, word.parse()) {
                (ADMIN, _) => read.admin = Some(true),
                (MEMBER, _) => read.admin = Some(read.admin.unwrap_or(false)),
                (_, Ok(id)) if id > 4 => read.custom = Some(id),
                _ if word.eq_ignore_ascii_case("admin") => read.admin = Some(true),
                _ if word.eq_ignore_ascii_case("member") => read.admin = Some(read.admin.unwrap_or(false)),
                _ => {
                    let expected = "must be `admin`, `member` or the identifier of a custom role";
                    return Err(Error::invalid_input(expected).at(format!("roles[{index}]")));
                }
            }
        }
        Ok(read)
    }
}

#[derive(Serialize)]
struct Invitation<'a> {
    email: &'a str,
    admin: bool,
    custom_role_id: Option<u64>,
}

#[derive(Serialize)]
struct Edit {
    username: String,
    admin: bool,
    custom_role_id: Option<u64>,
}

#[derive(Deserialize)]
struct Team {
    members: Option<Vec<Member>>,
}

#[derive(Deserialize)]
struct Member {
    user: Option<MemberUser>,
}

#[derive(Deserialize)]
struct MemberUser {
    id: Option<Id>,
    username: Text,
    email: Text,
    #[serde(rename = "profilePicture")]
    profile_picture: Text,
    role: Option<Id>,
    custom_role: Option<IdAndName>,
    last_active: Option<Millis>,
    date_joined: Option<Millis>,
    date_invited: Option<Millis>,
}

impl From<MemberUser> for User {
    fn from(user: MemberUser) -> Self {
        let seat = user.role.as_ref().map(|Id(role)| if role == GUEST { "guest" } else { "member" });
        let base = user.role.map(|Id(role)| {
            let name = match role.as_str() {
                OWNER => Some("owner"),
                ADMIN => Some("admin"),
                MEMBER => Some("member"),
                GUEST => Some("guest"),
                _ => None,
            };
            IdAndName { id: Some(Id(role)), name: name.map(str::to_owned) }
        });
        let roles: Vec<_> = base.into_iter().chain(user.custom_role).map(Role::from).collect();
        let joined = user.date_joined.map(|_| Status::Active);
        let status = joined.or(user.date_invited.map(|_| Status::Invited));
        User {
            id: user.id.into(),
            username: user.username.clone().into(),
            name: user.username.into(),
            emails: Email::only(user.email),
            // Rows of a list have none of these.
            roles: Some(roles).filter(|roles| !roles.is_empty()).into(),
            status: status.into(),
            // There are no licences beside the seats.
            licenses: seat
                .map(|seat| vec![License { id: seat.into(), name: seat.into(), ..License::default() }])
                .into(),
            avatar: user.profile_picture.into(),
            created_at: user.date_joined.or(user.date_invited).into(),
            last_active_at: user.last_active.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(ClickUp);

#[cfg(test)]
mod tests;
