//! Finds the sentence for people in a vendor's error answer.

use mortise_policy::characters::is_hidden;
use serde_json::{Map, Value};

/// Longest message for a caller, in bytes.
const MAX_MESSAGE: usize = 1_000;
/// Largest body that is searched, in bytes.
const MAX_SEARCHED: usize = 64 << 10;
/// Levels of objects in a vendor's body that are searched for a message.
const SEARCHED_LEVELS: usize = 4;
/// Names under which vendors put the sentence for people, the most specific first. [`means`] knows other spellings of
/// each name.
const MESSAGE_NAMES: [&str; 23] = [
    "message",
    "msg",
    "errormessage",
    "errormsg",
    "errmsg",
    "usermessage",
    "statusmessage",
    "errordescription",
    "description",
    "detail",
    "errordetail",
    "summary",
    "errorsummary",
    "reason",
    "statusreason",
    "title",
    "error",
    "errorstring",
    "err",
    "fault",
    "faultstring",
    "errorhint",
    "hint",
];
/// Names under which vendors put an error for each field.
const COMPLAINT_NAMES: [&str; 6] = ["error", "message", "fielderror", "validationerror", "modelerror", "field"];
/// Errors under these names are about the whole record.
const OF_ALL_NAMES: [&str; 4] = ["base", "error", "message", "nonfielderror"];
/// Names under which vendors put the error code for programs.
const CODE_NAMES: [&str; 7] = ["errorcode", "code", "errorkey", "key", "errortype", "errorname", "type"];
/// Names that lead to a code about the error.
const ERROR_NAMES: [&str; 4] = ["error", "err", "fault", "meta"];

/// The sentence for people in a vendor's error, one line of at most 1,000 bytes. The host takes the first of these that
/// the body has:
///
/// 1. the text to which the first of the `declared` pointers leads;
/// 2. the sentence nearest to the root, under one of the usual names or under a field's name;
/// 3. an error code for programs, such as `forbidden`.
///
/// `None` for a body that is not JSON, or that is larger than 64 KiB.
pub fn found_message(body: &[u8], declared: &[String]) -> Option<String> {
    let body: Value = serde_json::from_slice(body.get(..=MAX_SEARCHED).is_none().then_some(body)?).ok()?;
    let objects = objects(&body);
    let in_words = |object: &&Map<_, _>| sentence(object).map(str::to_owned).or_else(|| complaint(object));
    let words = || objects.iter().find_map(in_words);
    let code = || objects.iter().find_map(|object| under(object, &MESSAGE_NAMES).next()).or_else(|| code(&body));
    let found = declared_message(&body, declared)
        .map(str::to_owned)
        .or_else(words)
        .or_else(|| body.as_object().and_then(root_complaint));
    found.or_else(|| code().map(str::to_owned)).map(|text| clean(&text))
}

/// The first text that one of the pointers finds, as the vendor wrote it.
pub(super) fn declared_message<'a>(body: &'a Value, declared: &[String]) -> Option<&'a str> {
    declared.iter().find_map(|pointer| pointed(body, pointer))
}

/// Whether vendors put the sentence for people under this name.
pub(super) fn names_sentence(member: &str) -> bool {
    is_one_of(member, &MESSAGE_NAMES)
}

/// Whether vendors put errors of fields under this name.
pub(super) fn names_complaints(member: &str) -> bool {
    is_one_of(member, &COMPLAINT_NAMES)
}

/// The first text that a JSON pointer finds. Its token `*` matches every member.
fn pointed<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    let Some(rest) = pointer.strip_prefix('/') else { return text(value) };
    let (token, rest) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match (value, token) {
        (Value::Array(items), "*") => items.iter().find_map(|item| pointed(item, rest)),
        (Value::Object(members), "*") => members.values().find_map(|member| pointed(member, rest)),
        _ => pointed(value.pointer(&format!("/{token}"))?, rest),
    }
}

/// The objects of a body, those nearest to its root first. Of each level, objects about errors come first.
fn objects(body: &Value) -> Vec<&Map<String, Value>> {
    let mut objects = Vec::new();
    let mut level = in_list(body);
    for _ in 0..SEARCHED_LEVELS {
        let (about, rest): (Vec<_>, Vec<_>) =
            level.iter().flat_map(|object| object.iter()).partition(|(name, _)| is_one_of(name, &ERROR_NAMES));
        let next = about.into_iter().chain(rest).flat_map(|(_, value)| in_list(value)).collect();
        objects.append(&mut level);
        level = next;
    }
    objects
}

