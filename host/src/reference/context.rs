//! The variables of each integration's accounts, as JSON Schema.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use mortise_model::VISIBLE;
use mortise_policy::origin::{Extent, OriginTemplate};
use serde_json::{Map, Value, json};

use super::field::set;
use crate::egress::AuthScheme;
use crate::plugin::Capabilities;
use crate::plugin::capabilities::Variable;

/// Text without control characters.
pub(super) const NO_CONTROLS: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";
/// A character inside a value: no control character but those of PEM.
const INSIDE: &str = r"[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]";
/// One that a header can carry.
const INSIDE_HEADER: &str = r"[^\u0000-\u0008\u000a-\u001f\u007f-\u009f]";
/// A label of a host or a part of one: letters, digits and inner hyphens.
const LABEL: &str = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";

/// The rules for the body of a new account, one set for each integration.
pub(super) fn creation(integrations: &[&Capabilities]) -> Map<String, Value> {
    let one = |i: &Capabilities| {
        let required: Vec<_> =
            i.variables.iter().filter(|v| v.required && v.default.is_none()).map(|v| v.name.as_str()).collect();
        let properties: Map<_, _> = i.variables.iter().map(|v| (v.name.clone(), variable(i, v, false))).collect();
        let mut context = json!({
            "type": "object", "properties": properties, "required": required, "additionalProperties": false,
        });
        let mut methods: Vec<_> = i.auth.iter().map(|scheme| json!(scheme.method())).collect();
        methods.dedup();
        methods.push(Value::Null);
        let ways: Vec<_> = i
            .auth
            .iter()
            .map(|scheme| {
                let needed: BTreeSet<_> =
                    scheme.variables().filter(|name| i.variable(name).is_none_or(|v| v.default.is_none())).collect();
                json!({
                    "properties": {
                        "authentication_method": { "enum": [scheme.method(), null] },
                        "context": { "required": needed, "properties": present(&needed) },
                    },
                })
            })
            .collect();
        if ways.is_empty() {
            set(&mut context, "description", json!("Requests of this integration are not signed."));
        }
        let mut body = json!({
            "title": i.label,
            "properties": {
                "integration": { "const": i.slug }, "context": context, "authentication_method": { "enum": methods },
            },
        });
        if !ways.is_empty() {
            set(&mut body, "required", json!(["context"]));
            set(&mut body, "anyOf", Value::Array(ways));
        } else if !required.is_empty() {
            set(&mut body, "required", json!(["context"]));
        }
        body
    };
    let bodies: Vec<_> = integrations.iter().map(|i| one(i)).collect();
    if bodies.is_empty() { Map::new() } else { Map::from_iter([("oneOf".to_owned(), Value::Array(bodies))]) }
}

/// These variables, not empty: an empty credential is no credential.
fn present(names: &BTreeSet<&str>) -> Map<String, Value> {
    names.iter().map(|name| ((*name).to_owned(), json!({ "type": "string", "minLength": 1 }))).collect()
}

/// The schema of `context` in a change of an account.
pub(super) fn change(integrations: &[&Capabilities]) -> Value {
    // The schemas of each name, with the integrations that declare it so.
    let mut known: IndexMap<&str, Vec<(Value, Vec<&str>)>> = IndexMap::new();
    for i in integrations {
        for v in &i.variables {
            let schema = variable(i, v, true);
            let schemas = known.entry(v.name.as_str()).or_default();
            match schemas.iter_mut().find(|(other, _)| *other == schema) {
                Some((_, labels)) => labels.push(&i.label),
                None => schemas.push((schema, vec![&i.label])),
            }
        }
    }
    let titled = |(mut schema, labels): (Value, Vec<&str>)| {
        set(&mut schema, "title", json!(labels.join(", ")));
        schema
    };
    let one_of_them = |schemas: Vec<_>| match <[(Value, Vec<&str>); 1]>::try_from(schemas) {
        Ok([(only, _)]) => only,
        Err(schemas) => json!({ "anyOf": schemas.into_iter().map(titled).collect::<Vec<_>>() }),
    };
    let properties: Map<_, _> =
        known.into_iter().map(|(name, schemas)| (name.to_owned(), one_of_them(schemas))).collect();
    json!({
        "type": ["object", "null"], "properties": properties, "additionalProperties": false,
        "description": "Merged into the context key by key; null removes what is not required. Only the variables of the \
                        account's own integration are taken.",
    })
}

