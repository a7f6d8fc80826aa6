//! `Idempotency-Key`: the host carries out one call once, however often the caller sends it
//! ([ADR 0014](../../../docs/adr/0014-idempotency.md)).
//!
//! | found | repeat |
//! | --- | --- |
//! | nothing, or an attempt that died before a request that writes left | runs |
//! | the same key with another query string or body | 400 |
//! | an attempt that runs | 409 with `Retry-After` |
//! | an attempt that died after such a request may have left | 409 without: the outcome is unknown |
//! | a kept answer | that answer, with `idempotent-replayed: true` |
//! | a call that has ended, whose answer was too large to keep | 409 without: its status |
//!
//! Before the first request of a keyed call that is not a `GET` leaves, the host sets a mark in the database. It keeps
//! the answer of every call that may have written. If a call wrote nothing, the host forgets the key, and a repeat
//! runs.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tracing::Instrument;
use uuid::Uuid;

use super::error::UnifiedError;
use super::record::CallRecord;
use super::respond::{self, AnswerBody, UnifiedAnswer};
use super::service::Service;
use crate::account::{AccountError, Accounts, Claim, Idempotency, KeyRecord, KeyState};
use crate::config::Limits;
use crate::egress::{Session, Transcript};
use crate::work;

/// Longest key, in characters.
pub const MAX_KEY: usize = 255;

/// Most time that an attempt needs besides its call, for the database before and after.
const LEASE_MARGIN: Duration = Duration::from_secs(20);

/// Largest body that the host keeps, in bytes. Of an answer with a larger body it keeps only the status and the
/// headers.
const MAX_KEPT: usize = 256 << 10;

/// Marks an answer from the database.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// A caller's key: 1 to 255 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// Reads a header's value. `None` if it is not a key.
    pub fn parse(value: &HeaderValue) -> Option<Self> {
        let bytes = value.as_bytes();
        let good = (1..=MAX_KEY).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
        good.then(|| Self(String::from_utf8_lossy(bytes).into_owned()))
    }
}

/// Why the host does not serve a call with a key.
#[derive(Debug, thiserror::Error)]
pub enum IdempotencyError {
    /// The key was used before with another request (400).
    #[error("the idempotency key was used with another query string or body: send a new key with a new request")]
    Reused,
    /// The first call with the key is still running (409, `Retry-After`).
    #[error("a call with this idempotency key is being served: send it again for its answer")]
    Running,
    /// The host ended during the call, or could not keep its answer (409).
    #[error(
        "the outcome of the call with this idempotency key is unknown: the vendor may have carried it out; look there \
         first, then send the request with a new key if it is still needed"
    )]
    Unknown,
    /// The call has ended, and its answer was too large to keep (409).
    #[error(
        "the call with this idempotency key has ended with status {0}, and its answer was too large to keep: look at the \
         vendor for what it did"
    )]
    NotKept(StatusCode),
}

/// Writes an error in the form that the caller gets. The host keeps answers, and only the transport knows the form of
/// errors.
pub type Render = fn(&UnifiedError) -> UnifiedAnswer;

/// A call without a violation, which may have a key.
pub(crate) trait KeyedCall: Send + 'static {
    /// Sends the call's vendor requests. `attempt` watches the session.
    fn run_once(
        self,
        service: &Arc<Service>,
        attempt: &Attempt,
    ) -> impl Future<Output = Result<UnifiedAnswer, UnifiedError>> + Send;
}

