//! Signs in before it sends the caller's requests (see [`probe`]). If the caller says `read`, it returns everything
//! that it can read (see [`read`]). The account chooses one of four ways: a refresh token, client credentials, a
//! password, and a sign-in in the query whose answer gives the guest a `site_id`.
#![cfg(target_family = "wasm")]

use mortise_hostile::probe::probe;
use mortise_hostile::reader::read;
use mortise_hostile::{
    AuthScheme, Declaration, TokenExchange, Variable, answer, attack, context, exchange, pairs, report, scheme,
    variable,
};

attack!(
    |call| match call.name.as_str() {
        "read" => read(call),
        "site" => report(context::variable("site_id").unwrap_or_default()),
        _ => probe(call),
    },
    |declared| {
        let optional = |name: &str| Variable { required: false, ..variable(name, true) };
        let signed =
            |exchange| AuthScheme { exchange: Some(exchange), ..scheme("bearer", &[("token", "{access_token}")]) };
        let url = "https://{region}.vendor.example.com/token";
        let refresh = TokenExchange {
            kind: "oauth2-refresh".to_owned(),
            fields: pairs(&[("grant_type", "refresh_token"), ("refresh_token", "{refresh_token}")]),
            basic: Some(("client".to_owned(), "{client_secret}".to_owned())),
            answers: vec![
                answer("access_token", "/access_token", true),
                answer("refresh_token", "/refresh_token", true),
            ],
            ..exchange(url)
        };
        let password = TokenExchange {
            kind: "oauth2-password".to_owned(),
            encoding: "json".to_owned(),
            fields: pairs(&[("user.password", "{password}")]),
            basic: Some(("client".to_owned(), "{password}".to_owned())),
            plain_basic: true,
            ..exchange(url)
        };
        let session = TokenExchange {
            kind: "exchange".to_owned(),
            method: "get".to_owned(),
            encoding: "query".to_owned(),
            fields: pairs(&[("key", "{api_key|md5|base64}")]),
            headers: pairs(&[("x-api-key", "{api_key}")]),
            answers: vec![answer("session", "/session/key", true), answer("site_id", "/site", false)],
            ..exchange(url)
        };
        Declaration {
            origins: vec!["https://{region}.vendor.example.com".to_owned()],
            variables: vec![
                optional("refresh_token"),
                optional("client_secret"),
                optional("password"),
                optional("api_key"),
                Variable { default: Some("eu".to_owned()), ..variable("region", false) },
                Variable { required: false, ..variable("locale", false) },
            ],
            auth: vec![
                signed(refresh),
                signed(exchange(url)),
                signed(password),
                AuthScheme { exchange: Some(session), ..scheme("header", &[("x-session", "Session {session}")]) },
            ],
            ..declared
        }
    }
);
