//! The declared operations: their fields, their lists of users, and the effects of deletions.

use std::collections::{BTreeMap, BTreeSet};

use mortise_model::{Category, JsonType, Level, Operation, QueryParameter};

use super::{Check, MAX_ENTRIES, is_variable, wit};
use crate::plugin::capabilities::{FieldSupport, OperationSupport, top};
use crate::plugin::listing::{FilterName, Listing, sorted_field};

/// Most rows of a page.
const MAX_ROWS: u32 = 1_000;
/// The values of an order.
const ORDERS: [&str; 2] = ["asc", "desc"];

/// The JSON types of fields that only one vendor has.
type Types = BTreeMap<String, JsonType>;

impl Check {
    pub(super) fn operations(&mut self, declared: Vec<wit::OperationSupport>) -> Vec<OperationSupport> {
        self.require(!declared.is_empty(), || "operations: none declared".into());
        let (own, none) = (self.own_types(&declared), Types::new());
        let mut seen = BTreeSet::new();
        let mut operations = Vec::new();
        for operation in self.bounded("operations", declared) {
            let place = format!("{} {}", operation.category, operation.operation);
            let category = self.word(&place, "category", &operation.category);
            let name = self.word(&place, "operation", &operation.operation);
            let (Some(category), Some(name)) = (category, name) else { continue };
            self.require(seen.insert((category, name)), || format!("{place}: declared twice"));
            let own = own.get(operation.category.as_str()).unwrap_or(&none);
            operations.push(self.operation(&place, category, name, operation, own));
        }
        operations
    }

    /// The types of the vendor's own fields, by category. A declaration in one operation holds for all operations of
    /// the category.
    fn own_types(&mut self, declared: &[wit::OperationSupport]) -> BTreeMap<String, Types> {
        let mut own: BTreeMap<String, Types> = BTreeMap::new();
        for operation in declared.iter().take(MAX_ENTRIES) {
            let (place, types) = (&operation.category, own.entry(operation.category.clone()).or_default());
            for field in operation.request.iter().take(MAX_ENTRIES) {
                let Some(json_type) = field.json_type.as_deref().and_then(JsonType::named) else {
                    continue;
                };
                let known = *types.entry(field.field.clone()).or_insert(json_type);
                self.require(known == json_type, || {
                    let (one, other, field) = (known.as_str(), json_type.as_str(), &field.field);
                    format!("{place}: `{field}` has the json-types `{one}` and `{other}`: one field has one type")
                });
            }
        }
        own
    }

    fn operation(
        &mut self,
        place: &str,
        category: Category,
        operation: Operation,
        declared: wit::OperationSupport,
        own: &Types,
    ) -> OperationSupport {
        let query = self.query(place, category, operation, declared.query);
        let mut request = self.fields(&format!("{place} request"), declared.request, |field| {
            is_field_of(category.request_fields(), field)
        });
        for field in request.iter().filter(|field| field.json_type.is_some()).map(|field| &field.field) {
            // Another check refuses fields of the category.
            self.require(is_field_of(category.request_fields(), field) || !category.reserves(field), || {
                format!("{place} request: `{field}` is a field of the model; this vendor's own needs another name")
            });
        }
        let response = self.bounded(&format!("{place} response"), declared.response);
        self.require(operation != Operation::DeleteUser || response.is_empty(), || {
            format!("{place} response: the operation's answer has no user")
        });
        for field in &response {
            self.require(own.contains_key(field) || is_field_of(category.response_fields(), field), || {
                format!(
                    "{place} response: `{field}` is not a field of the category; a field of this vendor alone needs a json-type in a \
                     request of the category"
                )
            });
        }
        if !operation.has_body() {
            self.only_types(place, std::mem::take(&mut request), &response);
        }
        let own =
            own.iter().filter(|(field, _)| response.contains(field)).map(|(field, of)| (field.clone(), *of)).collect();
        let listing = declared.listing.and_then(|listing| self.listing(place, listing, &response));
        self.require((operation == Operation::ListUsers) == listing.is_some(), || {
            format!("{place}: `list-users` must have a listing, and no other operation may")
        });
        let effect = declared.effect.as_deref().and_then(|word| self.word(place, "effect", word));
        self.require((operation == Operation::DeleteUser) == effect.is_some(), || {
            format!("{place}: `delete-user` must have an effect, and no other operation may")
        });
        OperationSupport { category, operation, query, request, response: response.into(), own, listing, effect }
    }

    /// Checks an operation without a body. Its request may only declare the types of the vendor's own fields in the
    /// response, which `own` contains.
    fn only_types(&mut self, place: &str, request: Vec<FieldSupport>, response: &[String]) {
        for FieldSupport { field, json_type, .. } in request {
            self.require(json_type.is_some() && response.contains(&field), || {
                format!(
                    "{place} request: `{field}`: the operation has no body: its request declares only json-types of the vendor's own fields in the \
                     response"
                )
            });
        }
    }

