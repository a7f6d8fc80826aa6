//! Declares an origin whose whole host is a variable, and an origin in which a variable is both one label and several.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Declaration, lie, variable};

lie!(|declared| Declaration {
    origins: vec!["https://{site}".to_owned(), "https://{site}.{site*}.example.com".to_owned()],
    variables: vec![variable("api_token", true), variable("site", false)],
    ..declared
});
