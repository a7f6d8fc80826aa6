//! Gets, lists and deletes the users of `tests/src/vendor/directory.rs`. The account names the style of paging: every
//! style that the SDK knows. In user-directory it lists with more filters, and completes its rows if a caller requests
//! it.
#![cfg(target_family = "wasm")]

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Effect, Email, Error, Exchange, Id, Integration, Listing, Page, Request,
    Response, Result, Status, Support, Text, User, UsersPage, Variable, path, scim,
};
use serde_json::Value;

struct Pager;

impl Integration for Pager {
    fn capabilities() -> Capabilities {
        let told = ["id", "emails", "is_active", "created_at", "roles"];
        Capabilities::new("pager", "Pager")
            .origin("https://api.example.com")
            .variable(Variable::new("style", "Style of paging"))
            .variable(Variable::secret("client_id", "Client").optional())
            .variable(Variable::secret("client_secret", "Secret of the client").optional())
            .oauth(Exchange::client_credentials("https://api.example.com/token"))
            .auth(Auth::header("x-style", "{style}"))
            .serves(Support::get(Category::Ticketing).response(told))
            .serves(
                Support::list(Category::Ticketing, Listing::pages(3, 100).partial(["roles"]))
                    .query(["email", "is_active", "created_at[gte]", "created_at[lt]"])
                    .response(told),
            )
            .serves(
                Support::list(Category::UserDirectory, Listing::pages(3, 100))
                    .query(["collections", "created_at[gt]", "created_at[gte]", "created_at[lt]", "created_at[lte]"])
                    .query_values("status", ["active", "inactive"])
                    .response(["id", "name", "emails", "status", "created_at"]),
            )
            .serves(Support::delete(Category::Ticketing, Effect::Unlinks))
            .serves(Support::delete(Category::Crm, Effect::Unlinks).query_required(["reassign_to"]))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        call.get(path!("/users/{id}")).primary().send()?.user::<Person>()
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let mut users = listed(call, page)?;
        if call.parameter::<String>("collections")?.is_some() {
            complete(call, &mut users);
        }
        Ok(users)
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let heir = call.parameter::<String>("reassign_to")?;
        call.delete(path!("/users/{id}")).query_some("heir", heir).primary().send()?.empty()
    }
}

fn listed(call: &Call, page: &Page) -> Result<UsersPage> {
    let asked = |path: &'static str| {
        let request = call.get(path).query("size", page.size()).query_some("email", page.filter("email"));
        let request = request.query_some("active", page.filter("is_active"));
        request.query_some("since", minute_before(page)).primary()
    };
    match call.required_variable("style")?.as_str() {
        "offset" => {
            let answer = read(asked("/offset").query("offset", page.offset()?))?;
            let users = answer.users_in::<Person>("users")?;
            let total = users.number("/total").unwrap_or(u64::MAX);
            users.next_offset(page, Some(total))
        }
        "number" => {
            let number = page.number()?;
            let answer = read(asked("/number").query("page", number))?;
            answer.users_in::<Person>("users")?.next(|rows| rows.flag("/more").then(|| (number + 1).to_string()))
        }
        "cursor" => {
            let answer = read(asked("/cursor").query_some("cursor", page.cursor()))?;
            answer.users_in::<Person>("users")?.next(|rows| rows.text("/next"))
        }
        "next" => {
            let answer = read(asked("/next").query_some("cursor", page.cursor()))?;
            answer.users_in::<Person>("users")?.next(|rows| rows.query_of("/next", "cursor"))
        }
        "link" => {
            let answer = read(asked("/link").query_some("cursor", page.cursor()))?;
            answer.users::<Person>()?.next(|rows| rows.link("cursor"))
        }
        "keyset" => {
            let answer = read(asked("/keyset").query_some("after", page.cursor()))?;
            answer.users_in::<Person>("users")?.next(|rows| rows.of_last("/id"))
        }
        "scim" => scim::list::<scim::UserRead>(asked("/scim"), page),
        "whole" => asked("/whole").send()?.users_in::<Person>("users")?.last(),
        style => Err(Error::invalid_input(format!("`{style}` is no style"))),
    }
}

/// The vendor has two signs of an expired cursor.
fn read(request: Request<'_>) -> Result<Response<'_>> {
    let answer = request.send_any()?;
    match answer.status() {
        410 => Err(Error::invalid_cursor()),
        400 => {
            let said: Value = answer.json().unwrap_or_default();
            Err(if said["code"] == "cursor_expired" { Error::invalid_cursor() } else { Error::vendor("") })
        }
        _ => answer.success(),
    }
}

/// The vendor compares minutes of one hour, and excludes the given minute. The host then removes users that were
/// created too early.
fn minute_before(page: &Page) -> Option<i64> {
    page.since("created_at")?.get(14..16)?.parse::<i64>().ok().map(|minute| minute - 1)
}

/// Reads the names, which rows do not have. If a read fails, the row stays incomplete, and the page says so.
fn complete(call: &Call, page: &mut UsersPage) {
    for row in &mut page.rows {
        let id = row.user.id.value().cloned().unwrap_or_default();
        match call.get(path!("/users/{id}")).send().and_then(Response::json::<Named>) {
            Ok(named) => row.user.name = named.name.into(),
            Err(_) => page.partial = true,
        }
    }
}

#[derive(serde::Deserialize)]
struct Named {
    name: Text,
}

#[derive(serde::Deserialize)]
struct Person {
    id: Option<Id>,
    email: Text,
    active: bool,
    created_at: Text,
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        User {
            id: person.id.into(),
            emails: Email::only(person.email),
            status: Status::from(person.active).into(),
            created_at: person.created_at.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(Pager);
