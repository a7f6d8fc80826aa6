//! Signs in the body of an answer that its status does not give.

use serde_json::Value;

/// How pages begin: the patterns by which browsers know HTML (<https://mimesniff.spec.whatwg.org/#identifying-a-resource-with-an-unknown-mime-type>),
/// and `meta`. The next byte ends the name of the tag.
const TAGS: [&str; 18] = [
    "!doctype html",
    "html",
    "head",
    "script",
    "iframe",
    "h1",
    "div",
    "font",
    "table",
    "a",
    "style",
    "title",
    "b",
    "body",
    "br",
    "p",
    "meta",
    "!--",
];

/// The schema of an error of SCIM (RFC 7644 §3.12).
const SCIM_ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// Whether an answer is a page for people: its body begins like HTML, or its type is HTML and the body does not begin
/// like JSON.
pub(super) fn is_page(content_type: Option<&str>, body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    let is_called_html = content_type.is_some_and(|kind| {
        let essence = kind.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("text/html") || essence.eq_ignore_ascii_case("application/xhtml+xml")
    });
    let begins_like_json = matches!(body.first(), None | Some(b'{' | b'['));
    begins_like_html(body) || is_called_html && !begins_like_json
}

fn begins_like_html(body: &[u8]) -> bool {
    let Some(tag) = without_xml_declaration(body).strip_prefix(b"<") else { return false };
    TAGS.iter().any(|name| {
        let (name, next) = (name.as_bytes(), tag.get(name.len()));
        let is_comment = name == b"!--";
        tag.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
            && (is_comment || next.is_none_or(|next| next.is_ascii_whitespace() || matches!(next, b'>' | b'/')))
    })
}

/// The text behind `<?xml …?>`, with which XHTML pages begin.
fn without_xml_declaration(body: &[u8]) -> &[u8] {
    let end = body.strip_prefix(b"<?xml").and_then(|rest| rest.windows(2).position(|two| two == b"?>"));
    end.and_then(|end| body.get(end + 7..)).unwrap_or(body).trim_ascii_start()
}

/// Whether JSON has one of the usual signs of an error at its root. Use it only for answers that hold nothing else: a
/// record can have members with these names.
pub(super) fn is_failure(body: &[u8]) -> bool {
    let Ok(Value::Object(answer)) = crate::json::read::<Value>(body) else { return false };
    answer.iter().any(|(name, value)| match name.to_ascii_lowercase().as_str() {
        "error" | "errors" | "err" => !is_nothing(value),
        "success" | "ok" => is_nothing(value) && !value.is_null(),
        "status" | "kind" | "type" | "result" => value.as_str().is_some_and(is_word_of_failure),
        "schemas" => value.as_array().is_some_and(|schemas| schemas.contains(&SCIM_ERROR.into())),
        _ => false,
    })
}

fn is_word_of_failure(word: &str) -> bool {
    ["error", "fail", "failed", "failure"].iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// Whether a member has no value: `null`, `false`, `0`, or an empty text, list or object.
pub(super) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(is_something) => !is_something,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty() || text.eq_ignore_ascii_case("false") || text == "0",
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_known_by_its_beginning_or_by_what_it_is_called() {
        for body in [
            "<!DOCTYPE html><title>Sign in</title>",
            "\u{feff}\r\n <HTML lang=en>",
            "<html>",
            "<html",
            "<!-- maintenance --><html>",
            "<?xml version=\"1.0\"?>\n<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\">",
            "<h1>502 Bad Gateway</h1>",
        ] {
            for kind in [None, Some("application/json"), Some("text/html; charset=utf-8")] {
                assert!(is_page(kind, body.as_bytes()), "{body}");
            }
        }
        for kind in ["text/html", "TEXT/HTML;charset=utf-8", "application/xhtml+xml"] {
            assert!(is_page(Some(kind), b"We are back soon."), "{kind}");
            assert!(is_page(Some(kind), b"\"ok\""), "{kind}");
        }
    }

    #[test]
    fn data_is_no_page_whatever_it_is_called() {
        for body in ["", " ", "{}", "[]", "{\"bio\":\"<html>\"}"] {
            assert!(!is_page(Some("text/html"), body.as_bytes()), "{body}");
        }
        for body in
            ["null", "3", "\"<html>\"", "<user/>", "<?xml version=\"1.0\"?><tsResponse/>", "<address>", "<", "ok"]
        {
            for kind in [None, Some("text/plain"), Some("application/xml"), Some("text/htmlx")] {
                assert!(!is_page(kind, body.as_bytes()), "{body}");
            }
        }
    }

    #[test]
    fn the_usual_signs_of_an_error_are_known() {
        for body in [
            r#"{"success":false,"error":"no"}"#,
            r#"{"success":0}"#,
            r#"{"ok":"false"}"#,
            r#"{"STATUS":"Error","MESSAGE":"no"}"#,
            r#"{"error":400,"message":"no"}"#,
            r#"{"err":"Team not authorized","ECODE":"OAUTH_027"}"#,
            r#"{"data":null,"errors":[{"message":"no"}]}"#,
            r#"{"errors":{"email":["is taken"]}}"#,
            r#"{"kind":"error","code":"unfound_resource"}"#,
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"no","status":"409"}"#,
        ] {
            assert!(is_failure(body.as_bytes()), "{body}");
        }
        for body in [
            "{}",
            "[]",
            "null",
            "",
            "no",
            r#"{"success":true,"error":null,"errors":[]}"#,
            r#"{"success":null}"#,
            r#"{"status":"active","error":0,"err":""}"#,
            r#"{"status":0,"message":"OK"}"#,
            r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]}"#,
        ] {
            assert!(!is_failure(body.as_bytes()), "{body}");
        }
    }
}
