//! Qualtrics CoreXM: the users of a brand as ticketing users. The API token must be a brand administrator's.
//!
//! - Users: <https://api.qualtrics.com/docs/managing-users>, and as a client has them: <https://github.com/ppssphysics/QualtricsInR>
//! - Authentication: <https://api.qualtrics.com/docs/authentication>, <https://api.qualtrics.com/docs/using-oauth>
//! - Data centers: <https://www.qualtrics.com/support/integrations/api-integration/finding-qualtrics-ids/>

use mortise_sdk::{
    Auth, Authorization, Call, Capabilities, Category, Effect, Email, EvidenceKind, Exchange, Field, FieldExt, Id,
    Integration, Listing, Page, Password, Request, Response, Result, Status, Support, Text, User, UserExt, UsersPage,
    Variable, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Qualtrics;

impl Integration for Qualtrics {
    fn capabilities() -> Capabilities {
        let both = |support: Support| {
            support
                .note("emails", "the primary address: Qualtrics has one")
                .note("languages", "the first one: Qualtrics has one")
                .note("user_type", "an identifier, UT_…")
        };
        // The second is named after the pattern of others; no page of the vendor's has it.
        let consent =
            Authorization::new("https://{datacenter}.qualtrics.com/oauth2/auth").scopes(["read:users", "write:users"]);
        let token = "https://{datacenter}.qualtrics.com/oauth2/token";
        Capabilities::new("qualtrics-corexm", "Qualtrics CoreXM")
            .evidence(EvidenceKind::SecondHand, "2026-11-30")
            .origin("https://{datacenter}.qualtrics.com/API/v3")
            .origin("https://{datacenter}.qualtrics.com/oauth2")
            .variable(
                Variable::new("datacenter", "Data center ID")
                    .help("It is under Account Settings > Qualtrics IDs, such as fra1."),
            )
            .variable(Variable::secret("api_token", "API token of a brand administrator").optional())
            .auth(Auth::header("x-api-token", "{api_token}"))
            .oauth(Exchange::refresh(token).basic().authorization(consent))
            .oauth(Exchange::client_credentials(token).basic().scope("read:users write:users"))
            .response(Category::Ticketing, ["id", "name", "first_name", "last_name", "username", "emails", "is_active"])
            .response(Category::Ticketing, ["created_at"])
            .serves(Support::get(Category::Ticketing))
            .serves(
                // Qualtrics is known to filter by nothing. The host holds every row against these.
                Support::list(Category::Ticketing, Listing::pages(100, 100).at_least(100).partial(["created_at"]))
                    .query(["email", "username", "is_active"]),
            )
            .serves(Support::delete(Category::Ticketing, Effect::Deletes))
            .serves(both(Support::create(Category::Ticketing).required([
                "username",
                "first_name",
                "last_name",
                "emails",
                "password",
                "user_type",
                "languages",
            ])))
            .serves(
                both(Support::update(Category::Ticketing).writable([
                    "username",
                    "first_name",
                    "last_name",
                    "emails",
                    "user_type",
                    "languages",
                ]))
                .values("status", ["active", "inactive"]),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let person = NewPerson {
            email: user.primary_email().required("emails")?,
            language: user.language().required("languages")?,
            username: user.username.required("username")?,
            first_name: user.first_name.required("first_name")?,
            last_name: user.last_name.required("last_name")?,
            user_type: user.user_type.required("user_type")?,
            password: user.password.required("password")?,
        };
        // The answer has only the person's identifier.
        let created = sent(call.post("/users").json(&person).primary())?.user_in::<Person>("result")?;
        Ok(created.and_then(|created| created.id.into_value()).map(|id| read(call, &id)))
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let change = PersonChange {
            email: user.primary_email().not_null("emails")?,
            language: user.language().not_null("languages")?,
            status: user.is_active().not_null("status")?.map(|is_active| if is_active { ACTIVE } else { "disabled" }),
            username: user.username.not_null("username")?,
            first_name: user.first_name.not_null("first_name")?,
            last_name: user.last_name.not_null("last_name")?,
            user_type: user.user_type.not_null("user_type")?,
        };
        let answer = sent(call.put(path!("/users/{id}")).json(&change).primary())?;
        if call.wants_user() && !answer.is_empty()? {
            answer.json_in::<Meta>("meta")?;
        }
        Ok(Some(read(call, id)))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        sent(call.get(path!("/users/{id}")).primary())?.user_in::<Person>("result")
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let request = call.get("/users").query_some("offset", page.cursor());
        let users = sent(request.primary())?.users_in::<Person>("/result/elements")?;
        users.next(|answer| answer.query_of("/result/nextPage", "offset"))
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        sent(call.delete(path!("/users/{id}")).primary())?.empty()
    }
}

/// The answer, unless the members beside its result report a failure.
fn sent(request: Request<'_>) -> Result<Response<'_>> {
    request.send()?.refused_by("/meta/error")
}

/// What every answer holds, that to an update nothing else.
#[derive(Deserialize)]
struct Meta {}

/// The user as it is now: Qualtrics answers a creation with the identifier, and an update with nothing.
fn read(call: &Call, id: &str) -> User {
    call.read_back_user(id, || sent(call.get(path!("/users/{id}")))?.json_in::<Person>("result"))
}

/// The status of an account that can be used. Others, such as `disabled`, cannot.
const ACTIVE: &str = "active";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewPerson {
    username: String,
    first_name: String,
    last_name: String,
    email: String,
    password: Password,
    user_type: String,
    language: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PersonChange {
    username: Field<String>,
    first_name: Field<String>,
    last_name: Field<String>,
    email: Field<String>,
    user_type: Field<String>,
    language: Field<String>,
    status: Field<&'static str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    id: Option<Id>,
    username: Text,
    first_name: Text,
    last_name: Text,
    email: Text,
    account_status: Text,
    account_creation_date: Text,
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        User {
            id: person.id.into(),
            username: person.username.into(),
            emails: Email::only(person.email),
            status: person.account_status.as_deref().map(|status| Status::from(status == ACTIVE)).into(),
            created_at: person.account_creation_date.into(),
            ..User::named(person.first_name, person.last_name)
        }
    }
}

mortise_sdk::export!(Qualtrics);

#[cfg(test)]
mod tests;