/// The object, or the objects of an array.
fn in_list(value: &Value) -> Vec<&Map<String, Value>> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_object).collect(),
        value => value.as_object().into_iter().collect(),
    }
}

/// The text under one of the names that mean a sentence.
fn sentence(object: &Map<String, Value>) -> Option<&str> {
    under(object, &MESSAGE_NAMES).find(|text| is_for_people(text))
}

/// The first error of a field: `{"errors": {"email": ["is taken"]}}`.
fn complaint(object: &Map<String, Value>) -> Option<String> {
    let mut complaints = COMPLAINT_NAMES.iter().flat_map(|name| named(object, name)).filter_map(Value::as_object);
    complaints.find_map(|fields| {
        // Texts outside of arrays are either errors of fields, or describe the error. In the second case one of them
        // is the sentence.
        let has_sentence = sentence(fields).is_some();
        fields.iter().find_map(|(field, value)| {
            let is_complaint = !has_sentence && text(value).is_some_and(is_for_people);
            (value.is_array() || is_complaint).then(|| of_field(field, value))?
        })
    })
}

/// [`complaint`] for a body that holds nothing but errors of fields: `{"email": ["is taken"]}`.
fn root_complaint(body: &Map<String, Value>) -> Option<String> {
    let is_all = body.values().all(Value::is_array);
    body.iter().filter(|_| is_all).find_map(|(field, value)| of_field(field, value))
}

fn of_field(field: &str, value: &Value) -> Option<String> {
    let words = text(value)?;
    let is_of_all = field.is_empty() || is_one_of(field, &OF_ALL_NAMES);
    Some(if is_of_all { words.to_owned() } else { format!("{field}: {words}") })
}

/// The error code of the body, or of the errors in it.
fn code(body: &Value) -> Option<&str> {
    let mut level = in_list(body);
    for _ in 0..SEARCHED_LEVELS {
        let mut words = level.iter().flat_map(|object| under(object, &CODE_NAMES));
        if let Some(word) = words.find(|word| word.contains(char::is_alphabetic)) {
            return Some(word);
        }
        let errors = level.iter().flat_map(|object| object.iter()).filter(|(name, _)| is_one_of(name, &ERROR_NAMES));
        level = errors.flat_map(|(_, value)| in_list(value)).collect();
    }
    None
}

/// The texts of the members of these names, in the order of the names.
fn under<'a>(object: &'a Map<String, Value>, names: &'static [&str]) -> impl Iterator<Item = &'a str> {
    names.iter().flat_map(|name| named(object, name)).filter_map(text)
}

/// The values that an object has under this name, in any spelling that [`means`] knows.
pub(super) fn named<'a>(object: &'a Map<String, Value>, name: &'static str) -> impl Iterator<Item = &'a Value> {
    object.iter().filter(move |(member, _)| means(member, name)).map(|(_, value)| value)
}

fn is_one_of(member: &str, names: &[&str]) -> bool {
    names.iter().any(|name| means(member, name))
}

/// Whether a member has that name, in any case, singular or plural, with any characters between its words:
/// `errorMessages`, `error_message`.
pub(super) fn means(member: &str, name: &str) -> bool {
    let mut letters = member.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase());
    name.bytes().all(|byte| letters.next() == Some(byte))
        && matches!((letters.next(), letters.next()), (None, _) | (Some(b's'), None))
}

/// Whether a text is a sentence or a word such as `Forbidden`, and not an error code: `forbidden`, `NOT_FOUND`, `E032`.
fn is_for_people(text: &str) -> bool {
    let is_word = || {
        let word = text.trim().trim_end_matches(['.', '!']);
        let rest = word.strip_prefix(|first: char| first.is_ascii_uppercase());
        rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_lowercase()))
    };
    text.trim().contains(char::is_whitespace) || !text.is_ascii() || is_word()
}

/// A text that is not blank, or the first such text of an array.
fn text(value: &Value) -> Option<&str> {
    let is_told = |text: &&str| !text.trim().is_empty();
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).find(is_told),
        value => value.as_str().filter(is_told),
    }
}

