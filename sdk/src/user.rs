//! Conversions between the unified user and the parts that vendors know.

use mortise_model::{Field, License, Phone, Role, User};

use crate::error::{Error, Result};
use crate::field::{FieldExt, ListExt};

/// Methods for mappings beside those of [`User`].
pub trait UserExt {
    /// First and last name, for vendors without a whole name. A part that the caller does not give comes from `name`:
    /// `Example, Ada` is split at its comma, `Ada Example` at its last blank. A name of one word is a first name.
    fn names(&self) -> (Field<String>, Field<String>);

    /// The identifier of each role, or its name if it has no identifier.
    ///
    /// # Errors
    /// `invalid-input` at a role with neither.
    fn role_words(&self) -> Result<Field<Vec<String>>>;

    /// The language that the user prefers: the first of `languages`. Absent if the list is empty.
    fn language(&self) -> Field<String>;

    /// The entry of `known` for the user's one license. `known` has the licenses that the vendor knows by identifier or
    /// name.
    ///
    /// # Errors
    /// `invalid-input` if the license is not among them, at a second license, and if `licenses` are null: every user
    /// has one.
    fn license_of<T: Copy>(&self, known: &[(&str, T)]) -> Result<Field<T>>;

    /// The phone for vendors with one phone and one mobile: the entry of the type `phone`, otherwise the first without
    /// a type. Absent if the list has none, because that does not ask to remove the number.
    fn main_phone(&self) -> Field<&Phone>;

    /// The entry of the type `mobile`, as [`main_phone`](Self::main_phone).
    fn mobile_phone(&self) -> Field<&Phone>;

    /// The number for vendors with one phone: that of [`main_phone`](Self::main_phone), otherwise of
    /// [`mobile_phone`](Self::mobile_phone).
    fn phone_number(&self) -> Field<String>;
}

impl UserExt for User {
    fn names(&self) -> (Field<String>, Field<String>) {
        let (first, last) = match self.name.as_deref().map(str::trim) {
            Field::Null => (Field::Null, Field::Null),
            Field::Absent | Field::Value("") => (Field::Absent, Field::Absent),
            Field::Value(name) => split(name),
        };
        (self.first_name.clone().or(first), self.last_name.clone().or(last))
    }

    fn role_words(&self) -> Result<Field<Vec<String>>> {
        let roles = match &self.roles {
            Field::Absent => return Ok(Field::Absent),
            Field::Null => return Ok(Field::Null),
            Field::Value(roles) => roles,
        };
        let word = |(index, role): (usize, &Role)| match role.id_or_name() {
            Some(word) => Ok(word.to_owned()),
            None => Err(Error::invalid_input("must have an id or a name").at(format!("roles[{index}]"))),
        };
        roles.iter().enumerate().map(word).collect::<Result<_>>().map(Field::Value)
    }

    fn license_of<T: Copy>(&self, known: &[(&str, T)]) -> Result<Field<T>> {
        let license = self.licenses.clone().single("licenses")?.not_null("licenses")?;
        let value = |license: License| {
            let is_it = |word: &str| [&license.id, &license.name].iter().any(|known| known.as_deref() == word.into());
            let found = known.iter().find(|(word, _)| is_it(word)).map(|(_, value)| *value);
            let words = || known.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>().join(" or ");
            found.ok_or_else(|| Error::invalid_input(format!("must be {}", words())).at("licenses[0]"))
        };
        license.map(value).transpose()
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

    fn phone_number(&self) -> Field<String> {
        self.main_phone().or(self.mobile_phone()).and_then(|phone| phone.number.clone())
    }
}

/// Words behind a name and its comma that are not a first name, without dots.
const SUFFIXES: [&str; 8] = ["jr", "sr", "ii", "iii", "iv", "phd", "md", "esq"];

/// First and last name of a whole name.
fn split(name: &str) -> (Field<String>, Field<String>) {
    let (before, behind) = name.split_once(',').map_or((name, ""), |(before, behind)| (before.trim(), behind.trim()));
    let is_suffix = SUFFIXES.iter().any(|suffix| behind.replace('.', "").eq_ignore_ascii_case(suffix));
    match (before, behind) {
        ("", "") => (Field::Absent, Field::Absent),
        ("", _) => split(behind),
        (_, "") => at_last_blank(before),
        _ if is_suffix => {
            let (first, last) = at_last_blank(before);
            (first, last.map(|last| format!("{last}, {behind}")))
        }
        _ => (behind.into(), before.into()),
    }
}

fn at_last_blank(name: &str) -> (Field<String>, Field<String>) {
    match name.rsplit_once(char::is_whitespace) {
        Some((first, last)) => (first.trim_end().into(), last.into()),
        None => (name.into(), Field::Absent),
    }
}

/// The first phone of a type, or without one.
fn find_phone<'a>(user: &'a User, kind: Option<&str>) -> Field<&'a Phone> {
    let is_of_kind = |phone: &&Phone| phone.kind.value().map(String::as_str) == kind;
    user.phones.as_ref().and_then(|phones| phones.iter().find(is_of_kind).into())
}
