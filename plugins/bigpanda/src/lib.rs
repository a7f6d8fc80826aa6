//! BigPanda: the users of an organization as user-directory users, over SCIM 2.0.
//!
//! - Users: <https://api-docs.bigpanda.io/>, the pages `create-scim-user`, `get-scim-users` and `patch-user-by-id`
//! - Groups: the page `patch-scim-group-by-id`
//!
//! BigPanda publishes addresses, statuses, media types and limits, and no bodies. These are from memory, as RFC 7643 and 7644 have them: of
//! a user, of a change, of a list with its `startIndex`, `count` and `filter`, of a change of `members`, and of errors. So is 100 as the most
//! rows of a page.

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Effect, End, EvidenceKind, Field, FieldExt, Integration, Listing, Page, Result,
    Support, User, UsersPage, Value, Variable, Writes, json, path, scim,
};

/// The integration.
pub struct BigPanda;

impl Integration for BigPanda {
    fn capabilities() -> Capabilities {
        let person = |support: Support| {
            support
                .query_note("groups", "joined like those of the body")
                .writable(["username", "name", "first_name", "last_name", "emails", "phones"])
                .note("roles", "all roles of the user, by identifier")
                .note("groups", "the user joins them and leaves none")
                .values("status", ["active", "inactive"])
        };
        Capabilities::new("bigpanda", "BigPanda")
            .evidence(EvidenceKind::SecondHand, "2026-11-30")
            .origin("https://{api_host*}.bigpanda.io/scim/v2")
            // The host that is published for Europe, api.eu, has been seen not to answer.
            .variable(
                Variable::new("api_host", "API host")
                    .values(["api", "eu-api"])
                    .help("eu-api is for organizations in Europe.")
                    .or("api"),
            )
            .secret("user_api_key", "User API key")
            .auth(Auth::bearer("{user_api_key}"))
            .limit(2, 1)
            .response(Category::UserDirectory, ["id", "external_id", "username", "name", "first_name", "last_name"])
            .response(Category::UserDirectory, ["emails", "phones", "status", "roles", "groups"])
            .response(Category::UserDirectory, ["created_at", "updated_at"])
            .serves(Support::get(Category::UserDirectory))
            .serves(
                Support::list(Category::UserDirectory, Listing::pages(100, 100).ends(End::Total)).query(["username"]),
            )
            // SCIM users have no DELETE.
            .serves(Support::delete(Category::UserDirectory, Effect::Deactivates))
            .serves(person(Support::create(Category::UserDirectory)).required(["username"]))
            .serves(person(Support::update(Category::UserDirectory)))
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let groups = call.groups_to_join(&user, MAX_GROUPS)?;
        let answer = call.post("/Users").json(&scim::NewUser::from(user)).primary().send()?;
        if groups.is_empty() {
            return answer.user::<scim::UserRead>();
        }
        let created = answer.record::<scim::UserRead>()?;
        let id = created.id.clone().required("id")?;
        join(call, &id, groups, format!("user {id} is created"), Ok(Some(created)))
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let groups = call.groups_to_join(&user, MAX_GROUPS)?;
        let change = scim::Patch::from(user);
        // A change of nothing carries `remote_data`. Beside groups it is not needed, and might be refused.
        if change.is_empty() && !groups.is_empty() {
            let user = call.get(path!("/Users/{id}")).primary().send()?.user::<scim::UserRead>();
            return join(call, id, groups, "nothing else is changed".to_owned(), user);
        }
        let user = call.patch(path!("/Users/{id}")).json(&change).primary().send()?.user::<scim::UserRead>();
        if groups.is_empty() { user } else { join(call, id, groups, format!("user {id} is changed"), user) }
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        call.get(path!("/Users/{id}")).primary().send()?.user::<scim::UserRead>()
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let filter = page.filter("username").map(|username| format!("userName eq {}", Value::from(username)));
        scim::list::<scim::UserRead>(call.get("/Users").query_some("filter", filter).primary(), page)
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let change = scim::Patch::new().set("active", Field::Value(false));
        call.patch(path!("/Users/{id}")).json(&change).primary().send()?.empty()
    }
}

/// The most of a call, which may send 16 requests (docs/contract.md, Imports): one for each, beside the write and a read.
const MAX_GROUPS: usize = 14;

/// Puts the user of a finished request into groups, and reads the user with these groups. `done` says what that request
/// did, and `told` is its answer.
fn join(call: &Call, id: &str, groups: Vec<String>, done: String, told: Result<Option<User>>) -> Result<Option<User>> {
    let told = told?;
    let change = scim::Patch::new().add("members", [json!({ "value": id })]);
    let mut writes = Writes::after(done);
    for group in groups {
        let joined = call.patch(path!("/Groups/{group}")).json(&change);
        writes = writes.then(joined, format!("the user is in group {group}"));
    }
    writes.send()?;
    call.told_or_read(Ok(told), |_| false, || call.get(path!("/Users/{id}")).send()?.user::<scim::UserRead>())
}

mortise_sdk::export!(BigPanda);

#[cfg(test)]
mod tests;
