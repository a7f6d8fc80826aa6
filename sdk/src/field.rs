//! Helpers for the three states of a field, and for lists of which a vendor takes one entry.

use mortise_model::Field;

use crate::error::{Error, Result};

/// Methods for mappings beside those of [`Field`]: requirements of a vendor, and changes of a record.
pub trait FieldExt<T> {
    /// The value, for a vendor that needs one.
    ///
    /// # Errors
    /// `invalid-input` at `field` if there is no value.
    fn required(self, field: &str) -> Result<T>;

    /// The field as it is, for a vendor that cannot clear it.
    ///
    /// # Errors
    /// `invalid-input` at `field` if it is `null`.
    fn not_null(self, field: &str) -> Result<Field<T>>;

    /// The field with an empty text or list in place of `null`, as many vendors clear a field.
    fn or_empty(self) -> Field<T>
    where
        T: Emptiable;

    /// Changes a value of a record: an absent field leaves it, `null` removes it, a value replaces it. For vendors that
    /// only replace whole records: read the record, and apply the change to it.
    fn apply_to(self, current: &mut Option<T>);
}

/// A type with an empty value: texts and lists. Numbers and booleans have none, because each of their values means
/// something.
pub trait Emptiable: Default {}

impl Emptiable for String {}

impl<T> Emptiable for Vec<T> {}

impl<T> FieldExt<T> for Field<T> {
    fn required(self, field: &str) -> Result<T> {
        self.into_value().ok_or_else(|| Error::invalid_input("the vendor needs a value here").at(field))
    }

    fn not_null(self, field: &str) -> Result<Field<T>> {
        if self.is_null() {
            return Err(Error::invalid_input("the vendor cannot clear this").at(field));
        }
        Ok(self)
    }

    fn or_empty(self) -> Field<T>
    where
        T: Emptiable,
    {
        if self.is_null() { Self::Value(T::default()) } else { self }
    }

    fn apply_to(self, current: &mut Option<T>) {
        match self {
            Self::Absent => {}
            Self::Null => *current = None,
            Self::Value(value) => *current = Some(value),
        }
    }
}

/// Methods for lists of which the vendor takes one entry, such as the roles of a vendor whose users have a single role.
pub trait ListExt<T> {
    /// The one entry. Absent if the list is empty, because an empty list does not ask to remove the present entry.
    ///
    /// # Errors
    /// `invalid-input` at the second entry of `field`, if there is one.
    fn single(self, field: &str) -> Result<Field<T>>;
}

impl<T> ListExt<T> for Field<Vec<T>> {
    fn single(self, field: &str) -> Result<Field<T>> {
        let mut entries = match self {
            Self::Absent => return Ok(Field::Absent),
            Self::Null => return Ok(Field::Null),
            Self::Value(entries) => entries.into_iter(),
        };
        match (entries.next(), entries.next()) {
            (first, None) => Ok(first.into()),
            _ => Err(Error::invalid_input("the vendor takes one entry").at(format!("{field}[1]"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_laid_over_what_is_there() {
        for (change, expected) in
            [(Field::Absent, Some("old")), (Field::Null, None), (Field::Value("new"), Some("new"))]
        {
            let mut current = Some("old");
            change.apply_to(&mut current);
            assert_eq!(current, expected);
        }
    }

    #[test]
    fn of_a_list_one_entry_is_taken_and_a_second_is_named() {
        assert_eq!(Field::Value(vec!["a"]).single("roles"), Ok(Field::Value("a")));
        for none in [Field::Absent, Field::Value(Vec::<&str>::new())] {
            assert_eq!(none.single("roles"), Ok(Field::Absent));
        }
        assert_eq!(Field::<Vec<&str>>::Null.single("roles"), Ok(Field::Null));
        assert_eq!(Field::Value(vec!["a", "b"]).single("roles").unwrap_err().field(), Some("roles[1]"));
    }

    #[test]
    fn null_can_be_said_by_what_is_empty() {
        assert_eq!(Field::<String>::Null.or_empty(), Field::Value(String::new()));
        assert_eq!(Field::<String>::Absent.or_empty(), Field::Absent);
        assert_eq!(Field::Value("a".to_owned()).or_empty(), Field::Value("a".to_owned()));
    }

    #[test]
    fn what_the_vendor_insists_on_is_named() {
        let error = Field::<String>::Null.not_null("emails").unwrap_err();
        assert_eq!(error.field(), Some("emails"));
        assert!(Field::<String>::Absent.not_null("emails").is_ok());
        assert!(Field::<String>::Absent.required("emails").is_err());
        assert_eq!(Field::Value(1).required("emails"), Ok(1));
    }
}
