//! Reads a sign-in's answer: its values, or the reason why there are none.

use std::collections::BTreeMap;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use mortise_policy::credential::trim;
use mortise_policy::redact::Scrubber;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use zeroize::Zeroizing;

use super::super::EgressError;
use super::super::wait::retry_after;
use super::code::{self, Meaning, Rejected};
use super::refusal::CredentialRefusal;
use super::told::Told;
use super::{Lifetime, TokenExchange, brought};

/// Longest value of an answer, in bytes. A longer one does not fit into a header.
const MAX_VALUE: usize = 16 << 10;
/// Longest lifetime that the host accepts: 366 days.
const MAX_LIFETIME: Duration = Duration::from_secs(366 * 86_400);
/// When to try again if a vendor that is too busy does not say it.
const RETRY: Duration = Duration::from_secs(10);

/// The values of a sign-in's answer.
pub(super) struct Read {
    /// Values that sign requests.
    pub(super) secrets: BTreeMap<String, SecretString>,
    /// Values that the guest may see.
    pub(super) open: BTreeMap<String, String>,
    /// New values of the account's own variables.
    pub(super) replaced: BTreeMap<String, SecretString>,
    /// Values under a credential's name that the declaration does not use, and the values that were replaced.
    pub(super) unused: Vec<Zeroizing<String>>,
    /// How long the values are valid.
    pub(super) lifetime: Duration,
}

impl Read {
    /// Every credential of the answer.
    pub(super) fn credentials(&self) -> impl Iterator<Item = &str> {
        let named = self.secrets.values().chain(self.replaced.values()).map(ExposeSecret::expose_secret);
        named.chain(self.unused.iter().map(|value| value.as_str()))
    }

    /// A scrubber for every credential of the answer and for `sent`.
    pub(super) fn scrubber<'a>(&self, sent: impl Iterator<Item = &'a str>) -> Scrubber {
        let mut credentials: Vec<&str> = sent.collect();
        credentials.extend(self.credentials());
        Scrubber::new(credentials)
    }

    /// Refuses a value for the guest that contains one of the credentials.
    fn check_told<'a>(&self, exchange: &TokenExchange, sent: impl Iterator<Item = &'a str>) -> Result<(), EgressError> {
        if self.open.is_empty() {
            return Ok(());
        }
        let scrubber = self.scrubber(sent);
        match self.open.iter().find(|(_, value)| scrubber.text(value) != **value) {
            None => Ok(()),
            Some((name, _)) => {
                let pointer = exchange.answers.iter().find(|answer| answer.name == *name).map(|a| a.pointer.as_str());
                let reason = format!(
                    "signing in: the integration would get the value at {}, which contains a credential",
                    pointer.unwrap_or_default()
                );
                Err(EgressError::Unusable(reason))
            }
        }
    }
}

/// The answer to a sign-in.
pub(super) struct SignInAnswer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// The body, see [`document`](super::document::document).
    pub(super) document: Value,
    /// The parts of a failure that others may see.
    pub(super) told: Told,
    /// The sentence for a refusal. See [`CredentialRefusal::reason`].
    pub(super) refusal: &'static str,
}

impl SignInAnswer {
    /// The values of the answer. `sent` are the credentials in the request.
    pub(super) fn read<'a>(
        &self,
        exchange: &TokenExchange,
        sent: impl Iterator<Item = &'a str>,
    ) -> Result<Read, EgressError> {
        let Self { status, document, .. } = self;
        let meaning = code::meaning(*status, document);
        let read = status.is_success().then(|| values(exchange, document));
        match (meaning, read) {
            // Some vendors put a member about errors beside a token to say that there is no error.
            (meaning, Some(Ok(read))) if meaning.is_none() || !code::names_error(document) => {
                read.check_told(exchange, sent).map(|()| read)
            }
            (None, Some(Err(reason))) => Err(EgressError::SignIn { reason, words: self.words() }),
            (Some(Meaning::Later), _) => Err(self.no_time()),
            (Some(Meaning::Refused), _) => Err(self.refusal(None)),
            _ => Err(self.failure()),
        }
    }

    /// The vendor's words behind a colon, or nothing.
    fn words(&self) -> String {
        self.told.words.as_ref().map(|words| format!(": {words}")).unwrap_or_default()
    }

    fn no_time(&self) -> EgressError {
        let reason = format!("signing in: the vendor is too busy (status {})", self.status.as_u16());
        let wait = retry_after(&self.headers).unwrap_or(RETRY);
        EgressError::Unavailable { reason, words: self.words(), retry_after: wait }
    }

    /// The refusal of the credentials, or of the `rejected` part of the client.
    pub(super) fn refusal(&self, rejected: Option<Rejected>) -> EgressError {
        let (reason, words) = (self.refusal, self.words());
        let message = format!("{reason}{words}");
        EgressError::Refused(Box::new(CredentialRefusal { reason, message, body: self.told.body.clone(), rejected }))
    }

    fn failure(&self) -> EgressError {
        let reason = format!("the vendor answered with status {}", self.status.as_u16());
        EgressError::SignIn { reason, words: self.words() }
    }
}

