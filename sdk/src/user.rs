//! What vendors want to know of a user in other parts than the unified ones.

use mortise_model::{Field, Phone, User};

/// What mappings need of a [`User`] beside its own methods.
pub trait UserExt {
    /// First and last name, for vendors that have no other. What is not given is taken from `name`, which is split at its last
    /// blank; a name of one word is a first name.
    fn names(&self) -> (Field<String>, Field<String>);

    /// The language that the user prefers: the first of `languages`. Absent if the list is empty.
    fn language(&self) -> Field<String>;

    /// The phone for vendors that have one beside a mobile: the entry of the type `phone`, else the first without a type. Absent
    /// if the list has none: it does not say that the number should go.
    fn main_phone(&self) -> Field<&Phone>;

    /// The entry of the type `mobile`, as [`main_phone`](Self::main_phone).
    fn mobile_phone(&self) -> Field<&Phone>;
}

impl UserExt for User {
    fn names(&self) -> (Field<String>, Field<String>) {
        let (first, last) = match self.name.as_deref().map(str::trim) {
            Field::Null => (Field::Null, Field::Null),
            Field::Absent | Field::Value("") => (Field::Absent, Field::Absent),
            Field::Value(name) => match name.rsplit_once(char::is_whitespace) {
                Some((first, last)) => (first.trim_end().into(), last.into()),
                None => (name.into(), Field::Absent),
            },
        };
        (self.first_name.clone().or(first), self.last_name.clone().or(last))
    }

    fn language(&self) -> Field<String> {
        self.languages.as_ref().and_then(|languages| languages.first().cloned().into())
    }

    fn main_phone(&self) -> Field<&Phone> {
        find_phone(self, Some("phone")).or(find_phone(self, None))
    }

    fn mobile_phone(&self) -> Field<&Phone> {
        find_phone(self, Some("mobile"))
    }
}

/// The first phone of a type, or of none.
fn find_phone<'a>(user: &'a User, kind: Option<&str>) -> Field<&'a Phone> {
    let is_of_kind = |phone: &&Phone| phone.kind.value().map(String::as_str) == kind;
    user.phones.as_ref().and_then(|phones| phones.iter().find(is_of_kind).into())
}
