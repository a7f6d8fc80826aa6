//! Calls that write with more than one request.

use super::{Request, Response, said};
use crate::error::{Error, Result};

/// The requests with which one call writes, in their order. If one fails, its failure says what is done by then.
///
/// ```
/// # use mortise_sdk::{Call, Result, User, Writes, json, path};
/// # fn update(call: &Call, id: &str, groups: [&str; 2]) -> Result<Option<User>> {
/// let change = json!({"name": "Ada"});
/// let mut writes = Writes::new().then(call.put(path!("/users/{id}")).json(&change), "the name is changed");
/// for group in groups {
///     let joined = call.put(path!("/groups/{group}/members/{id}"));
///     writes = writes.then(joined, format!("the user is in group {group}"));
/// }
/// // If the last one fails: "the name is changed, the user is in group 3: <what the vendor says>".
/// writes.send()?.user::<User>()
/// # }
/// ```
#[must_use = "requests do nothing until they are sent"]
pub struct Writes<'a> {
    requests: Vec<(Request<'a>, String)>,
    /// Whether the first request becomes the primary one.
    is_primary: bool,
    /// What the call had done before.
    done: Option<String>,
}

impl<'a> Writes<'a> {
    /// The writes of a call that has written nothing yet. The first of them becomes the [primary](Request::primary)
    /// request.
    #[expect(clippy::new_without_default, reason = "a value without requests cannot be sent")]
    pub fn new() -> Self {
        Self { requests: Vec::new(), is_primary: true, done: None }
    }

    /// The writes of a call that has written nothing yet and has another primary request: none of these takes the
    /// caller's `remote_data`.
    pub fn beside() -> Self {
        Self { requests: Vec::new(), is_primary: false, done: None }
    }

    /// The writes after a finished one that was the primary request. `done` says what it did: `user 7 is created`.
    pub fn after(done: impl Into<String>) -> Self {
        Self { requests: Vec::new(), is_primary: false, done: Some(done.into()) }
    }

    /// Adds a request. `done` says what the request has done if it succeeds.
    pub fn then(mut self, request: Request<'a>, done: impl Into<String>) -> Self {
        self.requests.push((request, done.into()));
        self
    }

    /// The number of requests.
    pub fn len(&self) -> usize {
        self.requests.len()
    }

    /// Whether there are no requests.
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// Sends the requests one after the other, and returns the answer to the first. It sends none if one of them cannot
    /// be sent, so a bad identifier in a path fails before anything is written.
    ///
    /// # Errors
    /// That of [`Request::send`] for the first that fails. `refused` if its answer has one of the usual signs of an
    /// error. `internal` if there is no request.
    pub fn send(self) -> Result<Response<'a>> {
        let (mut is_primary, mut done) = (self.is_primary, self.done);
        if let Some(error) = self.requests.iter().find_map(|(request, _)| request.draft.as_ref().err().cloned()) {
            return Err(match done {
                Some(done) => error.after(done),
                None => error,
            });
        }
        let mut first = None;
        for (request, does) in self.requests {
            let request = if std::mem::take(&mut is_primary) { request.primary() } else { request };
            let sent = request.send().and_then(|answer| match said::is_failure(answer.peek()?) {
                true => Err(Error::refused("")),
                false => Ok(answer),
            });
            let answer = match (sent, &done) {
                (Ok(answer), _) => answer,
                (Err(error), Some(done)) => return Err(error.after(done)),
                (Err(error), None) => return Err(error),
            };
            done = Some(done.map_or_else(|| does.clone(), |done| format!("{done}, {does}")));
            first.get_or_insert(answer);
        }
        first.ok_or_else(|| Error::internal("these writes have no request: add one with `then`"))
    }
}
