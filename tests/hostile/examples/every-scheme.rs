//! Sends the caller's requests (see [`probe`]), signed in one of the four ways, which the account chooses, to one of
//! four origins. The last three origins depend on the account.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Declaration, Variable, attack, probe::probe, scheme, variable};

attack!(probe, |declared| {
    let optional = |name: &str| Variable { required: false, ..variable(name, true) };
    let region = Variable { default: Some("eu".to_owned()), ..variable("region", false) };
    let site = Variable { default: Some("main".to_owned()), ..variable("site", false) };
    Declaration {
        origins: vec![
            "https://vendor.example.com/v1".to_owned(),
            "https://{region}.files.example.com:8443/up".to_owned(),
            "https://{site*}.sites.example.com".to_owned(),
            "https://{site*}.files.example.com".to_owned(),
        ],
        variables: vec![
            optional("bearer_token"),
            optional("password"),
            optional("header_token"),
            optional("query_token"),
            variable("username", false),
            region,
            site,
        ],
        auth: vec![
            scheme("bearer", &[("token", "{bearer_token}")]),
            scheme("basic", &[("username", "{username}/token"), ("password", "{password}")]),
            scheme("header", &[("x-token", "Token {header_token}"), ("vendor-version", "2024-01-01")]),
            scheme("query", &[("api_key", "{query_token}"), ("user", "{username}")]),
        ],
        ..declared
    }
});
