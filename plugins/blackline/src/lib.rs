//! BlackLine: the users of an instance as directory users. BlackLine publishes no reference of them.
//!
//! - Create, and the user object: <https://developer.sailpoint.com/discuss/t/blackline-connector-web-services/201012>
//! - Sign-in: <https://docs.reco.ai/en/articles/10007196-onboarding-guide-blackline>
//! - The first page of the list, which is the probe: the connectors of others. How the list goes on is not known, so there is none.
//!
//! Recalled, because no source shows it: a user is read and replaced at one address (`replaced`), under which name the time of creation is
//! told, and where tokens come from.

use mortise_sdk::{
    Call, Capabilities, Category, DateTime, Effect, Email, EvidenceKind, Exchange, Field, FieldExt, Flag, Id,
    Integration, Path, Phone, Request, Result, Status, Support, Text, User, UserExt, Value, Variable, numeric_id, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct BlackLine;

impl Integration for BlackLine {
    fn capabilities() -> Capabilities {
        Capabilities::new("blackline", "BlackLine")
            .evidence(EvidenceKind::SecondHand, "2026-11-30")
            .origin("https://{region}.api.blackline.com")
            .variable(
                Variable::new("region", "Environment and data centre")
                    .help("What stands before .api.blackline.com in the address of the API, such as us2."),
            )
            .variable(
                Variable::new("scope", "Scope").help("BlackLine gives it: a name of an API, a blank and instance_…."),
            )
            .secret("api_key", "API key of the API user")
            .oauth(
                Exchange::password("https://{region}.api.blackline.com/authorize/connect/token")
                    .field("password", "{api_key}")
                    .scope("{scope}")
                    .basic(),
            )
            .response(
                Category::UserDirectory,
                ["id", "name", "first_name", "last_name", "username", "emails", "phones"],
            )
            .response(Category::UserDirectory, ["title", "status", "created_at", "updated_at"])
            .probe("/v1/users?pageSize=1")
            .serves(Support::get(Category::UserDirectory))
            // An update can activate the user again.
            .serves(Support::delete(Category::UserDirectory, Effect::Deactivates))
            .serves(
                written(Support::create(Category::UserDirectory).required(["emails"]))
                    .note("username", "the login; without it, the address"),
            )
            .serves(written(Support::update(Category::UserDirectory)))
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let email = user.primary_email().required("emails")?;
        let login_id = user.username.clone().not_null("username")?.or(email.into());
        let record = RecordChange { login_id, ..RecordChange::write(user)? };
        call.post("/v1/users").json(&record).primary().send()?.user::<Account>()
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        replaced(call, id, &RecordChange::write(user)?)?.primary().send()?.user::<Account>()
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        call.get(place(id)?).primary().send()?.user::<Account>()
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let change = RecordChange { is_active: false.into(), ..RecordChange::default() };
        replaced(call, id, &change)?.primary().send()?.empty()
    }
}

/// What a creation and an update have in common.
fn written(support: Support) -> Support {
    let part_note = "a part of the name, if that is not given";
    support
        .note("emails", "the primary address: BlackLine has one")
        .note("name", "split, if its parts are not given")
        .note("first_name", part_note)
        .note("last_name", part_note)
        .note("phones", "one: the phone, else the mobile")
        .writable(["title"])
        .values("status", ["active", "inactive"])
}

/// Recalled: no source shows that a user is read by number and replaced by `PUT` at the same address. A list is left out, because none
/// shows how its next page is asked for.
fn replaced<'c>(call: &'c Call, id: &str, change: &RecordChange) -> Result<Request<'c>> {
    call.replace::<Record>(place(id)?, change)
}

fn place(id: &str) -> Result<Path> {
    let id = numeric_id(id)?;
    Ok(path!("/v1/users/{id}"))
}

/// Body of a creation, and the change that an update applies to the record.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct RecordChange {
    /// Of a new user only.
    login_id: Field<String>,
    first_name: Field<String>,
    last_name: Field<String>,
    email: Field<String>,
    is_active: Field<bool>,
    job_title: Field<String>,
    phone_number: Field<String>,
}

impl RecordChange {
    fn write(mut user: User) -> Result<Self> {
        user.name = user.name.not_null("name")?;
        let (first_name, last_name) = user.names();
        Ok(Self {
            login_id: Field::Absent,
            first_name: first_name.not_null("first_name")?,
            last_name: last_name.not_null("last_name")?,
            email: user.primary_email().not_null("emails")?,
            is_active: user.is_active().not_null("status")?,
            phone_number: user.phone_number(),
            job_title: user.title,
        })
    }
}

/// The writable fields of a record. An update sends all of them, because a replacement may clear fields that it leaves
/// out.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    login_id: Option<Value>,
    first_name: Option<Value>,
    last_name: Option<Value>,
    email: Option<Value>,
    is_active: Option<Value>,
    allow_user_mentions: Option<Value>,
    allow_user_to_edit_journal_config: Option<Value>,
    allow_user_to_edit_intercompany_config: Option<Value>,
    allow_adhoc_matching: Option<Value>,
    allow_intercompany_settlement: Option<Value>,
    requires_journal_reviewer: Option<Value>,
    allow_user_to_access_journal_analyser: Option<Value>,
    job_title: Option<Value>,
    supervisor: Option<Value>,
    time_zone_id: Option<Value>,
    phone_number: Option<Value>,
    annual_hours: Option<Value>,
    reference_field1: Option<Value>,
    reference_field2: Option<Value>,
    reference_field3: Option<Value>,
}

/// The user in BlackLine's answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Account {
    id: Option<Id>,
    login_id: Text,
    first_name: Text,
    last_name: Text,
    full_name: Text,
    email: Text,
    is_active: Option<Flag>,
    job_title: Text,
    phone_number: Text,
    /// Recalled: it has one of these three names.
    created: Option<DateTime>,
    created_date: Option<DateTime>,
    created_at: Option<DateTime>,
    last_updated: Option<DateTime>,
}

impl From<Account> for User {
    fn from(account: Account) -> Self {
        let named = User::named(account.first_name, account.last_name);
        User {
            id: account.id.into(),
            username: account.login_id.into(),
            name: Field::from(account.full_name).or(named.name),
            first_name: named.first_name,
            last_name: named.last_name,
            emails: Email::only(account.email),
            phones: Phone::main_and_mobile(account.phone_number, Field::Absent),
            title: account.job_title.into(),
            status: account.is_active.map(Status::from).into(),
            created_at: Field::from(account.created).or(account.created_date.into()).or(account.created_at.into()),
            updated_at: account.last_updated.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(BlackLine);

#[cfg(test)]
mod tests;
