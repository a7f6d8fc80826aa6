//! Stub
use mortise_sdk::*;
use serde::{Deserialize, Serialize};

/// Dixa.
pub struct Dixa;

#[derive(Serialize)]
struct New { #[serde(rename="displayName", skip_serializing_if = "Option::is_none")] name: Option<String> }
#[derive(Deserialize)]
struct Data { data: Agent }
#[derive(Deserialize)]
struct Agent { id: String, #[serde(rename="displayName")] name: Option<String> }

impl Integration for Dixa {
    fn capabilities() -> Capabilities {
        Capabilities::new("dixa", "Dixa").origin("https://dev.dixa.io/v1").variable(Variable::secret("api_token", "API token")).auth(Auth::header("authorization", "{api_token}"))
        .serves(Support::create(Category::Ticketing).required(["name", "emails"]).response(["id", "name"]))
    }
    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let d: Data = call.post("/agents").json(&New { name: user.name }).primary().send()?.json()?;
        Ok(Some(User { id: Some(d.data.id), name: d.data.name }))
    }
}
mortise_sdk::export!(Dixa);
