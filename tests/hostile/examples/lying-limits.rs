//! Declares rate limits that are not valid.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Declaration, RateLimit, lie};

lie!(|declared| Declaration {
    limits: [(0, 1), (1, 0), (5, 60), (6, 60), (1, u32::MAX)]
        .map(|(requests, seconds)| RateLimit { requests, seconds })
        .into(),
    ..declared
});
