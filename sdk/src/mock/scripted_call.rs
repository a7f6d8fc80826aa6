//! The call with a scripted vendor, which runs an integration as the host does.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use mortise_model::{Category, Operation, User};
use serde_json::{Map, Value};

use super::exchange::Exchange;
use super::listed::Listed;
use super::page;
use super::vendor::{Script, Vendor};
use crate::capabilities::Support;
use crate::error::{Error, Result};
use crate::page::Page;
use crate::transport::{Method, Outgoing};
use crate::{Call, Integration, Level};

/// A call with a scripted vendor behind it. A test can run it several times, each time from the start of the script.
#[derive(Debug, Clone)]
pub struct Mock {
    category: Category,
    script: Rc<Script>,
    requests: Rc<RefCell<Vec<Outgoing>>>,
    ignored: Rc<RefCell<Vec<String>>>,
}

impl Mock {
    /// A call in `category` without variables and parameters. Its caller wants the mapped user, and its vendor expects
    /// no request.
    #[must_use]
    pub fn new(category: Category) -> Self {
        let script = Script {
            variables: BTreeMap::new(),
            parameters: BTreeMap::new(),
            wants_user: true,
            authentication_method: None,
            exchanges: Vec::new(),
        };
        Self { category, script: Rc::new(script), requests: Rc::default(), ignored: Rc::default() }
    }

    fn edit(mut self, change: impl FnOnce(&mut Script)) -> Self {
        change(Rc::make_mut(&mut self.script));
        self
    }

    /// Sets a variable of the integrated account. Do not set secrets: no integration sees one.
    #[must_use]
    pub fn variable(self, name: &str, value: &str) -> Self {
        self.edit(|script| drop(script.variables.insert(name.to_owned(), value.to_owned())))
    }

    /// Sets a unified query parameter.
    #[must_use]
    pub fn parameter(self, name: &str, value: Value) -> Self {
        self.edit(|script| drop(script.parameters.insert(name.to_owned(), value.to_string())))
    }

    /// Makes it a call of the format `raw` or `stream`, which does not use the mapped user.
    #[must_use]
    pub fn without_user(self) -> Self {
        self.edit(|script| script.wants_user = false)
    }

    /// Adds the next request of the script with its answer.
    #[must_use]
    pub fn on(self, exchange: Exchange) -> Self {
        self.edit(|script| script.exchanges.push(exchange))
    }

    /// The call, at the start of the script.
    pub fn call(&self) -> Call {
        self.requests.borrow_mut().clear();
        self.ignored.borrow_mut().clear();
        let vendor = Vendor {
            script: Rc::clone(&self.script),
            requests: Rc::clone(&self.requests),
            ignored: Rc::clone(&self.ignored),
        };
        Call::new(self.category, Box::new(vendor))
    }

    /// Makes it an account that authenticates by this method, such as `oauth2-refresh`.
    #[must_use]
    pub fn authenticated_by(self, method: &str) -> Self {
        self.edit(|script| script.authentication_method = Some(method.to_owned()))
    }

    /// The fields that the latest call named in [`Call::ignore`].
    pub fn ignored(&self) -> Vec<String> {
        self.ignored.borrow().clone()
    }

    /// The requests that the latest call has sent so far, in order.
    pub fn requests(&self) -> Vec<Outgoing> {
        self.requests.borrow().clone()
    }

    /// Creates a user as the host does: `body` and the answer are in the category's shape.
    ///
    /// # Errors
    /// As [`Integration::create_user`], and `invalid-input` if the category does not accept `body`.
    ///
    /// # Panics
    /// If the integration does not declare the operation, answers with a field that it does not declare, or does not
    /// send a request of the script.
    pub fn create<T: Integration>(&self, body: Value) -> Result<Option<Value>> {
        self.run::<T>(Operation::CreateUser, None, body)
    }

    /// Updates the user `id` as the host does: `body` and the answer are in the category's shape.
    ///
    /// # Errors
    /// As [`Integration::update_user`], and `invalid-input` if the category does not accept `body`.
    ///
    /// # Panics
    /// As [`create`](Self::create).
    pub fn update<T: Integration>(&self, id: &str, body: Value) -> Result<Option<Value>> {
        self.run::<T>(Operation::UpdateUser, Some(id), body)
    }

