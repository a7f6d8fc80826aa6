//! The unified operations: what the host reads itself, and what the integrations add.

use std::collections::BTreeSet;

use mortise_model::{Category, Operation};
use serde_json::{Map, Value, json};

use super::field::{self, Field};
use super::{Offer, UnifiedOperation};
use crate::plugin::Capabilities;
use crate::plugin::capabilities::{JsonType, OperationSupport};
use crate::plugin::listing::sort_field;
use crate::unified::idempotency::MAX_KEY;

/// Identifiers that can be part of every vendor's path.
const ID: &str = r"^[^.\s/\\%\u0000-\u001f\u007f-\u009f][^/\\%\u0000-\u001f\u007f-\u009f]*$";

/// An integration that offers an operation, and what it declares of it.
type Offering<'a> = (&'a Capabilities, &'a OperationSupport);

/// Describes one operation in one category.
pub(super) fn operation(category: Category, operation: Operation, integrations: &[&Capabilities]) -> UnifiedOperation {
    let offering: Vec<_> = integrations.iter().filter_map(|i| Some((*i, i.operation(category, operation)?))).collect();
    let requests: Vec<_> = offering.iter().map(|(i, support)| (*i, support.request.as_slice())).collect();
    let mut declared = Vec::new();
    for (capabilities, support) in &offering {
        field::mark(&mut declared, capabilities, &support.query);
    }
    for parameter in &mut declared {
        describe(parameter);
    }
    let (mut orders, declared): (Vec<_>, Vec<_>) =
        declared.into_iter().partition(|parameter: &Field| sort_field(&parameter.name).is_some());
    orders.sort_by(|one, other| one.name.cmp(&other.name));
    let offer = |i: &Capabilities| Offer { slug: i.slug.clone(), label: i.label.clone() };
    UnifiedOperation {
        category,
        operation,
        offered: offering.iter().map(|(i, _)| offer(i)).collect(),
        path: if operation.has_id() { vec![id()] } else { Vec::new() },
        query: query(operation, &orders, &offering),
        declared,
        orders,
        headers: if operation.writes() { vec![idempotency_key()] } else { Vec::new() },
        request: if operation.has_body() { field::request(category, &requests) } else { Vec::new() },
        response: match operation {
            Operation::DeleteUser => vec![deleted_id()],
            _ => field::response(category, &offering),
        },
    }
}

/// The headers that answers of one operation alone have, and what each says.
pub(super) fn own_headers(operation: Operation) -> &'static [(&'static str, &'static str)] {
    const IGNORED: (&str, &str) = ("mortise-ignored-fields", "Fields of the body that were left out: `title, colour`.");
    const REPLAYED: (&str, &str) =
        ("idempotent-replayed", "The answer is that of an earlier request with the same `Idempotency-Key`.");
    const DELETES: (&str, &str) = ("mortise-deletes", "What the deletion does to the user.");
    const NEXT: (&str, &str) =
        ("mortise-next-cursor", "Where the list goes on, in the format `raw`; left out on the last page.");
    match operation {
        Operation::CreateUser | Operation::UpdateUser => &[IGNORED, REPLAYED],
        Operation::DeleteUser => &[DELETES, REPLAYED],
        Operation::ListUsers => &[NEXT],
        Operation::GetUser => &[],
    }
}

