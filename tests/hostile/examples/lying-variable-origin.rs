//! Declares an origin whose whole host comes from a variable.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Declaration, lie, variable};

lie!(|declared| Declaration {
    origins: vec!["https://{site}".to_owned()],
    variables: vec![variable("api_token", true), variable("site", false)],
    ..declared
});
