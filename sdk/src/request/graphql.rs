//! Vendors that speak GraphQL (<https://graphql.github.io/graphql-over-http/draft/>).

use serde::Serialize;

use super::{Request, Response};
use crate::error::Result;

#[derive(Serialize)]
struct Document<'a, T: ?Sized> {
    query: &'a str,
    variables: &'a T,
}

impl Request<'_> {
    /// Sets a GraphQL document with its variables, without those that are absent ([`json`](Self::json)). Put a caller's
    /// values into the variables, never into the document.
    ///
    /// ```
    /// # use mortise_sdk::{Call, Field, IdAndName, Result, User, numeric_id};
    /// # #[derive(serde::Deserialize)]
    /// # struct Person {}
    /// # impl From<Person> for User { fn from(_: Person) -> User { User::default() } }
    /// const EDIT: &str = "mutation($id: Int!, $name: String) { userEdit(id: $id, name: $name) { node { id name } errors { reason } } }";
    ///
    /// #[derive(serde::Serialize)]
    /// struct Edit {
    ///     id: u64,
    ///     name: Field<String>,
    /// }
    ///
    /// fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
    ///     let edit = Edit { id: numeric_id(id)?, name: user.name };
    ///     let answer = call.post("/graphql").graphql(EDIT, &edit).primary().send()?.graphql()?;
    ///     answer.refused_by("/data/userEdit/errors")?.user_in::<Person>("/data/userEdit/node")
    /// }
    /// ```
    pub fn graphql<T: Serialize + ?Sized>(self, query: &str, variables: &T) -> Self {
        self.json(&Document { query, variables })
    }
}

impl Response<'_> {
    /// The answer itself, unless it has `errors` at its root. By these GraphQL says that a request, or a part of it,
    /// failed, whatever the status is.
    ///
    /// # Errors
    /// As [`refused_if`](Self::refused_if).
    pub fn graphql(self) -> Result<Self> {
        self.refused_by("/errors")
    }
}
