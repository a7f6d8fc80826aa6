//! Values that fit a schema.

use serde_json::{Map, Value, json};

use super::DraftError;
use super::shape::{Kind, Shape};

/// Depth of objects inside objects that is written out.
const MAX_DEPTH: usize = 5;
/// The longest text that is written to reach a minimum length.
const MAX_LENGTH: u64 = 256;

/// A value of this schema. For a word or a number it is the document's own example, or one by type and format. For an
/// object it has the required members.
pub(super) fn example(shape: &Shape<'_>) -> Result<Value, DraftError> {
    within(shape, MAX_DEPTH)
}

fn within(shape: &Shape<'_>, depth: usize) -> Result<Value, DraftError> {
    let kind = shape.kind();
    if let Some(constant) = shape.constants().first() {
        return Ok((*constant).clone());
    }
    let list = shape.schema.get("examples").and_then(Value::as_array).and_then(|examples| examples.first());
    let told = [shape.schema.get("example"), list, shape.schema.get("default")];
    if let Some(value) = told.into_iter().flatten().find(|value| fits(value, kind)) {
        return Ok(value.clone());
    }
    Ok(match kind {
        Kind::Text | Kind::Any => text(shape).into(),
        Kind::Integer | Kind::Number => {
            shape.schema.get("minimum").filter(|least| fits(least, kind)).cloned().unwrap_or(json!(1))
        }
        Kind::Boolean => true.into(),
        Kind::List => match shape.items()? {
            Some(item) if depth > 0 && shape.number("minItems").is_some_and(|least| least > 0) => {
                json!([within(&item, depth - 1)?])
            }
            _ => json!([]),
        },
        Kind::Object => {
            let mut object = Map::new();
            for member in shape.members()?.into_iter().filter(|member| member.is_required && !member.is_write_only) {
                let is_deep = depth == 0 && matches!(member.shape.kind(), Kind::Object | Kind::List);
                let value = if is_deep { json!({}) } else { within(&member.shape, depth.saturating_sub(1))? };
                object.insert(member.name, value);
            }
            object.into()
        }
    })
}

/// Whether an example has the schema's type, which examples often do not. Only words, numbers and flags are checked.
fn fits(value: &Value, kind: Kind) -> bool {
    match kind {
        Kind::Text => value.as_str().is_some_and(|text| !text.is_empty()),
        Kind::Integer => value.is_i64() || value.is_u64(),
        Kind::Number => value.is_number(),
        Kind::Boolean => value.is_boolean(),
        Kind::List | Kind::Object | Kind::Any => false,
    }
}

fn text(shape: &Shape<'_>) -> String {
    let text = match shape.text("format") {
        Some("date-time") => "2026-01-15T09:30:00Z",
        Some("date") => "2026-01-15",
        Some("email") => "ada@example.com",
        Some("uuid") => "6f1c2d3e-0000-4000-8000-000000000001",
        Some("uri" | "url") => "https://example.com",
        Some("ipv4") => "192.0.2.1",
        Some("ipv6") => "2001:db8::1",
        _ => "text",
    };
    let least = shape.number("minLength").unwrap_or_default().min(MAX_LENGTH);
    format!("{text:x<width$}", width = usize::try_from(least).unwrap_or_default())
}
