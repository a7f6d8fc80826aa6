//! Sends what the caller says; see [`probe`].
#![cfg(target_family = "wasm")]

use mortise_hostile::{attack, probe::probe};

attack!(probe);
