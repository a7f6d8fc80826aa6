//! Merges the caller's `remote_data` into the primary request. JSON objects merge member by member, and other values
//! are replaced. Numbers and strings keep their exact text.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};
use indexmap::IndexMap;
use serde_json::value::{RawValue, to_raw_value};
use url::form_urlencoded;

use super::EgressError;

type Members = IndexMap<String, Box<RawValue>>;

/// The body with `data` merged in. If both have a member, `data` wins. Sets the content type if the request had no
/// body.
pub(super) fn merge(
    body: Option<Bytes>,
    data: &RawValue,
    headers: &mut HeaderMap,
) -> Result<Option<Bytes>, EgressError> {
    let refuse = |reason: &str| EgressError::Remote {
        input: "remote_data",
        reason: format!("remote_data cannot be added to this vendor request: {reason}"),
    };
    let extra: Members = serde_json::from_str(data.get()).map_err(|_| refuse("it is not a JSON object"))?;
    if extra.is_empty() {
        return Ok(body);
    }
    let Some(body) = body else {
        headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
        return Ok(Some(data.get().to_owned().into()));
    };
    let content_type = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
    if content_type.contains("json") {
        let base: Members =
            serde_json::from_slice(&body).map_err(|_| refuse("the integration's body is not a JSON object"))?;
        let merged = to_raw_value(&merge_members(base, extra)).map_err(|_| refuse("the merged body is not JSON"))?;
        Ok(Some(String::from(Box::<str>::from(merged)).into()))
    } else if content_type.starts_with("application/x-www-form-urlencoded") {
        merge_form(&body, extra).map(Some).ok_or_else(|| refuse("a form takes only strings, numbers and booleans"))
    } else {
        Err(refuse("its body is neither JSON nor a form"))
    }
}

fn merge_members(mut base: Members, extra: Members) -> Members {
    for (name, value) in extra {
        let merged = match base.get(&name).map(|old| (members(old), members(&value))) {
            Some((Some(old), Some(new))) => to_raw_value(&merge_members(old, new)).unwrap_or(value),
            _ => value,
        };
        base.insert(name, merged);
    }
    base
}

fn members(value: &RawValue) -> Option<Members> {
    value.get().starts_with('{').then(|| serde_json::from_str(value.get()).ok()).flatten()
}

fn merge_form(body: &[u8], extra: Members) -> Option<Bytes> {
    let mut pairs: Vec<(String, String)> = form_urlencoded::parse(body)
        .filter(|(name, _)| !extra.contains_key(name.as_ref()))
        .map(|(n, v)| (n.into(), v.into()))
        .collect();
    for (name, value) in extra {
        let text = match serde_json::from_str(value.get()).ok()? {
            serde_json::Value::String(text) => text,
            serde_json::Value::Number(_) | serde_json::Value::Bool(_) => value.get().to_owned(),
            serde_json::Value::Null => String::new(),
            serde_json::Value::Array(_) | serde_json::Value::Object(_) => return None,
        };
        pairs.push((name, text));
    }
    Some(form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(body: &str, data: &str, content_type: &'static str) -> String {
        let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]);
        let data = RawValue::from_string(data.to_owned()).unwrap();
        let bytes = merge(Some(body.to_owned().into()), &data, &mut headers).unwrap().unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[test]
    fn objects_merge_and_the_caller_wins_with_its_own_text() {
        assert_eq!(
            merged(
                r#"{"a":1,"o":{"x":1,"y":[1]},"z":2.50}"#,
                r#"{"o":{"y":[2],"n":12345678901234567890.10},"a":1.0}"#,
                "application/vnd.api+json"
            ),
            r#"{"a":1.0,"o":{"x":1,"y":[2],"n":12345678901234567890.10},"z":2.50}"#
        );
    }

    #[test]
    fn a_form_takes_scalars_and_refuses_the_rest() {
        assert_eq!(
            merged("a=1&b=2", r#"{"b":"x y","c":true}"#, "application/x-www-form-urlencoded"),
            "a=1&b=x+y&c=true"
        );
        let mut headers =
            HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))]);
        let data = RawValue::from_string(r#"{"c":{}}"#.to_owned()).unwrap();
        assert!(merge(Some("a=1".into()), &data, &mut headers).is_err());
    }
}
