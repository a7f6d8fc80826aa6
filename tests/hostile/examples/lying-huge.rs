//! Declares 100,000 origins.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Declaration, lie};

lie!(|declared| Declaration {
    origins: (0..100_000).map(|n| format!("https://vendor-{n}.example.com")).collect(),
    ..declared
});
