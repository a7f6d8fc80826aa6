//! Outreach: users as crm users, over JSON:API.
//!
//! - Update: <https://developers.outreach.io/api/reference/tag/User/>
//! - OAuth application and scopes: <https://developers.outreach.io/api/oauth/>, tokens: <https://developers.outreach.io/api/getting-started/>
//! - The API as OpenAPI: <https://api.outreach.io/api/v2/schema/openapi.json>

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Email, Exchange, Field, Id, Integration, Resource, Result, Support, Text, User,
    Variable, numeric_id, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Outreach;

impl Integration for Outreach {
    fn capabilities() -> Capabilities {
        Capabilities::new("outreach", "Outreach")
            .origin("https://api.outreach.io/api/v2")
            .origin("https://api.outreach.io/oauth")
            .secret("client_id", "OAuth application id")
            .secret("client_secret", "OAuth application secret")
            .secret("refresh_token", "OAuth refresh token, with the scopes users.read and users.write")
            .variable(Variable::new("redirect_uri", "Redirect URI of the OAuth application"))
            .auth(
                Auth::bearer("{access_token}").exchange(
                    Exchange::refresh("https://api.outreach.io/oauth/token")
                        .field("redirect_uri", "{redirect_uri}")
                        .lives(7_200),
                ),
            )
            .limit(10_000, 3_600)
            .serves(
                Support::update(Category::Crm)
                    .writable(["first_name", "last_name"])
                    .ignored([
                        ("name", "Outreach makes it of first_name and last_name"),
                        ("email", "Outreach does not change it by its API"),
                    ])
                    .response(["id", "name", "email", "created_at", "updated_at"]),
            )
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        let attributes = Change { first_name: user.first_name, last_name: user.last_name };
        let change = Resource { kind: "user", id, attributes };
        call.patch(path!("/users/{id}")).json_api(&change).primary().send()?.user_in::<Account>("data")
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    first_name: Field<String>,
    last_name: Field<String>,
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
            created_at: attributes.created_at.into(),
            updated_at: attributes.updated_at.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(Outreach);

#[cfg(test)]
mod tests;
