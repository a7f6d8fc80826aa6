//! What callers may write in more than one way: numeric ids, and roles by their mere name.

use serde_json::Value;

use crate::part::{Part, list, one_of};
use crate::{ModelError, Status};

/// Whole numbers below this are exact even as `f64` (2^53); a longer identifier written with a fraction has lost digits.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// An identifier: text, or an integer (`7`, and `7.0` as JSON Schema has it) that is taken as its digits.
pub(crate) fn id(value: Value) -> Result<String, ModelError> {
    let digits = match value {
        Value::String(id) => return Ok(id),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(id), _, _) => Some(id.to_string()),
            (_, Some(id), _) => Some(id.to_string()),
            // Not formatted as a float, whose formatting would be the largest part of a component.
            #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
            (_, _, Some(id)) if id.fract() == 0.0 && id.abs() < EXACT => Some((id as i64).to_string()),
            _ => None,
        },
        _ => None,
    };
    digits.ok_or_else(|| ModelError::expected("a string or an integer"))
}

/// A list of identifiers.
pub(crate) fn ids(value: Value) -> Result<Vec<String>, ModelError> {
    list(value, "a list", id)
}

/// Roles: one name, or a list of names and objects.
pub(crate) fn roles<T: Part + From<String>>(value: Value) -> Result<Vec<T>, ModelError> {
    match value {
        Value::String(name) => Ok(vec![T::from(name)]),
        value => list(value, "a role name or a list of roles", |item| match item {
            Value::String(name) => Ok(T::from(name)),
            item @ Value::Object(_) => T::read(item),
            _ => Err(ModelError::expected("a role name or an object")),
        }),
    }
}

/// A status that a caller may ask for: vendors answer with words of their own, but nobody can request those.
pub(crate) fn known_status(value: Value) -> Result<Status, ModelError> {
    match Status::read(value) {
        Ok(Status::Other(_)) | Err(_) => Err(one_of(Status::KNOWN)),
        known => known,
    }
}
