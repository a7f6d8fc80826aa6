//! Pipedrive: the users of a company as crm and directory users. Changing them takes an administrator.
//!
//! - Update: <https://developers.pipedrive.com/docs/api/v1/Users#updateUser>, of one property
//! - Read: <https://developers.pipedrive.com/docs/api/v1/Users#getUser>
//! - API token: <https://pipedrive.readme.io/docs/core-api-concepts-authentication>, OAuth: <https://pipedrive.readme.io/docs/marketplace-oauth-authorization>
//! - Limits: <https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting>

use mortise_sdk::{
    Auth, Call, Capabilities, Category, DateTime, Email, Exchange, Field, FieldExt, Flag, Id, Integration, License,
    Phone, Request, Response, Result, Status, Support, Text, User, Variable, numeric_id, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Pipedrive;

impl Integration for Pipedrive {
    fn capabilities() -> Capabilities {
        let fixed = "Pipedrive's API does not change it";
        let flag_note = "left out, it is read first and written back as it is: Pipedrive insists on it";
        Capabilities::new("pipedrive", "Pipedrive")
            .origin("https://{company_domain}.pipedrive.com/api/v1")
            .origin("https://oauth.pipedrive.com/oauth")
            .variable(Variable::new("company_domain", "Company domain: what stands before .pipedrive.com"))
            .variable(Variable::secret("api_token", "API token of an administrator").optional())
            .variable(Variable::secret("client_id", "OAuth client ID").optional())
            .variable(Variable::secret("client_secret", "OAuth client secret").optional())
            .variable(
                Variable::secret("refresh_token", "OAuth refresh token, with the scopes users:read and admin")
                    .optional(),
            )
            .auth(Auth::header("x-api-token", "{api_token}"))
            .auth(
                Auth::bearer("{access_token}")
                    .exchange(Exchange::refresh("https://oauth.pipedrive.com/oauth/token").basic()),
            )
            .serves(
                Support::update(Category::Crm)
                    .note("is_active", flag_note)
                    .ignored([("name", fixed), ("email", fixed)])
                    .response(["id", "name", "email", "is_active", "created_at", "updated_at"]),
            )
            .serves(
                Support::update(Category::UserDirectory)
                    .values("status", ["active", "inactive"])
                    .note("status", flag_note)
                    .ignored([
                        ("name", fixed),
                        ("emails", fixed),
                        ("phones", fixed),
                        ("avatar", fixed),
                        ("timezone", fixed),
                        ("licenses", fixed),
                    ])
                    .response(["id", "name", "emails", "phones", "avatar", "status", "licenses", "timezone"])
                    .response(["created_at", "updated_at", "last_login_at"]),
            )
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        let path = path!("/users/{id}");
        let change = match user.is_active().not_null("status")?.into_value() {
            Some(is_active) => Change { active_flag: Flag(is_active) },
            None => sent(call.get(path.clone()))?.json_in::<Change>("data")?,
        };
        sent(call.put(path).json(&change).primary())?.user_in::<UserRead>("data")
    }
}

/// The answer, unless it is a failure, which Pipedrive can say under a status of success.
fn sent(request: Request<'_>) -> Result<Response<'_>> {
    request.send()?.refused_if("/success", false)
}

/// The one property that an update changes, and insists on: where the caller leaves it alone, it is read and written back.
#[derive(Deserialize, Serialize)]
struct Change {
    active_flag: Flag,
}

/// What is read.
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

/// An app that the user can open, and what they may do there.
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
