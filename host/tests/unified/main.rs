//! The pure parts of the module `unified` through its public functions: reading a request, finding its faults, and
//! writing an answer.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "helpers of tests fail their test")]

mod addresses;
mod body;
mod parameters;
mod respond;
mod validate;

use mortise::plugin::capabilities::FieldSupport;
use mortise::unified::Failures;
use mortise_model::{JsonType, Level};

/// A declared field.
fn field(name: &str, level: Level) -> FieldSupport {
    FieldSupport { field: name.to_owned(), level, values: Vec::new(), json_type: None, note: None }
}

/// A declared field with a closed set of values.
fn one_of(name: &str, level: Level, values: &[&str]) -> FieldSupport {
    FieldSupport { values: values.iter().map(|value| (*value).to_owned()).collect(), ..field(name, level) }
}

/// A declared field with a type of its own.
fn typed(name: &str, level: Level, json_type: JsonType) -> FieldSupport {
    FieldSupport { json_type: Some(json_type), ..field(name, level) }
}

/// The sentences of failures, in order.
fn messages(failures: &Failures) -> Vec<&str> {
    failures.listed().iter().map(|failure| failure.message.as_str()).collect()
}
