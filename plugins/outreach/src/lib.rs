//! Outreach: users as crm users, over JSON:API.
//!
//! - Get, list, update, which also deactivates: <https://developers.outreach.io/api/reference/tag/User/>
//! - Pages, filters, sort: <https://developers.outreach.io/api/making-requests/>
//! - OAuth application and scopes: <https://developers.outreach.io/api/oauth/>, tokens: <https://developers.outreach.io/api/getting-started/>
//! - The API as OpenAPI: <https://api.outreach.io/api/v2/schema/openapi.json>

use mortise_sdk::{
    Authorization, Call, Capabilities, Category, Effect, Email, EvidenceKind, Exchange, Field, Id, Integration,
    JSON_API, Listing, Page, Resource, Response, Result, Status, Support, Text, User, UsersPage, Variable, numeric_id,
    path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Outreach;

impl Integration for Outreach {
    fn capabilities() -> Capabilities {
        let consent =
            Authorization::new("https://api.outreach.io/oauth/authorize").scopes(["users.read", "users.write"]);
        Capabilities::new("outreach", "Outreach")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://api.outreach.io/api/v2")
            .origin("https://api.outreach.io/oauth")
            .variable(Variable::new("redirect_uri", "Redirect URI of the OAuth application"))
            .oauth(
                Exchange::refresh("https://api.outreach.io/oauth/token")
                    .field("redirect_uri", "{redirect_uri}")
                    .lives(7_200)
                    .authorization(consent),
            )
            .limit(10_000, 3_600)
            .response(Category::Crm, ["id", "name", "email", "is_active", "created_at", "updated_at"])
            .serves(Support::get(Category::Crm))
            .serves(
                Support::list(Category::Crm, Listing::pages(50, 1_000))
                    .query(["email", "is_active"])
                    .query(["created_at[gt]", "created_at[gte]", "updated_at[gt]", "updated_at[gte]"])
                    .orders(["sort_by[created_at]", "sort_by[updated_at]"]),
            )
            // A locked user frees the seat.
            .serves(Support::delete(Category::Crm, Effect::Deactivates))
            .serves(Support::update(Category::Crm).writable(["first_name", "last_name"]).ignored([
                ("name", "Outreach makes it of first_name and last_name"),
                ("email", "Outreach does not change it by its API"),
            ]))
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        let change = Change { first_name: user.first_name, last_name: user.last_name, ..Change::default() };
        patch(call, id, change)?.user_in::<Account>("data")
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        call.get(path!("/users/{id}")).header("accept", JSON_API).primary().send()?.user_in::<Account>("data")
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        // Without a size the older paging answers, which ends at 10,000 users.
        let mut request = call.get("/users").header("accept", JSON_API).query("page[size]", page.size());
        request = request.query_some("page[after]", page.cursor()).query_some("filter[email]", page.filter("email"));
        request = request.query_some("filter[locked]", page.is_active().map(|is_active| !is_active));
        for (field, theirs) in TIMES {
            let range = page.since(field).map(|since| format!("{since}..inf"));
            request = request.query_some(&format!("filter[{theirs}]"), range);
        }
        let order = page.sort().and_then(|sort| {
            let (_, theirs) = TIMES.iter().find(|(field, _)| *field == sort.field)?;
            Some(format!("{}{theirs}", if sort.descending { "-" } else { "" }))
        });
        let answer = request.query_some("sort", order).primary().send()?;
        answer.users_in::<Account>("data")?.next(|answer| answer.query_of("/links/next", "page[after]"))
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        patch(call, numeric_id(id)?, Change { locked: true.into(), ..Change::default() })?.empty()
    }
}

/// The times by which users are found and sorted, in Outreach's words.
const TIMES: [(&str, &str); 2] = [("created_at", "createdAt"), ("updated_at", "updatedAt")];

fn patch(call: &Call, id: u64, attributes: Change) -> Result<Response<'_>> {
    let change = Resource { kind: "user", id, attributes };
    call.patch(path!("/users/{id}")).json_api(&change).primary().send()
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    first_name: Field<String>,
    last_name: Field<String>,
    locked: Field<bool>,
}

#[derive(Deserialize)]
struct Account {
    id: Option<Id>,
    attributes: Option<Attributes>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attributes {
    name: Text,
    email: Text,
    locked: Option<bool>,
    created_at: Text,
    updated_at: Text,
}

impl From<Account> for User {
    fn from(Account { id, attributes }: Account) -> Self {
        let attributes = attributes.unwrap_or_default();
        User {
            id: id.into(),
            name: attributes.name.into(),
            emails: Email::only(attributes.email),
            status: attributes.locked.map(|is_locked| Status::from(!is_locked)).into(),
            created_at: attributes.created_at.into(),
            updated_at: attributes.updated_at.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(Outreach);

#[cfg(test)]
mod tests;
