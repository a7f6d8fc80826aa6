//! Paralus: no sign-in, but a credential computed from the secret: the base64 of its MD5.
#![cfg(target_family = "wasm")]

#[path = "../src/sample.rs"]
mod sample;

use mortise_sdk::{Auth, Variable};
use sample::secret;

sample::signs_in!(|declared| declared
    .origin("https://{site}.paralus.example.com")
    .variable(Variable::new("site", "Site"))
    .variable(secret("api_key_id"))
    .variable(secret("api_secret"))
    .auth(Auth::header("x-api-keyid", "{api_key_id}").and("x-api-token", "{api_secret|md5|base64}")));
