//! DriveWealth: a JSON sign-in with the vendor's own names, a lifetime as text, and two headers on every request.
#![cfg(target_family = "wasm")]

#[path = "../src/sample.rs"]
mod sample;

use mortise_sdk::{Auth, Exchange};
use sample::secret;

sample::signs_in!(|declared| declared
    .origin("https://bo-api.drivewealth.net/back-office")
    .variable(secret("client_id"))
    .variable(secret("client_secret"))
    .variable(secret("app_key"))
    .auth(
        Auth::header("authorization", "Bearer {access_token}").and("dw-client-app-key", "{app_key}").exchange(
            Exchange::new("https://bo-api.drivewealth.net/back-office/auth/tokens")
                .json()
                .field("clientID", "{client_id}")
                .field("clientSecret", "{client_secret}")
                .brings("access_token", "/access_token")
                .lifetime("/expires_in"),
        ),
    ));
