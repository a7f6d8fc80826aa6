//! Gives answers that the contract does not allow. `name` chooses the answer; see the arms.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Failure, attack, report};

fn failure(kind: &str, message: String, field: Option<&str>) -> Failure {
    Failure { kind: kind.to_owned(), message, field: field.map(str::to_owned) }
}

attack!(|call| {
    Ok(Some(match call.name.as_str() {
        "empty" => String::new(),
        "array" => "[1]".to_owned(),
        "string" => "\"user\"".to_owned(),
        "null" => "null".to_owned(),
        "trailing" => r#"{"id":"1"} {"id":"2"}"#.to_owned(),
        "wrong-types" => r#"{"id":{},"name":7,"emails":"x","is_active":"yes"}"#.to_owned(),
        "late" => r#"{"id":"1","created_at":"last spring"}"#.to_owned(),
        "duplicate-keys" => r#"{"id":"1","id":"2","name":"a","name":"b"}"#.to_owned(),
        "undeclared" => r#"{"id":"1","name":"a","surprise":true,"__proto__":{"admin":true}}"#.to_owned(),
        "deep" => format!(r#"{{"id":"1","name":"a","deep":{}{}}}"#, "[".repeat(200), "]".repeat(200)),
        "abyss" => "[".repeat(1_000_000),
        "number" => format!(r#"{{"id":"1","name":"a","number":1{}}}"#, "0".repeat(100_000)),
        "surrogate" => r#"{"id":"1","name":"\ud800"}"#.to_owned(),
        "nothing" => return Ok(None),
        "well-behaved" => return report("well-behaved"),
        "unknown-failure" => return Err(failure("catastrophic\r\nx-forged: 1", "no such kind".to_owned(), None)),
        "long-failure" => return Err(failure("invalid-input", "é".repeat(1 << 20), Some("name"))),
        "html-failure" => return Err(failure("not-found", "<script>\u{1b}[31m\r\n</script>".to_owned(), Some("<b>"))),
        "vendor-failure" => return Err(failure("vendor", "no vendor was asked".to_owned(), None)),
        _ => "not json".to_owned(),
    }))
});
