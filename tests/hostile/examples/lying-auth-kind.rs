//! Signs by a scheme that does not exist.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Declaration, lie, scheme};

lie!(|declared| Declaration { auth: vec![scheme("carrier-pigeon", &[("token", "{api_token}")])], ..declared });
