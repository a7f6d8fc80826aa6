//! Salesforce: the users of an org as crm and directory users. The user who signs in needs the permission Manage Internal Users.
//!
//! - Update: <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/dome_update_fields.htm>, answered with nothing
//! - Read: <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_query.htm>
//! - Fields of a user: <https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_user.htm>
//! - Sign-in: <https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_endpoints.htm>

use mortise_sdk::{
    Authorization, Call, Capabilities, Category, DateTime, Effect, Email, End, Error, EvidenceKind, Exchange, Field,
    FieldExt, Filter, Flag, Id, Integration, Listing, Operator, Page, Phone, Request, Result, Role, Status, Support,
    TIMES, Text, User, UserExt, UsersPage, Variable, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Salesforce;

impl Integration for Salesforce {
    fn capabilities() -> Capabilities {
        let consent = Authorization::new("https://{my_domain}.my.salesforce.com/services/oauth2/authorize")
            .scopes(["api", "refresh_token"]);
        let token = "https://{my_domain}.my.salesforce.com/services/oauth2/token";
        let email_note = "Salesforce keeps the old address until the user has confirmed the new one";
        Capabilities::new("salesforce", "Salesforce")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://{my_domain*}.my.salesforce.com/services/data/v64.0")
            .origin("https://{my_domain*}.my.salesforce.com/services/oauth2")
            .variable(
                Variable::new("my_domain", "My Domain")
                    .help("What stands before .my.salesforce.com in its address, such as acme or acme--uat.sandbox."),
            )
            .variable(Variable::secret("client_id", "Consumer key of the connected app").shown())
            .secret("client_secret", "Consumer secret of the connected app")
            .oauth(Exchange::refresh(token).authorization(consent))
            .oauth(Exchange::client_credentials(token))
            .response(Category::Crm, ["id", "name", "email", "is_active", "created_at", "updated_at"])
            .response(
                Category::UserDirectory,
                ["id", "name", "first_name", "last_name", "username", "emails", "phones", "status"],
            )
            .response(
                Category::UserDirectory,
                ["roles", "timezone", "languages", "avatar", "bio", "created_at", "updated_at"],
            )
            .response(Category::UserDirectory, ["last_login_at"])
            .serves(Support::get(Category::Crm))
            .serves(list(Category::Crm).query(["is_active"]))
            // Salesforce keeps every user. Deactivation frees the licence.
            .serves(Support::delete(Category::Crm, Effect::Deactivates))
            .serves(Support::get(Category::UserDirectory))
            .serves(list(Category::UserDirectory).query(["username"]).query_values("status", ["active", "inactive"]))
            .serves(Support::delete(Category::UserDirectory, Effect::Deactivates))
            .serves(
                Support::update(Category::Crm)
                    .required(["first_name", "last_name", "email"])
                    .writable(["is_active"])
                    .note("email", email_note)
                    .ignored([("name", "Salesforce makes it of first_name and last_name, which are required")]),
            )
            .serves(
                Support::update(Category::UserDirectory)
                    .writable(["first_name", "last_name", "username", "emails", "timezone"])
                    .note("name", "its parts, where first_name and last_name are not given")
                    .note("emails", email_note)
                    .note("phones", "the types phone and mobile")
                    .note("languages", "the first one, such as en_US")
                    .note("roles", "identifiers of a role (00E…) and of a profile (00e…)")
                    .values("status", ["active", "inactive"])
                    .ignored([("avatar", "pictures are uploaded")]),
            )
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let id = known(id)?;
        call.patch(path!("/sobjects/User/{id}")).json(&Change::write(user)?).primary().send()?.empty()?;
        Ok(Some(call.read_back_user(id, || {
            let records = select(call, &format!("WHERE Id = '{id}'")).send()?.json_in::<Vec<Record>>("records")?;
            records.into_iter().next().ok_or_else(|| Error::not_found("there is no such user"))
        })))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        let answer = select(call, &format!("WHERE Id = '{}'", known(id)?)).primary().send()?;
        Ok(answer.users_in::<Record>("records")?.last()?.rows.into_iter().next().map(|row| row.user))
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        // Behind the last identifier: Salesforce's own cursors end with the session, and its offsets at 2,000.
        let behind = page.cursor().map(|last| format!("Id > {}", quoted(last)));
        let conditions: Vec<_> = behind.into_iter().chain(page.filters().iter().map(condition)).collect();
        let what = if conditions.is_empty() { String::new() } else { format!("WHERE {} ", conditions.join(" AND ")) };
        let answer = select(call, &format!("{what}ORDER BY Id LIMIT {}", page.size())).primary().send()?;
        answer.users_in::<Record>("records")?.next(|found| {
            // A page of large records can be cut: then there is an address of the rest.
            let goes_on = found.count() == u64::from(page.size()) || found.text("/nextRecordsUrl").is_some();
            found.text(&format!("/records/{}/Id", found.count().checked_sub(1)?)).filter(|_| goes_on)
        })
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let (id, change) = (known(id)?, Change { is_active: false.into(), ..Change::default() });
        call.patch(path!("/sobjects/User/{id}")).json(&change).primary().send()?.empty()
    }
}

/// Identifiers never change, so that the list is in order; its end is a page that is not full.
fn list(category: Category) -> Support {
    Support::list(category, Listing::pages(200, 1_000).stable().ends(End::Short)).query(["email"]).query(TIMES)
}

/// An identifier that can stand in a query. Salesforce refuses a query with any other.
fn known(id: &str) -> Result<&str> {
    let is_one = matches!(id.len(), 15 | 18) && id.bytes().all(|b| b.is_ascii_alphanumeric());
    is_one.then_some(id).ok_or_else(|| Error::not_found("Salesforce's identifiers are of 15 or 18 letters and digits"))
}

/// A text in SOQL, with a backslash before quotes and backslashes.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

fn select<'c>(call: &'c Call, which: &str) -> Request<'c> {
    call.get("/query").query("q", format!("SELECT {FIELDS} FROM User {which}"))
}

