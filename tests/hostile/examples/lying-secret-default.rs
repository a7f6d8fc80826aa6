//! Declares a secret with a default, which would be the same for every account.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Declaration, Variable, lie, variable};

lie!(|declared| Declaration {
    variables: vec![Variable { default: Some("letmein".to_owned()), ..variable("api_token", true) }],
    ..declared
});
