//! Reads a request for a list: the number of rows, filters, order, and the position to continue from.

use std::collections::BTreeMap;

use mortise_model::{Category, Level, Operation, QueryParameter, User};
use serde_json::Value;
use uuid::Uuid;

use super::cursor::{Asked, BadCursor, Digest, Position, Rows};
use super::filter::Filter;
use crate::account::Accounts;
use crate::call::operation::{PageRequest, Sort};
use crate::plugin::Capabilities;
use crate::plugin::capabilities::OperationSupport;
use crate::plugin::listing::{FilterName, Listing, sorted_field};
use crate::unified::failure::{Failure, Failures, Place};
use crate::unified::parameters::{Parameters, is_of_every_call, listed};
use crate::unified::query::{Query, Scalar};
use crate::unified::{UnifiedError, values};

/// Parameters of a list that the host itself reads.
const OWN: [&str; 3] = ["limit", "next_cursor", SORT_BY];
/// The parameter that makes `result` an object.
const KEY_BY: &str = "truto_key_by";
/// The parameter that orders rows.
const SORT_BY: &str = "sort_by";

/// A valid request for a list.
#[derive(Debug)]
pub(in crate::unified) struct List {
    pub(super) filters: Vec<Filter>,
    pub(super) key_by: Option<String>,
    pub(super) position: Position,
    sort: Option<Sort>,
}

impl List {
    /// The plugin's input at this position.
    pub(super) fn page(&self, position: &Position) -> PageRequest {
        PageRequest {
            size: position.rows.page,
            cursor: position.cursor.clone(),
            filters: self.filters.iter().map(Filter::told).collect(),
            sort: self.sort.clone(),
        }
    }

    /// Most rows of an answer.
    pub(super) fn limit(&self) -> usize {
        usize::try_from(self.position.rows.answer).unwrap_or(usize::MAX)
    }

    /// Whether a user passes all filters.
    pub(super) fn admits(&self, user: &User) -> bool {
        self.filters.iter().all(|filter| filter.admits(user))
    }
}

/// Access to the keys that open a cursor.
pub(crate) struct Keys<'a> {
    pub(crate) accounts: &'a Accounts,
    pub(crate) account: Uuid,
}

/// A request for a list, with the declaration of its integration.
pub(in crate::unified) struct Asking<'a> {
    pub(in crate::unified) category: Category,
    pub(in crate::unified) parameters: &'a Parameters,
    /// The parameters besides the filters that the integration reads.
    pub(in crate::unified) declared: &'a BTreeMap<String, String>,
    pub(in crate::unified) capabilities: &'a Capabilities,
    pub(in crate::unified) support: &'a OperationSupport,
    pub(in crate::unified) listing: &'a Listing,
}

/// Reads a list's parameters. Every violation goes to `failures`. Undeclared filters come first: the vendor would
/// ignore them, and the caller would take all users for the filtered ones.
///
/// # Errors
/// If the host cannot open cursors.
pub(in crate::unified) fn read(
    asking: &Asking<'_>,
    keys: &Keys<'_>,
    failures: &mut Failures,
) -> Result<List, UnifiedError> {
    let (query, listing) = (asking.parameters.query(), asking.listing);
    let filters = asking.filters(query, failures);
    let sort = asking.sort(query, failures);
    asking.require(query, failures);
    let limit = limit(query, failures);
    let key_by = key_by(query, asking.support, failures);
    let asked = asking.digests(&filters, sort.as_ref());
    let opened = text(query, "next_cursor", failures)
        .map(|cursor| Position::open(keys.accounts, keys.account, cursor, &asked, limit));
    let position = match opened {
        Some(Ok(position)) => position,
        Some(Err(BadCursor::Host(error))) => return Err(anyhow::Error::from(error).into()),
        other => {
            if let Some(Err(refused)) = other {
                failures.push(Failure::new(Place::Query, "next_cursor", refused));
            }
            Position::first(asked, Rows::new(limit, listing))
        }
    };
    Ok(List { filters, key_by, position, sort })
}

