//! A page of users: the request and the answer.

use mortise_model::{Operator, User};

use crate::error::{Error, Result};

/// The page that the host asks [`Integration::list_users`](crate::Integration::list_users) for. It holds only declared
/// filters and orders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    pub(crate) size: u32,
    pub(crate) cursor: Option<String>,
    pub(crate) filters: Vec<Filter>,
    pub(crate) sort: Option<Sort>,
}

/// A filter that users must match. The host checks it again on every row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The field, such as `email` or `created_at`.
    pub field: String,
    /// How the field compares with the value.
    pub operator: Operator,
    /// The value to compare with: text; `true` or `false`; a time of RFC 3339 in UTC.
    pub value: String,
}

/// The order that the caller wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// The field, such as `name`.
    pub field: String,
    /// Whether the order is descending.
    pub descending: bool,
}

impl Page {
    /// A page by its number and size, for an integration that reads a list itself, such as to look for one user.
    pub fn numbered(number: u64, size: u32) -> Self {
        Self { size, cursor: Some(number.to_string()), ..Self::default() }
    }

    /// The number of rows, between the declared least and most.
    pub fn size(&self) -> u32 {
        self.size
    }

    /// Where the page begins, in the integration's own text. `None`: the first page.
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// The page's number, for vendors that count pages from 1.
    ///
    /// # Errors
    /// `invalid-cursor` if the cursor is not a number, or is one that no list reaches (beyond [`i64::MAX`]).
    pub fn number(&self) -> Result<u64> {
        self.counted(1)
    }

    /// The number of rows before the page, for vendors that skip rows.
    ///
    /// # Errors
    /// As [`number`](Self::number).
    pub fn offset(&self) -> Result<u64> {
        self.counted(0)
    }

    fn counted(&self, first: u64) -> Result<u64> {
        match &self.cursor {
            None => Ok(first),
            // So that a page's rows can be added.
            Some(cursor) => {
                cursor.parse::<i64>().ok().and_then(|number| number.try_into().ok()).ok_or_else(Error::invalid_cursor)
            }
        }
    }

    /// The value that users must have in `field`, if the caller filters by it.
    pub fn filter(&self, field: &str) -> Option<&str> {
        self.bound(field, Operator::Eq)
    }

    /// The value that the caller compares `field` with by `operator`, such as the bound of a time.
    pub fn bound(&self, field: &str, operator: Operator) -> Option<&str> {
        let is_it = |filter: &&Filter| filter.field == field && filter.operator == operator;
        self.filters.iter().find(is_it).map(|filter| filter.value.as_str())
    }

    /// The time since which users must be created or changed: the bound of `field` by [`Operator::Gte`], or else by
    /// [`Operator::Gt`]. For vendors that know one kind of bound. The host removes users at a bound that does not
    /// include them.
    pub fn since(&self, field: &str) -> Option<&str> {
        self.bound(field, Operator::Gte).or(self.bound(field, Operator::Gt))
    }

    /// Whether users must be able to use their accounts: the filter `is_active`.
    pub fn is_active(&self) -> Option<bool> {
        self.filter("is_active").map(|is_active| is_active == "true")
    }

    /// All filters.
    pub fn filters(&self) -> &[Filter] {
        &self.filters
    }

    /// The order.
    pub fn sort(&self) -> Option<&Sort> {
        self.sort.as_ref()
    }
}

impl UsersPage {
    /// The page with every user changed by `change`: for fields that a vendor's rows leave out, such as the group that
    /// the caller asked for.
    #[must_use]
    pub fn map(mut self, mut change: impl FnMut(User) -> User) -> Self {
        for row in &mut self.rows {
            row.user = change(std::mem::take(&mut row.user));
        }
        self
    }
}

impl Sort {
    /// The direction in the words of most vendors: `asc` or `desc`.
    pub fn direction(&self) -> &'static str {
        if self.descending { "desc" } else { "asc" }
    }
}

/// A page of users, from [`Response::users_in`](crate::Response::users_in) and its siblings.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UsersPage {
    /// The users in the vendor's order.
    pub rows: Vec<Row>,
    /// Where the next page begins. `None`: this was the last page.
    pub next: Option<String>,
    /// Whether the rows hold less than declared, because a request that should complete them failed.
    pub partial: bool,
}

/// One user of a page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// The user, with an identifier.
    pub user: User,
    /// The place of the user's own text in the primary answer: a JSON pointer, such as `/data/3`. Empty: it has none
    /// there.
    pub source: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_users_place_in_the_answer_stays_while_the_user_changes() {
        let row = Row { user: User::with_id("7"), source: "/data/3".to_owned() };
        let page = UsersPage { rows: vec![row], next: Some("2".to_owned()), partial: true };
        let named = page.clone().map(|user| User { name: "Ada".into(), ..user });
        let expected = User { name: "Ada".into(), ..User::with_id("7") };
        assert_eq!(named.rows, [Row { user: expected, source: "/data/3".to_owned() }]);
        assert_eq!((named.next, named.partial), (page.next, page.partial));
    }
}
