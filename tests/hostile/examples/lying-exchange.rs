//! Declares every forbidden sign-in: at addresses outside its origins, with secrets in the address, with unknown words,
//! and with answers that would replace other variables.
#![cfg(target_family = "wasm")]

use mortise_hostile::{
    AuthScheme, Declaration, ExchangeLifetime, TokenExchange, answer, exchange, lie, pairs, scheme, variable,
};

lie!(|declared| {
    let here = || exchange("https://vendor.example.com/token");
    let lies = vec![
        exchange("https://evil.example.net/token"),
        exchange("http://vendor.example.com/token"),
        exchange("https://vendor.example.com@evil.example.net/token"),
        exchange("https://vendor.example.com/token?a=b"),
        exchange("/token"),
        exchange("https://vendor.example.com/{client_secret}"),
        exchange("https://{site}.example.com/token"),
        TokenExchange { kind: "carrier-pigeon".to_owned(), ..here() },
        TokenExchange { method: "delete".to_owned(), ..here() },
        TokenExchange { encoding: "smoke".to_owned(), ..here() },
        TokenExchange { method: "get".to_owned(), ..here() },
        TokenExchange { fields: pairs(&[("token", "{master_key}")]), ..here() },
        TokenExchange { fields: pairs(&[("token", "{client_secret|rot13}")]), ..here() },
        TokenExchange { fields: pairs(&[("token", "{client_secret|md5}")]), ..here() },
        TokenExchange { encoding: "json".to_owned(), fields: pairs(&[("a", "1"), ("a.b", "2")]), ..here() },
        TokenExchange { headers: pairs(&[("host", "evil.example.net")]), ..here() },
        TokenExchange { headers: pairs(&[("Content-Type", "text/plain")]), ..here() },
        TokenExchange { answers: vec![], ..here() },
        TokenExchange { answers: vec![answer("access_token", "access_token", true)], ..here() },
        TokenExchange { answers: vec![answer("client_id", "/client_id", true)], ..here() },
        TokenExchange { answers: vec![answer("api_token", "/api_token", true)], ..here() },
        TokenExchange { answers: vec![answer("client_secret", "/client_secret", false)], ..here() },
        TokenExchange { lifetime: ExchangeLifetime { pointer: None, seconds: 0 }, ..here() },
    ];
    let signed = |exchange| AuthScheme { exchange: Some(exchange), ..scheme("bearer", &[("token", "{access_token}")]) };
    let (secret, own, open) =
        (variable("client_secret", true), variable("api_token", true), variable("client_id", false));
    Declaration { variables: vec![secret, own, open], auth: lies.into_iter().map(signed).collect(), ..declared }
});
