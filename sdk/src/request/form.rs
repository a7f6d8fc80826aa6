//! Bodies of HTML forms, which some vendors take in place of JSON.

use serde::Serialize;
use serde_json::Value;

use super::Request;
use crate::error::{Error, Result};
use crate::path::encode;

impl Request<'_> {
    /// Sets a form body (`content-type: application/x-www-form-urlencoded`) of an object, without absent fields
    /// ([`json`](Self::json)). A member of a nested object becomes `user[name]`, an entry of a list `roles[]`, and null
    /// an empty text.
    pub fn form<T: Serialize + ?Sized>(self, fields: &T) -> Self {
        self.body("application/x-www-form-urlencoded", write(fields))
    }
}

fn write<T: Serialize + ?Sized>(fields: &T) -> Result<Vec<u8>> {
    let fields = crate::json::read(&crate::json::write(fields)?).map_err(Error::internal)?;
    let Value::Object(fields) = fields else { return Err(Error::internal("a form body must be an object")) };
    let mut form = String::new();
    fields.iter().for_each(|(name, value)| add(&mut form, name, value));
    Ok(form.into_bytes())
}

/// Adds `value` under `name`.
fn add(form: &mut String, name: &str, value: &Value) {
    let text = match value {
        Value::Object(members) => {
            return members.iter().for_each(|(member, value)| add(form, &format!("{name}[{member}]"), value));
        }
        Value::Array(entries) => return entries.iter().for_each(|entry| add(form, &format!("{name}[]"), entry)),
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    };
    if !form.is_empty() {
        form.push('&');
    }
    encode(name, form);
    form.push('=');
    encode(&text, form);
}

#[cfg(test)]
mod tests {
    use mortise_model::Field;
    use serde_json::json;

    use super::*;

    #[derive(Serialize)]
    struct Fields {
        user: User,
        notify: Option<bool>,
    }

    #[derive(Serialize)]
    struct User {
        name: Field<String>,
        title: Field<String>,
        roles: Vec<Role>,
        level: u8,
    }

    #[derive(Serialize)]
    struct Role {
        id: u64,
    }

    #[test]
    fn what_is_nested_is_named_by_its_place_and_what_is_absent_is_left_out() {
        let user = User { name: "Ada & Bo".into(), title: Field::Null, roles: vec![Role { id: 7 }], level: 3 };
        let form = String::from_utf8(write(&Fields { user, notify: None }).unwrap()).unwrap();
        let mut fields: Vec<_> = form.split('&').collect();
        fields.sort_unstable();
        assert_eq!(
            fields,
            [
                "user%5Blevel%5D=3",
                "user%5Bname%5D=Ada%20%26%20Bo",
                "user%5Broles%5D%5B%5D%5Bid%5D=7",
                "user%5Btitle%5D="
            ]
        );
        assert_eq!(write(&json!({"ok": true, "none": []})).unwrap(), b"ok=true");
        assert!(write(&["a"]).is_err());
    }
}