/// Serves a call with a key. The call runs to its end even if the caller goes away. `plan` finds the violations of the
/// call, and runs only if there is no kept answer.
pub(crate) async fn serve<C: KeyedCall>(
    service: &Arc<Service>,
    claim: Claim,
    record: CallRecord,
    plan: impl Future<Output = Result<C, UnifiedError>>,
    render: Render,
) -> Result<UnifiedAnswer, UnifiedError> {
    let (accounts, keys) = (service.accounts.clone(), service.accounts.idempotency());
    if let Some(found) = find(&keys, &claim).await?
        && let Some(answer) = judge(&keys, &claim, &found)?
    {
        record.note(|known| known.outcome = Some("replayed"));
        return Ok(answer);
    }
    let call = plan.await?;
    let (service, tracker) = (service.clone(), service.keyed_calls.clone());
    let attempt = async move {
        if !keys.claim(&claim).await.map_err(anyhow::Error::from)? {
            // Another request with the key was faster.
            return match find(&keys, &claim).await? {
                Some(found) => judge(&keys, &claim, &found)?.ok_or(IdempotencyError::Running.into()),
                None => Err(lost(&accounts, &claim).await),
            };
        }
        let attempt = Attempt { accounts, keys, claim, record, transcript: OnceLock::new(), barred: Arc::default() };
        let outcome = call.run_once(&service, &attempt).await;
        attempt.finish(outcome, render).await
    };
    // From here on the call runs to its end even if the caller goes away.
    let running = tracker.spawn(attempt.in_current_span());
    running.await.unwrap_or_else(|error| Err(anyhow::Error::from(error).into()))
}

/// The request of a key: its scope, and the parts that a repeat must have in common with it.
pub(crate) struct Keyed<'a> {
    /// The account.
    pub(crate) account: Uuid,
    /// The method.
    pub(crate) method: &'a str,
    /// The parts of the path: for a unified call its category and identifier, otherwise the route and the rest of the
    /// path.
    pub(crate) path: [&'a str; 2],
    /// The raw query string.
    pub(crate) query: &'a str,
    /// The whole body.
    pub(crate) body: &'a [u8],
}

impl Keyed<'_> {
    /// The claim of one attempt to serve this request with the caller's key.
    pub(crate) async fn claim(&self, key: &Key, limits: &Limits) -> Claim {
        let Self { account, method, path: [first, second], query, body } = *self;
        let account_text = account.to_string();
        let parts = [account_text.as_bytes(), method.as_bytes(), first.as_bytes(), second.as_bytes(), key.0.as_bytes()];
        Claim {
            id: digest(&parts),
            owner: Uuid::new_v4(),
            account,
            fingerprint: work::on(body.len(), || digest(&[query.as_bytes(), body])).await,
            lease: limits.call_deadline() + Duration::from_millis(limits.admission_wait_ms) + LEASE_MARGIN,
            keep: Duration::from_millis(limits.idempotency_ms),
        }
    }
}

/// SHA-256 of parts that cannot run into each other, in hexadecimal.
fn digest(parts: &[&[u8]]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    hex::encode(digest.finalize())
}

async fn find(keys: &Idempotency, claim: &Claim) -> Result<Option<KeyRecord>, UnifiedError> {
    Ok(keys.find(&claim.id).await.map_err(anyhow::Error::from)?)
}

/// Why an attempt does not hold its key: the account was deleted with the key, or another attempt holds it.
async fn lost(accounts: &Accounts, claim: &Claim) -> UnifiedError {
    match accounts.get(claim.account, None).await {
        Ok(Some(_)) => IdempotencyError::Running.into(),
        Ok(None) => UnifiedError::UnknownAccount,
        Err(error) => anyhow::Error::from(error).into(),
    }
}

/// The meaning of an earlier use of the key for a repeat: its answer, an error, or `None` if the repeat may run.
fn judge(keys: &Idempotency, claim: &Claim, record: &KeyRecord) -> Result<Option<UnifiedAnswer>, UnifiedError> {
    let unknown = || UnifiedError::from(IdempotencyError::Unknown);
    match (record.state, record.lease_is_over) {
        (KeyState::Running, true) => Ok(None),
        _ if record.fingerprint != claim.fingerprint => Err(IdempotencyError::Reused.into()),
        (KeyState::Running | KeyState::Sent, false) => Err(IdempotencyError::Running.into()),
        (KeyState::Sent, true) => Err(unknown()),
        (KeyState::Kept, _) => {
            let kept = keys.answer(record).map_err(anyhow::Error::from)?.ok_or_else(unknown)?;
            let corrupt = || anyhow::anyhow!("the answer kept for idempotency key {} cannot be read", claim.id);
            Ok(Some(Kept::decode(&kept, &claim.id).ok_or_else(corrupt)??))
        }
    }
}

