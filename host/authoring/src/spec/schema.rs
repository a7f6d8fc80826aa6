//! Compares values with the schemas of the document.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{Draft, JsonType, ValidationError, Validator};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::document::Document;
use super::objection::Objection;
use super::translate::Side;

/// The name of the document for references.
pub(super) const ROOT: &str = "urn:mortise:document";

/// Differences of one value.
const MAX_OBJECTIONS: usize = 20;

/// Compares a value with the schema at a pointer. `at` is the value's place.
pub(super) fn check(document: &Document, side: Side, pointer: &str, value: &Value, at: &str) -> Vec<Objection> {
    match validator(document, side, pointer) {
        Err(reason) => vec![Objection::new(at, format!("the document's schema cannot be used: {reason}"), pointer)],
        Ok(validator) if validator.is_valid(value) => Vec::new(),
        Ok(validator) => {
            let errors = validator.iter_errors(value).take(MAX_OBJECTIONS);
            errors.flat_map(|error| explain(&error, at, pointer)).collect()
        }
    }
}

fn validator(document: &Document, side: Side, pointer: &str) -> Result<Validator, String> {
    let registry = document.registry(side).map_err(|error| error.to_string())?;
    let escaped = pointer.replace('%', "%25").replace('{', "%7B").replace('}', "%7D").replace(' ', "%20");
    let schema = json!({ "$ref": format!("{ROOT}#{escaped}") });
    let options = jsonschema::options().with_draft(Draft::Draft202012).with_registry(registry);
    options.build(&schema).map_err(|error| error.to_string())
}

/// One error of the validator. For a union it is those of the branch that is closest to the value.
fn explain(error: &ValidationError<'_>, at: &str, pointer: &str) -> Vec<Objection> {
    if let ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } = error.kind()
        && let Some((index, branch)) = closest(context, error)
    {
        let mut objections: Vec<_> = branch.iter().flat_map(|error| explain(error, at, pointer)).collect();
        let meant = context.iter().filter(|branch| !is_null(branch, error)).count();
        if meant > 1 {
            let keyword = error.kind().keyword();
            for objection in &mut objections {
                objection.message.push_str(&format!(
                    " (branch {} of {}, the closest of {keyword})",
                    index + 1,
                    context.len()
                ));
            }
        }
        return objections;
    }
    let place = error
        .absolute_keyword_location()
        .and_then(|uri| Some(percent_decode_str(uri.fragment()?.as_str()).decode_utf8_lossy().into_owned()));
    let place = place.filter(|place| !place.is_empty()).unwrap_or_else(|| pointer.to_owned());
    vec![Objection::new(format!("{at}{}", error.instance_path()), error.to_string(), place)]
}

/// The branch of a union that a value is most likely meant for, and its index: one for values of this type, then one
/// whose constants are the value's, then one with the fewest errors.
fn closest<'a, 'e>(
    context: &'a [Vec<ValidationError<'e>>],
    union: &ValidationError<'_>,
) -> Option<(usize, &'a [ValidationError<'e>])> {
    let distance = |branch: &[ValidationError<'_>]| {
        let is_of_another_type = branch.iter().any(|error| {
            matches!(error.kind(), ValidationErrorKind::Type { .. }) && error.instance_path() == union.instance_path()
        });
        let is_constant = |error: &&ValidationError<'_>| {
            matches!(error.kind(), ValidationErrorKind::Constant { .. } | ValidationErrorKind::Enum { .. })
        };
        (is_null(branch, union), is_of_another_type, branch.iter().filter(is_constant).count(), branch.len())
    };
    let branches = context.iter().map(Vec::as_slice).enumerate().filter(|(_, branch)| !branch.is_empty());
    branches.min_by_key(|(_, branch)| distance(branch))
}

/// Whether a branch is the one for `nullable`.
fn is_null(branch: &[ValidationError<'_>], union: &ValidationError<'_>) -> bool {
    branch.iter().all(|error| {
        let is_null = matches!(error.kind(), ValidationErrorKind::Type { kind: TypeKind::Single(JsonType::Null) });
        is_null && error.instance_path() == union.instance_path()
    })
}
