//! Signs with a variable that it does not declare.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Declaration, lie, scheme};

lie!(|declared| Declaration { auth: vec![scheme("bearer", &[("token", "{master_key}")])], ..declared });
