//! WordPress.com: the users of a site as directory users. Its API serves the sites of WordPress.com, and self-hosted ones that Jetpack connects.
//!
//! - Create, an invitation: <https://developer.wordpress.com/docs/api/1.1/post/sites/%24site/invites/new/>
//! - Update: <https://developer.wordpress.com/docs/api/1.1/post/sites/%24site/users/%24user_id/>
//! - List: <https://developer.wordpress.com/docs/api/1.1/get/sites/%24site/users/>
//! - Delete: <https://developer.wordpress.com/docs/api/1.1/post/sites/%24site/users/%24user_ID/delete/>
//! - Get, and what each call does: <https://github.com/Automattic/jetpack/tree/trunk/projects/plugins/jetpack/json-endpoints>
//! - OAuth: <https://developer.wordpress.com/docs/oauth2/>
//!
//! From memory are the names of the roles, the members of an error, 429, and that posts lose their author in a deletion without `reassign`.

use mortise_sdk::{
    Authorization, Call, Capabilities, Category, Effect, Email, End, Error, Exchange, Field, FieldExt, Id, Integration,
    ListExt, Listing, Page, Result, Roles, Status, Support, Text, Url, User, UserExt, UsersPage, Value, json,
    numeric_id, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct WordPress;

impl Integration for WordPress {
    fn capabilities() -> Capabilities {
        let of_site = |support: Support| {
            support.query_required(["workspace"]).query_note("workspace", "the site, by number or domain")
        };
        let role_note = "one, by its key, such as editor; admin is administrator";
        let (connected, own) = ("only a site that Jetpack connects takes it", "only the user can change it");
        let consent = Authorization::new("https://public-api.wordpress.com/oauth2/authorize").scopes(["global"]);
        let listing = Listing::pages(20, 1_000).ends(End::Total).one_filter().leaves_out(["invited users"]);
        Capabilities::new("wordpress", "WordPress")
            .origin("https://public-api.wordpress.com/rest/v1.1")
            .origin("https://public-api.wordpress.com/oauth2")
            // Its tokens last: there is nothing to refresh.
            .oauth(Exchange::authorization_code("https://public-api.wordpress.com/oauth2/token", consent))
            .serves(of_site(Support::get(Category::UserDirectory)).response(FIELDS))
            .serves(
                of_site(Support::list(Category::UserDirectory, listing))
                    .query(["email", "username", "name"])
                    .response(FIELDS),
            )
            // A site of WordPress.com only loses the user; a connected site deletes the account. This is the graver effect.
            .serves(
                of_site(Support::delete(Category::UserDirectory, Effect::Deletes))
                    .query_note("reassign_to", "the new author of the posts, if the account is deleted")
                    .query_note("force", "true: the posts may be left without an author"),
            )
            .serves(
                of_site(Support::create(Category::UserDirectory))
                    .required(["emails", "roles"])
                    .note("emails", "the primary address is invited")
                    .note("roles", role_note)
                    .ignored([("name", own), ("first_name", own), ("last_name", own), ("username", own)])
                    .response(["emails", "status"]),
            )
            .serves(
                of_site(Support::update(Category::UserDirectory))
                    .note("roles", role_note)
                    .note("name", connected)
                    .note("first_name", connected)
                    .note("last_name", connected)
                    .ignored([("username", own), ("emails", own), ("avatar", own), ("urls", own)])
                    .response(FIELDS),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let email = user.primary_email().required("emails")?;
        let role = role(&user)?.required("roles")?;
        let (site, invitation) = (site(call)?, Invitation { invitees: [&email], role });
        let answer = call.post(path!("/sites/{site}/invites/new")).json(&invitation).primary().send()?;
        // `errors` is an empty list, or has a member for each address that failed.
        answer.refused_by("/errors")?.refused_if("/sent", json!([]))?.json_in::<Vec<String>>("sent")?;
        Ok(Some(User { emails: Email::only(email), status: Status::Invited.into(), ..User::default() }))
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let (site, id) = (site(call)?, numeric_id(id)?);
        let change = Change {
            roles: role(&user)?,
            name: user.name.not_null("name")?,
            first_name: user.first_name.or_empty(),
            last_name: user.last_name.or_empty(),
        };
        call.post(path!("/sites/{site}/users/{id}")).json(&change).primary().send()?.user::<Person>()
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        let (site, id) = (site(call)?, numeric_id(id)?);
        call.get(path!("/sites/{site}/users/{id}")).primary().send()?.user::<Person>()
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let site = site(call)?;
        let columns = [("email", "user_email"), ("username", "user_login"), ("name", "display_name")];
        let search = columns.into_iter().find_map(|(field, column)| Some((page.filter(field)?, column)));
        let request = call.get(path!("/sites/{site}/users")).query("number", page.size());
        let request = request.query("offset", page.offset()?).query("order_by", "ID").query("order", "ASC");
        let request = request.query_some("search", search.map(|(text, _)| text));
        let request = request.query_some("search_columns[]", search.map(|(_, column)| column));
        let users = request.primary().send()?.users_in::<Person>("users")?;
        let found = users.number("/found");
        users.next_offset(page, found)
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let (site, id) = (site(call)?, numeric_id(id)?);
        let heir = call.parameter::<Id>("reassign_to")?.map(|Id(heir)| numeric_id(&heir)).transpose();
        let reassign = heir.map_err(|_| Error::invalid_input("must be the number of a user").at("reassign_to"))?;
        if reassign.is_none() && call.parameter("force")? != Some(true) {
            let choice = "or force=true is needed: a connected site would leave posts without an author";
            return Err(Error::invalid_input(choice).at("reassign_to"));
        }
        let deletion = call.post(path!("/sites/{site}/users/{id}/delete")).json(&Deletion { reassign });
        let answer = deletion.primary().send_any()?;
        // WordPress.com says 400 of a user who is not there, too.
        if answer.status() == 400 {
            call.get(path!("/sites/{site}/users/{id}")).send()?;
        }
        answer.success()?.refused_unless("/success", true)?.empty()
    }
}

/// The fields of a user. An invitation has none of them but the address.
const FIELDS: [&str; 9] = ["id", "name", "first_name", "last_name", "username", "emails", "avatar", "urls", "roles"];

/// The site that the call is about.
fn site(call: &Call) -> Result<Id> {
    call.required_parameter("workspace")
}

/// The one role that a call gives, by its key.
fn role(user: &User) -> Result<Field<String>> {
    let key = |role: String| if role.eq_ignore_ascii_case("admin") { "administrator".to_owned() } else { role };
    Ok(user.role_words()?.single("roles")?.not_null("roles")?.map(key))
}

#[derive(Serialize)]
struct Invitation<'a> {
    invitees: [&'a str; 1],
    role: String,
}

/// Body of an update. An empty text clears first and last name.
#[derive(Serialize)]
struct Change {
    roles: Field<String>,
    name: Field<String>,
    first_name: Field<String>,
    last_name: Field<String>,
}

#[derive(Serialize)]
struct Deletion {
    reassign: Option<u64>,
}

/// The user in answers.
#[derive(Deserialize)]
struct Person {
    #[serde(rename = "ID")]
    id: Option<Id>,
    login: Text,
    /// `false` if the caller may not see it.
    email: Option<Value>,
    name: Text,
    first_name: Text,
    last_name: Text,
    #[serde(rename = "URL")]
    url: Text,
    #[serde(rename = "avatar_URL")]
    avatar_url: Text,
    roles: Roles,
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        User {
            id: person.id.into(),
            username: person.login.into(),
            emails: Email::only(person.email.as_ref().and_then(Value::as_str).map(str::to_owned)),
            avatar: person.avatar_url.into(),
            urls: Url::only(person.url, "website"),
            roles: person.roles.into(),
            ..User::named_by(person.name, person.first_name, person.last_name)
        }
    }
}

mortise_sdk::export!(WordPress);

#[cfg(test)]
mod tests;
