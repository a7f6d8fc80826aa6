//! Webex: the people of an organization as directory users. An administrator must consent.
//!
//! - Create, update, get, list, delete: <https://developer.webex.com/docs/api/v1/people>
//! - The API as OpenAPI: <https://github.com/webex/webex-openapi-specs/blob/main/public-spec/webex-admin.json>
//! - Pages: <https://developer.webex.com/docs/basics>, OAuth: <https://developer.webex.com/docs/integrations>
//!
//! From memory are 1000 as the most people of a page, the names of the parameter that leads to the next page, that flags can be texts or
//! booleans, and that a refresh token stays the same.

use mortise_sdk::{
    Authorization, Call, Capabilities, Category, Effect, Email, Error, EvidenceKind, Exchange, Field, FieldExt, Flag,
    Id, Integration, License, ListExt, Listing, Organization, Page, Result, Roles, Status, Support, Text, User,
    UserExt, UsersPage, Value, json, patched, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Webex;

impl Integration for Webex {
    fn capabilities() -> Capabilities {
        let writes = |support: Support| {
            support
                .writable(["name", "first_name", "last_name", "avatar", "title"])
                .note("emails", "the primary address first: Webex keeps one")
                .note("organizations", "one, by id")
                .note("roles", "all roles of the person, by id")
                .note("licenses", "all licenses of the person, by id")
                .ignored([("user_type", "Webex tells it")])
        };
        let consent = Authorization::new("https://webexapis.com/v1/authorize")
            .scopes(["spark-admin:people_read", "spark-admin:people_write"]);
        Capabilities::new("webex", "Webex")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://webexapis.com/v1")
            .oauth(Exchange::refresh("https://webexapis.com/v1/access_token").authorization(consent))
            .response(Category::UserDirectory, ["id", "name", "first_name", "last_name", "emails", "avatar", "title"])
            .response(Category::UserDirectory, ["organizations", "roles", "licenses", "status", "user_type"])
            .response(Category::UserDirectory, ["created_at", "updated_at"])
            .serves(Support::get(Category::UserDirectory))
            .serves(Support::list(Category::UserDirectory, Listing::pages(100, 1_000)).query(["email", "name"]))
            .serves(Support::delete(Category::UserDirectory, Effect::Deletes))
            .serves(
                writes(Support::create(Category::UserDirectory))
                    .required(["emails"])
                    .note("name", "made of first and last name without it; one of them is needed")
                    .ignored([("status", "a new person is invited")]),
            )
            .serves(
                writes(Support::update(Category::UserDirectory)).values("status", ["active", "inactive", "deleted"]),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        user.primary_email().required("emails")?;
        let name = user.full_name().required("name")?;
        // A creation leaves nulls out.
        let person = patched(&json!({ "displayName": name }), &Change::write(user)?)?;
        call.post("/people").json(&person).primary().send()?.user::<Person>()
    }

    /// Webex clears the fields that a `PUT` leaves out.
    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let (name, change) = (user.full_name(), Change::write(user)?);
        let path = path!("/people/{id}");
        // The answer has extension and location only if it is asked for them.
        let mut record = call.get(path.clone()).query("callingData", true).send()?.json::<Record>()?;
        record.display_name = record.display_name.or(name.into_value());
        // A PUT accepts phone numbers of the type `work` only.
        let work = |phones: Vec<Value>| phones.into_iter().filter(|phone| phone["type"] == "work").collect::<Vec<_>>();
        record.phone_numbers = record.phone_numbers.map(work).filter(|phones| !phones.is_empty());
        call.put(path).json(&patched(&record, &change)?).primary().send()?.user::<Person>()
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        call.get(path!("/people/{id}")).primary().send()?.user::<Person>()
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let request = call.get("/people").query("max", page.size()).query("excludeStatus", true);
        let request = request.query_some("email", page.filter("email")).query_some("displayName", page.filter("name"));
        let request = match page.cursor().map(|cursor| cursor.split_once('=')) {
            None => request,
            Some(Some((name, value))) if NEXT.contains(&name) => request.query(name, value),
            Some(_) => return Err(Error::invalid_cursor()),
        };
        let people = request.primary().send()?.users_in::<Person>("items")?;
        let next = NEXT.into_iter().find_map(|name| Some(format!("{name}={}", people.link(name)?)));
        if next.is_none() && people.header("link").is_some_and(|link| link.contains("rel=\"next\"")) {
            return Err(Error::internal("Webex links to the next page by an unknown parameter"));
        }
        people.next(|_| next)
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        call.delete(path!("/people/{id}")).primary().send()?.empty()
    }
}

/// The parameters by which a link leads to the next page. The address is not called as it stands, because it may leave filters out.
const NEXT: [&str; 2] = ["cursor", "after"];

/// Body of a creation, and the change that an update applies.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    emails: Field<Vec<String>>,
    display_name: Field<String>,
    first_name: Field<String>,
    last_name: Field<String>,
    avatar: Field<String>,
    title: Field<String>,
    org_id: Field<String>,
    roles: Field<Vec<String>>,
    licenses: Field<Vec<String>>,
    login_enabled: Field<bool>,
}

