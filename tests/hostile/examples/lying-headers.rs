//! Declares headers that no plugin may set, a header of its own scheme, and a place of messages that is not a JSON
//! pointer.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Declaration, lie, scheme};

lie!(|declared| Declaration {
    headers: ["x-forwarded-for", "x-http-verb", "X-Own", "host", "x-twice", "x-twice", "x-signed"]
        .map(str::to_owned)
        .into(),
    auth: vec![scheme("header", &[("X_Signed", "{api_token}")])],
    error_messages: ["message", "/a~2"].map(str::to_owned).into(),
    ..declared
});
