//! Declares no operation.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Declaration, lie};

lie!(|declared| Declaration { operations: vec![], ..declared });
