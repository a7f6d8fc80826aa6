//! ClickUp: the members of a Workspace (`team` in the API) as directory users. Both operations need the Enterprise plan.
//!
//! - Create, an invitation: <https://developer.clickup.com/reference/inviteusertoworkspace>
//! - Update: <https://developer.clickup.com/reference/edituseronworkspace>
//! - Read: <https://developer.clickup.com/reference/getuser>
//! - Errors: <https://developer.clickup.com/docs/common_errors>, limits: <https://developer.clickup.com/docs/rate-limits>

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Email, Error, Field, FieldExt, Id, Integration, License, Millis, Path, Result,
    Role, Status, Support, User, Variable,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct ClickUp;

impl Integration for ClickUp {
    fn capabilities() -> Capabilities {
        let answer = [
            "id",
            "username",
            "name",
            "emails",
            "roles",
            "status",
            "avatar",
            "licenses",
            "created_at",
            "last_active_at",
        ];
        let role_note = "admin (2) or member (3), and the identifier of a custom role";
        let own = "only the member can change it";
        Capabilities::new("clickup", "ClickUp")
            .origin("https://api.clickup.com/api/v2")
            .variable(Variable::secret("api_token", "Personal API token (pk_…)").optional())
            .variable(Variable::secret("access_token", "OAuth access token").optional())
            .auth(Auth::header("authorization", "{api_token}"))
            .auth(Auth::bearer("{access_token}"))
            .serves(
                Support::create(Category::UserDirectory)
                    .query_required(["organization_id"])
                    .required(["emails"])
                    .note("emails", "the primary address is invited")
                    .note("roles", role_note)
                    .ignored([("username", own), ("name", own), ("avatar", own)])
                    .response(answer),
            )
            .serves(
                Support::update(Category::UserDirectory)
                    .query_required(["organization_id"])
                    .required(["username", "roles"])
                    .note("roles", role_note)
                    .ignored([
                        ("id", "the address names the user"),
                        ("name", "ClickUp has one name: username"),
                        ("emails", own),
                        ("avatar", own),
                        ("status", "it follows from the invitation"),
                        ("licenses", "the seat follows from the role"),
                        ("created_at", "ClickUp sets it"),
                    ])
                    .response(answer),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let email = user.primary_email().required("emails")?;
        let Roles { admin, custom } = Roles::read(user.roles)?;
        let invitation = Invitation { email: &email, admin: admin.unwrap_or(false), custom_role_id: custom };
        let answer = call.post(workspace(call)?.push("user")).json(&invitation).primary().send()?;
        if !call.wants_user() {
            return Ok(None);
        }
        // The answer is the whole Workspace; the new member is among the others.
        let members = answer.json_in::<Team>("team")?.members;
        let is_new = |member: &Member| member.user.email.as_ref().is_some_and(|e| e.eq_ignore_ascii_case(&email));
        Ok(members.into_iter().find(is_new).map(|member| member.user.into()))
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let username = user.username.required("username")?;
        let path = workspace(call)?.push("user").push(id);
        let Roles { mut admin, mut custom } = Roles::read(user.roles)?;
        if custom.is_none() {
            // ClickUp takes a custom role away when the request names none.
            let current = call.get(path.clone()).query("include_shared", false).send()?;
            let Member { user: current } = current.json_in("member")?;
            custom = current.custom_role.map(|role| role.id);
            admin = admin.or(Some(matches!(current.role, Some(OWNER | ADMIN))));
        }
        let edit = Edit { username, admin: admin.unwrap_or(false), custom_role_id: custom };
        call.put(path).json(&edit).primary().send()?.user_in::<Member>("member")
    }
}

fn workspace(call: &Call) -> Result<Path> {
    Ok(Path::new("/team").push(call.required_parameter::<Id>("organization_id")?))
}

const OWNER: u32 = 1;
const ADMIN: u32 = 2;
const GUEST: u32 = 4;

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
                ("2", _) => read.admin = Some(true),
                ("3", _) => read.admin = Some(read.admin.unwrap_or(false)),
                (_, Ok(id)) if id > GUEST.into() => read.custom = Some(id),
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
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_role_id: Option<u64>,
}

#[derive(Serialize)]
struct Edit {
    username: String,
    admin: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_role_id: Option<u64>,
}

#[derive(Deserialize)]
struct Team {
    members: Vec<Member>,
}

#[derive(Deserialize)]
struct Member {
    user: MemberUser,
}

#[derive(Deserialize)]
struct MemberUser {
    id: Id,
    username: Option<String>,
    email: Option<String>,
    #[serde(rename = "profilePicture")]
    profile_picture: Option<String>,
    role: Option<u32>,
    custom_role: Option<CustomRole>,
    last_active: Option<Millis>,
    date_joined: Option<Millis>,
    date_invited: Option<Millis>,
}

#[derive(Deserialize)]
struct CustomRole {
    id: u64,
    name: Option<String>,
}

impl From<Member> for User {
    fn from(member: Member) -> Self {
        member.user.into()
    }
}

impl From<MemberUser> for User {
    fn from(user: MemberUser) -> Self {
        let base = user.role.map(|role| {
            let name = match role {
                OWNER => Some("owner"),
                ADMIN => Some("admin"),
                3 => Some("member"),
                GUEST => Some("guest"),
                _ => None,
            };
            Role { id: role.to_string().into(), name: name.map(str::to_owned).into(), ..Role::default() }
        });
        let custom = user.custom_role.map(|role| Role {
            id: role.id.to_string().into(),
            name: role.name.into(),
            ..Role::default()
        });
        let seat = user.role.map(|role| if role == GUEST { "guest" } else { "member" });
        let is_member = user.date_joined.is_some();
        User {
            id: user.id.0.into(),
            username: user.username.clone().into(),
            name: user.username.into(),
            emails: Email::only(user.email),
            roles: base.into_iter().chain(custom).collect::<Vec<_>>().into(),
            // There are no licences beside the seats.
            licenses: seat
                .map(|seat| vec![License { id: seat.into(), name: seat.into(), ..License::default() }])
                .into(),
            avatar: user.profile_picture.into(),
            status: if is_member { Status::Active } else { Status::Invited }.into(),
            created_at: user.date_joined.or(user.date_invited).and_then(Millis::rfc3339).into(),
            last_active_at: user.last_active.and_then(Millis::rfc3339).into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(ClickUp);

#[cfg(test)]
mod tests;
