//! The host that makes the call.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use mortise_authoring::cassette::format::{Call, Cassette};
use serde_json::Value;

use super::super::account::PLACEHOLDER;
use super::super::recorded::recorded;
use super::super::stage::{Replay, Stage};
use super::placeholder::Placeholders;
use super::sign_in::Listening;
use super::writing::exchange;
use super::{Recording, Wanted};
use crate::account::NewAccount;
use crate::api;
use crate::config::EgressConfig;
use crate::egress::{Network, SystemResolver};
use crate::plugin::Generation;

/// A host with one component, whose vendor requests reach the network.
pub struct Recorder {
    stage: Stage,
    listening: Arc<Listening>,
}

impl Recorder {
    /// Starts the host, which reaches the vendor as `egress` says. `origin` replaces the declared ones, like
    /// `integrations.<slug>.origin`.
    ///
    /// # Errors
    /// If the component cannot be served, or the host cannot start.
    pub async fn start(component: &Path, how: &Replay, egress: &EgressConfig, origin: Option<String>) -> Result<Self> {
        let network = Network::new(&how.limits, egress, Arc::new(SystemResolver))?;
        let listening = Arc::new(Listening::new(Box::new(network)));
        let stage = Stage::start(component, how, listening.clone(), origin).await?;
        Ok(Self { stage, listening })
    }

    /// The component's generation, against which accounts are checked.
    pub fn generation(&self) -> &Arc<Generation> {
        &self.stage.generation
    }

    /// Makes the call for this account and records it.
    ///
    /// # Errors
    /// If the vendor gave no answer, or the host did not make the call.
    pub async fn record(&self, wanted: Wanted, account: NewAccount) -> Result<Recording> {
        let capabilities = &self.stage.generation.capabilities;
        let (secrets, context) = (account.secrets.clone(), account.context.clone());
        let method = account.authentication_method.clone();
        let own = |name: &str| context.get(name).and_then(Value::as_str);
        let open = capabilities.variables.iter().filter(|variable| !variable.secret);
        let variables: BTreeMap<_, _> =
            open.filter_map(|v| Some((v.name.clone(), capabilities.value(&v.name, own(&v.name))?))).collect();
        let profile = self.stage.generation.profile.clone();
        self.listening.hear(profile.clone(), variables.clone());

        let id = self.stage.app.service.accounts.create(account).await?.id;
        let mut call = Call {
            category: wanted.category,
            operation: wanted.operation,
            id: wanted.id,
            query: wanted.query,
            cursor: wanted.cursor,
            variables: BTreeMap::new(),
            authentication_method: method,
            body: wanted.body,
        };
        let cursor = self.stage.sealed(&call, id)?;
        let (answer, known) = self.stage.ask(&call, id, cursor.as_deref()).await?;
        let answer = recorded(&call, answer.unwrap_or_else(|error| api::kept(&error))).await;
        let (answer, _) = answer.context("the answer cannot be recorded")?;
        let Some(transcript) = known.transcript else {
            bail!(
                "the host refused the call before it asked the vendor (status {}): {}",
                answer.status.as_u16(),
                answer.body
            );
        };
        let endpoints = profile.endpoints(|name| variables.get(name).cloned())?;
        let made = transcript.exchanges();
        let mut exchanges = made.iter().map(|made| exchange(&endpoints, made)).collect::<Result<Vec<_>>>()?;
        let mut sign_ins = self.listening.heard();
        for variable in &capabilities.variables {
            if secrets.contains_key(&variable.name) {
                call.variables.insert(variable.name.clone(), format!("{PLACEHOLDER}-{}", variable.name));
            } else if let Some(value) = own(&variable.name) {
                call.variables.insert(variable.name.clone(), value.to_owned());
            }
        }
        let mut recorded = answer.bare();
        let mut placeholders = Placeholders::new(&secrets, &wanted.kept);
        placeholders.learn(&call, &sign_ins, &exchanges, &recorded);
        placeholders.apply(&mut call, &mut sign_ins, &mut exchanges, &mut recorded)?;
        let cassette = Cassette {
            file: PathBuf::new(),
            schema: None,
            description: wanted.description,
            call,
            sign_ins,
            exchanges,
            answer: recorded,
        };
        Ok(Recording { cassette, replaced: placeholders.replaced() })
    }

    /// Stops the host.
    pub async fn end(self) {
        self.stage.end().await;
    }
}
