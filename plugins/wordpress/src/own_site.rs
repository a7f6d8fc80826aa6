//! The REST API of a self-hosted site. The operator sets its address as the origin: `https://blog.example.com/wp-json/wp/v2`.

use mortise_sdk::{
    Call, Email, Field, FieldExt, Id, ListExt, Page, Password, Result, Roles, Text, Url, User, UserExt, UsersPage,
    Value, path,
};
use serde::{Deserialize, Serialize};

use crate::role_keys;

/// Creates an account.
pub(crate) fn create(call: &Call, user: User) -> Result<Option<User>> {
    user.username.as_ref().required("username")?;
    user.password.as_ref().required("password")?;
    user.primary_email().required("emails")?;
    call.post("/users").json(&Account::write(user)?).primary().send()?.user::<Person>()
}

/// Changes an account.
pub(crate) fn update(call: &Call, id: u64, user: User) -> Result<Option<User>> {
    call.post(path!("/users/{id}")).json(&Account::write(user)?).primary().send()?.user::<Person>()
}

/// Reads one user.
pub(crate) fn get(call: &Call, id: u64) -> Result<Option<User>> {
    call.get(path!("/users/{id}")).query("context", EVERYTHING).primary().send()?.user::<Person>()
}

/// Reads one page.
pub(crate) fn list(call: &Call, page: &Page) -> Result<UsersPage> {
    let fields = ["email", "username", "name"].into_iter();
    let search = fields.filter_map(|field| Some((page.filter(field)?, field))).find(|(text, field)| finds(text, field));
    let request = call.get("/users").query("context", EVERYTHING).query("per_page", page.size());
    let request = request.query("page", page.number()?).query("orderby", "id").query("order", "asc");
    let request = request.query_some("search", search.map(|(text, _)| text));
    let request = request.query_some("search_columns[]", search.map(|(_, column)| column));
    request.primary().send()?.users::<Person>()?.next(|answer| answer.link("page"))
}

/// Deletes an account, and its posts if they have no heir.
pub(crate) fn delete(call: &Call, id: u64, heir: Option<u64>) -> Result<()> {
    // Some web servers refuse the method DELETE. WordPress also takes it as a parameter of a POST.
    let deletion = call.post(path!("/users/{id}")).query("_method", "DELETE").query("force", true);
    let deletion = deletion.query("reassign", heir.map_or("false".to_owned(), |heir| heir.to_string()));
    deletion.primary().send()?.refused_unless("/deleted", true)?.empty()
}

/// The context in which an answer has all fields of a user.
const EVERYTHING: &str = "edit";

/// Whether a search for this text finds every user who has it in this field. WordPress before 6.8 has no `search_columns` and chooses the
/// columns by the text: with an `@` only that of addresses, for a number not that of names, for a URL only that of URLs. It compares with
/// what it stores ([`unescaped`]). A text that is not searched for is left to the host, which checks each row.
fn finds(text: &str, field: &str) -> bool {
    let is_as_stored = !text.contains(['&', '<', '>']);
    is_as_stored && (field == "email" || !text.contains(['@', ':']) && text.trim().parse::<f64>().is_err())
}

/// The text as it was written. WordPress stores `&`, `<` and `>` of a user's fields as HTML, and answers with what it stores.
fn unescaped(text: Text) -> Text {
    let written = |html: String| html.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    text.into_option().map(written).map(Text::from).unwrap_or_default()
}

/// Body of a creation or update. An empty text or list clears.
#[derive(Serialize)]
struct Account {
    username: Field<String>,
    email: Field<String>,
    password: Field<Password>,
    name: Field<String>,
    first_name: Field<String>,
    last_name: Field<String>,
    url: Field<String>,
    locale: Field<String>,
    roles: Field<Vec<String>>,
}

impl Account {
    fn write(user: User) -> Result<Self> {
        Ok(Self {
            email: user.primary_email().not_null("emails")?,
            locale: user.language().or_empty(),
            roles: role_keys(&user)?.or_empty(),
            username: user.username,
            password: user.password.not_null("password")?,
            name: user.name.not_null("name")?,
            first_name: user.first_name.or_empty(),
            last_name: user.last_name.or_empty(),
            url: user.urls.single("urls")?.and_then(|url| url.url).or_empty(),
        })
    }
}

/// The user in answers.
#[derive(Deserialize)]
struct Person {
    id: Option<Id>,
    username: Text,
    email: Text,
    name: Text,
    first_name: Text,
    last_name: Text,
    url: Text,
    description: Text,
    locale: Text,
    roles: Roles,
    registered_date: Text,
    /// By their sizes in pixels. Missing if the site shows no avatars.
    avatar_urls: Option<Value>,
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        let avatar = person.avatar_urls.as_ref().and_then(|urls| urls.get("96")?.as_str()).map(str::to_owned);
        User {
            id: person.id.into(),
            username: person.username.into(),
            emails: Email::only(unescaped(person.email)),
            avatar: avatar.into(),
            urls: Url::only(unescaped(person.url), "website"),
            bio: unescaped(person.description).into(),
            languages: person.locale.into(),
            roles: person.roles.into(),
            created_at: person.registered_date.into(),
            ..User::named_by(unescaped(person.name), unescaped(person.first_name), unescaped(person.last_name))
        }
    }
}
