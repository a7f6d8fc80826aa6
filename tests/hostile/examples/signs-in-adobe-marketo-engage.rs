//! Adobe Marketo Engage: client credentials in the query of a GET.
#![cfg(target_family = "wasm")]

#[path = "../src/sample.rs"]
mod sample;

use mortise_sdk::{Auth, Exchange, Variable};
use sample::secret;

sample::signs_in!(|declared| declared
    .origin("https://{munchkin_id}.mktorest.com")
    .variable(Variable::new("munchkin_id", "Munchkin ID"))
    .variable(secret("client_id"))
    .variable(secret("client_secret"))
    .limit(100, 20)
    .limit(50_000, 86_400)
    .auth(
        Auth::bearer("{access_token}")
            .exchange(Exchange::client_credentials("https://{munchkin_id}.mktorest.com/identity/oauth/token").get()),
    ));