/// A running call with a key.
pub(crate) struct Attempt {
    accounts: Accounts,
    keys: Idempotency,
    claim: Claim,
    record: CallRecord,
    transcript: OnceLock<Transcript>,
    /// Why the host could not set the mark before the first write. In that case no write has left, and none will.
    barred: Arc<Mutex<Option<UnifiedError>>>,
}

impl Attempt {
    /// Makes the session set the mark before its first write, and remember the session's result.
    pub(crate) fn watch(&self, session: &mut Session) {
        let _ = self.transcript.set(session.transcript());
        let (accounts, keys) = (self.accounts.clone(), self.keys.clone());
        let (claim, barred) = (self.claim.clone(), self.barred.clone());
        session.before_first_write(async move {
            let error = match keys.mark_sent(&claim).await {
                Ok(true) => return true,
                Ok(false) => lost(&accounts, &claim).await,
                Err(error) => anyhow::Error::from(error).into(),
            };
            *barred.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            false
        });
    }

    /// Keeps the answer if the vendor may have written. Otherwise forgets the key.
    async fn finish(
        self,
        outcome: Result<UnifiedAnswer, UnifiedError>,
        render: Render,
    ) -> Result<UnifiedAnswer, UnifiedError> {
        let barred = self.barred.lock().unwrap_or_else(PoisonError::into_inner).take();
        let outcome = match barred {
            Some(error) => Err(error),
            None => outcome,
        };
        if !self.transcript.get().is_some_and(Transcript::may_have_written) {
            self.note("release", self.keys.release(&self.claim).await);
            return outcome;
        }
        let mut answer = outcome.unwrap_or_else(|error| {
            self.record.note(|known| known.outcome = Some(error.word()));
            render(&error)
        });
        respond::name_generation(&mut answer.headers, &self.record);
        if let Some(kept) = Kept::encode(&answer, &self.claim.id) {
            self.note("keep", self.keys.keep(&self.claim, &kept).await);
        }
        Ok(answer)
    }

    /// Logs a failure. The caller still gets the answer. A repeat waits for the lease to end, and then learns that the
    /// outcome is unknown.
    fn note(&self, what: &str, result: Result<(), AccountError>) {
        if let Err(error) = result {
            let error = anyhow::Error::from(error);
            tracing::error!(account = %self.claim.account, what, "an idempotency key could not be written: {error:#}");
        }
    }
}

/// The head of a kept answer: one line of JSON, followed by the bytes of the body.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// The row of the answer. Another row's answer of the same account would decrypt, too.
    key: String,
    status: u16,
    headers: Vec<(String, String)>,
    /// Whether the body was small enough to be kept.
    whole: bool,
}

impl Kept {
    fn encode(answer: &UnifiedAnswer, key: &str) -> Option<Vec<u8>> {
        let AnswerBody::Whole(body) = &answer.body else { return None };
        let text =
            |(name, value): (&HeaderName, &HeaderValue)| Some((name.to_string(), value.to_str().ok()?.to_owned()));
        let headers = answer.headers.iter().filter_map(text).collect();
        let whole = body.len() <= MAX_KEPT;
        let head = Self { key: key.to_owned(), status: answer.status.as_u16(), headers, whole };
        let mut kept = serde_json::to_vec(&head).ok()?;
        kept.push(b'\n');
        if whole {
            kept.extend_from_slice(body);
        }
        Some(kept)
    }

    /// The answer, or the error that it was too large to keep. `None` if this is not the kept answer of the key.
    fn decode(kept: &[u8], key: &str) -> Option<Result<UnifiedAnswer, IdempotencyError>> {
        let end = kept.iter().position(|byte| *byte == b'\n')?;
        let (head, body) = kept.split_at_checked(end)?;
        let head: Self = serde_json::from_slice(head).ok()?;
        if head.key != key {
            return None;
        }
        let status = StatusCode::from_u16(head.status).ok()?;
        if !head.whole {
            return Some(Err(IdempotencyError::NotKept(status)));
        }
        let mut headers = HeaderMap::new();
        for (name, value) in &head.headers {
            headers.append(HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?);
        }
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
        let body = AnswerBody::Whole(Bytes::copy_from_slice(body.get(1..)?));
        Some(Ok(UnifiedAnswer { status, headers, body }))
    }
}
