//! BlackLine: the password grant, where the password is an API key, with the client in a Basic header.
#![cfg(target_family = "wasm")]

#[path = "../src/sample.rs"]
mod sample;

use mortise_sdk::{Auth, Exchange, Variable};
use sample::secret;

sample::signs_in!(|declared| declared
    .origin("https://{region}.api.blackline.com")
    .variable(Variable::new("region", "Region").or("us2"))
    .variable(Variable::new("scope", "Scope"))
    .variable(Variable::new("username", "API user"))
    .variable(secret("client_id"))
    .variable(secret("client_secret"))
    .variable(secret("api_key"))
    .auth(
        Auth::bearer("{access_token}").exchange(
            Exchange::password("https://{region}.api.blackline.com/authorize/connect/token")
                .basic()
                .field("password", "{api_key}")
                .scope("{scope}"),
        )
    ));
