//! Signs with a variable that it does not declare.
#![cfg(target_family = "wasm")]

use mortise_hostile::{AuthScheme, Declaration, lie, pairs};

lie!(|declared| Declaration {
    auth: vec![AuthScheme { kind: "bearer".to_owned(), params: pairs(&[("token", "{master_key}")]) }],
    ..declared
});
