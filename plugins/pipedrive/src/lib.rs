//! Pipedrive: the users of a company as crm and directory users. Inviting, changing and deactivating them takes an administrator.
//!
//! - Create, get, list, and update of one property: <https://developers.pipedrive.com/docs/api/v1/Users>
//! - API token: <https://pipedrive.readme.io/docs/core-api-concepts-authentication>, OAuth: <https://pipedrive.readme.io/docs/marketplace-oauth-authorization>
//! - Limits: <https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting>

use mortise_sdk::{
    Auth, Authorization, Call, Capabilities, Category, DateTime, Effect, Email, EvidenceKind, Exchange, Field,
    FieldExt, Flag, Id, Integration, License, Listing, Page, Path, Phone, Request, Response, Result, Status, Support,
    TIMES, Text, User, UsersPage, Variable, numeric_id, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Pipedrive;

impl Integration for Pipedrive {
    fn capabilities() -> Capabilities {
        let fixed = "Pipedrive's API does not change it";
        let theirs = "whoever is invited tells it";
        let flag_note = "left out, it is read first and written back as it is: Pipedrive insists on it";
        // The scopes are those of the app, and no parameter asks for them.
        let consent = Authorization::new("https://oauth.pipedrive.com/oauth/authorize").without_pkce();
        Capabilities::new("pipedrive", "Pipedrive")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://{company_domain}.pipedrive.com/api/v1")
            .origin("https://oauth.pipedrive.com/oauth")
            .variable(
                Variable::new("company_domain", "Company domain")
                    .help("What stands before .pipedrive.com in its address."),
            )
            .variable(Variable::secret("api_token", "API token of an administrator").optional())
            .auth(Auth::header("x-api-token", "{api_token}"))
            .oauth(Exchange::refresh("https://oauth.pipedrive.com/oauth/token").basic().authorization(consent))
            .response(Category::Crm, ["id", "name", "email", "is_active", "created_at", "updated_at"])
            .response(Category::UserDirectory, ["id", "name", "emails", "phones", "avatar", "status", "licenses"])
            .response(Category::UserDirectory, ["timezone", "created_at", "updated_at", "last_login_at"])
            .serves(Support::get(Category::Crm))
            .serves(list(Category::Crm).query(["is_active"]))
            // Pipedrive keeps every user.
            .serves(Support::delete(Category::Crm, Effect::Deactivates))
            .serves(Support::get(Category::UserDirectory))
            .serves(list(Category::UserDirectory).query_values("status", ["active", "inactive"]))
            .serves(Support::delete(Category::UserDirectory, Effect::Deactivates))
            .serves(
                Support::create(Category::Crm).required(["email"]).writable(["is_active"]).ignored([("name", theirs)]),
            )
            .serves(
                Support::create(Category::UserDirectory)
                    .required(["emails"])
                    .note("emails", "the primary address is invited")
                    .values("status", ["active", "inactive"])
                    .note("licenses", "without them, the app sales")
                    .values("licenses[].name", APPS)
                    .note("licenses[].name", "needed: the app")
                    .note("licenses[].id", "the permission set that the user has in the app")
                    .ignored([("name", theirs), ("phones", theirs), ("avatar", theirs), ("timezone", theirs)]),
            )
            .serves(
                Support::update(Category::Crm)
                    .note("is_active", flag_note)
                    .ignored([("name", fixed), ("email", fixed)]),
            )
            .serves(
                Support::update(Category::UserDirectory)
                    .values("status", ["active", "inactive"])
                    .note("status", flag_note)
                    .ignored([("name", fixed), ("emails", fixed), ("phones", fixed), ("avatar", fixed)])
                    .ignored([("timezone", fixed), ("licenses", fixed)]),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        sent(call.post("/users").json(&Invitation::write(user)?).primary())?.user_in::<UserRead>("data")
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let path = place(id)?;
        let change = match user.is_active().not_null("status")?.into_value() {
            Some(is_active) => Change { active_flag: Flag(is_active) },
            None => sent(call.get(path.clone()))?.json_in::<Change>("data")?,
        };
        sent(call.put(path).json(&change).primary())?.user_in::<UserRead>("data")
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        sent(call.get(place(id)?).primary())?.user_in::<UserRead>("data")
    }

    fn list_users(call: &Call, _: &Page) -> Result<UsersPage> {
        sent(call.get("/users").primary())?.users_in::<UserRead>("data")?.last()
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        sent(call.put(place(id)?).json(&Change { active_flag: Flag(false) }).primary())?.empty()
    }
}

/// The apps that a user can be given.
const APPS: [&str; 6] = ["global", "sales", "campaigns", "projects", "account_settings", "partnership"];

/// Pipedrive has no filters: the host filters the company's users. The search by address costs twice as much as the
/// whole list.
fn list(category: Category) -> Support {
    Support::list(category, Listing::whole()).query(["email", "name"]).query(TIMES)
}

/// The address of a user.
fn place(id: &str) -> Result<Path> {
    let id = numeric_id(id)?;
    Ok(path!("/users/{id}"))
}

/// The answer, unless it is a failure, which Pipedrive can say under a status of success.
fn sent(request: Request<'_>) -> Result<Response<'_>> {
    request.send()?.refused_if("/success", false)
}

#[derive(Serialize)]
struct Invitation {
    email: String,
    active_flag: Field<bool>,
    access: Field<Vec<AppAccess>>,
}

#[derive(Serialize)]
struct AppAccess {
    app: String,
    permission_set_id: Field<String>,
}

impl Invitation {
    fn write(user: User) -> Result<Self> {
        let access = |(index, license): (usize, License)| {
            let app = license.name.required(&format!("licenses[{index}].name"))?;
            Ok(AppAccess { app, permission_set_id: license.id.into_value().into() })
        };
        Ok(Self {
            email: user.primary_email().required("emails")?,
            active_flag: user.is_active().not_null("status")?,
            access: user
                .licenses
                .not_null("licenses")?
                .map(|licenses| licenses.into_iter().enumerate().map(access).collect::<Result<_>>())
                .transpose()?,
        })
    }
}

/// The one property that an update can change and must have. If the caller does not change it, the plugin reads it and
/// writes it back.
#[derive(Deserialize, Serialize)]
struct Change {
    active_flag: Flag,
}

/// The user in Pipedrive's answers.
#[derive(Deserialize)]
struct UserRead {
    id: Option<Id>,
    name: Text,
    email: Text,
    phone: Text,
    icon_url: Text,
    timezone_name: Text,
    active_flag: Option<Flag>,
    is_deleted: Option<Flag>,
    access: Option<Vec<Access>>,
    created: Option<DateTime>,
    modified: Option<DateTime>,
    last_login: Option<DateTime>,
}

/// An app that the user can open, and the user's permissions in it.
#[derive(Deserialize)]
struct Access {
    app: Text,
    permission_set_id: Option<Id>,
}

impl From<Access> for License {
    fn from(access: Access) -> Self {
        License { id: access.permission_set_id.into(), name: access.app.into(), ..License::default() }
    }
}

impl From<UserRead> for User {
    fn from(user: UserRead) -> Self {
        let is_deleted = user.is_deleted == Some(Flag(true));
        User {
            id: user.id.into(),
            name: user.name.into(),
            emails: Email::only(user.email),
            phones: Phone::main_and_mobile(user.phone, Field::Absent),
            avatar: user.icon_url.into(),
            status: if is_deleted { Status::Deleted.into() } else { user.active_flag.map(Status::from).into() },
            licenses: user.access.map(|access| access.into_iter().map(License::from).collect()).into(),
            timezone: user.timezone_name.into(),
            created_at: user.created.into(),
            updated_at: user.modified.into(),
            last_login_at: user.last_login.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(Pipedrive);

#[cfg(test)]
mod tests;
