//! Signs in a way that does not exist.
#![cfg(target_family = "wasm")]

use mortise_hostile::{AuthScheme, Declaration, lie, pairs};

lie!(|declared| Declaration {
    auth: vec![AuthScheme { kind: "carrier-pigeon".to_owned(), params: pairs(&[("token", "{api_token}")]) }],
    ..declared
});
