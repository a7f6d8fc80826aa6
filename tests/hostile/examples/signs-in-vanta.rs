//! Vanta: client credentials as JSON. An application has only one valid token at a time.
#![cfg(target_family = "wasm")]

#[path = "../src/sample.rs"]
mod sample;

use mortise_sdk::{Auth, Exchange};
use sample::secret;

sample::signs_in!(|declared| declared
    .origin("https://api.vanta.com")
    .variable(secret("client_id"))
    .variable(secret("client_secret"))
    .auth(
        Auth::bearer("{access_token}").exchange(
            Exchange::client_credentials("https://api.vanta.com/oauth/token")
                .json()
                .scope("vanta-api.all:read vanta-api.all:write"),
        )
    ));