    fn query(
        &mut self,
        place: &str,
        category: Category,
        operation: Operation,
        declared: Vec<wit::FieldSupport>,
    ) -> Vec<FieldSupport> {
        let place = format!("{place} query");
        let query = self.fields(&place, declared, |name| {
            QueryParameter::named(top(name)).is_some_and(|parameter| parameter.suits(operation))
                || operation == Operation::ListUsers
                    && (FilterName::parse(category, name).is_some() || sorted_field(category, name).is_some())
        });
        if !operation.has_body() {
            self.only_obeyed(&place, operation, &query);
        }
        let orders = || query.iter().filter(|field| sorted_field(category, &field.field).is_some());
        self.require(orders().filter(|field| field.level == Level::Required).count() < 2, || {
            format!("{place}: a list has one order, so at most one order can be required")
        });
        for field in orders() {
            let known = field.values.iter().all(|word| ORDERS.contains(&word.as_str()));
            self.require(known && !field.values.is_empty(), || {
                format!("{place}: `{}` has the values `asc`, `desc` or one of them", field.field)
            });
        }
        query
    }

    /// A read, a list or a deletion must obey each parameter that it declares. Otherwise its result would differ from
    /// the caller's request.
    fn only_obeyed(&mut self, place: &str, operation: Operation, query: &[FieldSupport]) {
        for FieldSupport { field, level, json_type, .. } in query {
            self.require(*level != Level::Ignored, || {
                format!(
                    "{place}: `{field}` is ignored, so {operation} would differ from the caller's request: leave it out"
                )
            });
            self.require(operation != Operation::ListUsers || json_type.is_none(), || {
                format!("{place}: `{field}` is this vendor's own, and a list has no such parameters: leave it out, callers send it as `remote_query[{field}]`")
            });
        }
    }

    fn listing(&mut self, place: &str, declared: wit::Listing, response: &[String]) -> Option<Listing> {
        let wit::Listing { least, most, usual, end, order, cursor_seconds, depth, combines, partial, leaves_out } =
            declared;
        self.require(1 <= least && least <= usual && usual <= most && most <= MAX_ROWS, || {
            format!(
                "{place}: least {least}, usual {usual}, most {most}: a page has 1 to {MAX_ROWS} rows, and the numbers must ascend"
            )
        });
        let partial = self.bounded(&format!("{place} partial"), partial);
        for field in &partial {
            self.require(response.contains(field), || format!("{place} partial: `{field}` is not in its response"));
        }
        self.require(!partial.iter().any(|field| field == "id"), || format!("{place} partial: every row has its `id`"));
        let leaves_out = self.bounded(&format!("{place} leaves-out"), leaves_out);
        for kind in &leaves_out {
            self.text(&format!("{place} leaves-out"), kind);
        }
        let (end, order) = (self.word(place, "end", &end), self.word(place, "order", &order));
        let (end, order) = (end?, order?);
        Some(Listing { least, most, usual, end, order, cursor_seconds, depth, combines, partial, leaves_out })
    }

    fn fields(
        &mut self,
        place: &str,
        declared: Vec<wit::FieldSupport>,
        is_known: impl Fn(&str) -> bool,
    ) -> Vec<FieldSupport> {
        let mut seen = BTreeSet::new();
        let mut fields = Vec::new();
        for wit::FieldSupport { field, level, values, json_type, note } in self.bounded(place, declared) {
            self.text(place, note.as_deref().unwrap_or_default());
            self.require(seen.insert(field.clone()), || format!("{place}: `{field}` is declared twice"));
            let of_category = is_known(&field);
            let json_type = match json_type.as_deref() {
                None => {
                    self.require(of_category, || {
                        format!("{place}: `{field}` is not a field of the category; a field of this vendor alone needs a json-type")
                    });
                    None
                }
                Some(word) => {
                    self.require(!of_category, || {
                        format!("{place}: `{field}` is a field of the category and takes no json-type")
                    });
                    self.require(is_variable(&field) && field != "remote_data", || {
                        format!("{place}: `{field}` is not a field name")
                    });
                    self.word(format_args!("{place}: `{field}`"), "json-type", word)
                }
            };
            let values = self.bounded(place, values);
            for value in &values {
                self.text(place, value);
            }
            let level = self.word(format_args!("{place}: `{field}`"), "level", &level);
            fields.extend(level.map(|level| FieldSupport { field, level, values, json_type, note }));
        }
        fields
    }
}

/// Whether a field is in the list, or is nested in one: `roles[].name` in `roles`.
fn is_field_of(known: &[&str], field: &str) -> bool {
    known.contains(&top(field))
}
