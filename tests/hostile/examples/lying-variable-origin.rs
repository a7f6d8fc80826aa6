//! Declares an origin whose whole host comes from a variable, and one where a variable is one label and several.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Declaration, lie, variable};

lie!(|declared| Declaration {
    origins: vec!["https://{site}".to_owned(), "https://{site}.{site*}.example.com".to_owned()],
    variables: vec![variable("api_token", true), variable("site", false)],
    ..declared
});
