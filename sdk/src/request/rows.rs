//! The users of a page, read from a vendor's answer.

use mortise_model::User;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::response::{Response, is_told};
use crate::error::Result;
use crate::page::{Page, Row, UsersPage};
use crate::path::decode;

/// The rows of an answer, before the integration has said where the next page begins.
#[must_use = "say where the next page begins"]
pub struct Rows<'a> {
    answer: Value,
    response: Response<'a>,
    rows: Vec<Row>,
    /// The place of the list in the answer.
    list: String,
    /// The number of rows that the vendor gave.
    count: usize,
}

impl<'a> Response<'a> {
    /// The users of an answer that is a list of them.
    ///
    /// # Errors
    /// `internal`, naming the place, if the answer is something else or a row is not a `T`. If the caller does not want
    /// the mapped users (formats `raw` and `stream`), it does not read the rows.
    pub fn users<T: DeserializeOwned + Into<User>>(self) -> Result<Rows<'a>> {
        self.users_below::<T>("", "")
    }

    /// The users in a list inside the answer. `list` is the name of the member, or a JSON pointer (RFC 6901): `data`
    /// for `{"data": […], "meta": {…}}`, `/data/users`.
    ///
    /// # Errors
    /// As [`users`](Self::users).
    pub fn users_in<T: DeserializeOwned + Into<User>>(self, list: &str) -> Result<Rows<'a>> {
        let list = if list.starts_with('/') { list.to_owned() } else { format!("/{list}") };
        self.users_below::<T>(&list, "")
    }

    /// The users below each entry of a list, as in GraphQL: `users_below("/data/users/edges", "/node")`.
    ///
    /// # Errors
    /// As [`users`](Self::users).
    pub fn users_below<T: DeserializeOwned + Into<User>>(self, list: &str, inner: &str) -> Result<Rows<'a>> {
        self.rows::<T>(list, inner, |_| false)
    }

    /// As [`users_below`](Self::users_below). An answer without the list has no users if `is_empty` accepts it.
    pub(crate) fn rows<T: DeserializeOwned + Into<User>>(
        self,
        list: &str,
        inner: &str,
        is_empty: impl FnOnce(&Value) -> bool,
    ) -> Result<Rows<'a>> {
        let answer: Value = self.read(crate::json::read)?;
        let entries = match answer.pointer(list) {
            Some(Value::Array(entries)) => entries.as_slice(),
            None if is_empty(&answer) => &[],
            _ => return Err(self.unreadable(&format!("there is no list at `{list}`"))),
        };
        let count = entries.len();
        let mut rows = Vec::new();
        if self.transport.wants_user() {
            for (index, entry) in entries.iter().enumerate() {
                let source = format!("{list}/{index}{inner}");
                let user = T::deserialize(entry.pointer(inner).unwrap_or(&Value::Null)).map(T::into);
                let user = user.map_err(|error| self.unreadable(&format!("`{source}`: {error}")))?;
                if !is_told(&user) {
                    return Err(self.unreadable(&format!("`{source}`: it does not identify a user")));
                }
                rows.push(Row { user, source });
            }
        }
        Ok(Rows { answer, response: self, rows, list: list.to_owned(), count })
    }
}

impl Response<'_> {
    /// The JSON pointer to the first entry of a list that `is_it` accepts: `/teams/2` in the list `/teams`.
    ///
    /// # Errors
    /// As [`json`](Self::json).
    pub fn place_of(&self, list: &str, is_it: impl Fn(&Value) -> bool) -> Result<Option<String>> {
        let answer: Value = self.read(crate::json::read)?;
        let mut entries = answer.pointer(list).and_then(Value::as_array).into_iter().flatten();
        Ok(entries.position(is_it).map(|index| format!("{list}/{index}")))
    }
}