/// A filter in SOQL, whose times have no quotes.
fn condition(filter: &Filter) -> String {
    let Filter { field, operator, value } = filter;
    let sign = match operator {
        Operator::Eq => "=",
        Operator::Gt => ">",
        Operator::Gte => ">=",
        Operator::Lt => "<",
        Operator::Lte => "<=",
    };
    match field.as_str() {
        "created_at" => format!("CreatedDate {sign} {value}"),
        "updated_at" => format!("LastModifiedDate {sign} {value}"),
        "is_active" => format!("IsActive = {value}"),
        "status" => format!("IsActive = {}", value == "active"),
        "username" => format!("Username = {}", quoted(value)),
        _ => format!("Email = {}", quoted(value)),
    }
}

/// What [`Record`] reads.
const FIELDS: &str = "Id, Name, FirstName, LastName, Username, Email, IsActive, Phone, Extension, MobilePhone, TimeZoneSidKey, \
    LanguageLocaleKey, AboutMe, SmallPhotoUrl, UserRoleId, UserRole.Name, ProfileId, Profile.Name, CreatedDate, \
    LastModifiedDate, LastLoginDate";

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    first_name: Field<String>,
    last_name: Field<String>,
    username: Field<String>,
    email: Field<String>,
    is_active: Field<bool>,
    phone: Field<String>,
    extension: Field<String>,
    mobile_phone: Field<String>,
    time_zone_sid_key: Field<String>,
    language_locale_key: Field<String>,
    user_role_id: Field<String>,
    profile_id: Field<String>,
}

impl Change {
    fn write(mut user: User) -> Result<Self> {
        user.name = user.name.not_null("name")?;
        let (first_name, last_name) = user.names();
        let (user_role_id, profile_id) = roles(&user.roles)?;
        Ok(Self {
            first_name,
            last_name: last_name.not_null("last_name")?,
            email: user.primary_email().not_null("emails")?,
            is_active: user.is_active().not_null("status")?,
            phone: user.main_phone().and_then(|phone| phone.number.clone()),
            extension: user.main_phone().and_then(|phone| phone.extension.clone()),
            mobile_phone: user.mobile_phone().and_then(|phone| phone.number.clone()),
            language_locale_key: user.language().not_null("languages")?,
            time_zone_sid_key: user.timezone.not_null("timezone")?,
            username: user.username.not_null("username")?,
            user_role_id,
            profile_id,
        })
    }
}

/// Role and profile. The first three characters of an identifier say what it names; they differ in case only. A user can be
/// without a role, but not without a profile.
fn roles(roles: &Field<Vec<Role>>) -> Result<(Field<String>, Field<String>)> {
    let (mut role, mut profile) = (Field::Absent, Field::Absent);
    if roles.is_null() {
        role = Field::Null;
    }
    for (index, given) in roles.value().into_iter().flatten().enumerate() {
        match given.id_or_name() {
            Some(id) if id.starts_with("00E") && role.is_absent() => role = id.into(),
            Some(id) if id.starts_with("00e") && profile.is_absent() => profile = id.into(),
            _ => {
                let expected = "must be the identifier of a role (00E…) or a profile (00e…), one of each";
                return Err(Error::invalid_input(expected).at(format!("roles[{index}]")));
            }
        }
    }
    Ok((role, profile))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Record {
    id: Option<Id>,
    name: Text,
    first_name: Text,
    last_name: Text,
    username: Text,
    email: Text,
    is_active: Option<Flag>,
    phone: Text,
    extension: Text,
    mobile_phone: Text,
    time_zone_sid_key: Text,
    language_locale_key: Text,
    about_me: Text,
    small_photo_url: Text,
    user_role_id: Option<Id>,
    user_role: Option<RelatedName>,
    profile_id: Option<Id>,
    profile: Option<RelatedName>,
    created_date: Option<DateTime>,
    last_modified_date: Option<DateTime>,
    last_login_date: Option<DateTime>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RelatedName {
    name: Text,
}

impl From<Record> for User {
    fn from(record: Record) -> Self {
        let extension = record.extension;
        let phone =
            record.phone.into_option().map(|number| Phone { extension: extension.into(), ..Phone::main(number) });
        let mobile = record.mobile_phone.into_option().map(Phone::mobile);
        let user_role = Role::only(record.user_role_id, record.user_role.map(|role| role.name));
        let profile = Role::only(record.profile_id, record.profile.map(|profile| profile.name));
        User {
            id: record.id.into(),
            name: record.name.into(),
            first_name: record.first_name.into(),
            last_name: record.last_name.into(),
            username: record.username.into(),
            emails: Email::only(record.email),
            phones: phone.into_iter().chain(mobile).collect::<Vec<_>>().into(),
            status: record.is_active.map(Status::from).into(),
            roles: [user_role, profile].into_iter().filter_map(Field::into_value).flatten().collect::<Vec<_>>().into(),
            timezone: record.time_zone_sid_key.into(),
            languages: record.language_locale_key.into(),
            avatar: record.small_photo_url.into(),
            bio: record.about_me.into(),
            created_at: record.created_date.into(),
            updated_at: record.last_modified_date.into(),
            last_login_at: record.last_login_date.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(Salesforce);

#[cfg(test)]
mod tests;