/// The text as one line of at most [`MAX_MESSAGE`] bytes.
pub(super) fn clean(text: &str) -> String {
    let mut text = text.trim().replace(is_hidden, " ");
    text.truncate(text.floor_char_boundary(MAX_MESSAGE));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The forms of error answers that vendors document, each with the message for the caller.
    const SHAPES: &[(&str, Option<&str>)] = &[
        // A sentence, beside codes and details.
        (r#"{"message":"Decoding failure in request"}"#, Some("Decoding failure in request")),
        (r#"{"err":"Team not authorized","ECODE":"OAUTH_027"}"#, Some("Team not authorized")),
        (r#"{"code":"NotFound_User","message":"User does not exist."}"#, Some("User does not exist.")),
        (r#"{"error":400,"message":"bad name"}"#, Some("bad name")),
        (r#"{"STATUS":"Error","MESSAGE":"no such person"}"#, Some("no such person")),
        (r#"{"statusCode":400,"error":"Bad Request","message":"no such role"}"#, Some("no such role")),
        (r#"{"status":401,"statusReason":"Unauthorized","toe":"AB-12"}"#, Some("Unauthorized")),
        (r#"{"error_type":"record_not_found","message":"Couldn't find it","errors":[]}"#, Some("Couldn't find it")),
        (r#"{"errorMessage":"No such user","i18nErrorMessage":{"i18nKey":"a.b"}}"#, Some("No such user")),
        (r#"{"schemas":["urn:ietf:x:Error"],"detail":"User not found.","status":"404"}"#, Some("User not found.")),
        (r#"{"error":"RecordNotFound","description":"Not found"}"#, Some("Not found")),
        (r#"{"success":false,"error":"User not found.","error_info":"see docs","data":null}"#, Some("User not found.")),
        (r#"{"type":"not-found/user","title":"User Not Found","http-code":404}"#, Some("User Not Found")),
        (r#"{"kind":"error","code":"invalid_parameter","error":"One was missing."}"#, Some("One was missing.")),
        (r#"{"error":"invalid_grant","error_description":"token expired"}"#, Some("token expired")),
        (r#"{"status":404,"error":"Not Found"}"#, Some("Not Found")),
        (r#"[{"message":"The Id must not be given.","errorCode":"INVALID_FIELD"}]"#, Some("The Id must not be given.")),
        (r#"{"errorCode":"E0000011","errorSummary":"Invalid token provided"}"#, Some("Invalid token provided")),
        (r#"{"errcode":40001,"errmsg":"invalid credential"}"#, Some("invalid credential")),
        (r#"{"error":"invalid_grant","hint":"It has been revoked"}"#, Some("It has been revoked")),
        (r#"{"fault":{"faultstring":"Invalid client"}}"#, Some("Invalid client")),
        // In an object about the error, or in the first object of an array.
        (r#"{"error":{"type":"INVALID_REQUEST","message":"no such base"}}"#, Some("no such base")),
        (r#"{"error":{"summary":"User conflict","detail":"","code":"409000"}}"#, Some("User conflict")),
        (r#"{"error":{"code":"Auth","message":"Failed.","target":"Request headers"}}"#, Some("Failed.")),
        (r#"{"errors":[{"code":"601","message":"Access token invalid"}]}"#, Some("Access token invalid")),
        (r#"{"errors":[{"title":"Not given.","detail":"","code":"field_missing"}]}"#, Some("Not given.")),
        (r#"{"errors":[{"id":"validationError","title":"Error","detail":"Too long."}]}"#, Some("Too long.")),
        (r#"{"meta":{"trace_id":"1"},"errors":[{"code":403,"message":"access denied"}]}"#, Some("access denied")),
        (r#"{"meta":{"httpStatus":"400 - Bad Request","error":{"errorMessage":"No name"}}}"#, Some("No name")),
        (r#"{"data":{"edit":{"node":null,"errors":[{"field":"email","reason":"is taken"}]}}}"#, Some("is taken")),
        (r#"{"errors":["Bad Request"]}"#, Some("Bad Request")),
        (r#"{"status":400,"errors":["no such role"]}"#, Some("no such role")),
        // By fields, in lists and as texts.
        (r#"{"errorMessages":["no such project"],"errors":{}}"#, Some("no such project")),
        (
            r#"{"errorMessages":[],"errors":{"emailAddress":"is taken already"}}"#,
            Some("emailAddress: is taken already"),
        ),
        (r#"{"errors":{"emailAddress":"The email is taken"}}"#, Some("emailAddress: The email is taken")),
        (
            r#"{"error_messages":{"email_address":"is taken"},"field_errors":{"name":"too long"}}"#,
            Some("name: too long"),
        ),
        (r#"{"message":{"email":["has already been taken"]}}"#, Some("email: has already been taken")),
        (r#"{"errors":{"email":["has already been taken"]}}"#, Some("email: has already been taken")),
        (r#"{"Errors":{},"error":{"Name":["is too long"]}}"#, Some("Name: is too long")),
        (r#"{"errors":{"title":["is too long"]}}"#, Some("title: is too long")),
        (r#"{"errors":{"request_id":"8f-33","email":["is taken"]}}"#, Some("email: is taken")),
        (r#"{"errors":{"request_id":"8f 33","message":"Email is taken"}}"#, Some("Email is taken")),
        (r#"{"data":{"title":"Agent"},"errors":{"email":["is taken"]}}"#, Some("email: is taken")),
        (r#"{"data":{"title":"Agent"},"errors":[{"message":"is taken"}]}"#, Some("is taken")),
        (r#"{"errors":{"base":["no seats left"]}}"#, Some("no seats left")),
        (r#"{"email":["is taken"]}"#, Some("email: is taken")),
        // An error code for programs, if there is no sentence.
        (r#"{"key":"forbidden"}"#, Some("forbidden")),
        (r#"{"key":"forbidden","message":"Not for this key"}"#, Some("Not for this key")),
        (r#"{"error":"NOT_FOUND"}"#, Some("NOT_FOUND")),
        (r#"{"error":"bad_request","details":[{"description":"The name is bad"}]}"#, Some("The name is bad")),
        (r#"{"errorCode":"E032","errorDetails":{"field":"phone"}}"#, Some("E032")),
        (r#"{"error":{"type":"validation","request_id":"8f"}}"#, Some("validation")),
        (r#"{"meta":{"error":{"errorCode":"QVAL_1"}}}"#, Some("QVAL_1")),
        (r#"{"code":2006,"error":{"code":"409000"}}"#, None),
        (r#"{"data":{"type":"users"}}"#, None),
        // The text nearest to the root counts. Texts below the depth limit do not count.
        (r#"{"message":"bad name","errors":[{"message":"deeper"}]}"#, Some("bad name")),
        (r#"{"errors":["first","second"]}"#, Some("first")),
        (r#"[{"detail":"taken\nalready"}]"#, Some("taken already")),
        (r#"{"error":{"msg":"invalid","data":{"email":["is taken"]}}}"#, Some("invalid")),
        (r#"{"errors":{"email":[]},"data":{"detail":"refused"}}"#, Some("refused")),
        (r#"{"message":" ","data":{"status":7}}"#, None),
        (r#"{"a":{"b":{"c":{"d":{"message":"too deep"}}}}}"#, None),
        ("<html>", None),
    ];

    #[test]
    fn in_each_shape_of_error_the_words_for_people_are_found() {
        for (body, message) in SHAPES {
            assert_eq!(found_message(body.as_bytes(), &[]).as_deref(), *message, "{body}");
        }
    }

    #[test]
    fn a_declared_place_comes_first_and_the_search_after_it() {
        let found = |body: &str, pointers: &[&str]| {
            found_message(body.as_bytes(), &pointers.iter().map(|pointer| (*pointer).to_owned()).collect::<Vec<_>>())
        };
        let body = r#"{"error":"One was missing.","general/problem":"No name.","items":[{},{"why":""},{"why":["a","b"]}],
            "fields":{"x":{"text":7},"y":{"text":"Y is bad"}}}"#;
        for (pointers, message) in [
            (&["/general~1problem"][..], "No name."),
            (&["/nothing", "/items/*/why"], "a"),
            (&["/items/2/why"], "a"),
            (&["/fields/*/text"], "Y is bad"),
            (&["/*"], "One was missing."),
            (&["/items", "/fields/x/text", "/error/*"], "One was missing."),
            (&[], "One was missing."),
        ] {
            assert_eq!(found(body, pointers).as_deref(), Some(message), "{pointers:?}");
        }
        assert_eq!(found(r#"{"key":"x.y","message":"Said."}"#, &["/key"]).as_deref(), Some("x.y"));
    }

    #[test]
    fn a_message_is_a_line_and_a_large_body_is_not_searched() {
        let long = format!(r#"{{"message":"{}"}}"#, "\u{e9}".repeat(5_000));
        assert_eq!(found_message(long.as_bytes(), &[]).map(|text| text.len()), Some(MAX_MESSAGE));
        let large = format!(r#"{{"message":"refused","data":"{}"}}"#, "x".repeat(MAX_SEARCHED));
        assert_eq!(found_message(large.as_bytes(), &[]), None);
    }
}
