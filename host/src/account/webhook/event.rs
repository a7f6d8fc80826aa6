//! Events of accounts, and the outbox that writes one row for each endpoint in the transaction of the change.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use sqlx::AnyConnection;
use tokio::sync::Notify;
use uuid::Uuid;

use super::super::conceal::SecretNames;
use super::super::error::AccountError;
use super::super::model::{Account, Status};
use super::super::now;

/// Type of an event of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventType {
    /// The account was stored.
    Created,
    /// The host serves calls for it from now on, or with new credentials.
    Active,
    /// The vendor refused the credentials: somebody must connect it again.
    AuthenticationError,
    /// The vendor refused the validation of the account for another reason than its credentials.
    ValidationError,
    /// The account was deleted.
    Deleted,
}

impl EventType {
    /// All types.
    pub const ALL: [Self; 5] =
        [Self::Created, Self::Active, Self::AuthenticationError, Self::ValidationError, Self::Deleted];

    /// The name in bodies and in `event_types`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "integrated_account:created",
            Self::Active => "integrated_account:active",
            Self::AuthenticationError => "integrated_account:authentication_error",
            Self::ValidationError => "integrated_account:validation_error",
            Self::Deleted => "integrated_account:deleted",
        }
    }

    /// The event of a change of an account's status. `is_given` says that the change brings new credentials. `None`:
    /// the change makes no event.
    pub(crate) fn of_change(before: Status, after: Status, is_given: bool) -> Option<Self> {
        match after {
            Status::Active => (is_given || before != after).then_some(Self::Active),
            Status::NeedsReauth => (before != after).then_some(Self::AuthenticationError),
            Status::ValidationError => (before != after).then_some(Self::ValidationError),
        }
    }
}

/// The text is not the name of an [`EventType`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("is not an event")]
pub struct UnknownEvent;

impl FromStr for EventType {
    type Err = UnknownEvent;

    fn from_str(text: &str) -> Result<Self, UnknownEvent> {
        Self::ALL.into_iter().find(|event| event.as_str() == text).ok_or(UnknownEvent)
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for EventType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Makes the API's object of an account.
type Present = Box<dyn Fn(&Account) -> Value + Send + Sync>;

/// Writes events into the transactions of changes, and wakes the sender. Clones share their state.
#[derive(Clone)]
pub(in crate::account) struct Outbox {
    secret_names: Arc<SecretNames>,
    present: Arc<OnceLock<Present>>,
    pub(super) written: Arc<Notify>,
}

impl Outbox {
    /// An outbox that removes the variables with these names from the accounts in its events.
    pub(in crate::account) fn new(secret_names: Arc<SecretNames>) -> Self {
        Self { secret_names, present: Arc::default(), written: Arc::default() }
    }

    /// Sets how events show accounts. Without it, events show accounts without their variables. Only the first call has
    /// an effect.
    pub(in crate::account) fn present_with(&self, present: Present) {
        let _ = self.present.set(present);
    }

    /// Writes one row for each endpoint that wants the event; returns whether there is such an endpoint. The change of
    /// the account must come before it in the same transaction: its lock keeps the events of one account in order.
    pub(in crate::account) async fn write(
        &self,
        event: EventType,
        account: &Account,
        transaction: &mut AnyConnection,
    ) -> Result<Written, AccountError> {
        let (id, now) = (Uuid::now_v7(), now());
        let mut account = Cow::Borrowed(account);
        for name in self.secret_names.exposed(&account) {
            account.to_mut().context.shift_remove(&name);
        }
        let shown = self.present.get().map_or_else(|| without_variables(&account), |present| present(&account));
        // The statement puts the endpoint's id between the two.
        let before = format!(r#"{{"id":"{id}","event":"{event}","payload":{shown},"webhook_id":""#);
        let after = format!(r#"","created_at":"{now}"}}"#);
        let written = sqlx::query(
            "INSERT INTO webhook_delivery (event_id, webhook_id, account_id, order_key, sequence, event, body, status, attempts, next_at, \
             leased_until, created_at, updated_at) \
             SELECT $1, webhook.id, $2, $3, \
             (SELECT COALESCE(MAX(earlier.sequence), 0) + 1 FROM webhook_delivery AS earlier WHERE earlier.account_id = $4), \
             $5, $6 || webhook.id || $7, 'pending', 0, $8, 0, $9, $10 \
             FROM webhook WHERE webhook.is_active = 1 AND (webhook.event_types = '[]' OR webhook.event_types LIKE $11)",
        )
        .bind(id.to_string())
        .bind(account.id.to_string())
        .bind(account.id.to_string())
        .bind(account.id.to_string())
        .bind(event.as_str())
        .bind(before)
        .bind(after)
        .bind(now.as_microsecond())
        .bind(now.as_microsecond())
        .bind(now.as_microsecond())
        .bind(format!("%\"{event}\"%"))
        .execute(transaction)
        .await?;
        Ok(Written(written.rows_affected() > 0))
    }

    /// Whether any endpoint is switched on. Without one, [`write`](Self::write) writes nothing.
    pub(in crate::account) async fn is_wanted(&self, transaction: &mut AnyConnection) -> Result<bool, AccountError> {
        let active =
            sqlx::query("SELECT id FROM webhook WHERE is_active = 1 LIMIT 1").fetch_optional(transaction).await?;
        Ok(active.is_some())
    }

    /// Wakes the sender if the transaction has written rows. Called after its commit.
    pub(in crate::account) fn committed(&self, written: Written) {
        if written.0 {
            self.wake();
        }
    }

    /// Wakes the sender, because earlier deliveries may be due.
    pub(super) fn wake(&self) {
        self.written.notify_one();
    }
}

/// Whether a transaction has written rows, for [`Outbox::committed`]. Default: it has not.
#[derive(Debug, Clone, Copy, Default)]
#[must_use = "the sender is woken after the commit"]
pub(in crate::account) struct Written(bool);

impl Written {
    /// Adds the rows of another change in the same transaction.
    pub(in crate::account) fn and(self, other: Self) -> Self {
        Self(self.0 || other.0)
    }
}

/// The account without its variables, for a process that has loaded no integrations: it cannot know which variables are
/// secret by now.
fn without_variables(account: &Account) -> Value {
    let mut shown = json!(account.public());
    if let Some(members) = shown.as_object_mut() {
        members.shift_remove("context");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_told_when_it_changes_and_new_credentials_each_time() {
        use Status::{Active, NeedsReauth, ValidationError};
        for (before, after, is_given, told) in [
            (Active, Active, false, None),
            (Active, Active, true, Some(EventType::Active)),
            (NeedsReauth, Active, false, Some(EventType::Active)),
            (NeedsReauth, Active, true, Some(EventType::Active)),
            (Active, NeedsReauth, false, Some(EventType::AuthenticationError)),
            (NeedsReauth, NeedsReauth, false, None),
            (NeedsReauth, NeedsReauth, true, None),
            (Active, ValidationError, false, Some(EventType::ValidationError)),
            (ValidationError, ValidationError, false, None),
            (ValidationError, Active, false, Some(EventType::Active)),
        ] {
            assert_eq!(EventType::of_change(before, after, is_given), told, "{before} {after} {is_given}");
        }
    }

    #[test]
    fn each_event_is_read_by_its_name() {
        for event in EventType::ALL {
            assert_eq!(event.as_str().parse(), Ok(event));
        }
        assert_eq!("test".parse::<EventType>(), Err(UnknownEvent));
    }
}