impl Change {
    fn write(user: User) -> Result<Self> {
        let others = user.other_emails().into_value().unwrap_or_default();
        let (organizations, licenses) = (user.organizations.clone(), user.licenses.clone().or_empty());
        let organization = organizations.single("organizations")?.not_null("organizations")?;
        let license = |(index, license): (usize, License)| license.id.required(&format!("licenses[{index}].id"));
        Ok(Self {
            emails: user.primary_email().not_null("emails")?.map(|first| [vec![first], others].concat()),
            org_id: organization.map(|organization| organization.id.required("organizations[0].id")).transpose()?,
            roles: user.role_words()?.or_empty(),
            licenses: licenses.map(|all| all.into_iter().enumerate().map(license).collect()).transpose()?,
            login_enabled: user.is_active().not_null("status")?,
            display_name: user.name.not_null("name")?,
            first_name: user.first_name,
            last_name: user.last_name,
            avatar: user.avatar,
            title: user.title,
        })
    }
}

/// All of a person that can be written. What no call changes goes back as it came. An answer without addresses is no person.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    emails: Vec<String>,
    phone_numbers: Option<Vec<Value>>,
    extension: Option<Value>,
    location_id: Option<Value>,
    display_name: Option<String>,
    first_name: Option<Value>,
    last_name: Option<Value>,
    avatar: Option<Value>,
    org_id: Option<Value>,
    roles: Option<Value>,
    licenses: Option<Value>,
    department: Option<Value>,
    manager: Option<Value>,
    manager_id: Option<Value>,
    title: Option<Value>,
    addresses: Option<Value>,
    site_urls: Option<Value>,
    login_enabled: Option<Flag>,
}

/// The person in Webex's answers. Its `status` is presence, and is not read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    id: Option<Id>,
    emails: Option<Vec<String>>,
    display_name: Text,
    first_name: Text,
    last_name: Text,
    avatar: Text,
    org_id: Text,
    roles: Roles,
    licenses: Option<Vec<String>>,
    title: Text,
    created: Text,
    last_modified: Text,
    invite_pending: Option<Flag>,
    login_enabled: Option<Flag>,
    #[serde(rename = "type")]
    kind: Text,
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        let status = match (person.invite_pending, person.login_enabled) {
            (Some(Flag(true)), _) => Some(Status::Invited),
            (_, Some(Flag(false))) => Some(Status::Inactive),
            (pending, enabled) => pending.or(enabled).map(|_| Status::Active),
        };
        let email = |(index, email): (usize, String)| Email { is_primary: (index == 0).into(), ..Email::other(email) };
        let organization = |id: String| vec![Organization { id: id.into(), ..Organization::default() }];
        let license = |id: String| License { id: id.into(), ..License::default() };
        User {
            id: person.id.into(),
            emails: person.emails.map(|all| all.into_iter().enumerate().map(email).collect::<Vec<_>>()).into(),
            avatar: person.avatar.into(),
            title: person.title.into(),
            organizations: person.org_id.into_option().map(organization).into(),
            roles: person.roles.by_id(),
            licenses: person.licenses.map(|all| all.into_iter().map(license).collect::<Vec<_>>()).into(),
            status: status.into(),
            user_type: person.kind.into(),
            created_at: person.created.into(),
            updated_at: person.last_modified.into(),
            ..User::named_by(person.display_name, person.first_name, person.last_name)
        }
    }
}

mortise_sdk::export!(Webex);

#[cfg(test)]
mod tests;