/// The values of an answer without an error, or why the answer is not usable.
fn values(exchange: &TokenExchange, document: &Value) -> Result<Read, String> {
    let lifetime = lifetime(&exchange.lifetime, document, Timestamp::now());
    let mut read = Read {
        secrets: BTreeMap::new(),
        open: BTreeMap::new(),
        replaced: BTreeMap::new(),
        unused: Vec::new(),
        lifetime,
    };
    for answer in &exchange.answers {
        let value = match value_at(document, &answer.pointer) {
            Some(value) => value,
            // If the answer has no new refresh token, the old one stays valid.
            None if answer.replaces => continue,
            None => return Err(format!("the vendor's answer has no usable value at {}", answer.pointer)),
        };
        if answer.replaces {
            read.replaced.insert(answer.name.clone(), value.into());
        } else if answer.secret {
            read.secrets.insert(answer.name.clone(), value.into());
        } else {
            read.open.insert(answer.name.clone(), value);
        }
    }
    let mut unused = brought::of_success(document);
    unused.retain(|value| read.credentials().all(|used| used != value.as_str()));
    read.unused = unused;
    Ok(read)
}

/// The text or number at a JSON pointer. `None` if it is not usable.
pub(super) fn value_at(document: &Value, pointer: &str) -> Option<String> {
    match document.pointer(pointer)? {
        Value::String(text) if !trim(text).is_empty() && text.len() <= MAX_VALUE => Some(trim(text).to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// How long a token is valid. A value that the host cannot read counts as missing.
fn lifetime(declared: &Lifetime, document: &Value, now: Timestamp) -> Duration {
    let said = declared.pointer.as_deref().and_then(|pointer| document.pointer(pointer));
    let seconds = match said {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => seconds(text.trim(), now),
        _ => None,
    };
    let seconds = seconds.unwrap_or_else(|| f64::from(declared.seconds)).max(0.0);
    Duration::try_from_secs_f64(seconds).unwrap_or(MAX_LIFETIME).min(MAX_LIFETIME)
}

fn seconds(text: &str, now: Timestamp) -> Option<f64> {
    if let Ok(seconds) = text.parse::<f64>() {
        return seconds.is_finite().then_some(seconds);
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.duration_since(now).as_secs_f64());
    }
    let parts: Vec<u32> = text.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
    match parts[..] {
        [hours, minutes @ 0..60, seconds @ 0..60] => {
            Some(f64::from(hours) * 3_600.0 + f64::from(minutes * 60 + seconds))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lifetimes_are_read_in_every_form_and_bounded() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        for (said, seconds) in [
            (json!(3599), 3_599),
            (json!("3600"), 3_600),
            (json!(3599.0), 3_599),
            (json!("177:05:38"), 637_538),
            (json!("0:04:30"), 270),
            (json!("2026-01-01T00:10:00Z"), 600),
            (json!("2025-12-31T00:00:00Z"), 0),
            (json!(0), 0),
            (json!(-5), 0),
            (json!(1e300), 366 * 86_400),
            (json!("NaN"), 7_200),
            (json!("0:75:00"), 7_200),
            (json!("soon"), 7_200),
            (json!(null), 7_200),
        ] {
            let declared = Lifetime { pointer: Some("/a/b".into()), seconds: 7_200 };
            let read = lifetime(&declared, &json!({ "a": { "b": said } }), now);
            assert_eq!(read.as_secs(), seconds, "{said}");
        }
    }
}
