//! JSON for readers.

use serde_json::Value;

/// JSON over several lines.
pub(in crate::reference) fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}
