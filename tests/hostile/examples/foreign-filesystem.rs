//! Imports the file system, which the host does not offer.
#![cfg(target_family = "wasm")]

use mortise_hostile::{attack, report};

attack!(|call| report(format!("{:?}", std::fs::read(&call.name))));