impl Rows<'_> {
    /// The number of rows that the vendor gave.
    pub fn count(&self) -> u64 {
        self.count.try_into().unwrap_or(u64::MAX)
    }

    /// The text at a JSON pointer in the answer, or the digits of a number. `None` if there is no text, or an empty
    /// one.
    pub fn text(&self, pointer: &str) -> Option<String> {
        match self.answer.pointer(pointer)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// The text at a JSON pointer below the last row, or the digits of a number: for vendors whose next page begins
    /// behind an identifier. `None` if there is no row: that page is the last.
    pub fn of_last(&self, pointer: &str) -> Option<String> {
        self.text(&format!("{}/{}{pointer}", self.list, self.count.checked_sub(1)?))
    }

    /// The number at a JSON pointer in the answer, even if it is written as a text.
    pub fn number(&self, pointer: &str) -> Option<u64> {
        self.text(pointer)?.parse().ok()
    }

    /// Whether the answer has `true` at a JSON pointer.
    pub fn flag(&self, pointer: &str) -> bool {
        self.answer.pointer(pointer) == Some(&Value::Bool(true))
    }

    /// The value of a query parameter in the URL at a JSON pointer in the answer, decoded once. Continue with the
    /// parameter, never with the URL, which could lead elsewhere.
    pub fn query_of(&self, pointer: &str, parameter: &str) -> Option<String> {
        parameter_of(&self.text(pointer)?, parameter)
    }

    /// The value of a query parameter in the URL of the `link` header whose relation is `next` (RFC 8288), decoded
    /// once.
    pub fn link(&self, parameter: &str) -> Option<String> {
        parameter_of(next_link(&self.response.header("link")?)?, parameter)
    }

    /// A header of the answer by its lower-case name.
    pub fn header(&self, name: &str) -> Option<String> {
        self.response.header(name)
    }

    /// The number in a header of the answer, by its lower-case name. `None` if there is no such header, or no whole
    /// number in it.
    pub fn header_number(&self, name: &str) -> Option<u64> {
        self.header(name)?.parse().ok()
    }

    /// The page, and where the next one begins, by the vendor's own sign. An empty text counts as `None`. This is how
    /// most `list_users` end.
    ///
    /// # Errors
    /// None. It returns a `Result` so that it can be the last expression of an operation.
    pub fn next(self, next: impl FnOnce(&Self) -> Option<String>) -> Result<UsersPage> {
        let next = next(&self).filter(|next| !next.is_empty());
        Ok(UsersPage { rows: self.rows, next, partial: false })
    }

    /// The page of a vendor that counts pages from 1. Another page follows if there are more (`pages`). If the vendor
    /// does not say how many there are, another page follows a full one.
    ///
    /// # Errors
    /// As [`Page::number`].
    pub fn next_number(self, page: &Page, pages: Option<u64>) -> Result<UsersPage> {
        let number = page.number()?;
        let is_followed = pages.map_or(self.count() >= page.size().into(), |pages| number < pages);
        self.next(|_| is_followed.then(|| (number + 1).to_string()))
    }

    /// The page of a vendor that skips rows ([`Page::offset`]). The next page begins behind these rows, if there are
    /// more in all (`total`). If the vendor does not say how many there are, another page follows a full one. A page
    /// without rows is the last.
    ///
    /// # Errors
    /// As [`Page::offset`].
    pub fn next_offset(self, page: &Page, total: Option<u64>) -> Result<UsersPage> {
        let next = page.offset()?.saturating_add(self.count());
        let is_followed = total.map_or(self.count() >= page.size().into(), |total| next < total);
        let goes_on = self.count() > 0 && is_followed;
        self.next(|_| goes_on.then(|| next.to_string()))
    }

    /// The only page of the list.
    ///
    /// # Errors
    /// None, as [`next`](Self::next).
    pub fn last(self) -> Result<UsersPage> {
        self.next(|_| None)
    }
}

/// The URL of the link value whose relation is `next`. Parameters may come in any order, quoted or not, with several
/// relations in one.
fn next_link(header: &str) -> Option<&str> {
    let mut rest = header;
    while let Some(start) = rest.find('<') {
        let behind = rest.get(start + 1..)?;
        let (url, behind) = behind.split_once('>')?;
        // The parameters end at the next link, behind a comma that is not in quotes.
        let end = end_of_parameters(behind);
        if behind.get(..end).is_some_and(is_next) {
            return Some(url);
        }
        rest = behind.get(end..)?;
    }
    None
}

fn end_of_parameters(text: &str) -> usize {
    let mut is_quoted = false;
    let end = text.bytes().position(|byte| {
        is_quoted ^= byte == b'"';
        byte == b',' && !is_quoted
    });
    end.unwrap_or(text.len())
}

fn is_next(parameters: &str) -> bool {
    parameters.split(';').filter_map(|parameter| parameter.split_once('=')).any(|(name, value)| {
        let mut relations = value.trim().trim_matches('"').split_ascii_whitespace();
        name.trim().eq_ignore_ascii_case("rel") && relations.any(|relation| relation.eq_ignore_ascii_case("next"))
    })
}

fn parameter_of(url: &str, parameter: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    let query = query.split('#').next().unwrap_or_default();
    let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let (_, value) = pairs.find(|(name, _)| decode(name).as_deref() == Some(parameter))?;
    decode(value).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_link_is_found_however_it_is_written() {
        for header in [
            "<https://x.io/u?after=a%2Bb%3D>; rel=\"next\"",
            "<https://x.io/u?after=1>; rel=\"prev\", <https://x.io/u?page=2&after=a%2Bb%3D>; rel=next",
            "<https://x.io/u?a=1,2>; title=\"a, b\"; rel=prev,<https://x.io/u?after=a%2Bb%3D#f>;title=\"x, <y>; rel=prev\";REL=\"last next\"",
            "</u?after=a%2Bb%3D>;rel=\"NEXT\"",
        ] {
            let url = next_link(header).expect("a link");
            assert_eq!(parameter_of(url, "after").as_deref(), Some("a+b="), "{header}");
        }
        for header in ["", "<https://x.io/u?after=1>; rel=\"prev\"", "<https://x.io", "<x>; rel=nextish"] {
            assert_eq!(next_link(header), None, "{header}");
        }
    }

    #[test]
    fn a_parameter_is_decoded_once_and_a_plus_stays() {
        for (url, value) in [
            ("https://x.io/u?pageKey=a+b%2Fc%3D%3D%252B", Some("a+b/c==%2B")),
            ("/u?x=1&page%4Bey=2", Some("2")),
            ("/u?pageKey=", None),
            ("/u", None),
        ] {
            assert_eq!(parameter_of(url, "pageKey").as_deref(), value, "{url}");
        }
    }
}
