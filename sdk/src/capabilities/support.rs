//! How an integration serves one operation, field by field.

use mortise_model::{Category, Effect, JsonType, Level, Operation};

use super::listing::Listing;

/// One operation in one category, field by field, in the category's names. A field that is not listed is ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Support {
    /// The category.
    pub category: Category,
    /// The operation.
    pub operation: Operation,
    /// The unified query parameters that the operation reads.
    pub query: Vec<FieldSupport>,
    /// The fields of the request body.
    pub request: Vec<FieldSupport>,
    /// The fields that the answer can hold.
    pub response: Vec<&'static str>,
    /// How the vendor lists users. Only `list` has it.
    pub listing: Option<Listing>,
    /// What a deletion does to the user. Only `delete` has it.
    pub effect: Option<Effect>,
}

/// How one field or query parameter is supported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldSupport {
    /// The name in the category: `emails`; a nested one is `roles[].name`.
    pub field: &'static str,
    /// How far it is supported.
    pub level: Level,
    /// The values that the vendor knows, if the set is closed. Empty: any value.
    pub values: Vec<&'static str>,
    /// The JSON type of a field that only this vendor has.
    pub json_type: Option<JsonType>,
    /// A remark for readers of the documentation.
    pub note: Option<&'static str>,
}

impl Support {
    /// Creating users in `category`.
    #[must_use]
    pub fn create(category: Category) -> Self {
        Self::new(category, Operation::CreateUser)
    }

    /// Updating users in `category`.
    #[must_use]
    pub fn update(category: Category) -> Self {
        Self::new(category, Operation::UpdateUser)
    }

    /// Reading one user in `category`.
    #[must_use]
    pub fn get(category: Category) -> Self {
        Self::new(category, Operation::GetUser)
    }

    /// Listing users in `category`. [Filters](Self::query), such as `email` or `created_at[gte]`, and
    /// [orders](Self::orders) are query parameters.
    #[must_use]
    pub fn list(category: Category, listing: Listing) -> Self {
        Self { listing: Some(listing), ..Self::new(category, Operation::ListUsers) }
    }

    /// Deleting users in `category`.
    #[must_use]
    pub fn delete(category: Category, effect: Effect) -> Self {
        Self { effect: Some(effect), ..Self::new(category, Operation::DeleteUser) }
    }

    fn new(category: Category, operation: Operation) -> Self {
        Self {
            category,
            operation,
            query: Vec::new(),
            request: Vec::new(),
            response: Vec::new(),
            listing: None,
            effect: None,
        }
    }

    /// Body fields without which the host answers 400.
    #[must_use]
    pub fn required<const N: usize>(mut self, fields: [&'static str; N]) -> Self {
        declare(&mut self.request, &fields, Level::Required);
        self
    }

    /// Body fields that the integration uses if the caller gives them.
    #[must_use]
    pub fn writable<const N: usize>(mut self, fields: [&'static str; N]) -> Self {
        declare(&mut self.request, &fields, Level::Writable);
        self
    }

    /// Body fields that the vendor cannot write, each with the reason for the documentation.
    #[must_use]
    pub fn ignored<const N: usize>(mut self, fields: [(&'static str, &'static str); N]) -> Self {
        for (field, note) in fields {
            entry(&mut self.request, field, Level::Ignored).note = Some(note);
        }
        self
    }

    /// The closed set of values of a body field. The field becomes writable if it was not declared before.
    #[must_use]
    pub fn values<const N: usize>(mut self, field: &'static str, values: [&'static str; N]) -> Self {
        entry(&mut self.request, field, Level::Writable).values = values.to_vec();
        self
    }

    /// A body field that only this vendor has. It travels in [`User::extra`](mortise_model::User), and becomes writable
    /// if it was not declared before. Answers of all operations of the category can hold it, if their
    /// [`response`](Self::response) names it. Declare a field that can only be read in [`get`](Self::get) or
    /// [`list`](Self::list).
    #[must_use]
    pub fn own(mut self, field: &'static str, json_type: JsonType) -> Self {
        entry(&mut self.request, field, Level::Writable).json_type = Some(json_type);
        self
    }

    /// A remark on a body field. The field becomes writable if it was not declared before.
    #[must_use]
    pub fn note(mut self, field: &'static str, note: &'static str) -> Self {
        entry(&mut self.request, field, Level::Writable).note = Some(note);
        self
    }

    /// Unified query parameters without which the host answers 400.
    #[must_use]
    pub fn query_required<const N: usize>(mut self, names: [&'static str; N]) -> Self {
        declare(&mut self.query, &names, Level::Required);
        self
    }

    /// Unified query parameters that the integration uses if the caller gives them.
    #[must_use]
    pub fn query<const N: usize>(mut self, names: [&'static str; N]) -> Self {
        declare(&mut self.query, &names, Level::Writable);
        self
    }

    /// The closed set of values of a unified query parameter. The parameter becomes writable if it was not declared
    /// before.
    #[must_use]
    pub fn query_values<const N: usize>(mut self, name: &'static str, values: [&'static str; N]) -> Self {
        entry(&mut self.query, name, Level::Writable).values = values.to_vec();
        self
    }

    /// Orders of a list in both directions, such as `sort_by[name]`. If the vendor has one direction only,
    /// declare its [values](Self::query_values): `asc` or `desc`.
    #[must_use]
    pub fn orders<const N: usize>(self, names: [&'static str; N]) -> Self {
        names.into_iter().fold(self, |support, name| support.query_values(name, ["asc", "desc"]))
    }

    /// A remark on a unified query parameter. The parameter becomes writable if it was not declared before.
    #[must_use]
    pub fn query_note(mut self, name: &'static str, note: &'static str) -> Self {
        entry(&mut self.query, name, Level::Writable).note = Some(note);
        self
    }

    /// Adds the reason to fields that no vendor lets a caller write.
    pub(super) fn with_reasons(self) -> Self {
        let id = if self.operation == Operation::UpdateUser {
            "the path names the user"
        } else if self.operation == Operation::CreateUser {
            "the vendor makes it"
        } else {
            return self;
        };
        let reasons = [("id", id), ("created_at", "the vendor sets it"), ("updated_at", "the vendor sets it")];
        reasons.into_iter().fold(self, |support, (field, reason)| {
            let is_open = support.category.request_fields().contains(&field)
                && support.request.iter().all(|declared| declared.field != field);
            if is_open { support.ignored([(field, reason)]) } else { support }
        })
    }

    /// Puts the fields of all answers of the category in front of the operation's own, if the operation answers with
    /// users.
    pub(super) fn also_answers(&mut self, fields: &[&'static str]) {
        if self.operation != Operation::DeleteUser {
            self.response.splice(..0, fields.iter().copied());
        }
    }

    /// The fields that the answer can hold.
    #[must_use]
    pub fn response<const N: usize>(mut self, fields: [&'static str; N]) -> Self {
        self.response.extend_from_slice(&fields);
        self
    }
}

fn declare(list: &mut Vec<FieldSupport>, fields: &[&'static str], level: Level) {
    list.reserve(fields.len());
    for field in fields {
        entry(list, field, level).level = level;
    }
}

/// The row of `field`, added with `level` if it is new.
fn entry<'a>(list: &'a mut Vec<FieldSupport>, field: &'static str, level: Level) -> &'a mut FieldSupport {
    let position = list.iter().position(|f| f.field == field).unwrap_or_else(|| {
        list.push(FieldSupport { field, level, values: Vec::new(), json_type: None, note: None });
        list.len() - 1
    });
    #[expect(clippy::indexing_slicing, reason = "the position was found or made in this list just now")]
    &mut list[position]
}
