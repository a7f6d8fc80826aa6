//! Salesforce: a refresh token, which the vendor sometimes rotates, or client credentials, at the customer's own
//! domain.
#![cfg(target_family = "wasm")]

#[path = "../src/sample.rs"]
mod sample;

use mortise_sdk::{Auth, Exchange, Variable};
use sample::optional;

const TOKEN: &str = "https://{my_domain}.my.salesforce.com/services/oauth2/token";

sample::signs_in!(|declared| declared
    .origin("https://{my_domain}.my.salesforce.com/services")
    .variable(Variable::new("my_domain", "My Domain"))
    .variable(optional("client_id"))
    .variable(optional("client_secret"))
    .variable(optional("refresh_token"))
    .auth(Auth::bearer("{access_token}").exchange(Exchange::refresh(TOKEN).lives(1_800)))
    .auth(Auth::bearer("{access_token}").exchange(Exchange::client_credentials(TOKEN).lives(1_800))));
