//! Snyk: the members of an organization as directory users. Names and addresses are the person's own; a member has one role.
//!
//! - Get, list, delete, invite (REST): <https://docs.snyk.io/snyk-api/rest-api>, a copy of its OpenAPI document:
//!   <https://github.com/api-evangelist/snyk/tree/main/openapi/_original>
//! - Change of a role (V1): <https://github.com/snyk/user-docs/blob/main/docs/.gitbook/assets/v1-api-spec.yaml>
//! - Tokens: <https://docs.snyk.io/snyk-api/authentication-for-api>
//! - Limits: <https://github.com/api-evangelist/snyk/blob/main/rate-limits/snyk-rate-limits.yml>
//!
//! From memory are the sign-in of service accounts, that `/self` tells them and people who they are, and that administrators of the group have no membership. The scopes of Snyk Apps do not
//! reach members, so that there is no consent.

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Effect, Email, EvidenceKind, Exchange, Field, FieldExt, Id, Integration,
    JSON_API, ListExt, Listing, Page, Request, Resource, Result, Role, Status, Support, Text, User, UsersPage,
    Variable, json, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Snyk;

/// The version of the REST API.
const VERSION: &str = "2024-08-25";

impl Integration for Snyk {
    fn capabilities() -> Capabilities {
        let own = "a person's own, which no organization changes";
        let asked = |support: Support| support.query_required(["organization_id"]);
        let told = |support: Support| asked(support).response(["id", "name", "username", "emails", "roles"]);
        let listing = Listing::pages(10, 100)
            .at_least(10)
            .leaves_out(["administrators of the group without a membership", "service accounts"]);
        Capabilities::new("snyk", "Snyk")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://{api_host*}.snyk.io/rest")
            .origin("https://{api_host*}.snyk.io/v1")
            .origin("https://{api_host*}.snyk.io/oauth2")
            .variable(
                Variable::new("api_host", "Region")
                    .values(["api", "api.us", "api.eu", "api.au"])
                    .help("What stands before .snyk.io in the address of the API.")
                    .or("api"),
            )
            .variable(Variable::secret("api_token", "API token").optional())
            .auth(Auth::header("authorization", "token {api_token}"))
            .oauth(Exchange::client_credentials("https://{api_host}.snyk.io/oauth2/token"))
            // Who the token is.
            .probe("/self?version=2024-08-25")
            .limit(1_620, 60)
            .serves(told(Support::get(Category::UserDirectory)))
            .serves(
                told(Support::list(Category::UserDirectory, listing))
                    .query(["email", "username"])
                    .orders(["sort_by[name]", "sort_by[username]"]),
            )
            .serves(asked(Support::delete(Category::UserDirectory, Effect::Unlinks)))
            .serves(
                asked(Support::create(Category::UserDirectory))
                    .required(["emails", "roles"])
                    .note("emails", "the primary address, which is invited")
                    .note("roles", "one, by its public ID")
                    .ignored([("name", own), ("username", own)])
                    .response(["emails", "roles", "status"]),
            )
            .serves(told(Support::update(Category::UserDirectory)).note("roles", "one, by its public ID").ignored([
                ("emails", own),
                ("name", own),
                ("username", own),
            ]))
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let organization = call.required_parameter::<Id>("organization_id")?;
        let email = user.primary_email().required("emails")?;
        let role = user.roles.single("roles")?.required("roles")?.id.required("roles[0].id")?;
        let invitation = Resource { kind: "org_invitation", id: None::<String>, attributes: Invited { email, role } };
        let request = call.post(path!("/orgs/{organization}/invites")).query("version", "2024-06-21");
        request.json_api(&invitation).primary().send()?.user_in::<Invitation>("data")
    }

