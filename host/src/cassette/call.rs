//! A recorded call as a request to the unified API, and its account.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::SecretString;
use serde_json::Value;
use url::form_urlencoded::Serializer;
use uuid::Uuid;

use super::format::Call;
use crate::account::NewAccount;
use crate::plugin::Capabilities;

/// Everything but the unreserved characters of RFC 3986.
pub(super) const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The value of a required variable that a cassette does not have, and the prefix of placeholders of secrets.
pub(super) const PLACEHOLDER: &str = "placeholder";

impl Call {
    /// The HTTP method of the unified route.
    pub fn method(&self) -> &'static str {
        self.operation.method()
    }

    /// Whether its answer is the vendor's body.
    pub(super) fn wants_vendors_body(&self) -> bool {
        let format = self.query.get("truto_response_format").and_then(Value::as_str);
        matches!(format, Some("raw" | "stream"))
    }

    /// Whether it has this query parameter. `created_at[gte]` may be one name, or an object with the member `gte`.
    pub(super) fn has_parameter(&self, name: &str) -> bool {
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
            target.extend(utf8_percent_encode(id, UNRESERVED));
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

/// An account of that tenant with the recorded values of its variables. A required variable without a recorded value or
/// a default gets a placeholder.
pub fn account(capabilities: &Capabilities, tenant: &str, recorded: impl Fn(&str) -> Option<String>) -> NewAccount {
    let mut account = NewAccount {
        tenant_id: tenant.to_owned(),
        integration: capabilities.slug.clone(),
        authentication_method: None,
        is_sandbox: false,
        context: serde_json::Map::new(),
        secrets: BTreeMap::new(),
        application_id: None,
    };
    for variable in &capabilities.variables {
        let made_up = || {
            let any = || variable.values.first().map_or(PLACEHOLDER, String::as_str).to_owned();
            (variable.required && variable.default.is_none()).then(any)
        };
        let Some(value) = recorded(&variable.name).or_else(made_up) else { continue };
        if variable.secret {
            account.secrets.insert(variable.name.clone(), SecretString::from(value));
        } else {
            account.context.insert(variable.name.clone(), value.into());
        }
    }
    account
}
