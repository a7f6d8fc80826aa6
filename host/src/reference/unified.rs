//! The unified operations: what the host reads itself, and what the integrations add.

use mortise_model::{Category, Operation};
use serde_json::{Value, json};

use super::field::{self, Field};
use super::{Offer, UnifiedOperation};
use crate::plugin::Capabilities;
use crate::plugin::capabilities::JsonType;
use crate::unified::idempotency::MAX_KEY;

/// Identifiers that can be part of every vendor's path.
const ID: &str = r"^[^.\s/\\%\u0000-\u001f\u007f-\u009f][^/\\%\u0000-\u001f\u007f-\u009f]*$";

/// Describes one operation in one category.
pub(super) fn operation(category: Category, operation: Operation, integrations: &[&Capabilities]) -> UnifiedOperation {
    let offering: Vec<_> = integrations.iter().filter_map(|i| Some((*i, i.operation(category, operation)?))).collect();
    let requests: Vec<_> = offering.iter().map(|(i, support)| (*i, support.request.as_slice())).collect();
    let responses: Vec<_> =
        offering.iter().map(|(i, support)| (*i, support.response.as_slice(), support.request.as_slice())).collect();
    let mut declared = Vec::new();
    for (capabilities, support) in &offering {
        field::mark(&mut declared, capabilities, &support.query);
    }
    for parameter in &mut declared {
        describe(parameter);
    }
    let path = match operation {
        Operation::CreateUser => Vec::new(),
        Operation::UpdateUser => vec![id()],
    };
    let offer = |i: &Capabilities| Offer { slug: i.slug.clone(), label: i.label.clone() };
    UnifiedOperation {
        category,
        operation,
        offered: offering.iter().map(|(i, _)| offer(i)).collect(),
        path,
        query: query(),
        declared,
        headers: vec![idempotency_key()],
        request: field::request(category, &requests),
        response: field::response(category, &responses),
    }
}

fn id() -> Field {
    let schema = json!({ "type": "string", "minLength": 1, "maxLength": 512, "pattern": ID });
    Field::new("id", schema, "The vendor's identifier of the user, percent-encoded; at most 512 characters.").required()
}

fn idempotency_key() -> Field {
    let schema = json!({ "type": "string", "minLength": 1, "maxLength": MAX_KEY, "pattern": "^[!-~]+$" });
    Field::new(
        "Idempotency-Key",
        schema,
        "Makes it safe to send a request again: a repeat with the same key gets the answer of the first, with the header \
         `idempotent-replayed: true`, and the vendor is asked once. Kept for 24 hours unless the operator says otherwise; the same \
         key with another query string or body is a 400. Dry runs ignore it, and the format `stream` is answered as `raw`.",
    )
}

/// The query parameters that the host itself reads, in the order in which people need them.
fn query() -> Vec<Field> {
    let boolean = || json!({ "type": "boolean", "default": false });
    vec![
        Field::new(
            "integrated_account_id",
            json!({ "type": "string", "format": "uuid" }),
            "The integrated account for which the call is made.",
        )
        .required(),
        Field::new(
            "truto_response_format",
            json!({
                "type": "string", "default": "unified",
                "enum": ["unified", "raw", "normalized", "stream", "debug"],
            }),
            "How the answer is written: the mapped fields beside the vendor's answer; the vendor's body untouched; every \
             field of the category; the vendor's body as it arrives; the mapped fields beside every vendor request.",
        ),
        Field::new("truto_ignore_remote_data", boolean(), "Leaves `remote_data` out of the answer."),
        Field::new(
            "truto_exclude_fields",
            json!({ "type": "array", "items": { "type": "string" } }),
            "Top-level fields to leave out of the answer: `a,b`, `a[]=x` and `a[0]=x` mean the same. Unknown names do nothing.",
        ),
        Field::new(
            "remote_query",
            json!({
                "type": "object", "additionalProperties": { "type": "string" },
                "propertyNames": { "pattern": r"^[^\[\]]+$" },
            }),
            "Query parameters for the vendor's primary request, as they are: `remote_query[name]=value`.",
        ),
        Field::new(
            "mortise_strict",
            boolean(),
            "Refuses a body with fields that this integration would ignore, instead of leaving them out.",
        ),
        Field::new(
            "mortise_dry_run",
            boolean(),
            "Sends nothing that writes, and answers with the vendor requests up to the first write.",
        ),
    ]
}

/// What is known about the query parameters that integrations read.
fn describe(parameter: &mut Field) {
    let (text, schema) = match parameter.name.as_str() {
        "organization_id" => ("The organization in which the user is meant.", json!({ "type": "string" })),
        "workspace_id" => ("The workspace in which the user is meant.", json!({ "type": "string" })),
        "group_id" => ("The group in which the user is meant.", json!({ "type": "string" })),
        "workspace" => {
            ("The workspace in which the user is meant, as the vendor names it.", json!({ "type": "string" }))
        }
        "user_id" => ("A further identifier of the user.", json!({ "type": "string" })),
        "groups" => ("The groups of the user.", list()),
        "collections" => ("The projects or boards that the user is added to.", list()),
        _ => {
            parameter.schema = own(parameter.support.iter().filter_map(|support| support.json_type));
            return;
        }
    };
    text.clone_into(&mut parameter.description);
    parameter.schema = schema;
}

/// A list that is there: one of nothing cannot be told from none in a query.
fn list() -> Value {
    json!({ "type": "array", "items": { "type": "string", "minLength": 1 }, "minItems": 1 })
}

/// A parameter of some vendors alone; query strings carry no `null`.
fn own(types: impl Iterator<Item = JsonType>) -> Value {
    let mut names: Vec<Value> = Vec::new();
    for name in types.map(|json_type| json!(json_type)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    json!({ "type": names })
}
