//! Plays cassettes against a component in the real sandbox: the whole host, with a script in place of the network.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use futures_util::{StreamExt, stream};
use mortise_authoring::cassette::format::{Answer, Cassette};
use uuid::Uuid;

use super::accept::Accepted;
use super::account::{PLACEHOLDER, account};
use super::coverage::Coverage;
use super::difference::Difference;
use super::notes;
use super::recorded::recorded;
use super::report::{Outcome, Report};
use super::script::{Played, Script, Tape};
use super::stage::{Replay, Stage};
use crate::api;
use crate::plugin::Capabilities;

/// Tenant of the accounts.
const TENANT: &str = "cassettes";
/// Cassettes of one component that are played at once.
const AT_ONCE: usize = 8;

/// Plays cassettes against one component, whose slug is the name of its file. Differences from the recording are in the
/// report and are not errors.
///
/// # Errors
/// If the component cannot be served, or the host cannot start.
pub async fn replay(component: &Path, cassettes: &[Cassette], how: &Replay) -> Result<Report> {
    report(component, cassettes, how, async |_, _| None).await
}

/// Like [`replay`], and writes the actual results into the files of the cassettes that do not pass. Results that cannot
/// be accepted are in the report and are not errors.
///
/// # Errors
/// As [`replay`].
pub async fn accept(component: &Path, cassettes: &[Cassette], how: &Replay) -> Result<Report> {
    report(component, cassettes, how, async |player, cassette| Some(player.accept(cassette).await)).await
}

/// Plays cassettes, and calls `then` with those that do not pass.
async fn report(
    component: &Path,
    cassettes: &[Cassette],
    how: &Replay,
    then: impl AsyncFn(&Player, &Cassette) -> Option<Accepted>,
) -> Result<Report> {
    let player = Player::start(component, how).await?;
    let play = async |cassette| {
        let outcome = player.play(cassette).await;
        let accepted = if outcome.passed() { None } else { then(&player, cassette).await };
        Outcome { accepted, ..outcome }
    };
    let outcomes = stream::iter(cassettes).map(play).buffered(AT_ONCE).collect().await;
    let (generation, coverage) = (player.stage.generation.clone(), player.coverage(cassettes));
    player.end().await;
    let (slug, digest) = (generation.capabilities.slug.clone(), generation.digest.clone());
    Ok(Report { slug, digest, outcomes, coverage })
}

/// A host with one component, and a script in place of its vendor. Plays any number of cassettes, also at once.
pub struct Player {
    pub(super) stage: Stage,
    script: Arc<Script>,
}

impl Player {
    /// Starts the host.
    ///
    /// # Errors
    /// As [`replay`].
    pub async fn start(component: &Path, how: &Replay) -> Result<Self> {
        let script = Arc::new(Script::default());
        let stage = Stage::start(component, how, script.clone(), None).await?;
        Ok(Self { stage, script })
    }

    /// What the component declares.
    pub fn capabilities(&self) -> &Capabilities {
        &self.stage.generation.capabilities
    }

    /// The parts of the component's declaration that none of these shows.
    pub fn coverage(&self, cassettes: &[Cassette]) -> Coverage {
        Coverage::of(self.capabilities(), cassettes)
    }

    /// Plays one cassette.
    pub async fn play(&self, cassette: &Cassette) -> Outcome {
        let started = Instant::now();
        let run = self.run(cassette, |tape| tape).await;
        let elapsed = started.elapsed();
        let (differences, notes) = match run {
            Ok(run) => run.differences(cassette),
            Err(error) => (vec![Difference::new("call", format!("{error:#}"))], Vec::new()),
        };
        Outcome {
            name: cassette.name(),
            description: cassette.description.clone(),
            origin: self.origin(cassette).ok(),
            elapsed,
            differences,
            notes,
            accepted: None,
        }
    }

