//! Gets, lists and deletes users as its vendor says (see [`puppet`]), however senseless that is.
#![cfg(target_family = "wasm")]

use mortise_hostile::{attack, create, puppet};

attack!(create, puppet::declare);
