//! Playing cassettes against a component in the real sandbox: the whole host, with a script where the network would be.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::body::Body;
use futures_util::{StreamExt, stream};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use super::call;
use super::coverage::Coverage;
use super::difference::Difference;
use super::format::{Answer, Cassette, Response};
use super::report::{Outcome, Report};
use super::script::{Script, Tape};
use super::stage::{Replay, Stage};
use crate::account::Scope;
use crate::api;
use crate::plugin::Capabilities;

/// Tenant of the accounts.
const TENANT: &str = "cassettes";
/// Cassettes of one component that are played at once.
const AT_ONCE: usize = 8;
/// More than any unified answer.
const MAX_ANSWER: usize = 64 << 20;

/// Plays cassettes against one component; its slug is the name of the file.
///
/// # Errors
/// If the component is not fit to be served, or the host cannot start. What is not as recorded is no error but in the report.
pub async fn replay(component: &Path, cassettes: &[Cassette], how: &Replay) -> Result<Report> {
    let player = Player::start(component, how).await?;
    let outcomes = stream::iter(cassettes).map(|cassette| player.play(cassette)).buffered(AT_ONCE).collect().await;
    let (generation, coverage) = (player.stage.generation.clone(), player.coverage(cassettes));
    player.end().await;
    let (slug, digest) = (generation.capabilities.slug.clone(), generation.digest.clone());
    Ok(Report { slug, digest, outcomes, coverage })
}

/// A host with one component and nobody behind it but a script. Plays any number of cassettes, also at once.
pub struct Player {
    stage: Stage,
    router: TowerToHyperService<Router>,
    script: Arc<Script>,
    token: SecretString,
}

impl Player {
    /// Starts the host.
    ///
    /// # Errors
    /// As [`replay`].
    pub async fn start(component: &Path, how: &Replay) -> Result<Self> {
        let script = Arc::new(Script::default());
        let stage = Stage::start(component, how, script.clone(), None).await?;
        let (token, _) = stage.app.accounts.tokens().create(Scope::Call, None, None, None).await?;
        let router = TowerToHyperService::new(api::router(stage.app.clone()));
        Ok(Self { stage, router, script, token })
    }

    /// What the component declares.
    pub fn capabilities(&self) -> &Capabilities {
        &self.stage.generation.capabilities
    }

    /// What the component declares and none of these shows.
    pub fn coverage(&self, cassettes: &[Cassette]) -> Coverage {
        Coverage::of(self.capabilities(), cassettes)
    }

    /// Plays one cassette.
    pub async fn play(&self, cassette: &Cassette) -> Outcome {
        let started = Instant::now();
        let origin = self.origin(cassette);
        let differences = match &origin {
            Ok(origin) => self.differences(cassette, origin.clone()).await,
            Err(error) => Err(anyhow::anyhow!("{error:#}")),
        };
        let differences = differences.unwrap_or_else(|error| vec![Difference::new("call", format!("{error:#}"))]);
        Outcome {
            name: cassette.name(),
            description: cassette.description.clone(),
            origin: origin.ok(),
            elapsed: started.elapsed(),
            differences,
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
        let value = |name: &str| variables.get(name).cloned().or_else(|| Some(call::PLACEHOLDER.to_owned()));
        Ok(origin.resolve(value).context("`call.variables`")?.to_string())
    }

    async fn differences(&self, cassette: &Cassette, base: String) -> Result<Vec<Difference>> {
        let account = self.account(cassette).await?;
        self.script.insert(account, self.tape(cassette, base));
        let answered = self.ask(cassette, account).await;
        let (mut differences, derailed) = self.script.finish(account);
        let (status, headers, body) = answered?;
        if !derailed {
            let (expected, got) = answers(&cassette.answer, status, &headers, &body);
            differences.extend(Difference::between("answer", "the answer", &expected, &got));
        }
        Ok(differences)
    }

    /// The host's answer to the call of a cassette whose vendor answers the first write, and all that follows it, with `answer` and not
    /// as recorded.
    ///
    /// # Errors
    /// The host gives none.
    pub async fn answer_instead(&self, cassette: &Cassette, answer: Response) -> Result<(StatusCode, Value)> {
        let base = self.origin(cassette)?;
        let account = self.account(cassette).await?;
        self.script.insert(account, self.tape(cassette, base).instead(answer));
        let answered = self.ask(cassette, account).await;
        self.script.finish(account);
        let (status, _, body) = answered?;
        Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
    }

    /// An account for the call of a cassette.
    async fn account(&self, cassette: &Cassette) -> Result<uuid::Uuid> {
        let variable = |name: &str| cassette.call.variables.get(name).cloned();
        let mut account = call::account(self.capabilities(), TENANT, variable);
        account.authentication_method.clone_from(&cassette.call.authentication_method);
        Ok(self.stage.app.accounts.create(account).await?.id)
    }

    fn tape(&self, cassette: &Cassette, base: String) -> Tape {
        Tape::new(cassette, base, &self.stage.generation.profile, self.variables(cassette))
    }

    async fn ask(&self, cassette: &Cassette, account: uuid::Uuid) -> Result<(StatusCode, HeaderMap, Vec<u8>)> {
        let request = Request::builder()
            .method(cassette.call.method())
            .uri(cassette.call.target(account))
            .header(HOST, "localhost")
            .header(AUTHORIZATION, format!("Bearer {}", self.token.expose_secret()))
            .header(CONTENT_TYPE, "application/json")
            .body(Body::from(serde_json::to_vec(&cassette.call.body)?))?;
        let deadline = self.stage.app.config.limits.call_deadline() + Duration::from_secs(10);
        let asked = tokio::time::timeout(deadline, self.router.call(request)).await;
        let response =
            asked.context("the host gave no answer in the time of a call")?.unwrap_or_else(|never| match never {});
        let (head, body) = response.into_parts();
        let body = Limited::new(body, MAX_ANSWER).collect().await;
        let body = body.map_err(|error| anyhow::anyhow!("the answer broke off: {error}"))?;
        Ok((head.status, head.headers, body.to_bytes().to_vec()))
    }

    /// Ends the host.
    pub async fn end(self) {
        self.stage.end().await;
    }
}

/// The recorded answer and the parts of the actual one that it speaks of, as JSON.
fn answers(recorded: &Answer, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> (Value, Value) {
    let text = || Value::String(String::from_utf8_lossy(body).into_owned());
    let mut body = match body {
        [] => Value::Null,
        body => serde_json::from_slice(body).unwrap_or_else(|_| text()),
    };
    if let (Value::Object(got), Value::Object(expected)) = (&mut body, &recorded.body) {
        let is_error = recorded.status.as_u16() >= 400 && status == recorded.status;
        got.retain(|name, _| expected.contains_key(name) || !(is_error || name == "remote_data"));
    }
    let header = headers.get("mortise-ignored-fields").and_then(|header| header.to_str().ok()).unwrap_or_default();
    let names = header.split(", ").filter(|name| !name.is_empty());
    let mut ignored: Vec<_> = names.map(|name| percent_decode_str(name).decode_utf8_lossy().into_owned()).collect();
    let mut expected = recorded.ignored_fields.clone();
    ignored.sort();
    expected.sort();
    (view(recorded.status, recorded.body.clone(), expected), view(status, body, ignored))
}

fn view(status: StatusCode, body: Value, ignored: Vec<String>) -> Value {
    let mut view = Map::new();
    view.insert("status".to_owned(), status.as_u16().into());
    view.insert("body".to_owned(), body);
    if !ignored.is_empty() {
        view.insert("ignored_fields".to_owned(), json!(ignored));
    }
    view.into()
}
