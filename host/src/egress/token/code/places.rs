//! The places of error codes and sentences in vendors' answers, and of signs that there is an error.

use serde_json::{Map, Value};

use super::super::super::message::{named, names_sentence};
use super::meaning::{REFUSALS, in_words};

/// Most codes that the host reads in an answer.
const MOST: usize = 64;
/// Levels of objects and arrays below an error that the host reads.
const LEVELS: usize = 4;
/// Names of codes inside an error.
const INSIDE: [&str; 9] =
    ["errorcode", "code", "reason", "errortype", "type", "status", "statuscode", "httpstatus", "httpstatuscode"];
/// Names of codes beside an error. The most decisive come first.
const BESIDE: [&str; 8] =
    ["errorcode", "errcode", "errortype", "code", "status", "statuscode", "httpstatus", "httpstatuscode"];
/// Names of further errors inside an error.
const WITHIN: [&str; 2] = ["error", "detail"];
/// Members that report an error, unless their value means no.
const ERRORS: [&str; 7] = ["error", "err", "errorcode", "errcode", "errno", "iserror", "haserror"];
/// Members that report an error if their value means no.
const SUCCESSES: [&str; 7] = ["ok", "success", "succeeded", "successful", "isok", "issuccess", "issuccessful"];
/// Members that report the outcome as a word or a number.
const OUTCOMES: [&str; 8] = ["code", "status", "statuscode", "httpstatus", "httpstatuscode", "kind", "type", "result"];
/// Members that report that the failure is temporary, unless their value means no.
const TRANSIENT: [&str; 4] = ["transient", "istransient", "retryable", "isretryable"];
/// Texts that mean no.
const NO: [&str; 2] = ["false", "no"];
/// Further texts that mean that there is no error.
const NO_ERRORS: [&str; 6] = ["none", "null", "ok", "success", "succeeded", "no_error"];
/// Words that report an outcome without a reason.
const OUTCOME_WORDS: [&str; 4] = ["error", "fail", "failed", "failure"];
/// Words of a failed outcome: `login_failed`, `BAD_CLIENT_SECRET`.
const FAILURE_WORDS: [&str; 17] = [
    "error",
    "errors",
    "exception",
    "fault",
    "fail",
    "failed",
    "failure",
    "bad",
    "invalid",
    "incorrect",
    "wrong",
    "expired",
    "revoked",
    "denied",
    "rejected",
    "unauthorized",
    "forbidden",
];
/// Smallest number of a failed outcome: a status, or the vendor's own code.
const LEAST_FAILURE: i64 = 400;

/// The texts and numbers in the places of codes. Those of the error itself come first.
pub(super) fn codes(document: &Value) -> Vec<&Value> {
    let mut codes = Vec::new();
    for object in objects(document) {
        named(object, "error").for_each(|error| inside(error, LEVELS, &mut codes));
        codes.extend(BESIDE.iter().flat_map(|name| named(object, name)).filter(|code| names_reason(code)));
    }
    // A text outside of an error's places may be any text.
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
            codes.extend(INSIDE.iter().flat_map(|name| named(error, name)).filter(|code| names_reason(code)));
            let more = WITHIN.iter().flat_map(|name| named(error, name)).filter(|error| !is_code(error));
            more.for_each(|error| inside(error, below, codes));
        }
        code => codes.push(code),
    }
}

fn is_code(value: &Value) -> bool {
    value.is_string() || value.is_number()
}

/// Whether a value is a code with a reason.
fn names_reason(value: &Value) -> bool {
    is_code(value) && value.as_str().is_none_or(|code| !OUTCOME_WORDS.contains(&in_words(code).as_str()))
}

