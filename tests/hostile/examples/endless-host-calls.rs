//! Never returns, and calls the host all the time. `name` chooses the function: the log (`log`), the context
//! (`context`), otherwise both.
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
