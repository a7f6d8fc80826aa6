//! The call that examples make, in any language.

use mortise_model::Operation;
use serde_json::{Map, Value, json};

use super::super::field::{Field, Mark};
use super::super::{Offer, UnifiedOperation};
use super::quote::single_quoted;
use super::sample::sample;

/// Fields that an example has beside the required ones, if the integration writes them.
const SHOWN: [&str; 7] = ["name", "first_name", "last_name", "email", "emails", "title", "avatar"];

/// One call of one integration.
pub(in crate::reference) struct Example<'r> {
    /// The integration.
    pub(in crate::reference) offer: &'r Offer,
    /// The request's body, if it has one.
    pub(in crate::reference) body: Option<Value>,
    /// An example of the answer.
    pub(in crate::reference) answer: Value,
    operation: Operation,
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) has_id: bool,
    /// Required query parameters and the variables that hold them.
    pub(super) parameters: Vec<(String, String)>,
}

impl<'r> Example<'r> {
    /// A call of an integration that offers the operation.
    pub(in crate::reference) fn of(operation: &'r UnifiedOperation, offer: &'r Offer) -> Self {
        let required = |field: &&Field| field.support_of(&offer.slug).is_some_and(|s| s.mark == Mark::Required);
        let body = operation.request.iter().filter_map(|field| {
            let support = field.support_of(&offer.slug)?;
            let shown = support.mark == Mark::Writable && SHOWN.contains(&field.name.as_str());
            (support.mark == Mark::Required || shown).then(|| (field.name.clone(), sample(field, &support.values)))
        });
        Self {
            offer,
            body: operation.operation.has_body().then(|| Value::Object(body.collect())),
            answer: answer(operation, offer),
            operation: operation.operation,
            method: operation.method(),
            path: operation.route(),
            has_id: !operation.path.is_empty(),
            parameters: operation.declared.iter().chain(&operation.orders).filter(required).map(parameter).collect(),
        }
    }

    /// The variables to set, with a value or a placeholder each.
    pub(in crate::reference) fn variables(&self) -> Vec<(&str, String)> {
        let mut variables = vec![
            ("MORTISE_URL", "http://127.0.0.1:8080".to_owned()),
            ("MORTISE_TOKEN", "mrt_…".to_owned()),
            ("MORTISE_ACCOUNT", "00000000-0000-0000-0000-000000000000".to_owned()),
        ];
        if self.has_id {
            variables.push(("USER_ID", "…".to_owned()));
        }
        variables.extend(self.parameters.iter().map(|(_, variable)| (variable.as_str(), "…".to_owned())));
        variables
    }

    /// The lines of a shell that set the variables.
    pub(in crate::reference) fn exports(&self) -> String {
        self.variables().iter().map(|(name, value)| format!("export {name}={}\n", single_quoted(value))).collect()
    }

    pub(super) fn is_list(&self) -> bool {
        self.operation == Operation::ListUsers
    }
}

/// A parameter and its variable: `created_at[gte]` and `PARAM_CREATED_AT_GTE`. The prefix keeps a parameter called `path` away from
/// the shell's own variable.
fn parameter(field: &Field) -> (String, String) {
    let words = field.name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let variable = words.fold("PARAM".to_owned(), |name, word| format!("{name}_{}", word.to_ascii_uppercase()));
    (field.name.clone(), variable)
}

/// An example of the answer.
fn answer(operation: &UnifiedOperation, offer: &Offer) -> Value {
    let told = operation.response.iter().filter(|field| field.required || field.support_of(&offer.slug).is_some());
    let mut user: Map<_, _> = told.map(|field| (field.name.clone(), sample(field, &[]))).collect();
    if operation.operation == Operation::DeleteUser {
        return Value::Object(user);
    }
    user.insert("remote_data".to_owned(), json!({}));
    if operation.operation == Operation::ListUsers {
        return json!({ "result": [user], "next_cursor": "…", "prev_cursor": null, "result_count": 1 });
    }
    Value::Object(user)
}
