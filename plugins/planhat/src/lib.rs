//! Planhat: team members as ticketing and crm users.
//!
//! - Users: create, get, list, update, delete: <https://planhat.com/developers/api/user>
//! - Authentication and limits: <https://planhat.com/developers/api/authentication-limits>, OAuth as a client has it:
//!   <https://github.com/api-evangelist/planhat>
//! - Clusters: <https://github.com/planhat/docs>

use mortise_sdk::{
    Auth, Authorization, Call, Capabilities, Category, Effect, Email, End, EvidenceKind, Exchange, Field, FieldExt,
    Flag, Id, Integration, Listing, Page, Result, Roles, Status, Support, Text, User, UserExt, UsersPage, Value,
    Variable, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Planhat;

impl Integration for Planhat {
    fn capabilities() -> Capabilities {
        let role_note = "taken for the identifier where a role has none: Planhat knows roles by identifier";
        let name_note = "Planhat makes it of first_name and last_name";
        let consent = Authorization::new("https://ws.planhat.com/oauth/authorize").scopes(["inclusive"]);
        Capabilities::new("planhat", "Planhat")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://{cluster}.planhat.com")
            .origin("https://api.planhat.com/oauth")
            .variable(Variable::secret("api_token", "Private App access token").optional())
            .variable(
                Variable::new("cluster", "API host").help("api, or api- and the cluster, such as api-eu3.").or("api"),
            )
            .auth(Auth::bearer("{api_token}"))
            // Planhat made these tokens for its own MCP server. That the API takes them, too, is not documented.
            .oauth(Exchange::refresh("https://api.planhat.com/oauth/token").authorization(consent))
            // The hard limit and the soft one.
            .limit(150, 1)
            .limit(200, 60)
            .response(Category::Ticketing, ["id", "name", "first_name", "last_name", "emails", "is_active", "roles"])
            .response(Category::Ticketing, ["created_at", "updated_at"])
            .response(Category::Crm, ["id", "name", "email", "is_active", "created_at", "updated_at"])
            .serves(Support::get(Category::Ticketing))
            .serves(list(Category::Ticketing))
            .serves(Support::delete(Category::Ticketing, Effect::Deletes))
            .serves(Support::get(Category::Crm))
            .serves(list(Category::Crm))
            .serves(Support::delete(Category::Crm, Effect::Deletes))
            .serves(
                Support::create(Category::Ticketing)
                    .required(["first_name", "last_name", "nick_name", "emails"])
                    .writable(["roles", "custom_fields"])
                    .note("roles[].name", role_note)
                    .values("status", ["active", "inactive"])
                    .note("status", "without it Planhat creates an inactive user, who cannot sign in")
                    .ignored([("name", name_note)]),
            )
            .serves(
                Support::update(Category::Ticketing)
                    .writable(["first_name", "last_name", "nick_name", "emails", "roles", "custom_fields"])
                    .note("roles[].name", role_note)
                    .values("status", ["active", "inactive"])
                    .ignored([("name", name_note)]),
            )
            .serves(
                Support::update(Category::Crm)
                    .writable(["first_name", "last_name", "email", "is_active", "custom_fields"])
                    .ignored([("name", name_note)]),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        call.post("/users").json(&Member::write(user)?).primary().send()?.user::<MemberRead>()
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        call.put(path!("/users/{id}")).json(&Member::write(user)?).primary().send()?.user::<MemberRead>()
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        call.get(path!("/users/{id}")).primary().send()?.user::<MemberRead>()
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let request = call.get("/users").query("limit", page.size()).query("offset", page.offset()?);
        let answer = request.query_some("email", page.filter("email")).primary().send()?;
        answer.users::<MemberRead>()?.next_offset(page, None)
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        call.delete(path!("/users/{id}")).primary().send()?.empty()
    }
}

/// The last page is the one that is not full. Planhat's own most, 5,000, is more than the host takes.
fn list(category: Category) -> Support {
    Support::list(category, Listing::pages(100, 1_000).ends(End::Short)).query(["email"])
}

/// Body of a creation and of an update. Planhat insists on the first four at a creation, and an update changes only the fields it has.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Member {
    email: Field<String>,
    nick_name: Field<String>,
    first_name: Field<String>,
    last_name: Field<String>,
    roles: Field<Vec<String>>,
    inactive: Field<bool>,
    custom: Field<Value>,
}

impl Member {
    fn write(user: User) -> Result<Self> {
        Ok(Self {
            email: user.primary_email().not_null("emails")?,
            roles: user.role_words()?.or_empty(),
            inactive: user.is_active().not_null("status")?.map(|is_active| !is_active),
            nick_name: user.nick_name.not_null("nick_name")?,
            first_name: user.first_name.not_null("first_name")?,
            last_name: user.last_name.not_null("last_name")?,
            custom: user.custom_fields,
        })
    }
}

/// The user in Planhat's answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MemberRead {
    #[serde(rename = "_id")]
    id: Option<Id>,
    email: Text,
    nick_name: Text,
    first_name: Text,
    last_name: Text,
    /// Written out by some calls and by others not.
    roles: Roles,
    inactive: Option<Flag>,
    removed: Option<Flag>,
    created_at: Text,
    create_date: Text,
    updated_at: Text,
}

impl From<MemberRead> for User {
    fn from(member: MemberRead) -> Self {
        let named = User::named(member.first_name, member.last_name);
        User {
            id: member.id.into(),
            name: named.name.clone().or(member.nick_name.into()),
            emails: Email::only(member.email),
            roles: member.roles.by_id(),
            status: Status::active_unless([member.inactive, member.removed]).into(),
            created_at: member.created_at.or(member.create_date).into(),
            updated_at: member.updated_at.into(),
            ..named
        }
    }
}

mortise_sdk::export!(Planhat);

#[cfg(test)]
mod tests;
