//! Declares an origin without TLS.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Declaration, lie};

lie!(|declared| Declaration { origins: vec!["http://vendor.example.com".to_owned()], ..declared });
