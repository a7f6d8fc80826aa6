//! Pages that a test asks for, and checks that hold for every page.

use std::collections::BTreeSet;

use mortise_model::{Field, Operator};
use serde_json::Value;

use crate::capabilities::Support;
use crate::page::{Filter, Page, Sort, UsersPage};

/// Asks for the first page of `size` rows.
pub fn page(size: u32) -> Page {
    Page { size, ..Page::default() }
}

impl Page {
    /// Continues at the `next` of an earlier page.
    #[must_use]
    pub fn at(mut self, cursor: &str) -> Self {
        self.cursor = Some(cursor.to_owned());
        self
    }

    /// Adds a filter by the name of its query parameter, such as `email` or `created_at[gte]`.
    #[must_use]
    pub fn by(mut self, name: &str, value: &str) -> Self {
        let (field, operator) = match name.split_once('[') {
            None => (name, Some(Operator::Eq)),
            Some((field, rest)) => (field, Operator::named(rest.trim_end_matches(']'))),
        };
        let Some(operator) = operator else { panic!("`{name}` is not a filter") };
        self.filters.push(Filter { field: field.to_owned(), operator, value: value.to_owned() });
        self
    }

    /// Asks for an order.
    #[must_use]
    pub fn sorted(mut self, field: &str, descending: bool) -> Self {
        self.sort = Some(Sort { field: field.to_owned(), descending });
        self
    }
}

/// Checks that the page holds only filters and orders that the integration declares. The host would refuse others.
pub(super) fn check(page: &Page, support: &Support) {
    let Some(listing) = &support.listing else { panic!("the operation declares no listing") };
    let bounds = listing.least..=listing.most;
    assert!(bounds.contains(&page.size), "a page has {bounds:?} rows, not {}", page.size);
    let is_declared = |name: &str| support.query.iter().any(|field| field.field == name);
    for filter in &page.filters {
        let name = match filter.operator {
            Operator::Eq => filter.field.clone(),
            operator => format!("{}[{operator}]", filter.field),
        };
        assert!(is_declared(&name), "`{name}` is not declared");
    }
    if let Some(sort) = &page.sort {
        assert!(is_declared(&format!("sort_by[{}]", sort.field)), "the order by `{}` is not declared", sort.field);
    }
}

/// Checks that every row has its own identifier, and its own place in the primary answer.
pub(super) fn sources(page: &UsersPage, primary: Option<Value>) {
    let (mut ids, mut places) = (BTreeSet::new(), BTreeSet::new());
    for row in &page.rows {
        let id = match &row.user.id {
            Field::Value(id) if !id.is_empty() => id,
            _ => panic!("a row has no `id`: {:?}", row.user),
        };
        assert!(ids.insert(id), "two rows have the `id` {id}");
        if !row.source.is_empty() {
            let found = primary.as_ref().and_then(|answer| answer.pointer(&row.source));
            assert!(found.is_some(), "`{}` leads to nothing in the primary answer", row.source);
            assert!(places.insert(&row.source), "two rows stand at `{}`", row.source);
        }
    }
}
