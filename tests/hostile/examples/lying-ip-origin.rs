//! Declares the cloud's metadata address, in a spelling that hides it.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Declaration, lie};

lie!(|declared| Declaration { origins: vec!["https://2852039166/latest".to_owned()], ..declared });
