//! The members of a request, which the checks take out one by one.

use serde_json::{Map, Value};

use super::application::{MAX_SCOPE, MAX_SCOPES, is_scope};
use super::tenant::check_tenant;
use crate::unified::{Failure, Failures, Place};

/// The members of a request that no check has taken yet, and the failures so far.
pub(super) struct Fields {
    members: Map<String, Value>,
    pub(super) failures: Failures,
}

impl Fields {
    pub(super) fn new(members: Map<String, Value>) -> Self {
        Self { members, failures: Failures::default() }
    }

    pub(super) fn fail(&mut self, name: &str, rule: &str) {
        self.failures.push(Failure::new(Place::Body, name, rule));
    }

    /// Takes a member that `read` accepts. `null` counts as a missing member.
    pub(super) fn take<T>(&mut self, name: &str, read: impl FnOnce(Value) -> Option<T>, rule: &str) -> Option<T> {
        let value = self.members.shift_remove(name).filter(|value| !value.is_null())?;
        let read = read(value);
        if read.is_none() {
            self.fail(name, rule);
        }
        read
    }

    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        let read = |value| match value {
            Value::String(text) => Some(text),
            _ => None,
        };
        self.take(name, read, "must be a string")
    }

    pub(super) fn required_text(&mut self, name: &str) -> Option<String> {
        let count = self.failures.len();
        let text = self.text(name).filter(|text| !text.is_empty());
        if text.is_none() && self.failures.len() == count {
            self.failures.push(Failure::missing(Place::Body, name));
        }
        text
    }

    pub(super) fn boolean(&mut self, name: &str) -> Option<bool> {
        self.take(name, |value| value.as_bool(), "must be true or false")
    }

    pub(super) fn object(&mut self, name: &str) -> Option<Map<String, Value>> {
        let read = |value| match value {
            Value::Object(object) => Some(object),
            _ => None,
        };
        self.take(name, read, "must be an object")
    }

    /// Takes a list of at most `most` texts that `fits` accepts. `rule` is the message otherwise.
    pub(super) fn texts(&mut self, name: &str, most: usize, fits: impl Fn(&str) -> bool, rule: &str) -> Vec<String> {
        let text = |value| match value {
            Value::String(text) if fits(&text) => Some(text),
            _ => None,
        };
        let read = |value| match value {
            Value::Array(items) if items.len() <= most => items.into_iter().map(text).collect(),
            _ => None,
        };
        self.take(name, read, rule).unwrap_or_default()
    }

    pub(super) fn scopes(&mut self, name: &str) -> Vec<String> {
        let rule = format!(
            "must be a list of at most {MAX_SCOPES} scopes, each of 1 to {MAX_SCOPE} visible ASCII characters without quotes and \
             backslashes"
        );
        self.texts(name, MAX_SCOPES, is_scope, &rule)
    }

    pub(super) fn check_tenant(&mut self, tenant_id: Option<&str>) {
        if let Some(Err(message)) = tenant_id.map(check_tenant) {
            self.fail("tenant_id", message);
        }
    }

    /// Adds a failure for each member that no check took, and returns all failures.
    pub(super) fn finish(mut self) -> Result<(), Failures> {
        for (name, _) in std::mem::take(&mut self.members) {
            self.fail(&name, "is not known");
        }
        if self.failures.is_empty() { Ok(()) } else { Err(self.failures) }
    }
}
