//! ActiveCampaign: the users of an account as directory users. Its contacts are other records.
//!
//! - Create, get, list, update, delete: <https://developers.activecampaign.com/reference/list-all-users>
//! - The API as OpenAPI: <https://github.com/api-evangelist/activecampaign/blob/main/openapi/_original/activecampaign-v3.json>
//! - API URL and key: <https://developers.activecampaign.com/reference/authentication>
//! - Pages: <https://developers.activecampaign.com/reference/pagination>, limits: <https://developers.activecampaign.com/reference/rate-limits>
//!
//! Recalled, because no document of ActiveCampaign says it: what a creation needs, the bodies of 401, 403 and 429, and that a deletion
//! cannot be undone.

use mortise_sdk::{
    Auth, Call, Capabilities, Category, DateTime, Effect, Email, End, Error, EvidenceKind, Field, FieldExt, Id,
    Integration, JsonType, Listing, Page, Password, Path, Phone, Result, Support, Text, User, UserExt, UsersPage,
    Value, Variable, numeric_id, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct ActiveCampaign;

impl Integration for ActiveCampaign {
    fn capabilities() -> Capabilities {
        let fixed = "ActiveCampaign's API writes no such field";
        Capabilities::new("activecampaign", "ActiveCampaign")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://{account}.api-us1.com/api/3")
            .variable(
                Variable::new("account", "Account")
                    .help("What stands before .api-us1.com in the API URL, which is under Settings > Developer."),
            )
            .variable(Variable::secret("api_token", "API key").help("It is under Settings > Developer."))
            .auth(Auth::header("api-token", "{api_token}"))
            .limit(5, 1)
            .response(
                Category::UserDirectory,
                ["id", "name", "first_name", "last_name", "username", "emails", "phones"],
            )
            .serves(Support::get(Category::UserDirectory))
            .serves(Support::list(Category::UserDirectory, Listing::pages(20, 100).ends(End::Total)))
            .serves(Support::delete(Category::UserDirectory, Effect::Deletes))
            .serves(
                written(Support::create(Category::UserDirectory))
                    .required(["username"])
                    .note("name", "its parts, if first_name and last_name are not given")
                    .ignored([("phones", fixed), ("languages", fixed), ("timezone", fixed)])
                    .response(["languages", "timezone", "created_at", "updated_at"]),
            )
            .serves(
                written(Support::update(Category::UserDirectory))
                    .required(["name"])
                    .note("name", "its parts, if first_name and last_name are not given")
                    .ignored([("phones", fixed), ("languages", fixed), ("timezone", fixed)])
                    .ignored([("username", "ActiveCampaign fixes it when the user is created")])
                    .response(["languages", "timezone"]),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let username = user.username.clone().required("username")?;
        let person = PersonChange { username: username.into(), ..PersonChange::write(user)? };
        call.post("/users").json_in("user", &person).primary().send()?.user_in::<Person>("user")
    }

    fn update_user(call: &Call, id: &str, mut user: User) -> Result<Option<User>> {
        user.name = user.name.required("name")?.into();
        let change = PersonChange::write(user)?;
        call.put(place(id)?).json_in("user", &change).primary().send()?.user_in::<Person>("user")
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        call.get(place(id)?).primary().send()?.user_in::<Person>("user")
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let request = call.get("/users").query("limit", page.size()).query("offset", page.offset()?);
        let people = request.primary().send()?.users_in::<Person>("users")?;
        let total = people.number("/meta/total");
        people.next_offset(page, total)
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        call.delete(place(id)?).primary().send()?.empty()
    }
}

/// The address of a user. `/users/me`, `/users/email` and `/users/username` are other addresses.
fn place(id: &str) -> Result<Path> {
    let id = numeric_id(id)?;
    Ok(path!("/users/{id}"))
}

/// The fields that a creation and an update share. `email` and `group` are fields of ActiveCampaign alone.
fn written(support: Support) -> Support {
    support
        .required(["email", "group", "password"])
        .own("email", JsonType::String)
        .own("group", JsonType::Integer)
        .note("group", "the number of the group that the user is in: what users may do hangs on it")
        .writable(["first_name", "last_name"])
        .ignored([("emails", "`email` says it")])
}

/// A user in requests.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PersonChange {
    /// Of a new user only.
    username: Field<String>,
    email: Value,
    first_name: Field<String>,
    last_name: Field<String>,
    group: Value,
    password: Password,
}

impl PersonChange {
    fn write(mut user: User) -> Result<Self> {
        let (first_name, last_name) = user.names();
        let mut own = |name: &str| user.extra.remove(name).filter(|value| !value.is_null());
        let needed = |name: &str| Error::invalid_input("the vendor needs a value here").at(name);
        Ok(Self {
            username: Field::Absent,
            email: own("email").ok_or_else(|| needed("email"))?,
            first_name: first_name.or_empty(),
            last_name: last_name.or_empty(),
            group: own("group").ok_or_else(|| needed("group"))?,
            password: user.password.required("password")?,
        })
    }
}

/// The user in ActiveCampaign's answers. Reads leave out language, time zone and dates.
#[derive(Deserialize)]
struct Person {
    id: Option<Id>,
    username: Text,
    #[serde(rename = "firstName")]
    first_name: Text,
    #[serde(rename = "lastName")]
    last_name: Text,
    email: Text,
    phone: Text,
    lang: Text,
    #[serde(rename = "localZoneid")]
    local_zone_id: Text,
    cdate: Option<DateTime>,
    udate: Option<DateTime>,
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        User {
            id: person.id.into(),
            username: person.username.into(),
            emails: Email::only(person.email),
            phones: Phone::main_and_mobile(person.phone, Field::Absent),
            languages: person.lang.into(),
            timezone: person.local_zone_id.into(),
            created_at: person.cdate.into(),
            updated_at: person.udate.into(),
            ..User::named(person.first_name, person.last_name)
        }
    }
}

mortise_sdk::export!(ActiveCampaign);

#[cfg(test)]
mod tests;
