//! A recorded call as a request to the unified API.

use mortise_policy::path::ALL_BUT_UNRESERVED;
use percent_encoding::utf8_percent_encode;
use serde_json::Value;
use url::form_urlencoded::Serializer;
use uuid::Uuid;

use super::format::Call;

impl Call {
    /// The HTTP method of the unified route.
    pub fn method(&self) -> &'static str {
        self.operation.method()
    }

    /// Whether its answer is the vendor's body.
    pub fn wants_vendors_body(&self) -> bool {
        let format = self.query.get("truto_response_format").and_then(Value::as_str);
        matches!(format, Some("raw" | "stream"))
    }

    /// Whether it has this query parameter. `created_at[gte]` may be one name, or an object with the member `gte`.
    pub fn has_parameter(&self, name: &str) -> bool {
        let member = || {
            let (name, rest) = name.split_once('[')?;
            self.query.get(name)?.get(rest.strip_suffix(']')?)
        };
        self.query.contains_key(name) || member().is_some()
    }

    /// Path and query of the unified route, for this account, without a cursor.
    pub fn target(&self, account: Uuid) -> String {
        let mut target = format!("/unified/{}/users", self.category);
        if let Some(id) = &self.id {
            target.push('/');
            target.extend(utf8_percent_encode(id, ALL_BUT_UNRESERVED));
        }
        let mut query = Serializer::new(String::new());
        query.append_pair("integrated_account_id", &account.to_string());
        for (name, value) in &self.query {
            append(&mut query, name, value);
        }
        target.push('?');
        target.push_str(&query.finish());
        target
    }
}

/// Lists as `a[]=x`, objects as `a[key]=x`.
fn append(query: &mut Serializer<'_, String>, name: &str, value: &Value) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| append(query, &format!("{name}[]"), item)),
        Value::Object(map) => map.iter().for_each(|(key, item)| append(query, &format!("{name}[{key}]"), item)),
        Value::String(text) => {
            query.append_pair(name, text);
        }
        other => {
            query.append_pair(name, &other.to_string());
        }
    }
}