/// The schema of `context` of a link token: variables of any of the integrations.
pub(super) fn prefilled(integrations: &[&Capabilities]) -> Value {
    let value = json!({ "type": "string", "maxLength": 16384, "pattern": trimmed(INSIDE), "writeOnly": true });
    let names: BTreeSet<_> = integrations.iter().flat_map(|i| &i.variables).map(|v| v.name.clone()).collect();
    let properties: Map<_, _> = names.into_iter().map(|name| (name, value.clone())).collect();
    json!({
        "type": ["object", "null"], "properties": properties, "additionalProperties": false,
        "description": "Variables of the account. The connect page does not ask for them. The host stores them encrypted and never \
                        returns them. It refuses a value that each integration of the link refuses.",
    })
}

/// The names of all integrations' ways to sign requests, and `null`.
pub(super) fn methods(integrations: &[&Capabilities]) -> Vec<Value> {
    let known: BTreeSet<_> = integrations.iter().flat_map(|i| &i.auth).map(AuthScheme::method).collect();
    known.into_iter().map(Value::from).chain([Value::Null]).collect()
}

/// Text of these characters that begins and ends with one that can be seen, as `mortise_policy::credential` asks for.
fn trimmed(inside: &str) -> String {
    format!("^({VISIBLE}({inside}*{VISIBLE})?)?$")
}

/// The schema of one variable.
fn variable(i: &Capabilities, variable: &Variable, is_change: bool) -> Value {
    let needed = variable.required && variable.default.is_none();
    let origins: Vec<_> = i.origins.iter().filter_map(|text| OriginTemplate::parse(text).ok()).collect();
    let extent = origins.iter().flat_map(OriginTemplate::variables).find(|(name, _)| *name == variable.name);
    let in_header = i.auth.iter().any(|scheme| scheme.puts_in_header(&variable.name));
    let description = match &variable.help {
        Some(help) => format!("{}. {help}", variable.label),
        None => variable.label.clone(),
    };
    let mut schema = json!({ "type": ["string", "null"], "maxLength": 16384, "description": description });
    if needed {
        set(&mut schema, "type", json!("string"));
        set(&mut schema, "minLength", json!(1));
    }
    match extent {
        Some((_, Extent::Label)) => set(&mut schema, "pattern", json!(format!("^({LABEL})?$"))),
        Some((_, Extent::Labels)) => set(&mut schema, "pattern", json!(format!(r"^({LABEL}(\.{LABEL})*)?$"))),
        None if in_header => set(&mut schema, "pattern", json!(trimmed(INSIDE_HEADER))),
        None => set(&mut schema, "pattern", json!(trimmed(INSIDE))),
    }
    if let Some(longest) = origins.iter().filter_map(|origin| origin.longest(&variable.name)).min() {
        set(&mut schema, "maxLength", json!(longest));
    }
    if !variable.values.is_empty() {
        let values = variable.values.iter().map(|value| json!(value));
        // An empty value is no value.
        let none = [json!(""), Value::Null].into_iter().filter(|_| !needed);
        set(&mut schema, "enum", values.chain(none).collect());
    }
    if let Some(default) = &variable.default {
        set(&mut schema, "default", json!(default));
    }
    if variable.secret {
        set(&mut schema, "writeOnly", json!(true));
    }
    if is_change && variable.secret && !needed {
        set(&mut schema, "description", json!(format!("{description}; null removes it")));
    }
    schema
}

#[cfg(test)]
mod tests {
    use mortise_policy::credential;

    use super::*;

    #[test]
    fn the_pattern_of_a_variable_takes_what_the_host_takes() {
        let schema = jsonschema::validator_for(&json!({ "pattern": trimmed(INSIDE) })).expect("a schema");
        for character in '\0'..='\u{ffff}' {
            for text in [character.to_string(), format!("a{character}a")] {
                assert_eq!(schema.is_valid(&json!(text)), credential::check(&text).is_ok(), "{text:?}");
            }
        }
    }
}
