//! Values that callers may write in more than one way: numeric ids, and roles by name alone.

use crate::part::{Part, list, one_of};
use crate::tree::Tree;
use crate::{ModelError, Status};

/// Whole numbers below this are exact even as `f64` (2^53). A longer identifier with a fraction has lost digits.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// An identifier: text, or an integer (`7`, or `7.0` as JSON Schema allows), which becomes its digits.
pub(crate) fn id(tree: Tree<'_>) -> Result<String, ModelError> {
    let digits = match tree {
        Tree::Text(id) => return Ok(id.into_owned()),
        Tree::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(id), _, _) => Some(id.to_string()),
            (_, Some(id), _) => Some(id.to_string()),
            // Does not format it as a float, because float formatting would be the largest part of a component.
            #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
            (_, _, Some(id)) if id.fract() == 0.0 && id.abs() < EXACT => Some((id as i64).to_string()),
            _ => None,
        },
        _ => None,
    };
    digits.ok_or_else(|| ModelError::expected("a string or an integer"))
}

/// A list of identifiers.
pub(crate) fn ids(tree: Tree<'_>) -> Result<Vec<String>, ModelError> {
    list(tree, "a list", id)
}

/// Roles: one name, or a list of names and objects.
pub(crate) fn roles<T: Part + From<String>>(tree: Tree<'_>) -> Result<Vec<T>, ModelError> {
    match tree {
        Tree::Text(name) => Ok(vec![T::from(name.into_owned())]),
        tree => list(tree, "a role name or a list of roles", |item| match item {
            Tree::Text(name) => Ok(T::from(name.into_owned())),
            item @ Tree::Object(_) => T::read(item),
            _ => Err(ModelError::expected("a role name or an object")),
        }),
    }
}

/// A status that a caller may ask for. Vendors may answer with words of their own, but a caller cannot ask for those.
pub(crate) fn known_status(tree: Tree<'_>) -> Result<Status, ModelError> {
    match Status::read(tree) {
        Ok(Status::Other(_)) | Err(_) => Err(one_of(Status::KNOWN)),
        known => known,
    }
}