/// The document, or the objects of an array, and objects directly inside them that report an error:
/// `{"data":{"error":"invalid_grant"}}`.
fn objects(document: &Value) -> Vec<&Map<String, Value>> {
    let items = document.as_array().into_iter().flatten();
    let mut objects: Vec<_> = [document].into_iter().chain(items).filter_map(Value::as_object).collect();
    let members = objects.iter().flat_map(|object| object.values()).filter_map(Value::as_object);
    let wrapped: Vec<_> = members.filter(|member| calls_itself_error(member)).collect();
    objects.extend(wrapped);
    objects
}

/// The sentences of the answer, each in words.
pub(super) fn sentences(document: &Value) -> Vec<String> {
    let mut sentences = Vec::new();
    collect_sentences(document, document.as_str().is_some_and(|text| !text.contains('<')), LEVELS, &mut sentences);
    sentences
}

fn collect_sentences(value: &Value, is_sentence: bool, levels: usize, sentences: &mut Vec<String>) {
    match (value, levels.checked_sub(1)) {
        (Value::String(text), _) if is_sentence && text.trim().contains(char::is_whitespace) => {
            sentences.push(in_words(text));
        }
        (Value::Array(items), Some(below)) => {
            items.iter().for_each(|item| collect_sentences(item, is_sentence, below, sentences));
        }
        (Value::Object(members), Some(below)) => {
            for (name, member) in members {
                collect_sentences(member, names_sentence(name), below, sentences);
            }
        }
        _ => {}
    }
}

/// Whether the answer reports that its error is temporary.
pub(super) fn is_transient(document: &Value) -> bool {
    let objects = objects(document).into_iter();
    let errors =
        objects.flat_map(|object| [object].into_iter().chain(named(object, "error").filter_map(Value::as_object)));
    errors.flat_map(|error| TRANSIENT.iter().flat_map(|name| named(error, name))).any(|says| !is_no(says))
}

/// Whether the answer has the member `error` as RFC 6749 §5.2 defines it for failures.
pub(in super::super) fn names_error(document: &Value) -> bool {
    let error = document.as_object().into_iter().flat_map(|object| named(object, "error"));
    error.filter_map(Value::as_str).any(|code| says_error(&in_words(code)))
}

/// Whether the answer reports an error in any form.
pub(super) fn is_error(document: &Value) -> bool {
    objects(document).into_iter().any(|object| calls_itself_error(object) || went_wrong(object))
}

fn calls_itself_error(object: &Map<String, Value>) -> bool {
    let is_said = |value: &Value| !is_no(value) && value.as_str().is_none_or(|code| says_error(&in_words(code)));
    ERRORS.iter().flat_map(|name| named(object, name)).any(is_said)
        || SUCCESSES.iter().flat_map(|name| named(object, name)).any(|says| !says.is_null() && is_no(says))
}

/// Whether a word or a number reports a failure, and no message reports success.
fn went_wrong(object: &Map<String, Value>) -> bool {
    let mut messages = ["message", "msg"].into_iter().flat_map(|name| named(object, name)).filter_map(Value::as_str);
    let is_well = messages.any(|text| NO_ERRORS.contains(&in_words(text).as_str()));
    !is_well
        && OUTCOMES.iter().flat_map(|name| named(object, name)).any(|outcome| {
            let text = outcome.as_str().unwrap_or_default();
            match outcome.as_i64().or_else(|| text.trim().parse().ok()) {
                Some(number) => !(0..LEAST_FAILURE).contains(&number),
                None => in_words(text).split('_').any(|word| FAILURE_WORDS.contains(&word)),
            }
        })
}

/// Whether a member's value means no or is empty, in any spelling: `false`, 0, `"false"`, `"0"`.
fn is_no(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(says) => !says,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => is_no_in_words(&in_words(text)),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}

/// Whether a text, in words, means no. A text without words, or with zeros only, does.
fn is_no_in_words(text: &str) -> bool {
    NO.contains(&text) || text.chars().all(|letter| letter == '0' || letter == '_')
}

/// Whether a code, in words, reports an error.
pub(super) fn says_error(code: &str) -> bool {
    !is_no_in_words(code) && !NO_ERRORS.contains(&code)
}
