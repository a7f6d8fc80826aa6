//! The call that an integration serves.

use mortise_model::{Category, Field, Group, User};
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::field::FieldExt;
use crate::path::Path;
use crate::request::Request;
use crate::transport::{Method, Transport};

/// The call that an integration serves: the caller's parameters, and requests to the vendor.
pub struct Call {
    category: Category,
    transport: Box<dyn Transport>,
    /// Whether the operation can change something at the vendor.
    writes: bool,
}

impl Call {
    /// A call over `transport`. Integrations get theirs from the host or from [`mock`](crate::mock).
    pub fn new(category: Category, transport: Box<dyn Transport>) -> Self {
        Self { category, transport, writes: true }
    }

    /// A call of an operation that changes nothing. Its requests count as reads, whatever their methods are, so no
    /// failure says that a write is done.
    pub(crate) fn reading(self) -> Self {
        Self { writes: false, ..self }
    }

    /// The category that the caller uses. Most mappings do not need it: the host converts each category's shape into
    /// the canonical user and back.
    pub fn category(&self) -> Category {
        self.category
    }

    /// Begins a `GET`.
    pub fn get(&self, path: impl Into<Path>) -> Request<'_> {
        self.request(Method::Get, path.into())
    }

    /// Begins a `POST`.
    pub fn post(&self, path: impl Into<Path>) -> Request<'_> {
        self.request(Method::Post, path.into())
    }

    /// Begins a `PUT`.
    pub fn put(&self, path: impl Into<Path>) -> Request<'_> {
        self.request(Method::Put, path.into())
    }

    /// Begins a `PATCH`.
    pub fn patch(&self, path: impl Into<Path>) -> Request<'_> {
        self.request(Method::Patch, path.into())
    }

    /// Begins a `DELETE`.
    pub fn delete(&self, path: impl Into<Path>) -> Request<'_> {
        self.request(Method::Delete, path.into())
    }

    fn request(&self, method: Method, path: Path) -> Request<'_> {
        Request::new(self.transport.as_ref(), method, path, self.writes && method != Method::Get)
    }

    /// An address below a declared origin, with the account's values in place of `{site}` or `{site*}`. Use it if the
    /// vendor's hosts end differently: a relative path is below the first origin, and does not fit every account then.
    /// The host refuses an address that is below no declared origin.
    ///
    /// ```
    /// # use mortise_sdk::{Call, Result, User};
    /// # fn get(call: &Call, id: &str) -> Result<()> {
    /// let users = call.address("https://{site*}.example.net/api/users")?;
    /// call.get(users.push(id)).primary().send()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`required_variable`](Self::required_variable).
    pub fn address(&self, address: &'static str) -> Result<Path> {
        let (mut base, mut rest) = (String::new(), address);
        while let Some((before, (name, behind))) =
            rest.split_once('{').and_then(|(before, behind)| Some((before, behind.split_once('}')?)))
        {
            base.push_str(before);
            base.push_str(&self.required_variable(name.trim_end_matches('*'))?);
            rest = behind;
        }
        base.push_str(rest);
        Ok(Path::of(base))
    }

    /// A variable of the integrated account, or its declared default. Always `None` for a secret: the host signs
    /// requests by itself.
    pub fn variable(&self, name: &str) -> Option<String> {
        self.transport.variable(name)
    }

    /// A variable that is not a secret, and that the capabilities declare as required or with a default.
    ///
    /// # Errors
    /// `internal` if the account has no such variable, because the capabilities do not declare it so.
    pub fn required_variable(&self, name: &str) -> Result<String> {
        self.variable(name).ok_or_else(|| {
            let rule = "must be declared as required or with a default, and not as a secret";
            Error::internal(format!("the variable `{name}` {rule}"))
        })
    }

    /// A unified query parameter of the call. `None` if the caller left it out.
    ///
    /// # Errors
    /// `invalid-input`, naming the parameter, if it is not a `T`.
    pub fn parameter<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        match self.transport.parameter(name) {
            None => Ok(None),
            Some(text) => {
                crate::json::read(text.as_bytes()).map(Some).map_err(|why| Error::invalid_input(why).at(name))
            }
        }
    }

    /// A unified query parameter that the capabilities declare as required.
    ///
    /// # Errors
    /// `invalid-input`, naming the parameter, if it is absent or not a `T`.
    pub fn required_parameter<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        self.parameter(name)?.ok_or_else(|| Error::invalid_input("is required").at(name))
    }

    /// The identifiers of the groups in the body, then of those in the query parameter `groups`, each once. `null` if
    /// the body says `null`.
    ///
    /// # Errors
    /// `invalid-input` at a group without an identifier, and as [`parameter`](Self::parameter).
    pub fn group_ids(&self, user: &User) -> Result<Field<Vec<String>>> {
        self.groups(user, "id", |group| group.id)
    }

    /// [`group_ids`](Self::group_ids) for a vendor whose users join groups and leave none, with one request for each group. A
    /// call may send 16 requests in all. Empty if the caller names no group.
    ///
    /// # Errors
    /// As `group_ids`, and `invalid-input` at `groups` if they are null or more than `most`.
    pub fn groups_to_join(&self, user: &User, most: usize) -> Result<Vec<String>> {
        let groups = self.group_ids(user)?.not_null("groups")?.into_value().unwrap_or_default();
        if groups.len() > most {
            return Err(Error::invalid_input(format!("must be at most {most} in a call")).at("groups"));
        }
        Ok(groups)
    }

    /// [`group_ids`](Self::group_ids) for a vendor that knows groups by name: the name of each, or else its identifier.
    ///
    /// # Errors
    /// `invalid-input` at a group with neither, and as [`parameter`](Self::parameter).
    pub fn group_names(&self, user: &User) -> Result<Field<Vec<String>>> {
        self.groups(user, "name", |group| group.name.or(group.id))
    }

    fn groups(&self, user: &User, member: &str, word: fn(Group) -> Field<String>) -> Result<Field<Vec<String>>> {
        let asked = self.parameter::<Vec<Group>>("groups")?;
        let groups = match (&user.groups, asked) {
            (Field::Null, _) => return Ok(Field::Null),
            (Field::Absent, None) => return Ok(Field::Absent),
            (Field::Absent, Some(asked)) => asked,
            (Field::Value(groups), asked) => groups.iter().cloned().chain(asked.into_iter().flatten()).collect(),
        };
        let mut words = Vec::new();
        for (index, group) in groups.into_iter().enumerate() {
            let word = word(group).required(&format!("groups[{index}].{member}"))?;
            if !words.contains(&word) {
                words.push(word);
            }
        }
        Ok(Field::Value(words))
    }

    /// Whether the host will use the mapped answer. If not (formats `raw` and `stream`), leave out requests that only
    /// fill it. Always true in `get_user`, because only the answer says whether the vendor has the user.
    pub fn wants_user(&self) -> bool {
        self.transport.wants_user()
    }

    /// The name of the scheme that signs, as an account's `authentication_method` spells it: the kind of its
    /// [`Exchange`](crate::Exchange) if it has one, such as `oauth2-refresh`, else that of the [`Auth`](crate::Auth),
    /// such as `basic`. `None` if the host does not sign the requests.
    pub fn authentication_method(&self) -> Option<String> {
        self.transport.authentication_method()
    }

    /// Says that this call will not write a field of the request that is declared as writable. The caller reads its
    /// name in `mortise-ignored-fields`. Call it before the first request that writes: a strict caller then gets a 400,
    /// and nothing is written.
    pub fn ignore(&self, field: &str) {
        self.transport.ignore(field);
    }

    /// Logs a detail for authors. Do not log personal data, at any level. A call can log 64 lines and 16 KiB.
    pub fn debug(&self, message: &str) {
        self.transport.log("debug", message);
    }

    /// Logs something that operators may want to know.
    pub fn info(&self, message: &str) {
        self.transport.log("info", message);
    }

    /// Logs something odd that the mapping could live with.
    pub fn warn(&self, message: &str) {
        self.transport.log("warn", message);
    }

    /// Logs a fault.
    pub fn error(&self, message: &str) {
        self.transport.log("error", message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::Mock;

    #[test]
    fn an_address_has_the_accounts_values() {
        let call = Mock::new(Category::UserDirectory).variable("site", "acme.eu").variable("pod", "3").call();
        for (origin, expected) in [
            ("https://{site*}.example.net/api", "https://acme.eu.example.net/api"),
            ("https://p{pod}.{site}.example.net", "https://p3.acme.eu.example.net"),
            ("https://api.example.com", "https://api.example.com"),
        ] {
            assert_eq!(call.address(origin).unwrap().as_str(), Ok(expected));
        }
        assert!(call.address("https://{other}.example.net").is_err());
    }
}
