//! The macros of `mortise-sdk`, which documents and re-exports them.

#![cfg_attr(not(test), warn(clippy::too_many_lines))]

mod path;

use proc_macro::TokenStream;

/// `mortise_sdk::path!`.
#[proc_macro]
pub fn path(template: TokenStream) -> TokenStream {
    let code = path::expand(&template.to_string()).unwrap_or_else(|why| format!("::core::compile_error!({why:?})"));
    code.parse().unwrap_or_default()
}
