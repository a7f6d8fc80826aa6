//! Declares one variable twice: as secret, and as not secret.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Declaration, lie, variable};

lie!(|declared| Declaration { variables: vec![variable("api_token", true), variable("api_token", false)], ..declared });
