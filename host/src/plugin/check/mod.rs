//! Checks a plugin's declaration, and converts it to the host's types or to the list of all its violations.

mod auth;
mod authorization;
mod declaration;
mod exchange;
mod operations;
mod probe;
mod variables;

use crate::call::bindings::exports::mortise::integration::describe as wit;
use declaration::{Check, MAX_ENTRIES, is_variable};

pub(super) use declaration::{Checked, check};
