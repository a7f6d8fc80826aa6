//! CrowdStrike Falcon: the users of a customer as directory users.
//!
//! - Create, update, get, list, delete, as a client has them:
//!   <https://github.com/CrowdStrike/falconpy/blob/main/src/falconpy/_endpoint/_user_management.py>
//! - Bodies and answers: <https://github.com/CrowdStrike/gofalcon/tree/main/falcon/models> (`domain_user.go`, `domain_create_user_request.go`,
//!   `domain_update_user_request.go`, `msa_api_error.go`), clouds: <https://github.com/CrowdStrike/gofalcon/blob/main/falcon/cloud.go>
//! - Scopes of the API client: <https://github.com/CrowdStrike/psfalcon/wiki/Edit-FalconUser>
//!
//! From memory are how filters are spelled, that an unknown user is an error under a status of success, also beside other users, the words
//! of `status` and `user_type`, how long a token lasts, and where a customer makes the API client.

use mortise_sdk::{
    Call, Capabilities, Category, Effect, Email, End, Error, EvidenceKind, Exchange, Field, FieldExt, Id, Integration,
    Listing, Page, Password, Request, Response, Result, Status, Support, Text, User, UserExt, UsersPage, Variable,
    json,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct CrowdStrike;

/// Each cloud is a Falcon of its own.
const CLOUDS: [&str; 6] = [
    "https://api.crowdstrike.com",
    "https://api.us-2.crowdstrike.com",
    "https://api.us-3.crowdstrike.com",
    "https://api.eu-1.crowdstrike.com",
    "https://api.laggar.gcw.crowdstrike.com",
    "https://api.us-gov-2.crowdstrike.mil",
];

impl Integration for CrowdStrike {
    fn capabilities() -> Capabilities {
        let fixed = "CrowdStrike fixes the address when the user is created";
        let writes = |support: Support| {
            support
                .writable(["first_name", "last_name"])
                .note("name", "split into first and last name, if these are not given")
        };
        CLOUDS
            .into_iter()
            .fold(
                Capabilities::new("crowdstrike", "CrowdStrike").evidence(EvidenceKind::VendorDocument, "2026-11-30"),
                Capabilities::origin,
            )
            .variable(
                Variable::new("host", "API host of the cloud, such as api.eu-1.crowdstrike.com")
                    .or("api.crowdstrike.com"),
            )
            .oauth(Exchange::client_credentials("https://{host}/oauth2/token").lives(1_799))
            .response(
                Category::UserDirectory,
                ["id", "name", "first_name", "last_name", "username", "emails", "status"],
            )
            .response(Category::UserDirectory, ["user_type", "created_at", "updated_at", "last_login_at"])
            .serves(Support::get(Category::UserDirectory))
            .serves(
                Support::list(Category::UserDirectory, Listing::pages(100, 500).ends(End::Total))
                    .query(["email", "username", "first_name", "last_name"])
                    .orders(["sort_by[username]", "sort_by[first_name]", "sort_by[last_name]", "sort_by[created_at]"]),
            )
            .serves(Support::delete(Category::UserDirectory, Effect::Deletes))
            .serves(
                writes(Support::create(Category::UserDirectory))
                    .required(["emails"])
                    .note("emails", "the primary address, with which the user signs in")
                    .note("password", "without it CrowdStrike sends a mail with which the user sets one")
                    .ignored([("username", "it is the address"), ("status", "CrowdStrike sets it")]),
            )
            .serves(writes(Support::update(Category::UserDirectory)).ignored([
                ("username", fixed),
                ("emails", fixed),
                ("status", "nobody is deactivated by the API"),
            ]))
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let (first_name, last_name) = user.names();
        let new = NewUser {
            uid: user.primary_email().required("emails")?,
            first_name: first_name.into_value(),
            last_name: last_name.into_value(),
            password: user.password.into_value(),
        };
        done(call.post(call.address(USERS)?).json(&new).primary().send()?)?.user_in::<Account>("/resources/0")
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let (first_name, last_name) = user.names();
        let (first_name, last_name) = (first_name.not_null("first_name")?, last_name.not_null("last_name")?);
        let mut names = Names { first_name, last_name };
        // CrowdStrike wants both.
        if names.first_name.is_absent() || names.last_name.is_absent() {
            let known = found(read(call, &[id.to_owned()])?.send()?)?.json_in::<Account>("/resources/0")?;
            names.first_name = names.first_name.or(known.first_name.into());
            names.last_name = names.last_name.or(known.last_name.into());
        }
        let request = call.patch(call.address(USERS)?).query("user_uuid", id).json(&names);
        done(request.primary().send()?)?.user_in::<Account>("/resources/0")
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        found(read(call, &[id.to_owned()])?.primary().send()?)?.user_in::<Account>("/resources/0")
    }

    /// One request finds identifiers, and a second one reads the users.
    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let order = page.sort().map(|sort| {
            let field = if sort.field == "username" { "uid" } else { &sort.field };
            format!("{field}|{}", sort.direction())
        });
        let request = call.get(call.address(QUERY)?).query("limit", page.size()).query("offset", page.offset()?);
        let request = request.query_some("filter", filter(page)).query_some("sort", order);
        let Found { meta, resources } = done(request.send()?)?.json()?;
        let ids = resources.unwrap_or_default();
        if ids.is_empty() {
            return Ok(UsersPage::default());
        }
        let next = page.offset()?.saturating_add(u64::try_from(ids.len()).unwrap_or(u64::MAX));
        let told = read(call, &ids)?.primary().send()?;
        // Who is deleted between the two requests is an error of the code 404 beside the other users.
        if told.place_of("/errors", |error| error["code"] != 404)?.is_some() {
            return Err(Error::refused(""));
        }
        let users = told.users_in::<Account>("resources")?;
        users.next(|_| (next < meta.pagination.total).then(|| next.to_string()))
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        done(call.delete(call.address(USERS)?).query("user_uuid", id).primary().send()?)?.empty()
    }
}

