//! Declares one variable twice, once as secret and once not.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Declaration, lie, variable};

lie!(|declared| Declaration { variables: vec![variable("api_token", true), variable("api_token", false)], ..declared });
