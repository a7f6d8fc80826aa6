//! Values against the schemas of the document.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, ValidationError, Validator};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::Objection;
use super::document::Document;
use super::translate::Side;

/// The name of the document among what references can lead to.
pub(super) const ROOT: &str = "urn:mortise:document";

/// Objections to one value.
const MAX_OBJECTIONS: usize = 20;

/// Holds a value against the schema at a pointer. `at` is the value's place.
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

/// One error of the validator, of a union that of the only branch there is.
fn explain(error: &ValidationError<'_>, at: &str, pointer: &str) -> Vec<Objection> {
    if let ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } = error.kind() {
        let is_null = |branch: &[ValidationError<'_>]| {
            branch
                .iter()
                .all(|e| e.schema_path().as_str().ends_with("/1/type") && e.instance_path() == error.instance_path())
        };
        let meant: Vec<_> = context.iter().filter(|branch| !is_null(branch)).collect();
        if let [branch] = meant.as_slice() {
            return branch.iter().flat_map(|error| explain(error, at, pointer)).collect();
        }
    }
    let place = error
        .absolute_keyword_location()
        .and_then(|uri| Some(percent_decode_str(uri.fragment()?.as_str()).decode_utf8_lossy().into_owned()));
    let place = place.filter(|place| !place.is_empty()).unwrap_or_else(|| pointer.to_owned());
    vec![Objection::new(format!("{at}{}", error.instance_path()), error.to_string(), place)]
}
