//! How the types of [`http`] stand in a cassette.

use mortise_model::{Category, Operation};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// The methods that an integration can use.
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

pub(super) mod method {
    use http::Method;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Method, D::Error> {
        let text = String::deserialize(deserializer)?;
        let known = super::METHODS.contains(&text.as_str()).then(|| text.parse().ok()).flatten();
        known.ok_or_else(|| D::Error::custom(format!("method `{text}` is not one of {}", super::METHODS.join(", "))))
    }

    pub(in super::super) fn serialize<S: Serializer>(method: &Method, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(method.as_str())
    }
}

pub(super) mod status {
    use http::StatusCode;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<StatusCode, D::Error> {
        let status = u16::deserialize(deserializer)?;
        let known = StatusCode::from_u16(status).ok().filter(|status| status.as_u16() < 600);
        known.ok_or_else(|| D::Error::custom(format!("{status} is not an HTTP status")))
    }

    pub(in super::super) fn serialize<S: Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u16(status.as_u16())
    }
}

pub(super) mod headers {
    use std::collections::BTreeMap;

    use http::{HeaderMap, HeaderName, HeaderValue};
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HeaderMap, D::Error> {
        BTreeMap::<String, String>::deserialize(deserializer)?
            .into_iter()
            .map(|(name, value)| {
                let parsed = (name.parse::<HeaderName>().ok(), HeaderValue::from_str(&value).ok());
                match parsed {
                    (Some(name), Some(value)) => Ok((name, value)),
                    _ => Err(D::Error::custom(format!("`{name}: {value}` is not an HTTP header"))),
                }
            })
            .collect()
    }

    pub(in super::super) fn serialize<S: Serializer>(headers: &HeaderMap, serializer: S) -> Result<S::Ok, S::Error> {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        serializer.collect_map(headers.iter().map(|(name, value)| (name.as_str(), text(value))))
    }
}

pub(super) fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let path = String::deserialize(deserializer)?;
    let rooted = path.starts_with('/') || path.strip_prefix("https://").is_some_and(|rest| !rest.is_empty());
    if !rooted || path.contains(['?', '#']) {
        let rule = "must start with `/` or `https://` and hold neither `?` nor `#`";
        return Err(D::Error::custom(format!("path `{path}` {rule}")));
    }
    Ok(path)
}

pub(super) fn method_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "enum": METHODS })
}

pub(super) fn status_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "minimum": 100, "maximum": 599 })
}

pub(super) fn category_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "enum": Category::ALL })
}

pub(super) fn operation_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "enum": Operation::ALL })
}
