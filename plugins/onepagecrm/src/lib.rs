//! OnePageCRM: the users of an account as crm users. The API invites and removes nobody, and changes no one's e-mail address.
//!
//! - API: <https://developer.onepagecrm.com/>, as OpenAPI: <https://github.com/OnePageCRM/swagger>
//! - Limit: <https://developer.onepagecrm.com/blog/api-rate-limit/>
//! - Hosts as the vendor's own client has them: <https://github.com/OnePageCRM/java-client-wrapper>

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Email, Error, EvidenceKind, FieldExt, Id, Integration, Listing, Page, Request,
    Response, Result, Support, Text, Url, User, UserExt, UsersPage, Variable, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct OnePageCrm;

impl Integration for OnePageCrm {
    fn capabilities() -> Capabilities {
        Capabilities::new("onepagecrm", "OnePageCRM")
            .evidence(EvidenceKind::VendorDocument, "2026-11-29")
            .origin("https://{api_host}.onepagecrm.com/api/v3")
            // That eu serves customers is from memory.
            .variable(Variable::new("api_host", "API host").values(["app", "eu"]).or("app"))
            .variable(Variable::secret("user_id", "User ID of an administrator").shown().help("It is on the page app.onepagecrm.com/app/api."))
            .variable(Variable::secret("api_key", "API key of that user").help("It is on the page app.onepagecrm.com/app/api."))
            .auth(Auth::basic("{user_id}", "{api_key}"))
            // `message` is the phrase of the status.
            .error_message("/error_message")
            // 5 a second on average, and bursts of 10. The figure is from 2014.
            .limit(10, 2)
            .response(Category::Crm, ["id", "name", "email", "urls"])
            .serves(Support::get(Category::Crm))
            // OnePageCRM has no filters: the host picks from the team.
            .serves(Support::list(Category::Crm, Listing::whole()).query(["email", "name"]))
            .serves(
                Support::update(Category::Crm)
                    .writable(["name"])
                    .note("name", "split at its comma, or else its last blank; one word is the first name and leaves the last name")
                    .ignored([("email", "OnePageCRM does not change it by its API")]),
            )
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let path = path!("/users/{id}");
        let (first_name, last_name) = user.names();
        let first_name = first_name.not_null("name")?;
        // OnePageCRM empties what a PUT does not name, of other records at least; of users nothing is said. All that can be
        // written is sent as it is now, and the change over it.
        let Some(mut person) = send(call.get(path.clone()))?.find_in::<Person>("/data/user")? else {
            return Err(Error::internal("OnePageCRM's answer has no user to be written back, and nothing is changed"));
        };
        first_name.apply_to(&mut person.first_name);
        last_name.apply_to(&mut person.last_name);
        send(call.put(path).json(&person).primary())?.user_in::<Person>("/data/user")
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        send(call.get(path!("/users/{id}")).primary())?.user_in::<Person>("/data/user")
    }

    fn list_users(call: &Call, _: &Page) -> Result<UsersPage> {
        send(call.get("/users").primary())?.users_below::<Person>("/data", "/user")?.last()
    }
}

/// Sends a request and checks its answer. A rate limit is a 403, too, and only its plain text tells it from others.
fn send(request: Request<'_>) -> Result<Response<'_>> {
    let answer = request.send_any()?;
    let is_text = answer.header("content-type").is_some_and(|kind| kind.starts_with("text/plain"));
    if answer.status() == 403 && is_text {
        return Err(Error::vendor("OnePageCRM takes no more requests for the moment"));
    }
    // What is no success has the HTTP status here, and answers of success a zero.
    answer.success()?.refused_unless("/status", 0)
}

/// A user in OnePageCRM's answers. Without the fields that cannot be written, it is the body of a request.
#[derive(Deserialize, Serialize)]
struct Person {
    #[serde(skip_serializing)]
    id: Option<Id>,
    first_name: Option<String>,
    last_name: Option<String>,
    company_name: Option<String>,
    #[serde(skip_serializing)]
    email: Text,
    #[serde(skip_serializing)]
    photo_url: Text,
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        User {
            id: person.id.into(),
            emails: Email::only(person.email),
            // The one address that there is; the word is our choice.
            urls: Url::only(person.photo_url, "photo"),
            ..User::named(person.first_name, person.last_name)
        }
    }
}

mortise_sdk::export!(OnePageCrm);

#[cfg(test)]
mod tests;
