//! The unified operations: the parameters and fields that the host reads, and those that integrations add.

use std::collections::BTreeSet;

use mortise_model::{Category, JsonType, Operation, QueryParameter};
use serde_json::{Map, Value, json};

use super::field::{self, Field};
use super::{Offer, UnifiedOperation};
use crate::plugin::Capabilities;
use crate::plugin::capabilities::OperationSupport;
use crate::plugin::listing::sort_field;
use crate::unified::idempotency::MAX_KEY;

/// Pattern of identifiers that can be part of every vendor's path.
const ID: &str = r"^[^.\s/\\%\u0000-\u001f\u007f-\u009f][^/\\%\u0000-\u001f\u007f-\u009f]*$";

/// An integration that offers an operation, and its declaration of that operation.
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

/// The headers that only answers of this operation have, with their meanings.
pub(super) fn own_headers(operation: Operation) -> &'static [(&'static str, &'static str)] {
    const IGNORED: (&str, &str) =
        ("mortise-ignored-fields", "Fields of the body that the integration ignored: `title, colour`.");
    const REPLAYED: (&str, &str) =
        ("idempotent-replayed", "The answer is that of an earlier request with the same `Idempotency-Key`.");
    const DELETES: (&str, &str) = ("mortise-deletes", "The effect of the deletion on the user.");
    const NEXT: (&str, &str) =
        ("mortise-next-cursor", "Where the list continues, in the format `raw`. The last page has no such header.");
    match operation {
        Operation::CreateUser | Operation::UpdateUser => &[IGNORED, REPLAYED],
        Operation::DeleteUser => &[DELETES, REPLAYED],
        Operation::ListUsers => &[NEXT],
        Operation::GetUser => &[],
    }
}

