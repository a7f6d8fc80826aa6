//! Where vendors put the codes of an error, and where they say that there is one.

use serde_json::{Map, Value};

use super::super::super::message::named;
use super::{REFUSALS, in_words};

/// Most codes of an answer that are read.
const MOST: usize = 64;
/// Levels of objects and lists below an error that are read.
const LEVELS: usize = 4;
/// Codes inside an error.
const INSIDE: [&str; 9] =
    ["errorcode", "code", "reason", "errortype", "type", "status", "statuscode", "httpstatus", "httpstatuscode"];
/// Codes beside it. What decides comes first.
const BESIDE: [&str; 8] =
    ["errorcode", "errcode", "errortype", "code", "status", "statuscode", "httpstatus", "httpstatuscode"];
/// Further errors inside one.
const WITHIN: [&str; 2] = ["error", "detail"];
/// Texts that say that there is no error.
const NO_ERRORS: [&str; 9] = ["", "0", "false", "no", "none", "null", "ok", "success", "succeeded"];

/// The texts and numbers that stand where vendors put codes; those of the error itself first.
pub(super) fn codes(document: &Value) -> Vec<&Value> {
    let mut codes = Vec::new();
    for object in objects(document) {
        named(object, "error").for_each(|error| inside(error, LEVELS, &mut codes));
        codes.extend(BESIDE.iter().flat_map(|name| named(object, name)).filter(|code| is_code(code)));
    }
    // A text in no error's place may be any text.
    let texts = [document].into_iter().chain(document.as_array().into_iter().flatten());
    codes.extend(texts.filter(|text| text.as_str().is_some_and(|text| REFUSALS.contains(&in_words(text).as_str()))));
    codes.truncate(MOST);
    codes
}

fn inside<'a>(error: &'a Value, levels: usize, codes: &mut Vec<&'a Value>) {
    let Some(below) = levels.checked_sub(1) else { return };
    match error {
        Value::Array(errors) => errors.iter().for_each(|error| inside(error, below, codes)),
        Value::Object(error) => {
            codes.extend(INSIDE.iter().flat_map(|name| named(error, name)).filter(|code| is_code(code)));
            let more = WITHIN.iter().flat_map(|name| named(error, name)).filter(|error| !is_code(error));
            more.for_each(|error| inside(error, below, codes));
        }
        code => codes.push(code),
    }
}

fn is_code(value: &Value) -> bool {
    value.is_string() || value.is_number()
}

/// The document, or those in a list.
fn objects(document: &Value) -> impl Iterator<Item = &Map<String, Value>> {
    let items = document.as_array().into_iter().flatten();
    [document].into_iter().chain(items).filter_map(Value::as_object)
}

/// Whether the answer has the member that RFC 6749 §5.2 keeps for failures, as it defines it.
pub(in super::super) fn names_error(document: &Value) -> bool {
    let error = document.as_object().into_iter().flat_map(|object| named(object, "error"));
    error.filter_map(Value::as_str).any(|code| says_error(&in_words(code)))
}

/// Whether the answer calls itself an error, in whatever words.
pub(super) fn is_error(document: &Value) -> bool {
    objects(document).any(|object| {
        let says = ["error", "errorcode"].into_iter().flat_map(|name| named(object, name)).any(|error| match error {
            Value::Null => false,
            Value::Bool(says) => *says,
            Value::Number(code) => code.as_f64() != Some(0.0),
            Value::String(code) => says_error(&in_words(code)),
            Value::Array(errors) => !errors.is_empty(),
            Value::Object(error) => !error.is_empty(),
        });
        says || ["ok", "success"]
            .into_iter()
            .flat_map(|name| named(object, name))
            .any(|well| *well == Value::Bool(false))
    })
}

/// Whether a code, in words, says that there is an error.
pub(super) fn says_error(code: &str) -> bool {
    !NO_ERRORS.contains(&code)
}
