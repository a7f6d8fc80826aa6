//! Declares a slug that leaves the plugin directory.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Declaration, lie};

lie!(|declared| Declaration { slug: "../Lying Slug".to_owned(), ..declared });