/// The fields of these integrations' users. `truto_key_by` takes each of them.
fn answered(offering: &[Offering<'_>]) -> BTreeSet<String> {
    offering.iter().flat_map(|(_, support)| support.response.iter().cloned()).collect()
}

fn deleted_id() -> Field {
    Field::new("id", json!({ "type": "string" }), "The identifier of the deleted user.").required()
}

fn id() -> Field {
    let schema = json!({ "type": "string", "minLength": 1, "maxLength": 512, "pattern": ID });
    Field::new("id", schema, "The vendor's identifier of the user, percent-encoded, with at most 512 characters.")
        .required()
}

/// The parameter of every call that makes it a dry run.
pub(super) fn dry_run() -> Field {
    Field::new(
        "mortise_dry_run",
        json!({ "type": "boolean", "default": false }),
        "The host sends no request that writes. The answer has the vendor requests up to the first write.",
    )
}

pub(super) fn idempotency_key() -> Field {
    let schema = json!({ "type": "string", "minLength": 1, "maxLength": MAX_KEY, "pattern": "^[!-~]+$" });
    Field::new(
        "Idempotency-Key",
        schema,
        "Makes it safe to send a request again. A repeat with the same key gets the answer of the first request, with the header \
         `idempotent-replayed: true`, and the vendor gets one request. The host keeps a key for 24 hours unless the operator sets \
         another time. The same key with another query string or body is a 400. Dry runs ignore the header. With it, the host \
         answers the format `stream` as `raw`.",
    )
}

/// The query parameters that the host itself reads, in the order in which people need them.
fn query(operation: Operation, orders: &[Field], offering: &[Offering<'_>]) -> Vec<Field> {
    let boolean = || json!({ "type": "boolean", "default": false });
    let arrives = match operation {
        // Only the whole answer says whether there is a user.
        Operation::GetUser => "when it has arrived",
        _ => "as it arrives",
    };
    let mut query = vec![
        Field::new(
            "integrated_account_id",
            json!({ "type": "string", "format": "uuid" }),
            "The integrated account of the call.",
        )
        .required(),
        Field::new(
            "truto_response_format",
            json!({
                "type": "string", "default": "unified",
                "enum": ["unified", "raw", "normalized", "stream", "debug"],
            }),
            &format!(
                "The format of the answer. `unified`: the mapped fields with the vendor's answer. `raw`: the vendor's body, unchanged. \
                 `normalized`: every field of the category. `stream`: the vendor's body {arrives}. `debug`: the mapped fields with \
                 every vendor request.",
            ),
        ),
        Field::new("truto_ignore_remote_data", boolean(), "Leaves `remote_data` out of the answer."),
        Field::new(
            "truto_exclude_fields",
            json!({ "type": "array", "items": { "type": "string" } }),
            "Top-level fields to leave out of the answer. `a,b`, `a[]=x` and `a[0]=x` mean the same. The host ignores unknown names.",
        ),
        Field::new(
            "remote_query",
            json!({
                "type": "object", "additionalProperties": { "type": "string" },
                "propertyNames": { "pattern": r"^[^\[\]]+$" },
            }),
            "Query parameters for the vendor's primary request: `remote_query[name]=value`. The host does not change them.",
        ),
        dry_run(),
    ];
    if operation.has_body() {
        query.push(Field::new(
            "mortise_strict",
            boolean(),
            "The host refuses a body with fields that this integration would ignore.",
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
        "The order of the users, if the vendor has one: `sort_by[name]=asc`.",
    );
    if !required.is_empty() {
        field::set(&mut sort_by.schema, "required", json!(required));
        sort_by = sort_by.required();
    }
    vec![
        Field::new(
            "limit",
            json!({ "type": "integer", "minimum": 1, "maximum": u64::MAX }),
            "The most users in the answer. The vendor may give fewer in a page. Without a limit, the answer has the vendor's usual number.",
        ),
        Field::new(
            "next_cursor",
            json!({ "type": "string" }),
            "Continues after an earlier answer: its `next_cursor`, with all other parameters unchanged. Empty: the first page. A cursor \
             is valid for 24 hours.",
        ),
        sort_by,
        Field::new(
            "truto_key_by",
            json!({ "type": "string", "enum": answered(offering) }),
            "Makes `result` an object with a member for each user, whose name is the value of this field.",
        ),
    ]
}

/// Adds the host's knowledge about a query parameter that integrations read.
fn describe(parameter: &mut Field) {
    let (text, schema) = match parameter.name.as_str() {
        name if let Some(known) = QueryParameter::named(name) => query_parameter(known),
        name if name == "email" || compared_time(name) => {
            let (text, format) = if name == "email" {
                ("Only users with this address, in upper or lower case.", "email")
            } else {
                ("Only users whose time is within this bound.", "date-time")
            };
            (text, json!({ "type": "string", "format": format }))
        }
        "is_active" => ("Only active users (`true`), or only inactive ones (`false`).", json!({ "type": "boolean" })),
        "name" | "first_name" | "last_name" | "username" | "external_id" | "user_type" | "status" => {
            ("Only users with this value.", json!({ "type": "string" }))
        }
        _ => {
            parameter.schema = own(parameter.support.iter().filter_map(|support| support.json_type));
            return;
        }
    };
    text.clone_into(&mut parameter.description);
    parameter.schema = schema;
}

/// The description and the schema of a parameter that is no filter.
fn query_parameter(parameter: QueryParameter) -> (&'static str, Value) {
    let text = json!({ "type": "string" });
    match parameter {
        QueryParameter::OrganizationId => ("The organization of the user.", text),
        QueryParameter::WorkspaceId => ("The workspace of the user.", text),
        QueryParameter::GroupId => ("The group of the user.", text),
        QueryParameter::Workspace => ("The workspace of the user, by the vendor's name for it.", text),
        QueryParameter::UserId => ("A further identifier of the user.", text),
        QueryParameter::Groups => ("The groups of the user.", list()),
        QueryParameter::Collections => ("The projects or boards to which the vendor adds the user.", list()),
        QueryParameter::ReassignTo => {
            ("The vendor's identifier of the user who gets the deleted user's records.", text)
        }
        QueryParameter::Force => (
            "Whether the vendor deletes the user even if something prevents it by default.",
            json!({ "type": "boolean" }),
        ),
    }
}

/// Whether a filter is a bound of a time, such as `created_at[gte]`.
fn compared_time(name: &str) -> bool {
    name.starts_with("created_at[") || name.starts_with("updated_at[")
}

/// A list with at least one entry: a query cannot distinguish an empty list from no list.
fn list() -> Value {
    json!({ "type": "array", "items": { "type": "string", "minLength": 1 }, "minItems": 1 })
}

/// The schema of a parameter that only some vendors have. Query strings have no `null`.
fn own(types: impl Iterator<Item = JsonType>) -> Value {
    let mut names: Vec<Value> = Vec::new();
    for name in types.map(|json_type| json!(json_type)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    json!({ "type": names })
}
