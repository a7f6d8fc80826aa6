//! Salesloft: the users of a team as directory users. A person's name, address and time zone belong to the Salesloft account; nobody is
//! created or deleted by this API.
//!
//! - Users: update, get, list: <https://developers.salesloft.com/docs/api/users>
//! - Pages, filters, errors and limits: <https://developers.salesloft.com/docs/platform/api-basics>
//! - OAuth: <https://developers.salesloft.com/docs/platform/api-basics/oauth-authentication>
//! - A list of users as a client recorded it: <https://github.com/amp-labs/connectors/tree/main/providers/salesloft>
//!
//! From memory are the words of roles, the group in a user, what `search` finds, and that only an administrator may change users. Which scopes
//! the users need is inferred from their descriptions.

use mortise_sdk::{
    Auth, Authorization, Call, Capabilities, Category, Effect, Email, EvidenceKind, Exchange, Field, FieldExt, Flag,
    Group, Id, IdAndName, Integration, License, ListExt, Listing, Page, Result, Role, Status, Support, Text, User,
    UserExt, UsersPage, Variable, numeric_id, numeric_ids, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Salesloft;

impl Integration for Salesloft {
    fn capabilities() -> Capabilities {
        let account = "it belongs to the person's Salesloft account";
        let consent =
            Authorization::new("https://accounts.salesloft.com/oauth/authorize").scopes(["team:read", "team:write"]);
        Capabilities::new("salesloft", "Salesloft")
            .evidence(EvidenceKind::SecondHand, "2026-11-30")
            .origin("https://api.salesloft.com/v2")
            .origin("https://accounts.salesloft.com/oauth")
            .variable(
                Variable::secret("api_key", "API key of a team administrator")
                    .help("It is made under Settings > API Keys.")
                    .optional(),
            )
            .auth(Auth::bearer("{api_key}"))
            .oauth(Exchange::refresh("https://accounts.salesloft.com/oauth/token").authorization(consent))
            // Of the whole team, whose other applications count, too.
            .limit(600, 60)
            .response(Category::UserDirectory, ["id", "name", "first_name", "last_name", "emails", "title", "timezone"])
            .response(Category::UserDirectory, ["status", "roles", "groups", "licenses", "created_at", "updated_at"])
            .serves(Support::get(Category::UserDirectory))
            .serves(
                Support::list(Category::UserDirectory, Listing::pages(25, 100).stable())
                    .query(["email"])
                    .query_values("status", ["active", "inactive"]),
            )
            // An update to `active` brings the user back.
            .serves(Support::delete(Category::UserDirectory, Effect::Deactivates))
            .serves(
                Support::update(Category::UserDirectory)
                    .query_note("groups", "like those of the body")
                    .values("status", ["active", "inactive"])
                    .note("roles", "one: Admin, User or the identifier of a custom role")
                    .note("groups", "one, by number")
                    .note("licenses", "one, by its name, such as premier")
                    .ignored([
                        ("name", account),
                        ("first_name", account),
                        ("last_name", account),
                        ("emails", account),
                        ("timezone", account),
                        ("title", account),
                    ]),
            )
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        let package = |license: License| license.name.or(license.id).required("licenses[0]");
        let change = Change {
            active: user.is_active().not_null("status")?,
            role_id: user.role_words()?.single("roles")?.not_null("roles")?,
            group_id: numeric_ids(call.group_ids(&user)?, "groups")?.single("groups")?.not_null("groups")?,
            seat_package: user.licenses.single("licenses")?.not_null("licenses")?.map(package).transpose()?,
        };
        call.put(path!("/users/{id}")).json(&change).primary().send()?.user_in::<Member>("data")
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        call.get(path!("/users/{id}")).primary().send()?.user_in::<Member>("data")
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let number = page.number()?;
        let request = call.get("/users").query("page", number).query("per_page", page.size());
        let request = request.query("sort_by", "id").query("sort_direction", "ASC").query("visible_only", false);
        let active = page.filter("status").map(|status| status == "active");
        let request = request.query_some("active", active).query_some("search", page.filter("email"));
        let users = request.primary().send()?.users_in::<Member>("data")?;
        users.next(|answer| match answer.number("/metadata/paging/current_page") {
            // Some answers tell nothing of pages: then an empty one is the last.
            None => (answer.count() > 0).then(|| (number + 1).to_string()),
            Some(_) => answer.text("/metadata/paging/next_page"),
        })
    }

    /// By an update, because this API removes nobody from a team.
    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let id = numeric_id(id)?;
        let change = Change { active: false.into(), ..Change::default() };
        call.put(path!("/users/{id}")).json(&change).primary().send()?.refused_if("/data/active", true)?.empty()
    }
}

/// Body of `PUT /users/{id}`, which leaves alone what it does not name. How Salesloft clears any of it is not documented.
#[derive(Default, Serialize)]
struct Change {
    active: Field<bool>,
    role_id: Field<String>,
    group_id: Field<u64>,
    seat_package: Field<String>,
}

/// The user in answers.
#[derive(Deserialize)]
struct Member {
    id: Option<Id>,
    name: Text,
    first_name: Text,
    last_name: Text,
    email: Text,
    time_zone: Text,
    job_role: Text,
    active: Option<Flag>,
    role: Option<IdAndName>,
    team_admin: Option<Flag>,
    group: Option<IdAndName>,
    seat_package: Text,
    created_at: Text,
    updated_at: Text,
}

impl From<Member> for User {
    fn from(member: Member) -> Self {
        let admin = || (member.team_admin == Some(Flag(true))).then(|| Id("Admin".to_owned()));
        let role = member.role.and_then(|role| role.id).or_else(admin).map(String::from).map(Role::known_by_name);
        let group = |IdAndName { id, name }| Group { id: id.into(), name: name.into(), ..Group::default() };
        let license = member.seat_package.into_option();
        User {
            id: member.id.into(),
            emails: Email::only(member.email),
            title: member.job_role.into(),
            timezone: member.time_zone.into(),
            status: member.active.map(Status::from).into(),
            roles: role.map(|role| vec![role]).into(),
            groups: member.group.into_iter().filter(|group| group.id.is_some()).map(group).collect::<Vec<_>>().into(),
            licenses: license.map_or(Field::Absent, |name| License::only(name.clone(), name)),
            created_at: member.created_at.into(),
            updated_at: member.updated_at.into(),
            ..User::named_by(member.name, member.first_name, member.last_name)
        }
    }
}

mortise_sdk::export!(Salesloft);

#[cfg(test)]
mod tests;
