//! The JSON Schemas of the categories, compiled once, and their violations as sentences.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use mortise_model::Category;
use serde_json::Value;

use super::failure::{Failure, Failures, Place};

/// Most failures that the host looks for in one document. Finding each one takes much longer than finding out that
/// there are some.
const MAX_FAILURES: usize = 100;

/// The error of a category whose schema does not compile. This module's test would find it.
#[derive(Debug, thiserror::Error)]
#[error("the request schema of {0} does not compile")]
pub struct SchemaError(Category);

/// Checks a document against its category's request schema.
///
/// # Errors
///
/// [`SchemaError`] if the schema itself is not usable. Violations of the document go to `failures`.
pub fn check(category: Category, document: &Value, failures: &mut Failures) -> Result<(), SchemaError> {
    static VALIDATORS: LazyLock<Vec<(Category, Option<Validator>)>> = LazyLock::new(|| {
        let compile = |category: Category| jsonschema::draft202012::new(&category.request_schema()).ok();
        Category::ALL.iter().map(|category| (*category, compile(*category))).collect()
    });
    let validator = VALIDATORS.iter().find(|(name, _)| *name == category).and_then(|(_, validator)| validator.as_ref());
    let validator = validator.ok_or(SchemaError(category))?;
    // Most documents are valid, and the quick check is much cheaper than a search for failures.
    if validator.is_valid(document) {
        return Ok(());
    }
    failures.extend(validator.iter_errors(document).flat_map(|error| explain(&error)).take(MAX_FAILURES));
    Ok(())
}

/// One error of the validator as failures. For a union, those of the branch that the value was meant for.
fn explain(error: &ValidationError<'_>) -> Vec<Failure> {
    let path = dotted(error.instance_path().as_str());
    match error.kind() {
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            let here = error.instance_path().as_str();
            match meant(context, here) {
                Some(branch) => branch.iter().flat_map(explain).collect(),
                None => vec![Failure::new(Place::Body, path, must_be(&types(context, here)))],
            }
        }
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            vec![Failure::missing(Place::Body, path)]
        }
        ValidationErrorKind::Type { kind } => vec![Failure::new(Place::Body, path, must_be(&names(kind)))],
        ValidationErrorKind::Enum { options } => {
            let names = options.as_array().map(Vec::as_slice).unwrap_or_default();
            let names: Vec<_> = names.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect();
            vec![Failure::new(Place::Body, path, super::values::rule(&names))]
        }
        // The only pattern in these schemas is that of names and addresses.
        ValidationErrorKind::Pattern { .. } => vec![Failure::new(Place::Body, path, "must not be blank")],
        _ => vec![Failure::new(Place::Body, path, format_args!("is invalid: {}", error.masked_with("the value")))],
    }
}

/// The branch with the type of the value. Its errors are about the inside of the value, not about its type.
fn meant<'e>(branches: &'e [Vec<ValidationError<'static>>], here: &str) -> Option<&'e Vec<ValidationError<'static>>> {
    branches.iter().find(|branch| !branch.is_empty() && !branch.iter().any(|error| is_mistyped(error, here)))
}

fn is_mistyped(error: &ValidationError<'_>, here: &str) -> bool {
    error.instance_path().as_str() == here
        && match error.kind() {
            ValidationErrorKind::Required { .. } | ValidationErrorKind::Enum { .. } => false,
            ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
                meant(context, here).is_none()
            }
            _ => true,
        }
}

/// All types that some branch accepts.
fn types(branches: &[Vec<ValidationError<'static>>], here: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for error in branches.iter().flatten().filter(|error| error.instance_path().as_str() == here) {
        match error.kind() {
            ValidationErrorKind::Type { kind } => found.extend(names(kind)),
            ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
                found.extend(types(context, here));
            }
            _ => {}
        }
    }
    found
}

fn names(kind: &TypeKind) -> BTreeSet<String> {
    match kind {
        TypeKind::Single(one) => BTreeSet::from([one.to_string()]),
        TypeKind::Multiple(several) => several.iter().map(|one| one.to_string()).collect(),
    }
}

/// `must be a string, an array or null`
fn must_be(types: &BTreeSet<String>) -> String {
    let words: Vec<&str> = ["string", "integer", "number", "boolean", "array", "object", "null"]
        .into_iter()
        .zip(["a string", "an integer", "a number", "true or false", "an array", "an object", "null"])
        .filter(|(name, _)| types.contains(*name))
        .map(|(_, word)| word)
        .collect();
    match words.split_last() {
        None => "has a type that is not allowed".to_owned(),
        Some((one, [])) => format!("must be {one}"),
        Some((last, rest)) => format!("must be {} or {last}", rest.join(", ")),
    }
}

/// A JSON pointer in the dotted form of failures: `/emails/0/email` is `emails[0].email`.
fn dotted(pointer: &str) -> String {
    let mut path = String::new();
    for step in pointer.split('/').skip(1) {
        if !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit()) {
            path.push_str(&format!("[{step}]"));
            continue;
        }
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(&step.replace("~1", "/").replace("~0", "~"));
    }
    path
}
