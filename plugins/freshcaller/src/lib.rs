//! Freshcaller, also sold as Freshdesk Contact Center: the users of a phone system as user-directory users.
//!
//! - API, statuses, errors: <https://developers.freshcaller.com/api/>
//! - Lists and their pages as a connector reads them:
//!   <https://github.com/airbytehq/airbyte/tree/master/airbyte-integrations/connectors/source-freshcaller>
//! - The user object as a client reads it: <https://github.com/Pathlight/tap-freshcaller>
//!
//! From memory are the body of a creation and of an update, that `deleted` can be written, and that a single user stands below `user`. That
//! an API key may send 50 requests a minute is from a connector, and 100 as the most rows of a page from a third party's model.

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Effect, Email, Error, EvidenceKind, Field, FieldExt, Flag, Group, Id,
    IdAndName, Integration, ListExt, Listing, Page, Phone, Result, Role, Roles, Status, Support, Text, User, UserExt,
    UsersPage, Variable, numeric_id, numeric_ids, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Freshcaller;

impl Integration for Freshcaller {
    fn capabilities() -> Capabilities {
        let person = |support: Support| {
            support
                .query_note("groups", "like those of the body")
                .writable(["name"])
                .note("emails", "the primary address: Freshcaller has one")
                .note("phones", "the entry of the type phone, else the one of the type mobile: Freshcaller has one")
                .note("languages", "the first one: Freshcaller has one")
                .note("roles", "one: Account Admin, Admin, Supervisor or Agent")
                .note("groups", "all teams of the user, by number; null for none")
                .ignored([("licenses", "Freshcaller's API knows none")])
        };
        Capabilities::new("freshcaller", "Freshcaller")
            .evidence(EvidenceKind::SecondHand, "2026-11-30")
            .origin("https://{domain}.freshcaller.com/api/v1")
            .variable(Variable::new("domain", "Account").help("What stands before .freshcaller.com in its address."))
            .secret("api_key", "API key of an administrator")
            .auth(Auth::header("x-api-auth", "{api_key}"))
            .limit(50, 60)
            .response(Category::UserDirectory, ["id", "name", "emails", "phones", "status", "languages", "roles"])
            .response(Category::UserDirectory, ["groups", "licenses", "last_active_at"])
            .serves(Support::get(Category::UserDirectory))
            .serves(Support::list(Category::UserDirectory, Listing::pages(25, 100)))
            // An update to `active` brings the user back.
            .serves(Support::delete(Category::UserDirectory, Effect::Trashes))
            .serves(
                person(Support::create(Category::UserDirectory))
                    .required(["emails"])
                    .ignored([("status", "a new user is invited")]),
            )
            .serves(person(Support::update(Category::UserDirectory)).values("status", ["deleted", "active"]))
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        call.post("/users").json(&Change::write(call, user)?).primary().send()?.user_in_or_root::<Person>("user")
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        let change = Change::write(call, user)?;
        call.put(path!("/users/{id}")).json(&change).primary().send()?.user_in_or_root::<Person>("user")
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        call.get(path!("/users/{id}")).primary().send()?.user_in_or_root::<Person>("user")
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let request = call.get("/users").query("page", page.number()?).query("per_page", page.size());
        let users = request.primary().send()?.users_in::<Person>("users")?;
        let pages = users.number("/meta/total_pages");
        users.next_number(page, pages)
    }

    /// By an update: no public model of the API has a `DELETE` of users.
    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let id = numeric_id(id)?;
        let change = Change { deleted: true.into(), ..Change::default() };
        let answer = call.put(path!("/users/{id}")).json(&change).primary().send()?;
        // Freshcaller may ignore a field that it does not know.
        answer.refused_unless("/user/deleted", true)?.refused_unless("/deleted", true)?.empty()
    }
}

/// The fields of a user that a call sets; an update changes no others.
#[derive(Default, Serialize)]
struct Change {
    name: Field<String>,
    email: Field<String>,
    phone: Field<String>,
    language: Field<String>,
    role: Field<String>,
    team_ids: Field<Vec<u64>>,
    deleted: Field<bool>,
}

impl Change {
    fn write(call: &Call, user: User) -> Result<Self> {
        let role = |role: Role| {
            let name = role.words().last().map(str::to_owned);
            name.ok_or_else(|| Error::invalid_input("must have a name").at("roles[0]"))
        };
        Ok(Self {
            email: user.primary_email().not_null("emails")?,
            phone: user.phone_number(),
            language: user.language().not_null("languages")?,
            role: user.roles.clone().single("roles")?.not_null("roles")?.map(role).transpose()?,
            team_ids: numeric_ids(call.group_ids(&user)?, "groups")?.or_empty(),
            deleted: user.is_active().not_null("status")?.map(|is_active| !is_active),
            name: user.name.not_null("name")?,
        })
    }
}

/// The user in Freshcaller's answers. Its `status` says whether the user takes calls, and is not read.
#[derive(Deserialize)]
struct Person {
    id: Option<Id>,
    name: Text,
    email: Text,
    phone: Text,
    confirmed: Option<Flag>,
    deleted: Option<Flag>,
    language: Text,
    role: Roles,
    teams: Option<Vec<IdAndName>>,
    last_seen_time: Text,
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        let status = match (person.deleted, person.confirmed) {
            (Some(Flag(true)), _) => Some(Status::Deleted),
            (_, Some(Flag(false))) => Some(Status::Invited),
            (deleted, confirmed) => deleted.or(confirmed).map(|_| Status::Active),
        };
        let team = |IdAndName { id, name }| Group { id: id.into(), name: name.into(), ..Group::default() };
        User {
            id: person.id.into(),
            name: person.name.into(),
            emails: Email::only(person.email),
            phones: Phone::main_and_mobile(person.phone, Text::default()),
            status: status.into(),
            languages: person.language.into(),
            roles: person.role.into(),
            groups: person.teams.map(|teams| teams.into_iter().map(team).collect::<Vec<_>>()).into(),
            last_active_at: person.last_seen_time.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(Freshcaller);

#[cfg(test)]
mod tests;