const USERS: &str = "https://{host}/user-management/entities/users/v1";
const READ: &str = "https://{host}/user-management/entities/users/GET/v1";
const QUERY: &str = "https://{host}/user-management/queries/users/v1";

/// Reads users by identifier, up to 5,000 in one request.
fn read<'a>(call: &'a Call, ids: &[String]) -> Result<Request<'a>> {
    Ok(call.post(call.address(READ)?).json(&json!({ "ids": ids })))
}

/// The answer itself, unless it has an error under a status of success.
fn done(answer: Response<'_>) -> Result<Response<'_>> {
    answer.not_found_if("/errors/0/code", 404)?.refused_by("/errors")
}

/// The answer itself, if it is about somebody.
fn found(answer: Response<'_>) -> Result<Response<'_>> {
    done(answer)?.not_found_if("/resources", json!([]))
}

/// What users must fulfil, in the Falcon Query Language. A text that could end its quotes is left out: the host checks it too.
fn filter(page: &Page) -> Option<String> {
    let fields = [("email", "uid"), ("username", "uid"), ("first_name", "first_name"), ("last_name", "last_name")];
    let term = |(field, theirs): (&str, &str)| {
        let text = page.filter(field).filter(|text| !text.contains(['\'', '\\']))?;
        Some(format!("{theirs}:'{text}'"))
    };
    let terms: Vec<_> = fields.into_iter().filter_map(term).collect();
    (!terms.is_empty()).then(|| terms.join("+"))
}

#[derive(Serialize)]
struct NewUser {
    uid: String,
    first_name: Option<String>,
    last_name: Option<String>,
    password: Option<Password>,
}

#[derive(Serialize)]
struct Names {
    first_name: Field<String>,
    last_name: Field<String>,
}

/// The identifiers that a query finds.
#[derive(Deserialize)]
struct Found {
    meta: Meta,
    resources: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Meta {
    pagination: Pagination,
}

#[derive(Deserialize)]
struct Pagination {
    total: u64,
}

/// The user in CrowdStrike's answers.
#[derive(Deserialize)]
struct Account {
    uuid: Option<Id>,
    uid: Text,
    first_name: Text,
    last_name: Text,
    status: Text,
    user_type: Text,
    created_at: Text,
    updated_at: Text,
    last_login_at: Text,
}

impl From<Account> for User {
    fn from(account: Account) -> Self {
        User {
            id: account.uuid.into(),
            username: account.uid.clone().into(),
            emails: Email::only(account.uid),
            status: account.status.into_option().map(Status::from).into(),
            user_type: account.user_type.into(),
            created_at: account.created_at.into(),
            updated_at: account.updated_at.into(),
            last_login_at: account.last_login_at.into(),
            ..User::named(account.first_name, account.last_name)
        }
    }
}

mortise_sdk::export!(CrowdStrike);

#[cfg(test)]
mod tests;
