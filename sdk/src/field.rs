//! What mappings do with the three states of a field.

use mortise_model::Field;

use crate::error::{Error, Result};

/// What mappings need of a [`Field`] beside its own methods: what a vendor insists on, and changes over what is there.
pub trait FieldExt<T> {
    /// The value.
    ///
    /// # Errors
    /// `invalid-input` at `field` if there is none: the vendor cannot do without it.
    fn required(self, field: &str) -> Result<T>;

    /// The field as it is, unless it is `null`.
    ///
    /// # Errors
    /// `invalid-input` at `field` if it is `null`: the vendor cannot clear it.
    fn not_null(self, field: &str) -> Result<Field<T>>;

    /// Changes what is there: an absent field leaves it, `null` takes it away, a value replaces it. For vendors that only replace
    /// whole records, where a change is laid over the record as it was read.
    fn apply_to(self, current: &mut Option<T>);
}

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

    fn apply_to(self, current: &mut Option<T>) {
        match self {
            Self::Absent => {}
            Self::Null => *current = None,
            Self::Value(value) => *current = Some(value),
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
    fn what_the_vendor_insists_on_is_named() {
        let error = Field::<String>::Null.not_null("emails").unwrap_err();
        assert_eq!(error.field(), Some("emails"));
        assert!(Field::<String>::Absent.not_null("emails").is_ok());
        assert!(Field::<String>::Absent.required("emails").is_err());
        assert_eq!(Field::Value(1).required("emails"), Ok(1));
    }
}
