//! Gets, lists and deletes users as its vendor says (see [`puppet`]), even if that makes no sense.
#![cfg(target_family = "wasm")]

use mortise_hostile::{attack, create, puppet};

attack!(create, puppet::declare);