/// The fields that users of these integrations have, by any of which `result` can be an object.
fn answered(offering: &[Offering<'_>]) -> BTreeSet<String> {
    offering.iter().flat_map(|(_, support)| support.response.iter().cloned()).collect()
}

fn deleted_id() -> Field {
    Field::new("id", json!({ "type": "string" }), "The identifier of the user that was deleted.").required()
}

fn id() -> Field {
    let schema = json!({ "type": "string", "minLength": 1, "maxLength": 512, "pattern": ID });
    Field::new("id", schema, "The vendor's identifier of the user, percent-encoded; at most 512 characters.").required()
}

/// The parameter of every call that shows what would be sent.
pub(super) fn dry_run() -> Field {
    Field::new(
        "mortise_dry_run",
        json!({ "type": "boolean", "default": false }),
        "Sends nothing that writes, and answers with the vendor requests up to the first write.",
    )
}

pub(super) fn idempotency_key() -> Field {
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
fn query(operation: Operation, orders: &[Field], offering: &[Offering<'_>]) -> Vec<Field> {
    let boolean = || json!({ "type": "boolean", "default": false });
    let arrives = match operation {
        // Whether there is a user is known only then.
        Operation::GetUser => "when it has arrived",
        _ => "as it arrives",
    };
    let mut query = vec![
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
            &format!(
                "How the answer is written: the mapped fields beside the vendor's answer; the vendor's body untouched; every field of the \
                 category; the vendor's body {arrives}; the mapped fields beside every vendor request.",
            ),
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
        dry_run(),
    ];
    if operation.has_body() {
        query.push(Field::new(
            "mortise_strict",
            boolean(),
            "Refuses a body with fields that this integration would ignore, instead of leaving them out.",
        ));
    }
    if operation == Operation::ListUsers {
        query.extend(paging(orders, offering));
    }
    query
}

/// The parameters of lists. An order is required if every integration requires it.
fn paging(orders: &[Field], offering: &[Offering<'_>]) -> Vec<Field> {
    let order = json!({ "type": "string", "enum": ["asc", "desc"] });
    let properties: Map<_, _> =
        orders.iter().filter_map(|field| Some((sort_field(&field.name)?.to_owned(), order.clone()))).collect();
    let required: Vec<_> = orders
        .iter()
        .filter(|field| field::is_required_by_all(field, offering.len()))
        .filter_map(|field| sort_field(&field.name))
        .collect();
    let mut sort_by = Field::new(
        "sort_by",
        json!({ "type": "object", "properties": properties, "additionalProperties": false, "maxProperties": 1 }),
        "The order of the users, where the vendor has one: `sort_by[name]=asc`.",
    );
    if !required.is_empty() {
        field::set(&mut sort_by.schema, "required", json!(required));
        sort_by = sort_by.required();
    }
    vec![
        Field::new(
            "limit",
            json!({ "type": "integer", "minimum": 1, "maximum": u64::MAX }),
            "The most users in the answer. More than the vendor gives in a page are as many as it gives; without a limit the answer has \
             as many as is usual for the vendor.",
        ),
        Field::new(
            "next_cursor",
            json!({ "type": "string" }),
            "Goes on behind an earlier answer: its `next_cursor`, with all other parameters as they were. Empty: the first page. Taken \
             for 24 hours.",
        ),
        sort_by,
        Field::new(
            "truto_key_by",
            json!({ "type": "string", "enum": answered(offering) }),
            "Makes `result` an object whose members are the users, by this field of theirs.",
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
        "reassign_to" => {
            ("The user who gets what the deleted one leaves: the vendor's identifier.", json!({ "type": "string" }))
        }
        "force" => {
            ("Whether the vendor deletes the user in spite of what stands against it.", json!({ "type": "boolean" }))
        }
        name if name == "email" || compared_time(name) => {
            let (text, format) = if name == "email" {
                ("Only users with this address, in whatever case.", "email")
            } else {
                ("Only users of whom this time lies within the bound.", "date-time")
            };
            (text, json!({ "type": "string", "format": format }))
        }
        "is_active" => ("Only users who can work, or who cannot.", json!({ "type": "boolean" })),
        "name" | "first_name" | "last_name" | "username" | "external_id" | "user_type" | "status" => {
            ("Only users of whom this is the value.", json!({ "type": "string" }))
        }
        _ => {
            parameter.schema = own(parameter.support.iter().filter_map(|support| support.json_type));
            return;
        }
    };
    text.clone_into(&mut parameter.description);
    parameter.schema = schema;
}

/// Whether a filter is a bound of a time, such as `created_at[gte]`.
fn compared_time(name: &str) -> bool {
    name.starts_with("created_at[") || name.starts_with("updated_at[")
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
