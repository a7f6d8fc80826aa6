//! Gets, lists and deletes the users of `tests/src/vendor/directory.rs`, and lists them in the style that its account names: each way to
//! page that the SDK knows.
#![cfg(target_family = "wasm")]

use mortise_sdk::{
    Call, Capabilities, Category, Effect, Email, Error, Id, Integration, Listing, Page, Result, Status, Support, Text,
    User, UsersPage, Variable, path, scim,
};

struct Pager;

impl Integration for Pager {
    fn capabilities() -> Capabilities {
        let told = ["id", "emails", "is_active", "created_at", "roles"];
        Capabilities::new("pager", "Pager")
            .origin("https://api.example.com")
            .variable(Variable::new("style", "Style of paging"))
            .serves(Support::get(Category::Ticketing).response(told))
            .serves(
                Support::list(Category::Ticketing, Listing::pages(3, 100).partial(["roles"]))
                    .query(["email", "is_active", "created_at[gte]", "created_at[lt]"])
                    .response(told),
            )
            .serves(Support::delete(Category::Ticketing, Effect::Unlinks))
            .serves(Support::delete(Category::Crm, Effect::Unlinks).query_required(["reassign_to"]))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        call.get(path!("/users/{id}")).primary().send()?.user::<Person>()
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let asked = |path: &'static str| {
            let request = call.get(path).query("size", page.size()).query_some("email", page.filter("email"));
            request.query_some("active", page.filter("is_active")).primary()
        };
        match call.required_variable("style")?.as_str() {
            "offset" => {
                let answer = asked("/offset").query("offset", page.offset()?).send()?;
                let users = answer.users_in::<Person>("users")?;
                let total = users.number("/total").unwrap_or(u64::MAX);
                users.next_offset(page, Some(total))
            }
            "number" => {
                let number = page.number()?;
                let answer = asked("/number").query("page", number).send()?;
                answer.users_in::<Person>("users")?.next(|rows| rows.flag("/more").then(|| (number + 1).to_string()))
            }
            "cursor" => {
                let answer = asked("/cursor").query_some("cursor", page.cursor()).send()?;
                answer.users_in::<Person>("users")?.next(|rows| rows.text("/next"))
            }
            "next" => {
                let answer = asked("/next").query_some("cursor", page.cursor()).send()?;
                answer.users_in::<Person>("users")?.next(|rows| rows.query_of("/next", "cursor"))
            }
            "link" => {
                let answer = asked("/link").query_some("cursor", page.cursor()).send()?;
                answer.users::<Person>()?.next(|rows| rows.link("cursor"))
            }
            "keyset" => {
                let answer = asked("/keyset").query_some("after", page.cursor()).send()?;
                answer.users_in::<Person>("users")?.next(|rows| rows.of_last("/id"))
            }
            "scim" => scim::list::<scim::UserRead>(asked("/scim"), page),
            "whole" => asked("/whole").send()?.users_in::<Person>("users")?.last(),
            style => Err(Error::invalid_input(format!("`{style}` is no style"))),
        }
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let heir = call.parameter::<String>("reassign_to")?;
        call.delete(path!("/users/{id}")).query_some("heir", heir).primary().send()?.empty()
    }
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
