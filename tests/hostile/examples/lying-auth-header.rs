//! Signs through headers that frame the message.
#![cfg(target_family = "wasm")]

use mortise_hostile::{AuthScheme, Declaration, lie, pairs};

lie!(|declared| Declaration {
    auth: vec![AuthScheme {
        kind: "header".to_owned(),
        params: pairs(&[("host", "{api_token}"), ("transfer-encoding", "chunked")]),
    }],
    ..declared
});
