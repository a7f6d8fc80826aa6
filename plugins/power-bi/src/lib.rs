//! Power BI: the people and groups with access to a workspace, as directory users with one role each. Users have no
//! identifier of their own: a person is known by address, and a group or an app by its object ID. The people of the
//! tenant belong to Microsoft Graph.
//!
//! - Users of a workspace: <https://learn.microsoft.com/en-us/rest/api/power-bi/groups>, as OpenAPI:
//!   <https://github.com/microsoft/PowerBI-CSharp/blob/master/sdk/swaggers/swagger.json>
//! - OAuth: <https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow>
//!
//! From memory are the members of an error, and the list of workspaces with `$top`.

use mortise_sdk::{
    Authorization, Call, Capabilities, Category, Effect, Email, Error, EvidenceKind, Exchange, Field, FieldExt, Id,
    Integration, ListExt, Listing, Page, Path, Request, Result, Role, Support, Text, User, UserExt, UsersPage, Value,
    Variable, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct PowerBi;

impl Integration for PowerBi {
    fn capabilities() -> Capabilities {
        let login = "https://login.microsoftonline.com/{tenant_id}/oauth2/v2.0/token";
        let of_workspace = |support: Support| {
            support
                .query_required(["workspace"])
                .query_note("workspace", "by its ID: what is behind /groups/ in its address")
        };
        let consent = Authorization::new("https://login.microsoftonline.com/{tenant_id}/oauth2/v2.0/authorize")
            .scopes(["offline_access", "https://analysis.windows.net/powerbi/api/Workspace.ReadWrite.All"])
            .param("response_mode", "query");
        let writes = |support: Support| of_workspace(support).ignored([("name", "it is that of the directory")]);
        Capabilities::new("power-bi", "Power BI")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://api.powerbi.com/v1.0/myorg")
            .origin("https://login.microsoftonline.com")
            .variable(Variable::new("tenant_id", "Tenant ID").help("A service principal needs it.").or("common"))
            .oauth(Exchange::refresh(login).authorization(consent))
            .oauth(Exchange::client_credentials(login).scope("https://analysis.windows.net/powerbi/api/.default"))
            // The workspaces that the account may see.
            .probe("/groups?$top=1")
            .response(Category::UserDirectory, ["id", "name", "emails", "user_type", "roles"])
            .serves(of_workspace(Support::get(Category::UserDirectory)))
            .serves(
                of_workspace(Support::list(Category::UserDirectory, Listing::whole().leaves_out(["groups", "apps"])))
                    .query(["email", "name"]),
            )
            .serves(of_workspace(Support::delete(Category::UserDirectory, Effect::Unlinks)))
            .serves(
                writes(Support::create(Category::UserDirectory))
                    .required(["emails", "roles"])
                    .note("emails", "the primary address gets access")
                    .note("roles", "one: Admin, Member, Contributor or Viewer")
                    .ignored([("id", "it is the address")]),
            )
            .serves(
                writes(Support::update(Category::UserDirectory))
                    .note("roles", "one: Admin, Member, Contributor or Viewer")
                    .ignored([("emails", "by it Power BI knows the user")]),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let email = user.primary_email().required("emails")?;
        let access = Access {
            group_user_access_right: Some(right(&user)?.required("roles")?),
            identifier: Some(email.clone()),
            email_address: Some(email),
            principal_type: Some(USER.to_owned()),
            display_name: Text::default(),
            profile: None,
        };
        call.post(users(call)?).json(&access).primary().send()?.empty()?;
        // Power BI's answer is empty, and a list shows a change only after some time.
        Ok(Some(access.into()))
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let right = right(&user)?.into_value();
        // Power BI needs the kind of the user. The right in the list can be out of date, so the plugin never sends it
        // back.
        let access = Access { group_user_access_right: right, ..find(call.get(users(call)?), id)? };
        call.put(users(call)?).json(&access).primary().send()?.empty()?;
        Ok(Some(access.into()))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        find(call.get(users(call)?).primary(), id).map(|access| Some(access.into()))
    }

    fn list_users(call: &Call, _: &Page) -> Result<UsersPage> {
        let mut page = call.get(users(call)?).primary().send()?.users_in::<Access>("value")?.last()?;
        page.rows.retain(|row| row.user.user_type.value().is_none_or(|kind| kind == USER));
        Ok(page)
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        call.delete(users(call)?.push(id)).primary().send()?.empty()
    }
}

/// What Power BI calls a person, beside groups and apps.
const USER: &str = "User";

/// The rights in a workspace. Power BI also has `None`, which removes no access.
const RIGHTS: [&str; 4] = ["Admin", "Member", "Contributor", "Viewer"];

/// The users of the workspace that the caller names.
fn users(call: &Call) -> Result<Path> {
    let workspace: Id = call.required_parameter("workspace")?;
    Ok(path!("/groups/{workspace}/users"))
}

/// Power BI has no request for one user.
fn find(users: Request<'_>, id: &str) -> Result<Access> {
    let users = users.send()?.json_in::<Vec<Access>>("value")?;
    let is_it = |known: &Option<String>| known.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(id));
    let (mut found, others): (Vec<_>, Vec<_>) = users.into_iter().partition(|user| is_it(&user.identifier));
    if found.len() > 1 {
        return Err(Error::invalid_input("several have it, such as the profiles of an app").at("id"));
    }
    let found = found.pop().or_else(|| others.into_iter().find(|user| is_it(&user.email_address)));
    found.ok_or_else(|| Error::not_found("the workspace has no such user"))
}

/// The one role as Power BI spells it.
fn right(user: &User) -> Result<Field<String>> {
    let known = |word: String| {
        let right = RIGHTS.into_iter().find(|right| right.eq_ignore_ascii_case(&word)).map(str::to_owned);
        right.ok_or_else(|| Error::invalid_input("must be Admin, Member, Contributor or Viewer").at("roles[0]"))
    };
    user.role_words()?.single("roles")?.not_null("roles")?.map(known).transpose()
}

/// Who has access to a workspace, in requests and answers.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Access {
    identifier: Option<String>,
    email_address: Option<String>,
    #[serde(skip_serializing)]
    display_name: Text,
    principal_type: Option<String>,
    /// Which of an app's profiles it is.
    profile: Option<Value>,
    group_user_access_right: Option<String>,
}

impl From<Access> for User {
    fn from(access: Access) -> Self {
        User {
            id: access.identifier.or(access.email_address.clone()).into(),
            name: access.display_name.into(),
            emails: Email::only(access.email_address),
            user_type: access.principal_type.into(),
            roles: access.group_user_access_right.map(|right| vec![Role::known_by_name(right)]).into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(PowerBi);

#[cfg(test)]
mod tests;
