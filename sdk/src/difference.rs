//! The difference between the roles or groups that a user has and those that the caller wants.

use std::collections::BTreeSet;

use crate::error::{Error, Result};

/// The roles or groups to add and to remove, in the order of their identifiers, so that a user has those that the
/// caller wants. For vendors that take single changes and not the whole list.
///
/// ```
/// # use mortise_sdk::Difference;
/// let groups = Difference::between(["1".to_owned(), "2".to_owned()], ["2".to_owned(), "3".to_owned()]);
/// assert_eq!((groups.added, groups.removed), (vec!["3".to_owned()], vec!["1".to_owned()]));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Identifiers that the caller wants and the user does not have.
    pub added: Vec<String>,
    /// Identifiers that the user has and the caller does not want.
    pub removed: Vec<String>,
}

impl Difference {
    /// The difference from what the user has to what the caller wants. An identifier that stands twice counts once.
    pub fn between(held: impl IntoIterator<Item = String>, wanted: impl IntoIterator<Item = String>) -> Self {
        let (held, wanted): (BTreeSet<_>, BTreeSet<_>) = (held.into_iter().collect(), wanted.into_iter().collect());
        let without = |these: &BTreeSet<String>, those| these.difference(those).cloned().collect();
        Self { added: without(&wanted, &held), removed: without(&held, &wanted) }
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    /// The difference itself, unless it has more than `most` changes. For vendors that want one request for each
    /// change: a call may send 16 requests in all.
    ///
    /// # Errors
    /// `invalid-input` at `field` if there are more.
    pub fn within(self, most: usize, field: &str) -> Result<Self> {
        if self.added.len() + self.removed.len() > most {
            return Err(Error::invalid_input(format!("at most {most} can change in a call")).at(field));
        }
        Ok(self)
    }

    /// Each change: identifiers to add with `true`, then identifiers to remove with `false`.
    pub fn changes(&self) -> impl Iterator<Item = (&str, bool)> {
        let added = self.added.iter().map(|id| (id.as_str(), true));
        added.chain(self.removed.iter().map(|id| (id.as_str(), false)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(held: &[&str], wanted: &[&str]) -> Difference {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        Difference::between(owned(held), owned(wanted))
    }

    #[test]
    fn what_is_missing_is_added_and_what_is_too_much_removed() {
        let changes = between(&["1", "2"], &["3", "2", "3"]);
        assert_eq!(changes.changes().collect::<Vec<_>>(), [("3", true), ("1", false)]);
        for same in [between(&[], &[]), between(&["1", "2"], &["2", "1"])] {
            assert!(same.is_empty());
        }
    }

    #[test]
    fn more_changes_than_fit_into_a_call_are_refused_at_the_field() {
        assert!(between(&["1"], &["2"]).within(2, "groups").is_ok());
        let error = between(&["1"], &["2"]).within(1, "groups").unwrap_err();
        assert_eq!((error.field(), error.message()), (Some("groups"), "at most 1 can change in a call"));
    }
}
