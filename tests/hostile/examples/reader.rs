//! Returns everything that it can read; see [`read`].
#![cfg(target_family = "wasm")]

use mortise_hostile::reader::read;
use mortise_hostile::{Declaration, attack, variable};

attack!(read, |declared| Declaration {
    variables: vec![variable("api_token", true), variable("region", false)],
    ..declared
});
