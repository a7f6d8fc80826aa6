//! The API of WordPress.com. A call names its site as `workspace`.

use mortise_sdk::{
    Call, Email, Field, FieldExt, Id, ListExt, Page, Result, Roles, Status, Text, Url, User, UsersPage, Value, json,
    path,
};
use serde::{Deserialize, Serialize};

use crate::role_keys;

/// Invites an address.
pub(crate) fn create(call: &Call, user: User) -> Result<Option<User>> {
    let email = user.primary_email().required("emails")?;
    let role = role(&user)?.required("roles")?;
    let (site, invitation) = (site(call)?, Invitation { invitees: [&email], role });
    ignore(call, "name", &user.name);
    ignore(call, "first_name", &user.first_name);
    ignore(call, "last_name", &user.last_name);
    ignore(call, "username", &user.username);
    ignore_account(call, &user);
    let answer = call.post(path!("/sites/{site}/invites/new")).json(&invitation).primary().send()?;
    // `errors` is an empty list, or has a member for each address that failed.
    answer.refused_by("/errors")?.refused_if("/sent", json!([]))?.json_in::<Vec<String>>("sent")?;
    Ok(Some(User { emails: Email::only(email), status: Status::Invited.into(), ..User::default() }))
}

/// Changes the role and, on a site that Jetpack connects, the names.
pub(crate) fn update(call: &Call, id: u64, user: User) -> Result<Option<User>> {
    let (site, roles) = (site(call)?, role(&user)?);
    ignore(call, "emails", &user.emails);
    ignore_account(call, &user);
    let change = Change {
        roles,
        name: user.name.not_null("name")?,
        first_name: user.first_name.or_empty(),
        last_name: user.last_name.or_empty(),
    };
    call.post(path!("/sites/{site}/users/{id}")).json(&change).primary().send()?.user::<Person>()
}

/// Reads one user.
pub(crate) fn get(call: &Call, id: u64) -> Result<Option<User>> {
    let site = site(call)?;
    call.get(path!("/sites/{site}/users/{id}")).primary().send()?.user::<Person>()
}

/// Reads one page.
pub(crate) fn list(call: &Call, page: &Page) -> Result<UsersPage> {
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

/// Takes the user off a site of WordPress.com, and deletes the account of a connected site.
pub(crate) fn delete(call: &Call, id: u64, heir: Option<u64>) -> Result<()> {
    let site = site(call)?;
    let deletion = call.post(path!("/sites/{site}/users/{id}/delete")).json(&Deletion { reassign: heir });
    let answer = deletion.primary().send_any()?;
    // WordPress.com says 400 of a user who is not there, too.
    if answer.status() == 400 {
        call.get(path!("/sites/{site}/users/{id}")).send()?;
    }
    answer.success()?.refused_unless("/success", true)?.empty()
}

/// The site that the call is about.
fn site(call: &Call) -> Result<Id> {
    call.required_parameter("workspace")
}

/// The one role that a call gives.
fn role(user: &User) -> Result<Field<String>> {
    role_keys(user)?.single("roles")?.not_null("roles")
}

/// Reports the fields that only a self-hosted site takes as ignored.
fn ignore_account(call: &Call, user: &User) {
    ignore(call, "password", &user.password);
    ignore(call, "urls", &user.urls);
    ignore(call, "languages", &user.languages);
}

fn ignore<T>(call: &Call, name: &str, field: &Field<T>) {
    if !field.is_absent() {
        call.ignore(name);
    }
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
