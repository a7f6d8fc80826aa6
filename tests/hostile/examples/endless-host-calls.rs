//! Never comes back and calls the host all the time: by `name` only the log (`log`), only the context (`context`), else
//! both.
#![cfg(target_family = "wasm")]

use mortise_hostile::{context, log};

mortise_hostile::attack!(|call| loop {
    if call.name != "context" {
        log::emit("info", "again");
    }
    if call.name != "log" {
        core::hint::black_box((context::variable("api_token"), context::parameter("organization_id")));
    }
});
