//! Reads, lists and deletes as the vendor says: the vendor's answer contains the component's answer to the host.

use std::time::{Duration, Instant};

use crate::bindings::exports::mortise::integration::users::Filter;
use crate::{
    Answer, Declaration, Failure, Listing, Method, OperationSupport, Page, Row, UsersPage, Value, context, log,
    primary, send, writable,
};

/// Adds `get-user`, `list-users` and `delete-user` in ticketing to the declaration.
pub fn declare(declared: Declaration) -> Declaration {
    let mut operations = declared.operations;
    operations.extend([reading("get-user"), listing(), deletion()]);
    Declaration { operations, ..declared }
}

fn reading(operation: &str) -> OperationSupport {
    let response = ["id", "name", "emails", "is_active", "created_at", "updated_at"].map(str::to_owned).into();
    let (category, operation) = ("ticketing".to_owned(), operation.to_owned());
    OperationSupport { category, operation, query: vec![], request: vec![], response, listing: None, effect: None }
}

fn listing() -> OperationSupport {
    let filters =
        ["email", "name", "is_active", "created_at[gte]", "created_at[lt]", "updated_at[gt]", "updated_at[lte]"];
    let mut query: Vec<_> = filters.map(writable).into();
    let mut order = writable("sort_by[name]");
    order.values = ["asc", "desc"].map(str::to_owned).into();
    query.extend([order, writable("organization_id")]);
    let listing = Listing {
        least: 2,
        most: 100,
        usual: 3,
        end: "told".to_owned(),
        order: "stable".to_owned(),
        cursor_seconds: None,
        depth: None,
        combines: true,
        partial: vec!["updated_at".to_owned()],
        leaves_out: vec![],
    };
    OperationSupport { query, listing: Some(listing), ..reading("list-users") }
}

fn deletion() -> OperationSupport {
    let query = vec![writable("reassign_to"), writable("force")];
    let effect = Some("deactivates".to_owned());
    OperationSupport { query, effect, response: vec![], ..reading("delete-user") }
}

/// The member `user` of the vendor's answer, if it has one. A user whose identifier begins with `search-` is requested
/// by `POST`.
pub(crate) fn get(id: &str) -> Answer {
    let method = if id.starts_with("search-") { Method::Post } else { Method::Get };
    let answer = ask(method, &format!("/users/{id}"), vec![])?;
    Ok(answer.get("user").map(Value::to_string))
}

/// The member `page` of the vendor's answer: `rows`, each with `user` and `source`, `next` and `partial`; `times`
/// repeats the rows. With the parameter `organization_id`, the request is a `POST`. Before it answers, the component
/// does the work in the member `work`: it sends `requests` requests to `/more`, logs `lines` lines, and computes for
/// `ms` milliseconds.
pub(crate) fn list(page: &Page) -> Result<UsersPage, Failure> {
    let mut query = vec![("size".to_owned(), page.size.to_string())];
    query.extend(page.cursor.iter().map(|cursor| ("cursor".to_owned(), cursor.clone())));
    let told = |Filter { field, operator, value }: &Filter| (format!("{field}.{operator}"), value.clone());
    query.extend(page.filters.iter().map(told));
    let order = |descending: bool| if descending { "desc" } else { "asc" };
    query.extend(page.sort.iter().map(|sort| (format!("sort.{}", sort.field), order(sort.descending).to_owned())));
    let method = if context::parameter("organization_id").is_some() { Method::Post } else { Method::Get };
    let answer = ask(method, "/users", query)?;
    let (page, work) = (&answer["page"], &answer["work"]);
    labour(work)?;
    let row = |row: &Value| Row {
        user: row["user"].to_string(),
        source: row["source"].as_str().unwrap_or_default().to_owned(),
    };
    let rows: Vec<Row> = page["rows"].as_array().into_iter().flatten().map(row).collect();
    let times = page["times"].as_u64().unwrap_or(1);
    let rows = (0..times).flat_map(|_| rows.iter().cloned()).collect();
    let next = page["next"].as_str().map(str::to_owned);
    Ok(UsersPage { rows, next, partial: page["partial"] == true })
}

fn labour(work: &Value) -> Result<(), Failure> {
    for _ in 0..work["requests"].as_u64().unwrap_or_default() {
        send(&crate::request(Method::Get, "/more"))?.body()?;
    }
    for line in 0..work["lines"].as_u64().unwrap_or_default() {
        log::emit("info", &format!("line {line}"));
    }
    let (began, time) = (Instant::now(), Duration::from_millis(work["ms"].as_u64().unwrap_or_default()));
    while began.elapsed() < time {}
    Ok(())
}

/// Sends one deletion for each part of the identifier between `+`.
pub(crate) fn delete(id: &str) -> Result<(), Failure> {
    for part in id.split('+') {
        ask(Method::Delete, &format!("/users/{part}"), vec![])?;
    }
    Ok(())
}

fn ask(method: Method, target: &str, query: Vec<(String, String)>) -> Result<Value, Failure> {
    let request = crate::Request { query, ..primary(method, target) };
    let answer = send(&request)?;
    let kind = |kind: &str| Failure { kind: kind.to_owned(), message: String::new(), field: None };
    match answer.status() {
        422 => return Err(kind("invalid-cursor")),
        400.. => return Err(kind("vendor")),
        _ => {}
    }
    Ok(serde_json::from_slice(&answer.body()?).unwrap_or_default())
}
