//! Sends the requests that the caller describes (see [`probe`]) to two origins. The values of a sign-in sign requests
//! to the first, and a credential of the account signs requests to the second.
#![cfg(target_family = "wasm")]

use mortise_hostile::{AuthScheme, Declaration, attack, exchange, probe::probe, scheme, variable};

attack!(probe, |declared| {
    let files = "https://files.example.com/v2".to_owned();
    let signed_in = AuthScheme {
        exchange: Some(exchange("https://vendor.example.com/token")),
        ..scheme("bearer", &[("token", "{access_token}")])
    };
    Declaration {
        origins: vec!["https://vendor.example.com".to_owned(), files.clone()],
        variables: vec![variable("client_secret", true), variable("file_token", true)],
        auth: vec![signed_in, AuthScheme { origins: vec![files], ..scheme("bearer", &[("token", "{file_token}")]) }],
        ..declared
    }
});
