//! Texts as the JSON that a schema describes.

use serde_json::Value;

/// A text of a query, a path, a header or a form as the JSON that a schema describes.
pub(super) fn typed(text: &str, schema: &Value) -> Value {
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    for kind in types {
        let parsed = match kind {
            "integer" => text.parse::<i64>().ok().map(Value::from),
            "number" => text.parse::<f64>().ok().map(Value::from),
            "boolean" => text.parse::<bool>().ok().map(Value::from),
            "array" => {
                let items = schema.get("items").unwrap_or(&Value::Null);
                Some(text.split(',').map(|item| typed(item, items)).collect())
            }
            "object" => serde_json::from_str(text).ok(),
            _ => None,
        };
        if let Some(value) = parsed {
            return value;
        }
    }
    text.into()
}