    /// The account's variables with the declared defaults.
    fn variables(&self, cassette: &Cassette) -> BTreeMap<String, String> {
        let capabilities = self.capabilities();
        let value = |name: &str| capabilities.value(name, cassette.call.variables.get(name).map(String::as_str));
        capabilities.variables.iter().filter_map(|v| Some((v.name.clone(), value(&v.name)?))).collect()
    }

    /// The first origin for the account of a cassette, without a slash at its end.
    fn origin(&self, cassette: &Cassette) -> Result<String> {
        let capabilities = self.capabilities();
        if let Some(unknown) = cassette.call.variables.keys().find(|name| capabilities.variable(name).is_none()) {
            bail!("`call.variables` names `{unknown}`, which the integration does not declare");
        }
        let variables = self.variables(cassette);
        let origin = self.stage.generation.profile.origins.first().context("the integration declares no origin")?;
        let value = |name: &str| variables.get(name).cloned().or_else(|| Some(PLACEHOLDER.to_owned()));
        Ok(origin.resolve(value).context("`call.variables`")?.to_string())
    }

    /// Makes the call of a cassette, for an account of its own. It first applies `change` to the script of the vendor's
    /// answers.
    pub(super) async fn run(&self, cassette: &Cassette, change: impl FnOnce(Tape) -> Tape) -> Result<Run> {
        let account = self.account(cassette).await?;
        let cursor = self.stage.sealed(&cassette.call, account)?;
        self.call(cassette, account, cursor.as_deref(), change).await
    }

    /// A new account with the variables of a cassette.
    pub(super) async fn account(&self, cassette: &Cassette) -> Result<Uuid> {
        let value = |name: &str| cassette.call.variables.get(name).cloned();
        let mut account = account(self.capabilities(), TENANT, value);
        account.authentication_method.clone_from(&cassette.call.authentication_method);
        Ok(self.stage.app.service.accounts.create(account).await?.id)
    }

    /// Makes the call of a cassette for this account, with this cursor of the host.
    pub(super) async fn call(
        &self,
        cassette: &Cassette,
        account: Uuid,
        cursor: Option<&str>,
        change: impl FnOnce(Tape) -> Tape,
    ) -> Result<Run> {
        let (base, variables) = (self.origin(cassette)?, self.variables(cassette));
        let tape = Tape::new(cassette, base, &self.stage.generation.profile, variables);
        self.script.insert(account, change(tape));
        let call = async {
            let (answered, known) = self.stage.ask(&cassette.call, account, cursor).await?;
            let broken = answered.as_ref().err().and_then(notes::broken);
            let answer = recorded(&cassette.call, answered.unwrap_or_else(|error| api::kept(&error))).await?;
            Ok::<_, anyhow::Error>((answer, broken, known))
        };
        let deadline = self.stage.app.service.config.limits.call_deadline() + Duration::from_secs(10);
        let made = tokio::time::timeout(deadline, call).await;
        let script = self.script.finish(account);
        let ((answer, next), broken, known) = made.context("the host gave no answer in the time of a call")??;
        let vanished = notes::vanished(self.capabilities(), cassette, &known);
        Ok(Run { script, answer, next, broken, vanished })
    }

    /// Stops the host.
    pub async fn end(self) {
        self.stage.end().await;
    }
}

/// A call and its result.
pub(super) struct Run {
    pub(super) script: Played,
    /// The whole answer.
    pub(super) answer: Answer,
    /// The host's cursor in it.
    pub(super) next: Option<String>,
    /// Why the component gave no answer, if it broke.
    pub(super) broken: Option<String>,
    vanished: Vec<String>,
}

impl Run {
    /// The differences from the recording, and their explanations.
    fn differences(self, cassette: &Cassette) -> (Vec<Difference>, Vec<String>) {
        let Played { mut differences, derailed, .. } = self.script;
        if !derailed {
            let (expected, got) = (cassette.answer.view(), self.answer.seen_by(&cassette.answer).view());
            differences.extend(Difference::between("answer", "the answer", &expected, &got));
        }
        (differences, self.broken.into_iter().chain(self.vanished).collect())
    }
}
