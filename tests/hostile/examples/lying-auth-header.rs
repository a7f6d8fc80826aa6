//! Signs through headers that frame the message.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Declaration, lie, scheme};

lie!(|declared| Declaration {
    auth: vec![scheme("header", &[("host", "{api_token}"), ("transfer-encoding", "chunked")])],
    ..declared
});
