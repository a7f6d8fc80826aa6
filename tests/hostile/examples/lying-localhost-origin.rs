//! Declares the host's own machine.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Declaration, lie};

lie!(|declared| Declaration { origins: vec!["https://localhost:8080".to_owned()], ..declared });
