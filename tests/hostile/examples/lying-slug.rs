//! Declares a slug that leads out of the plugins directory.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Declaration, lie};

lie!(|declared| Declaration { slug: "../Lying Slug".to_owned(), ..declared });