    /// Reads the user `id` as the host does.
    ///
    /// # Errors
    /// As [`Integration::get_user`].
    ///
    /// # Panics
    /// As [`create`](Self::create).
    pub fn get<T: Integration>(&self, id: &str) -> Result<Option<Value>> {
        let support = self.support::<T>(Operation::GetUser);
        let user = T::get_user(&self.call().reading(), id)?;
        self.ended();
        Ok(user.map(|user| Value::Object(self.project(user, &support.response))))
    }

    /// Reads a page of users as the host does. [`page`](super::page()) makes `page`.
    ///
    /// # Errors
    /// As [`Integration::list_users`].
    ///
    /// # Panics
    /// As [`create`](Self::create), and if the page holds a filter or an order that the integration does not declare,
    /// if a row has no identifier, or if a row is not at its place in the primary answer.
    pub fn list<T: Integration>(&self, page: &Page) -> Result<Listed> {
        let support = self.support::<T>(Operation::ListUsers);
        page::check(page, &support);
        let users = T::list_users(&self.call().reading(), page)?;
        self.ended();
        page::sources(&users, self.primary_answer());
        let rows = users.rows.into_iter().map(|row| Value::Object(self.project(row.user, &support.response))).collect();
        Ok(Listed { rows, next: users.next, partial: users.partial })
    }

    /// Deletes the user `id` as the host does.
    ///
    /// # Errors
    /// As [`Integration::delete_user`].
    ///
    /// # Panics
    /// As [`create`](Self::create), and if it sends more than one request that is not a `GET`.
    pub fn delete<T: Integration>(&self, id: &str) -> Result<()> {
        self.support::<T>(Operation::DeleteUser);
        let deleted = T::delete_user(&self.call(), id);
        let writes = self.requests.borrow().iter().filter(|request| request.method != Method::Get).count();
        assert!(writes <= 1, "a deletion sends one request that is no GET, not {writes}");
        deleted?;
        self.ended();
        Ok(())
    }

    fn support<T: Integration>(&self, operation: Operation) -> Support {
        let capabilities = T::capabilities();
        let Some(support) = capabilities.support(self.category, operation) else {
            panic!("{} does not declare {operation} in {}", capabilities.slug, self.category);
        };
        support.clone()
    }

    /// Checks that a successful call has sent every request of the script.
    fn ended(&self) {
        let (played, scripted) = (self.requests.borrow().len(), self.script.exchanges.len());
        assert!(played == scripted, "{scripted} requests were expected, {played} were sent");
    }

    /// The user in the category's shape.
    fn project(&self, user: User, response: &[&'static str]) -> Map<String, Value> {
        let answer = Map::from(self.category.project(user));
        for field in answer.keys() {
            assert!(response.contains(&field.as_str()), "the answer holds `{field}`, which is not declared");
        }
        answer
    }

    /// The body of the answer to the primary request of the latest call.
    fn primary_answer(&self) -> Option<Value> {
        let place = self.requests.borrow().iter().position(|request| request.primary)?;
        serde_json::from_slice(&self.script.exchanges.get(place)?.answer).ok()
    }

    fn run<T: Integration>(&self, operation: Operation, id: Option<&str>, body: Value) -> Result<Option<Value>> {
        let support = &self.support::<T>(operation);
        let Value::Object(body) = body else { panic!("a request body is an object, not {body}") };
        let body = admit(support, body);
        let user =
            self.category.to_canonical(body).map_err(|error| Error::invalid_input(error.to_string()).at(error.path))?;
        let user = match id {
            None => T::create_user(&self.call(), user),
            Some(id) => T::update_user(&self.call(), id, user),
        }?;
        self.ended();
        Ok(user.map(|user| Value::Object(self.project(user, &support.response))))
    }
}

/// The user that an integration gets from a body, as the host makes it.
fn admit(support: &Support, mut body: Map<String, Value>) -> Map<String, Value> {
    let is_used = |name: &str| support.request.iter().any(|f| f.field == name && f.level != Level::Ignored);
    body.retain(|name, _| name != "remote_data" && is_used(name));
    body
}