    /// By V1, which knows a member by the user.
    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let Some(role) = user.roles.single("roles")?.not_null("roles")?.into_value() else {
            return Self::get_user(call, id);
        };
        let change = RoleChange { role_public_id: role.id.required("roles[0].id")? };
        let organization = call.required_parameter::<Id>("organization_id")?;
        let path =
            call.address("https://{api_host*}.snyk.io/v1/org")?.push(organization).push("members").push("update");
        // Snyk answers with `{}`.
        let told = call.put(path.push(id)).json(&change).primary().send()?.user::<Member>();
        call.told_or_read(told, |_| false, || member(call, id)?.send()?.user_in::<Member>("/data/0"))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        member(call, id)?.primary().send()?.not_found_if("/data", json!([]))?.user_in::<Member>("/data/0")
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        // Snyk takes multiples of 10.
        let request = members(call)?.query("limit", page.size().next_multiple_of(10));
        let request = request.query_some("starting_after", page.cursor());
        let request = request.query_some("email", page.filter("email")).query_some("username", page.filter("username"));
        let column = page.sort().map(|sort| if sort.field == "name" { "user_display_name" } else { "username" });
        let order = page.sort().map(|sort| sort.direction().to_uppercase());
        let request = request.query_some("sort_by", column).query_some("sort_order", order);
        request.primary().send()?.users_in::<Member>("data")?.next(|answer| {
            let link = |pointer| answer.query_of(pointer, "starting_after");
            link("/links/next").or_else(|| link("/links/next/href"))
        })
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let organization = call.required_parameter::<Id>("organization_id")?;
        let answer = member(call, id)?.send()?.not_found_if("/data", json!([]))?;
        let membership = answer.json_in::<Id>("/data/0/id")?;
        let request = call.delete(path!("/orgs/{organization}/memberships/{membership}")).header("accept", JSON_API);
        request.query("version", VERSION).primary().send()?.empty()
    }
}

/// Asks for the memberships of the organization.
fn members(call: &Call) -> Result<Request<'_>> {
    let organization = call.required_parameter::<Id>("organization_id")?;
    let request = call.get(path!("/orgs/{organization}/memberships")).header("accept", JSON_API);
    Ok(request.query("version", VERSION))
}

/// Asks for the membership of a user: a list, which is empty if there is none.
fn member<'a>(call: &'a Call, id: &str) -> Result<Request<'a>> {
    Ok(members(call)?.query("user_id", id))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RoleChange {
    role_public_id: String,
}

#[derive(Serialize)]
struct Invited {
    email: String,
    role: String,
}

/// An invitation in Snyk's answers. Nobody has a user ID before accepting it.
#[derive(Deserialize)]
struct Invitation {
    attributes: Attributes,
}

/// A membership in Snyk's answers.
#[derive(Deserialize)]
struct Member {
    relationships: Relationships,
}

#[derive(Deserialize)]
struct Relationships {
    org: Option<Related>,
    role: Option<Related>,
    user: Option<Related>,
}

#[derive(Deserialize)]
struct Related {
    data: Option<Record>,
}

/// The organization, the role or the user of a membership.
#[derive(Default, Deserialize)]
struct Record {
    id: Option<Id>,
    attributes: Option<Attributes>,
}

#[derive(Default, Deserialize)]
struct Attributes {
    name: Text,
    username: Text,
    email: Text,
    /// The public ID of the role, in an invitation.
    role: Text,
}

impl From<Invitation> for User {
    fn from(Invitation { attributes }: Invitation) -> Self {
        User {
            emails: Email::only(attributes.email),
            roles: Role::only(attributes.role, Field::Absent),
            status: Status::Invited.into(),
            ..User::default()
        }
    }
}

impl From<Member> for User {
    fn from(Member { relationships: Relationships { org, role, user } }: Member) -> Self {
        let record = |related: Option<Related>| related.and_then(|related| related.data);
        let organization = record(org).and_then(|org| org.id);
        let role = record(role).map(|Record { id, attributes }| {
            let name = attributes.unwrap_or_default().name;
            vec![Role { id: id.into(), name: name.into(), organization: organization.into(), ..Role::default() }]
        });
        let Record { id, attributes } = record(user).unwrap_or_default();
        let attributes = attributes.unwrap_or_default();
        User {
            id: id.into(),
            name: attributes.name.into(),
            username: attributes.username.into(),
            emails: Email::only(attributes.email),
            roles: role.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(Snyk);

#[cfg(test)]
mod tests;
