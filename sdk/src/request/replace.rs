//! Vendors that take a record whole: read it, change it, and write it back.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Request;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::path::Path;

impl Call {
    /// Begins the `PUT` of a whole record, for a vendor that clears every field that a `PUT` does not name. It reads
    /// the record at `path` and applies `change` to it ([`patched`]). The request holds what `T` writes: declare the
    /// fields that the vendor can write, and no others.
    ///
    /// ```
    /// # use mortise_sdk::{Call, Field, Path, Response, Result};
    /// # use serde::{Deserialize, Serialize};
    /// #[derive(Deserialize, Serialize)]
    /// struct Agent {
    ///     name: Option<String>,
    ///     phone: Option<String>,
    /// }
    ///
    /// #[derive(Serialize)]
    /// struct AgentChange {
    ///     name: Field<String>,
    /// }
    ///
    /// # fn update<'a>(call: &'a Call, path: Path, change: AgentChange) -> Result<Response<'a>> {
    /// call.replace::<Agent>(path, &change)?.primary().send()
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of the read, and of [`patched`].
    pub fn replace<T: DeserializeOwned + Serialize>(
        &self,
        path: impl Into<Path>,
        change: &(impl Serialize + ?Sized),
    ) -> Result<Request<'_>> {
        let path = path.into();
        let record = self.get(path.clone()).send()?.json::<T>()?;
        Ok(self.put(path).json(&patched(&record, change)?))
    }
}

/// A record after a change, by the rules of JSON Merge Patch (RFC 7396): members that the change leaves out stay,
/// members that are null in it go, objects are merged, and everything else is replaced.
///
/// # Errors
/// `internal` if one of the two has no JSON.
pub fn patched<T, C>(record: &T, change: &C) -> Result<Value>
where
    T: Serialize + ?Sized,
    C: Serialize + ?Sized,
{
    Ok(patch(tree(record)?, tree(change)?))
}

/// Goes through the text: a component has a reader of trees already, and would need one more writer.
fn tree<T: Serialize + ?Sized>(value: &T) -> Result<Value> {
    crate::json::read(&crate::json::write(value)?).map_err(Error::internal)
}

/// Does without `BTreeMap::remove` and `collect`, which would be its largest part in a component.
fn patch(target: Value, change: Value) -> Value {
    let Value::Object(change) = change else { return change };
    let mut record = match target {
        Value::Object(record) => record,
        _ => Map::new(),
    };
    let mut cleared = Vec::new();
    for (name, value) in change {
        if value.is_null() {
            cleared.push(name);
        } else {
            let old = record.get_mut(&name).map(Value::take).unwrap_or_default();
            record.insert(name, patch(old, value));
        }
    }
    let mut patched = Map::new();
    for (name, value) in record {
        if !cleared.contains(&name) {
            patched.insert(name, value);
        }
    }
    Value::Object(patched)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The examples of RFC 7396, appendix A, whose changes are objects.
    #[test]
    fn a_change_is_laid_over_a_record_as_merge_patch_has_it() {
        for (record, change, expected) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            assert_eq!(patched(&record, &change), Ok(expected), "{record} and {change}");
        }
    }
}