impl Asking<'_> {
    fn filters(&self, query: &Query, failures: &mut Failures) -> Vec<Filter> {
        let mut filters = Vec::new();
        let is_own = |name: &str| OWN.contains(&name) || is_of_every_call(name) || self.is_parameter(name);
        for (name, value) in query.given().filter(|(name, _)| !is_own(name)) {
            match value {
                Value::Object(bounds) => {
                    for (operator, value) in &bounds {
                        filters.extend(self.filter(&format!("{name}[{operator}]"), value, failures));
                    }
                }
                value => filters.extend(self.filter(name, &value, failures)),
            }
        }
        let other = filters.iter().find(|filter| filters.first().is_some_and(|first| first.field() != filter.field()));
        if let (false, Some(other)) = (self.listing.combines, other) {
            let rule =
                format_args!("cannot be combined with other filters: {} filters by one field at a time", self.slug());
            failures.push(Failure::new(Place::Query, other.name(), rule));
        }
        filters
    }

    fn filter(&self, name: &str, value: &Value, failures: &mut Failures) -> Option<Filter> {
        let declared = self.support.query.iter().find(|field| field.field == name);
        let Some((parsed, support)) = FilterName::parse(self.category, name).zip(declared) else {
            let known = self.names(|name| self.is_parameter(name) || FilterName::parse(self.category, name).is_some());
            let rule = format!("is not a filter of {}: {}", self.slug(), listed(&known));
            failures.push(Failure::new(Place::Query, name, rule));
            return None;
        };
        let Some(text) = value.as_str() else {
            failures.push(Failure::new(Place::Query, name, "takes one value and must be given once"));
            return None;
        };
        let filter = Filter::read(self.category, parsed, text, failures)?;
        if !values::known(&Value::String(filter.value()), &support.values) {
            failures.push(Failure::new(Place::Query, name, values::rule(&support.values)));
        }
        Some(filter)
    }

    /// Whether this is a declared parameter that narrows the list in the vendor's own way.
    fn is_parameter(&self, name: &str) -> bool {
        QueryParameter::named(name).is_some_and(|parameter| parameter.suits(Operation::ListUsers))
            && self.support.query.iter().any(|field| field.field == name)
    }

    fn sort(&self, query: &Query, failures: &mut Failures) -> Option<Sort> {
        let Value::Object(orders) = query.value(SORT_BY)? else {
            failures.push(Failure::new(Place::Query, SORT_BY, "must be written as sort_by[name]=asc"));
            return None;
        };
        let mut sorts = orders.into_iter().filter_map(|(field, order)| {
            let name = format!("{SORT_BY}[{field}]");
            let support = self.support.query.iter().find(|known| known.field == name);
            let Some(support) = support else {
                let known = self.names(|name| sorted_field(self.category, name).is_some());
                let rule = format!("is not an order of {}: {}", self.slug(), listed(&known));
                failures.push(Failure::new(Place::Query, name, rule));
                return None;
            };
            let order = order.as_str().unwrap_or_default().to_ascii_lowercase();
            if !support.values.contains(&order) {
                failures.push(Failure::new(Place::Query, name, values::rule(&support.values)));
                return None;
            }
            Some(Sort { field, descending: order == "desc" })
        });
        let (first, second) = (sorts.next(), sorts.next());
        drop(sorts);
        if second.is_some() {
            failures.push(Failure::new(Place::Query, SORT_BY, "takes one field"));
        }
        first
    }

    /// Reports required filters and orders that are missing.
    fn require(&self, query: &Query, failures: &mut Failures) {
        let is_one = |name: &str| {
            FilterName::parse(self.category, name).is_some() || sorted_field(self.category, name).is_some()
        };
        for field in self.support.query.iter().filter(|field| field.level == Level::Required && is_one(&field.field)) {
            if !is_given(query, &field.field) {
                failures.push(Failure::missing(Place::Query, &field.field));
            }
        }
    }

    /// Digests of every parameter that shapes the list, without the number of rows.
    fn digests(&self, filters: &[Filter], sort: Option<&Sort>) -> Asked {
        let mut asked = vec![("category".to_owned(), Digest::of([self.category.as_str()]))];
        asked.extend(filters.iter().map(|filter| (filter.name(), Digest::of([filter.value().as_str()]))));
        asked.extend(sort.map(|sort| {
            let order = if sort.descending { "desc" } else { "asc" };
            (SORT_BY.to_owned(), Digest::of([sort.field.as_str(), order]))
        }));
        asked.extend(self.declared.iter().map(|(name, value)| (name.clone(), Digest::of([value.as_str()]))));
        let remote = self.parameters.remote_query();
        if !remote.is_empty() {
            let parts = remote.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
            asked.push(("remote_query".to_owned(), Digest::of(parts)));
        }
        asked
    }

    fn names(&self, is_one: impl Fn(&str) -> bool) -> Vec<&str> {
        self.support.query.iter().map(|field| field.field.as_str()).filter(|name| is_one(name)).collect()
    }

    fn slug(&self) -> &str {
        &self.capabilities.slug
    }
}

/// Whether a query has a parameter with its declared name, such as `email` or `created_at[gte]`.
fn is_given(query: &Query, name: &str) -> bool {
    match name.split_once('[') {
        None => query.value(name).is_some(),
        Some((name, rest)) => match query.value(name) {
            Some(Value::Object(members)) => members.contains_key(rest.trim_end_matches(']')),
            _ => false,
        },
    }
}

fn text<'q>(query: &'q Query, name: &str, failures: &mut Failures) -> Option<&'q str> {
    match query.scalar(name) {
        Scalar::Absent => None,
        Scalar::Text(text) => Some(text),
        Scalar::Several => {
            failures.push(Failure::new(Place::Query, name, "takes one value and must be given once"));
            None
        }
    }
}

/// The most rows that the caller wants in an answer.
fn limit(query: &Query, failures: &mut Failures) -> Option<u32> {
    match text(query, "limit", failures)?.parse::<u64>() {
        Ok(rows @ 1..) => Some(u32::try_from(rows).unwrap_or(u32::MAX)),
        _ => {
            failures.push(Failure::new(Place::Query, "limit", "must be a number of rows, 1 or more"));
            None
        }
    }
}

fn key_by(query: &Query, support: &OperationSupport, failures: &mut Failures) -> Option<String> {
    let name = text(query, KEY_BY, failures)?;
    if !support.response.iter().any(|field| field == name) {
        let rule = format!("must be a field of the answer: {}", support.response.join(", "));
        failures.push(Failure::new(Place::Query, KEY_BY, rule));
    }
    Some(name.to_owned())
}
