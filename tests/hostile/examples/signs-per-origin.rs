//! Sends the requests that the caller describes (see [`probe`]) to two origins. The second origin has its own
//! credential. An account has a password or a key.
#![cfg(target_family = "wasm")]

use mortise_hostile::{AuthScheme, Declaration, Variable, attack, probe::probe, scheme, variable};

attack!(probe, |declared| {
    let optional = |name: &str| Variable { required: false, ..variable(name, true) };
    let files = "https://files.example.com/v2".to_owned();
    let set = |name: &str| vec![name.to_owned()];
    Declaration {
        origins: vec!["https://vendor.example.com/v1".to_owned(), files.clone()],
        variables: vec![optional("password"), optional("key"), optional("file_token")],
        variable_sets: vec![set("password"), set("key")],
        auth: vec![
            scheme("basic", &[("username", "ada"), ("password", "{password}")]),
            scheme("header", &[("x-key", "{key}")]),
            AuthScheme { origins: vec![files], ..scheme("bearer", &[("token", "{file_token}")]) },
        ],
        ..declared
    }
});
