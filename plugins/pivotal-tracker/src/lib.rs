//! Pivotal Tracker: the members of a project as ticketing users. Tracker has no call that creates, changes or deletes a
//! person, so the integration reads and writes the membership. The service was switched off on 30 April 2025, as far as
//! we remember: only recordings answer.
//!
//! - API, errors and memberships: <https://www.pivotaltracker.com/help/api>, <https://www.pivotaltracker.com/help/api/rest/v5>
//! - The calls as clients make them: <https://github.com/salsita/go-pivotaltracker>, <https://github.com/dashofcode/tracker_api>
//!
//! From memory is that `/me` names the owner of the token.

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Effect, Email, Error, EvidenceKind, Field, FieldExt, Id, Integration, ListExt,
    Listing, Page, Path, Result, Role, Roles, Support, TIMES, Text, User, UsersPage, Variable, numeric_id, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct PivotalTracker;

impl Integration for PivotalTracker {
    fn capabilities() -> Capabilities {
        Capabilities::new("pivotal-tracker", "Pivotal Tracker")
            .evidence(EvidenceKind::SecondHand, "2026-11-30")
            .origin("https://www.pivotaltracker.com/services/v5")
            .variable(
                Variable::secret("api_token", "API token")
                    .help("That of a user who owns the project, from the user's Profile page."),
            )
            .auth(Auth::header("x-trackertoken", "{api_token}"))
            .probe("/me")
            // `error` is the same sentence for all errors of one code.
            .error_message("/general_problem")
            .response(Category::Ticketing, ["id", "name", "username", "emails", "roles", "created_at", "updated_at"])
            .serves(Support::get(Category::Ticketing).query_required(["collections"]))
            .serves(
                // Tracker has no filters: the host picks from the members.
                Support::list(Category::Ticketing, Listing::whole())
                    .query_required(["collections"])
                    .query(["email", "name", "username"])
                    .query(TIMES),
            )
            .serves(Support::delete(Category::Ticketing, Effect::Unlinks).query_required(["collections"]))
            .serves(
                Support::create(Category::Ticketing)
                    .query_required(["collections"])
                    .required(["name", "emails"])
                    .note("name", "the user's initials are made of it")
                    .note("emails", "the primary address: Tracker has one")
                    .values("roles", ROLES)
                    .note("roles", "one; member where none is given"),
            )
            .serves(
                Support::update(Category::Ticketing)
                    .query_required(["collections"])
                    .values("roles", ROLES)
                    .note("roles", "one: nothing else of a member can be changed"),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let email = user.primary_email().required("emails")?;
        let role = role(user.roles)?.into_value().unwrap_or_else(|| DEFAULT_ROLE.to_owned());
        let name = user.name.required("name")?;
        let member = NewMember { email, initials: initials(&name)?, name, role };
        call.post(memberships(call)?).json(&member).primary().send()?.user::<Membership>()
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let path = membership(call, id)?;
        let change = MemberChange { role: role(user.roles)? };
        call.put(path).json(&change).primary().send()?.user::<Membership>()
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        call.get(membership(call, id)?).primary().send()?.user::<Membership>()
    }

    fn list_users(call: &Call, _: &Page) -> Result<UsersPage> {
        let members = call.get(memberships(call)?).primary().send()?.users::<Membership>()?;
        // That this list has no pages is from memory. Tracker's lists that have some say so by this header.
        let total = members.header_number("x-tracker-pagination-total");
        if total.is_some_and(|total| total > members.count()) {
            return Err(Error::vendor("Tracker gave a part of the project's members, and no page was expected"));
        }
        members.last()
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        call.delete(membership(call, id)?).primary().send()?.empty()
    }
}

/// What a member can be. Answers know `inactive` beside these.
const ROLES: [&str; 3] = ["owner", "member", "viewer"];

/// Our choice. That Tracker insists on a role is from memory.
const DEFAULT_ROLE: &str = "member";

/// The memberships of the project that the query names.
fn memberships(call: &Call) -> Result<Path> {
    let collections = call.required_parameter::<Vec<Collection>>("collections")?;
    let mut projects = collections.iter().filter(|c| c.kind == "project").map(|c| c.id.0.parse::<u64>());
    match (projects.next(), projects.next()) {
        (Some(Ok(project)), None) => Ok(path!("/projects/{project}/memberships")),
        _ => Err(Error::invalid_input("must name one project by its number, with the type project").at("collections")),
    }
}

/// One of them.
fn membership(call: &Call, id: &str) -> Result<Path> {
    Ok(memberships(call)?.push(numeric_id(id)?))
}

/// The one role of a member, by whichever of its words Tracker knows.
fn role(roles: Field<Vec<Role>>) -> Result<Field<String>> {
    let word = |role: Role| match role.words().find(|word| ROLES.contains(word)) {
        Some(word) => Ok(word.to_owned()),
        None => Err(Error::invalid_input(format!("must be one of {}", ROLES.join(", "))).at("roles[0]")),
    };
    Ok(roles.single("roles")?.not_null("roles")?.into_value().map(word).transpose()?.into())
}

/// `AE` for Ada Example. That Tracker insists on initials for an address that it does not know is from memory, how they are
/// made is our choice.
fn initials(name: &str) -> Result<String> {
    let letters = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let initials: String = letters.take(4).flat_map(char::to_uppercase).collect();
    if initials.is_empty() {
        return Err(
            Error::invalid_input("must have a letter or a digit: the user's initials are made of it").at("name")
        );
    }
    Ok(initials)
}

#[derive(Deserialize)]
struct Collection {
    id: Id,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Serialize)]
struct NewMember {
    email: String,
    name: String,
    initials: String,
    role: String,
}

#[derive(Serialize)]
struct MemberChange {
    role: Field<String>,
}

#[derive(Deserialize)]
struct Membership {
    id: Option<Id>,
    role: Roles,
    person: Option<Person>,
    created_at: Text,
    updated_at: Text,
}

#[derive(Default, Deserialize)]
struct Person {
    name: Text,
    email: Text,
    username: Text,
}

impl From<Membership> for User {
    fn from(membership: Membership) -> Self {
        let person = membership.person.unwrap_or_default();
        User {
            // The membership's, by which it is changed; the person's own number stays with the vendor.
            id: membership.id.into(),
            name: person.name.into(),
            username: person.username.into(),
            emails: Email::only(person.email),
            // Roles have no identifiers beside their names.
            roles: membership.role.into(),
            created_at: membership.created_at.into(),
            updated_at: membership.updated_at.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(PivotalTracker);

#[cfg(test)]
mod tests;
