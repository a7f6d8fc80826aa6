//! Databricks: an access token of the account, or client credentials in a Basic header. The account's id is in the path
//! of the sign-in.
#![cfg(target_family = "wasm")]

#[path = "../src/sample.rs"]
mod sample;

use mortise_sdk::{Auth, Exchange, Variable};
use sample::optional;

sample::signs_in!(|declared| declared
    .origin("https://accounts.cloud.databricks.com/api/2.0")
    .origin("https://accounts.cloud.databricks.com/oidc")
    .variable(Variable::new("account_id", "Account"))
    .variable(optional("token"))
    .variable(optional("client_id"))
    .variable(optional("client_secret"))
    .auth(Auth::bearer("{token}"))
    .auth(
        Auth::bearer("{access_token}").exchange(
            Exchange::client_credentials("https://accounts.cloud.databricks.com/oidc/accounts/{account_id}/v1/token")
                .basic()
                .scope("all-apis"),
        )
    ));
