//! Sends the requests that the caller describes (see [`probe`]), and declares that its vendor allows 4 requests an hour
//! and 50 a day.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Declaration, RateLimit, attack, probe::probe};

attack!(probe, |declared| Declaration {
    limits: vec![RateLimit { requests: 50, seconds: 86_400 }, RateLimit { requests: 4, seconds: 3_600 }],
    ..declared
});
