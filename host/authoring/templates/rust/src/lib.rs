//! {{label}}: its people as ticketing users.
//!
//! The vendor in this file is made up. Name the pages of the real vendor's documentation here:
//!
//! - Create: `POST /people`
//! - Update: `PATCH /people/{id}`
//! - Get: `GET /people/{id}`
//! - List: `GET /people`
//! - Delete: `DELETE /people/{id}`

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Effect, Email, Field, FieldExt, Flag, Id, Integration, Listing, Page, Result,
    Status, Support, Text, User, UsersPage, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct {{type}};

impl Integration for {{type}} {
    /// What this integration needs from the operator, and what it offers to callers. The host checks and shows it, and checks
    /// every request against it: a field that is not named here never reaches the functions below.
    fn capabilities() -> Capabilities {
        Capabilities::new(
            "{{slug}}", // The slug, which never changes again.
            "{{label}}", // The vendor's name, as people read it.
        )
        // The only address that the integration can reach, after the operator has granted it.
        .origin("https://api.example.com/v1")
        // The values that an account carries. This code never sees a secret: the host signs the requests.
        .secret("api_token", "API token")
        .auth(Auth::bearer("{api_token}"))
        // The fields of a user, in the answer of every operation.
        .response(Category::Ticketing, ["id", "name", "emails", "avatar", "is_active", "created_at"])
        .serves(Support::create(Category::Ticketing).required(["name", "emails"]).writable(["avatar"]))
        .serves(
            Support::update(Category::Ticketing)
                .writable(["name", "avatar"])
                .ignored([("emails", "people change their address themselves")]),
        )
        .serves(Support::get(Category::Ticketing))
        // A page has 50 people if the caller does not say how many, and at most 200.
        .serves(Support::list(Category::Ticketing, Listing::pages(50, 200)).query(["email"]))
        // What a deletion does to the person. Every answer to a deletion says it.
        .serves(Support::delete(Category::Ticketing, Effect::Deletes))
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let person = NewPerson {
            email: user.primary_email().required("emails")?,
            full_name: user.name.required("name")?,
            picture: user.avatar.into_value(),
        };
        // `primary` marks the request that carries the call: the host merges the caller's `remote_data` into it, and the caller
        // gets its answer as `remote_data`.
        call.post("/people").json(&person).primary().send()?.user_in::<Person>("person")
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        // A field is absent (do not change it), null (clear it) or has a value. The change passes all three on.
        let change = PersonChange { full_name: user.name.not_null("name")?, picture: user.avatar };
        call.patch(path!("/people/{id}")).json(&change).primary().send()?.user_in::<Person>("person")
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        call.get(path!("/people/{id}")).primary().send()?.user_in::<Person>("person")
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let request = call.get("/people").query("limit", page.size()).query_some("after", page.cursor());
        let answer = request.query_some("email", page.filter("email")).primary().send()?;
        // The next page begins at the vendor's own cursor. Without one, this was the last page.
        answer.users_in::<Person>("people")?.next(|answer| answer.text("/next"))
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        call.delete(path!("/people/{id}")).primary().send()?.empty()
    }
}

/// Body of `POST /people`, in the vendor's own words. A request leaves out fields that are `None` or absent.
#[derive(Serialize)]
struct NewPerson {
    full_name: String,
    email: String,
    picture: Option<String>,
}

/// Body of `PATCH /people/{id}`.
#[derive(Serialize)]
struct PersonChange {
    full_name: Field<String>,
    picture: Field<String>,
}

/// A person in the vendor's answers. A field that may be missing is a `Text` or an `Option`.
#[derive(Deserialize)]
struct Person {
    id: Option<Id>,
    full_name: Text,
    email: Text,
    picture: Text,
    suspended: Option<Flag>,
    created_at: Text,
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        User {
            id: person.id.into(),
            name: person.full_name.into(),
            emails: Email::only(person.email),
            avatar: person.picture.into(),
            status: Status::active_unless([person.suspended]).into(),
            created_at: person.created_at.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!({{type}});

#[cfg(test)]
mod tests;
