//! A form of credentials, checked.

use std::sync::Arc;

use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::parameters::CONTEXT;
use super::way::Known;
use super::{Link, Way};
use crate::account::{AccountChange, NewAccount, OAuthApplication, Secrets};
use crate::onboarding::{self, Refusal};
use crate::plugin::Generation;
use crate::unified::{Failure, Failures, Place};

/// What a form asks the host to store.
#[derive(Debug)]
pub enum Submission {
    /// A new account.
    New(Box<NewAccount>),
    /// New credentials of an account.
    Again(Uuid, Box<AccountChange>),
}

impl Link {
    /// What is known without asking people.
    pub fn known<'a>(&'a self, application: Option<&'a OAuthApplication>) -> Known<'a> {
        let kept = self.account.as_ref().filter(|_| self.token.persist_previous_context);
        Known { context: &self.context, application, kept }
    }

    /// Checks what people have `entered` for a way as the API checks an account. Of that, only the variables that the way asks for count;
    /// those of the link token come first.
    ///
    /// # Errors
    /// Everything that is wrong with it. The paths are `context.<variable>`.
    pub fn check(
        &self,
        generation: &Arc<Generation>,
        way: Way<'_>,
        application: Option<&OAuthApplication>,
        entered: &Secrets,
    ) -> Result<Submission, Failures> {
        let capabilities = &generation.capabilities;
        let (mut context, mut missing) = (Map::new(), Failures::default());
        for asked in way.asks(self.known(application)) {
            let name = &asked.variable.name;
            match entered.get(name).map(|value| value.expose_secret()).filter(|value| !value.is_empty()) {
                Some(value) => drop(context.insert(name.clone(), value.into())),
                None if asked.is_needed => missing.push(Failure::missing(Place::Body, format!("{CONTEXT}{name}"))),
                None => {}
            }
        }
        for (name, value) in &self.context {
            if capabilities.variable(name).is_some() {
                context.insert(name.clone(), value.expose_secret().into());
            }
        }
        if !missing.is_empty() {
            return Err(missing);
        }
        let mut members = Map::new();
        if let Some(method) = way.method() {
            members.insert("authentication_method".to_owned(), method.into());
        }
        let find = |_: &str| Some(generation.clone());
        let Some(account) = &self.account else {
            members.insert("integration".to_owned(), capabilities.slug.as_str().into());
            members.insert("context".to_owned(), Value::Object(context));
            let new = onboarding::new_account(members, Some(&self.token.tenant_id), application, find)?;
            return Ok(Submission::New(Box::new(new)));
        };
        if !self.token.persist_previous_context {
            // What nobody has given goes.
            for variable in &capabilities.variables {
                context.entry(variable.name.clone()).or_insert(Value::Null);
            }
        }
        members.insert("context".to_owned(), Value::Object(context));
        members.insert("status".to_owned(), json!("active"));
        match onboarding::change(members, account, application, find) {
            Ok(change) => Ok(Submission::Again(account.id, Box::new(change))),
            Err(Refusal::Invalid(failures)) => Err(failures),
            Err(Refusal::NotLoaded) => Err(Failure::new(Place::Body, "integration", "is not loaded").into()),
        }
    }
}
