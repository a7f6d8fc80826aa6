//! Flows: attempts to connect an account. A flow belongs to a link token, to one browser and to one way to the vendor,
//! and ends once.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::any::AnyRow;
use sqlx::{Any, AnyPool, Executor, Transaction};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::batches::{AT_ONCE, in_batches};
use super::columns::Columns;
use super::error::AccountError;
use super::link_token;
use super::model::{Account, NewAccount, Status};
use super::now;
use super::plain_token::PlainToken;
use super::store::{account as read_account, returning};
use super::vault::{Purpose, Sealed, Secrets, Vault};
use super::webhook::{EventType, Outbox, Written};

/// Longest duration of a flow, and the time for which its pages tell afterwards how it ended.
const LIFETIME: SignedDuration = SignedDuration::from_mins(15);
/// Flows of one link token that wait or have failed. People start again, and the holder of a token must not fill the
/// database: if there are more, the oldest ends.
const MOST_OF_LINK: i64 = 20;
/// Flows of one link token whose accounts wait for the application. The application may be confirming any of them, so
/// none ends for another.
const MOST_UNCONFIRMED: i64 = 20;

/// Names in a flow's sealed text, or the prefixes of such names.
mod sealed {
    /// A variable that a person entered, or that the link token brings.
    pub(super) const VARIABLE: &str = "variable.";
    /// A variable of the [`Identity`](super::Identity).
    pub(super) const IDENTITY: &str = "identity.";
    /// The verifier of the code challenge.
    pub(super) const VERIFIER: &str = "verifier";
    /// A variable of the account to confirm that is not a credential.
    pub(super) const OPEN: &str = "open.";
    /// A credential of the account to confirm.
    pub(super) const SECRET: &str = "secret.";
    /// The code with which the application confirms.
    pub(super) const CODE: &str = "code";
}

/// The columns that [`read`] reads.
macro_rules! columns {
    () => {
        "id, generation, link_hash, key_hash, tenant_id, account_id, integration, method, application_id, state_hash, cookie_hash, \
         pinned, sealed, redirect_uri, shown_in, status, connected_id, failure, confirmation_hash, created_at, returned_at"
    };
}

macro_rules! select {
    ($condition:literal) => {
        concat!("SELECT ", columns!(), " FROM connect_flow WHERE ", $condition)
    };
}

/// One statement, so that of several starts at once each finds the whole flow of another. If a form was sent twice, or
/// its request broke off, there is a flow without a state: the last start replaces it.
const BEGIN: &str = concat!(
    "INSERT INTO connect_flow (id, generation, link_hash, tenant_id, account_id, integration, method, application_id, state_hash, \
     cookie_hash, pinned, sealed, redirect_uri, shown_in, status, created_at, returned_at, expires_at, key_hash) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $23) \
     ON CONFLICT (id) DO UPDATE SET generation = excluded.generation, key_hash = excluded.key_hash, tenant_id = excluded.tenant_id, \
     account_id = excluded.account_id, integration = excluded.integration, method = excluded.method, \
     application_id = excluded.application_id, state_hash = excluded.state_hash, cookie_hash = excluded.cookie_hash, \
     pinned = excluded.pinned, sealed = excluded.sealed, redirect_uri = excluded.redirect_uri, shown_in = excluded.shown_in, \
     status = excluded.status, connected_id = NULL, failure = NULL, confirmation_hash = NULL, created_at = excluded.created_at, \
     returned_at = excluded.returned_at, expires_at = excluded.expires_at \
     WHERE connect_flow.link_hash = excluded.link_hash \
     AND (connect_flow.key_hash IS NULL OR connect_flow.key_hash = excluded.key_hash) \
     AND (connect_flow.status IN ($19, $20) OR connect_flow.status = $21 \
     AND (connect_flow.state_hash IS NULL OR connect_flow.returned_at <= $22)) RETURNING ",
    columns!()
);

/// Takes the flow that its host has left for the longest time. A row that cannot be read is taken, too, so that it stops no other one.
const TAKE_LEFT: &str = concat!(
    "UPDATE connect_flow SET returned_at = $1 WHERE id = \
     (SELECT id FROM connect_flow WHERE status = $2 AND returned_at <= $3 ORDER BY returned_at LIMIT 1) \
     AND status = $4 AND returned_at <= $5 RETURNING ",
    columns!()
);

/// A random text of 256 bits that belongs to one flow: its state, its browser's cookie, its page's key, or the code of
/// its confirmation.
#[derive(Clone)]
pub struct FlowCode {
    text: SecretString,
    hash: String,
}

impl FlowCode {
    /// Draws one.
    pub fn generate() -> Self {
        PlainToken::generate("").into()
    }

    /// Reads a text from outside; `None` if it cannot be such a code.
    pub fn parse(text: &str) -> Option<Self> {
        PlainToken::parse("", text).map(Self::from)
    }

    /// The text, for the one who is to hold it.
    pub fn text(&self) -> &str {
        self.text.expose_secret()
    }

    fn is(&self, hash: Option<&str>) -> bool {
        hash.is_some_and(|hash| bool::from(hash.as_bytes().ct_eq(self.hash.as_bytes())))
    }
}

impl fmt::Debug for FlowCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FlowCode")
    }
}

impl From<PlainToken> for FlowCode {
    fn from(plain: PlainToken) -> Self {
        Self { hash: plain.hash(), text: plain.into_secret() }
    }
}

/// The window that shows the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShownIn {
    /// In the window of the connect page.
    Same,
    /// In a window of its own, while the connect page waits.
    Second,
}

impl ShownIn {
    /// The word in forms and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Second => "second",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Same, Self::Second].into_iter().find(|shown_in| shown_in.as_str() == word)
    }
}

/// State of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowStatus {
    /// The person is at the vendor.
    Waiting,
    /// The vendor has sent the person back, or the form has arrived. The host works on it.
    Returned,
    /// The account waits until the application confirms it.
    Unconfirmed,
    /// The account is stored. The host asks the vendor whether it takes the account.
    Stored,
    /// The account is connected.
    Connected,
    /// Nothing is connected.
    Failed,
}

impl FlowStatus {
    const ALL: [Self; 6] =
        [Self::Waiting, Self::Returned, Self::Unconfirmed, Self::Stored, Self::Connected, Self::Failed];

    /// The word in the database.
    fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Returned => "returned",
            Self::Unconfirmed => "unconfirmed",
            Self::Stored => "stored",
            Self::Connected => "connected",
            Self::Failed => "failed",
        }
    }
}

/// Values that stay the same from a flow's start to its end, whatever changes meanwhile (RFC 9700 §4.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pinned {
    /// Address at the vendor to which the person goes, without the query.
    pub authorization_url: String,
    /// Address at which the host redeems the code. If the redirect brings a variable of it, that variable chooses among
    /// the granted origins.
    pub token_url: String,
    /// Client that asks.
    pub client_id: String,
    /// URL to which the vendor sends the person back.
    pub callback: String,
}

/// The variables that tell which account at the vendor a person connects, with the values with which the person connected.
pub type Identity = BTreeMap<String, String>;

/// The way of a flow to the vendor.
pub struct Visit {
    /// State, which the vendor's redirect brings back.
    pub state: FlowCode,
    /// Key of the browser, in its cookie.
    pub cookie: FlowCode,
    /// The application whose client asks the vendor; `None`: the account has a client of its own.
    pub application_id: Option<Uuid>,
    /// Values that must not change.
    pub pinned: Pinned,
    /// The variables that a person entered, or that the link token brings.
    pub variables: Secrets,
    /// Which account at the vendor the person is sent to, as far as it is known before.
    pub identity: Identity,
    /// The verifier of the code challenge (RFC 7636 §4.1).
    pub verifier: Option<SecretString>,
}

/// What a flow has kept of its way to the vendor.
pub struct Visited {
    /// See [`Visit::variables`].
    pub variables: Secrets,
    /// See [`Visit::identity`].
    pub identity: Identity,
    /// See [`Visit::verifier`].
    pub verifier: Option<SecretString>,
}

/// A flow to begin.
pub struct NewFlow {
    /// Its id.
    pub id: Uuid,
    /// The [hash](super::LinkToken::hash) of its link token.
    pub link_hash: String,
    /// The key of the page that begins it. `None`: no page learns its state.
    pub key: Option<FlowCode>,
    /// Tenant whose account it connects.
    pub tenant_id: String,
    /// The account that it connects again; `None`: a new one.
    pub account_id: Option<Uuid>,
    /// Slug of the integration.
    pub integration: String,
    /// The way to authenticate.
    pub method: Option<String>,
    /// URL to which people go afterwards, as the application wants.
    pub redirect_uri: Option<String>,
    /// The window that shows the vendor.
    pub shown_in: ShownIn,
    /// The way to the vendor; `None`: a form has brought everything.
    pub visit: Option<Visit>,
}

/// A flow.
#[derive(Debug, Clone)]
pub struct ConnectFlow {
    /// Its id.
    pub id: Uuid,
    /// See [`NewFlow::link_hash`].
    pub link_hash: String,
    /// See [`NewFlow::tenant_id`].
    pub tenant_id: String,
    /// See [`NewFlow::account_id`].
    pub account_id: Option<Uuid>,
    /// See [`NewFlow::integration`].
    pub integration: String,
    /// See [`NewFlow::method`].
    pub method: Option<String>,
    /// See [`Visit::application_id`].
    pub application_id: Option<Uuid>,
    /// See [`Visit::pinned`].
    pub pinned: Option<Pinned>,
    /// See [`NewFlow::redirect_uri`].
    pub redirect_uri: Option<String>,
    /// See [`NewFlow::shown_in`].
    pub shown_in: ShownIn,
    /// State of the flow.
    pub status: FlowStatus,
    /// The account that is connected, or will be when the application confirms it.
    pub connected_id: Option<Uuid>,
    /// Why it failed.
    pub failure: Option<Value>,
    /// When it began.
    pub created_at: Timestamp,
    /// Time since which the host works on it: the vendor sent the person back, the form arrived, or the account was
    /// stored.
    pub returned_at: Option<Timestamp>,
    /// Random value of this start of the flow. Another start with the same id has another value.
    generation: String,
    key_hash: Option<String>,
    state_hash: Option<String>,
    cookie_hash: Option<String>,
    confirmation_hash: Option<String>,
    sealed: Option<Sealed>,
}

impl ConnectFlow {
    /// Whether this is the key of the browser that began the flow.
    pub fn is_held_by(&self, cookie: &FlowCode) -> bool {
        cookie.is(self.cookie_hash.as_deref())
    }

    /// Whether the flow's tokens belong to an account's client: to this application, or to the account's `own` client.
    pub(super) fn fits_client(&self, application: Option<Uuid>, own: Option<&str>) -> bool {
        match (&self.pinned, own) {
            (None, _) => true,
            (Some(pinned), Some(own)) => pinned.client_id == own,
            (Some(_), None) => application.is_some(),
        }
    }

    /// Whether the flow was begun with this link token, used up or not.
    pub fn is_of_link(&self, token: &SecretString) -> bool {
        link_token::hash(token.expose_secret()).is_some_and(|hash| hash == self.link_hash)
    }

    /// Whether the page that began the flow has this key.
    pub fn is_of_page(&self, key: &FlowCode) -> bool {
        key.is(self.key_hash.as_deref())
    }
}

/// Outcome of an attempt to store the account of a flow.
#[derive(Debug)]
pub enum Conclusion {
    /// The account is stored, the link token is used up, and the flow has ended.
    Connected(Box<Account>),
    /// Nothing is stored: the link token is used or expired.
    Spent,
    /// Nothing is stored: the account to connect again is deleted, or it belongs to another tenant or to another
    /// account at the vendor by now.
    Gone,
    /// Nothing is stored: the OAuth application for whose client the vendor issued the tokens was removed, or the
    /// account to connect again has another client by now.
    OtherClient,
    /// Nothing is stored: the flow has ended before.
    Ended,
}

/// Who tells applications that the account of a flow is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToldActive {
    /// The end of the flow: the account was stored active, which nobody has told yet.
    Now,
    /// Whoever has made the account active since: it was not when the vendor was asked.
    Before,
}

/// Outcome of an attempt to keep an account until the application confirms it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// The account is kept.
    Kept,
    /// It is not kept: the link token is used or expired.
    Spent,
    /// It is not kept: 20 accounts of the link token wait already.
    Full,
    /// It is not kept: the flow has ended before.
    Ended,
}

/// The flows. Made by [`Accounts::connect_flows`](super::Accounts::connect_flows).
#[derive(Clone)]
pub struct ConnectFlows {
    pool: AnyPool,
    vault: Option<Arc<Vault>>,
    outbox: Outbox,
}

impl ConnectFlows {
    pub(super) fn new(pool: AnyPool, vault: Option<Arc<Vault>>, outbox: Outbox) -> Self {
        Self { pool, vault, outbox }
    }

    /// Begins a flow. People go back and start again, so it replaces a flow with this id that waits, has failed, or is
    /// abandoned: its host has worked on it since before `interrupted`. `None` if any other flow has this id. If more
    /// than 20 flows of the link token wait or have failed, the oldest of them ends.
    ///
    /// # Errors
    /// If the database fails, or there is no vault for the variables.
    pub async fn begin(&self, new: NewFlow, interrupted: Timestamp) -> Result<Option<ConnectFlow>, AccountError> {
        let created_at = now();
        let visit = new.visit.as_ref();
        let (status, returned_at) = match visit {
            Some(_) => (FlowStatus::Waiting, None),
            None => (FlowStatus::Returned, Some(created_at.as_microsecond())),
        };
        let sealed = visit.map(|visit| self.seal_visit(new.id, visit)).transpose()?;
        let pinned = visit.map(|visit| serde_json::json!(visit.pinned).to_string());
        let begun = sqlx::query(BEGIN)
            .bind(new.id.to_string())
            .bind(Uuid::new_v4().to_string())
            .bind(new.link_hash.as_str())
            .bind(new.tenant_id.as_str())
            .bind(new.account_id.map(|id| id.to_string()))
            .bind(new.integration.as_str())
            .bind(new.method.as_deref())
            .bind(visit.and_then(|visit| visit.application_id).map(|id| id.to_string()))
            .bind(visit.map(|visit| visit.state.hash.as_str()))
            .bind(visit.map(|visit| visit.cookie.hash.as_str()))
            .bind(pinned)
            .bind(sealed.as_ref().map(Sealed::as_str))
            .bind(new.redirect_uri.as_deref())
            .bind(new.shown_in.as_str())
            .bind(status.as_str())
            .bind(created_at.as_microsecond())
            .bind(returned_at)
            .bind((created_at + LIFETIME).as_microsecond())
            .bind(FlowStatus::Waiting.as_str())
            .bind(FlowStatus::Failed.as_str())
            .bind(FlowStatus::Returned.as_str())
            .bind(interrupted.as_microsecond())
            .bind(new.key.as_ref().map(|key| key.hash.as_str()))
            .fetch_optional(&self.pool)
            .await?;
        let begun = begun.as_ref().map(read).transpose()?;
        if begun.is_some() {
            self.make_room(&new.link_hash).await?;
        }
        Ok(begun)
    }

    /// Ends the oldest flows of a link token that wait or have failed, if there are too many. The host spares the
    /// others, which hold an account or will.
    async fn make_room(&self, link_hash: &str) -> Result<(), AccountError> {
        sqlx::query(
            "DELETE FROM connect_flow WHERE link_hash = $1 AND status IN ($2, $3) AND created_at <= \
             (SELECT created_at FROM connect_flow WHERE link_hash = $4 AND status IN ($5, $6) \
             ORDER BY created_at DESC LIMIT 1 OFFSET $7)",
        )
        .bind(link_hash)
        .bind(FlowStatus::Waiting.as_str())
        .bind(FlowStatus::Failed.as_str())
        .bind(link_hash)
        .bind(FlowStatus::Waiting.as_str())
        .bind(FlowStatus::Failed.as_str())
        .bind(MOST_OF_LINK)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The flow of a state that a vendor's redirect has brought back, used or not.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn by_state(&self, state: &FlowCode) -> Result<Option<ConnectFlow>, AccountError> {
        let query = sqlx::query(select!("state_hash = $1 AND expires_at > $2")).bind(state.hash.as_str());
        let row = query.bind(now().as_microsecond()).fetch_optional(&self.pool).await?;
        let flow = row.as_ref().map(read).transpose()?;
        // The database's comparison takes no constant time and follows rules of its own; this comparison decides.
        Ok(flow.filter(|flow| state.is(flow.state_hash.as_deref())))
    }

    /// The flow of this id.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn get(&self, id: Uuid) -> Result<Option<ConnectFlow>, AccountError> {
        let query = sqlx::query(select!("id = $1 AND expires_at > $2")).bind(id.to_string());
        query.bind(now().as_microsecond()).fetch_optional(&self.pool).await?.as_ref().map(read).transpose()
    }

    /// The flow whose account waits for this code, or was stored by it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn by_confirmation(&self, code: &FlowCode) -> Result<Option<ConnectFlow>, AccountError> {
        let row = sqlx::query(select!("confirmation_hash = $1 AND expires_at > $2"))
            .bind(code.hash.as_str())
            .bind(now().as_microsecond())
            .fetch_optional(&self.pool)
            .await?;
        let flow = row.as_ref().map(read).transpose()?;
        Ok(flow.filter(|flow| code.is(flow.confirmation_hash.as_deref())))
    }

    /// Marks the state of a waiting flow as used. If several requests use it at once, one gets `true`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn claim(&self, flow: &mut ConnectFlow) -> Result<bool, AccountError> {
        let returned_at = now();
        let claimed = sqlx::query(
            "UPDATE connect_flow SET status = $1, returned_at = $2 WHERE id = $3 AND generation = $4 AND status = $5",
        )
        .bind(FlowStatus::Returned.as_str())
        .bind(returned_at.as_microsecond())
        .bind(flow.id.to_string())
        .bind(flow.generation.as_str())
        .bind(FlowStatus::Waiting.as_str())
        .execute(&self.pool)
        .await?;
        (flow.status, flow.returned_at) = (FlowStatus::Returned, Some(returned_at));
        Ok(claimed.rows_affected() == 1)
    }

    /// Ends a flow that has not ended, and deletes its sealed values. The caller bounds `failure`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn fail(&self, flow: &ConnectFlow, failure: &Value) -> Result<(), AccountError> {
        sqlx::query(
            "UPDATE connect_flow SET status = $1, failure = $2, sealed = NULL, expires_at = $3 \
             WHERE id = $4 AND generation = $5 AND status IN ($6, $7)",
        )
        .bind(FlowStatus::Failed.as_str())
        .bind(failure.to_string())
        .bind((now() + LIFETIME).as_microsecond())
        .bind(flow.id.to_string())
        .bind(flow.generation.as_str())
        .bind(FlowStatus::Waiting.as_str())
        .bind(FlowStatus::Returned.as_str())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Ends a flow whose account is stored. A `failure` says why the vendor does not take the account; the caller
    /// bounds it. Without a failure, webhooks report the account as active if it is.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn complete(
        &self,
        flow: &ConnectFlow,
        failure: Option<&Value>,
        told: ToldActive,
    ) -> Result<(), AccountError> {
        let mut transaction = self.pool.begin().await?;
        // Changes nothing, but locks the account. The account comes first, as when it is stored; its lock keeps the
        // events of one account in order.
        let active =
            sqlx::query(returning!("UPDATE integrated_account SET version = version WHERE id = $1 AND status = $2"))
                .bind(flow.connected_id.map(|id| id.to_string()))
                .bind(Status::Active.as_str())
                .fetch_optional(&mut *transaction)
                .await?;
        let completed = sqlx::query(
            "UPDATE connect_flow SET status = $1, failure = $2 WHERE id = $3 AND generation = $4 AND status = $5",
        )
        .bind(FlowStatus::Connected.as_str())
        .bind(failure.map(Value::to_string))
        .bind(flow.id.to_string())
        .bind(flow.generation.as_str())
        .bind(FlowStatus::Stored.as_str())
        .execute(&mut *transaction)
        .await?;
        let tells = completed.rows_affected() == 1 && failure.is_none() && told == ToldActive::Now;
        let written = match active.filter(|_| tells) {
            Some(row) => self.outbox.write(EventType::Active, &read_account(&row)?, &mut transaction).await?,
            None => Written::default(),
        };
        transaction.commit().await?;
        self.outbox.committed(written);
        Ok(())
    }

    /// A flow whose account is stored and whose host has abandoned it: the host has worked on it since before
    /// `interrupted`. If several hosts ask at once, one gets the flow, and its time to work on it begins.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn resume(&self, interrupted: Timestamp) -> Result<Option<ConnectFlow>, AccountError> {
        loop {
            let taken = sqlx::query(TAKE_LEFT)
                .bind(now().as_microsecond())
                .bind(FlowStatus::Stored.as_str())
                .bind(interrupted.as_microsecond())
                .bind(FlowStatus::Stored.as_str())
                .bind(interrupted.as_microsecond())
                .fetch_optional(&self.pool)
                .await?;
            let Some(row) = taken else { return Ok(None) };
            match read(&row) {
                Ok(flow) => return Ok(Some(flow)),
                Err(error) => {
                    let error = format!("{:#}", anyhow::Error::from(error));
                    tracing::error!(error, "a flow whose host was killed is skipped");
                }
            }
        }
    }

    /// Whether so many accounts of a link token wait for the application that [`keep`](Self::keep) takes no further one.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn is_full(&self, link_hash: &str) -> Result<bool, AccountError> {
        Ok(unconfirmed(link_hash, &self.pool).await? >= MOST_UNCONFIRMED)
    }

    /// Keeps an account until the application confirms it with the code, for 15 minutes.
    ///
    /// # Errors
    /// If the database fails, or there is no vault.
    pub async fn keep(
        &self,
        flow: &ConnectFlow,
        id: Uuid,
        new: &NewAccount,
        identity: &Identity,
        code: &FlowCode,
    ) -> Result<Keeping, AccountError> {
        let text = |value: &Value| SecretString::from(value.as_str().unwrap_or_default());
        let open = new.context.iter().map(|(name, value)| (format!("{}{name}", sealed::OPEN), text(value)));
        let secrets = new.secrets.iter().map(|(name, value)| (format!("{}{name}", sealed::SECRET), value.clone()));
        let code_text = [(sealed::CODE.to_owned(), code.text.clone())];
        let kept: Secrets = open.chain(secrets).chain(sealed_identity(identity)).chain(code_text).collect();
        let mut transaction = self.pool.begin().await?;
        // The lock of the link token makes the count hold until the end.
        if !link_token::lock(&flow.link_hash, &mut transaction).await? {
            return Ok(Keeping::Spent);
        }
        if unconfirmed(&flow.link_hash, &mut *transaction).await? >= MOST_UNCONFIRMED {
            return Ok(Keeping::Full);
        }
        let updated = sqlx::query(
            "UPDATE connect_flow SET status = $1, method = $2, application_id = $3, sealed = $4, connected_id = $5, \
             confirmation_hash = $6, expires_at = $7 WHERE id = $8 AND generation = $9 AND status = $10",
        )
        .bind(FlowStatus::Unconfirmed.as_str())
        .bind(new.authentication_method.as_deref())
        .bind(new.application_id.map(|id| id.to_string()))
        .bind(self.vault()?.seal_map(Purpose::ConnectFlow, flow.id, &kept).as_str())
        .bind(id.to_string())
        .bind(code.hash.as_str())
        .bind((now() + LIFETIME).as_microsecond())
        .bind(flow.id.to_string())
        .bind(flow.generation.as_str())
        .bind(flow.status.as_str())
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(if updated.rows_affected() == 1 { Keeping::Kept } else { Keeping::Ended })
    }

    /// The account that [`keep`](Self::keep) keeps.
    ///
    /// # Errors
    /// Without a vault, or if it does not open the flow.
    pub fn kept(&self, flow: &ConnectFlow) -> Result<(NewAccount, Identity), AccountError> {
        let (mut context, mut secrets) = (Map::new(), Secrets::new());
        let opened = self.opened(flow)?;
        let identity = opened_identity(&opened);
        for (name, value) in opened {
            if let Some(name) = name.strip_prefix(sealed::OPEN) {
                context.insert(name.to_owned(), Value::from(value.expose_secret()));
            } else if let Some(name) = name.strip_prefix(sealed::SECRET) {
                secrets.insert(name.to_owned(), value);
            }
        }
        let new = NewAccount {
            tenant_id: flow.tenant_id.clone(),
            integration: flow.integration.clone(),
            authentication_method: flow.method.clone(),
            is_sandbox: false,
            context,
            secrets,
            application_id: flow.application_id,
        };
        Ok((new, identity))
    }

    /// The code with which the application confirms the account of an unconfirmed flow.
    ///
    /// # Errors
    /// Without a vault, or if it does not open the flow.
    pub fn confirmation_code(&self, flow: &ConnectFlow) -> Result<Option<SecretString>, AccountError> {
        match flow.status {
            FlowStatus::Unconfirmed => Ok(self.opened(flow)?.remove(sealed::CODE)),
            _ => Ok(None),
        }
    }

    /// The values that the host keeps for a flow whose person is or was at the vendor.
    ///
    /// # Errors
    /// Without a vault, or if it does not open the flow.
    pub fn visit(&self, flow: &ConnectFlow) -> Result<Visited, AccountError> {
        let mut opened = self.opened(flow)?;
        let identity = opened_identity(&opened);
        let verifier = opened.remove(sealed::VERIFIER);
        let name = |name: String| name.strip_prefix(sealed::VARIABLE).map(str::to_owned);
        let variables = opened.into_iter().filter_map(|(full, value)| Some((name(full)?, value)));
        Ok(Visited { variables: variables.collect(), identity, verifier })
    }

    /// Deletes expired flows in batches; returns their number. A flow whose account is not validated yet stays until it
    /// is.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn purge(&self) -> Result<u64, AccountError> {
        let now = now().as_microsecond();
        let expired = || {
            sqlx::query(
                "DELETE FROM connect_flow WHERE id IN \
                 (SELECT id FROM connect_flow WHERE expires_at <= $1 AND status <> $2 ORDER BY expires_at LIMIT $3)",
            )
            .bind(now)
            .bind(FlowStatus::Stored.as_str())
            .bind(AT_ONCE)
        };
        in_batches(&self.pool, expired).await
    }

    fn seal_visit(&self, id: Uuid, visit: &Visit) -> Result<Sealed, AccountError> {
        let variables = visit.variables.iter();
        let variables = variables.map(|(name, value)| (format!("{}{name}", sealed::VARIABLE), value.clone()));
        let verifier = visit.verifier.iter().map(|verifier| (sealed::VERIFIER.to_owned(), verifier.clone()));
        let visit = variables.chain(sealed_identity(&visit.identity)).chain(verifier).collect();
        Ok(self.vault()?.seal_map(Purpose::ConnectFlow, id, &visit))
    }

    fn opened(&self, flow: &ConnectFlow) -> Result<Secrets, AccountError> {
        match &flow.sealed {
            Some(sealed) => Ok(self.vault()?.open_map(Purpose::ConnectFlow, flow.id, sealed)?),
            None => Ok(Secrets::new()),
        }
    }

    fn vault(&self) -> Result<&Vault, AccountError> {
        self.vault.as_deref().ok_or(AccountError::NoVault)
    }
}

fn sealed_identity(identity: &Identity) -> impl Iterator<Item = (String, SecretString)> {
    identity.iter().map(|(name, value)| (format!("{}{name}", sealed::IDENTITY), value.as_str().into()))
}

fn opened_identity(opened: &Secrets) -> Identity {
    let name = |full: &str| full.strip_prefix(sealed::IDENTITY).map(str::to_owned);
    opened.iter().filter_map(|(full, value)| Some((name(full)?, value.expose_secret().to_owned()))).collect()
}

/// Marks the flow as stored, in the transaction that stores the account, and deletes its sealed values; `false` if it
/// has ended before.
pub(super) async fn stored(
    flow: &ConnectFlow,
    account: Uuid,
    transaction: &mut Transaction<'_, Any>,
) -> Result<bool, AccountError> {
    let stored_at = now();
    let ended = sqlx::query(
        "UPDATE connect_flow SET status = $1, connected_id = $2, sealed = NULL, returned_at = $3, expires_at = $4 \
         WHERE id = $5 AND generation = $6 AND status = $7",
    )
    .bind(FlowStatus::Stored.as_str())
    .bind(account.to_string())
    .bind(stored_at.as_microsecond())
    .bind((stored_at + LIFETIME).as_microsecond())
    .bind(flow.id.to_string())
    .bind(flow.generation.as_str())
    .bind(flow.status.as_str())
    .execute(&mut **transaction)
    .await?;
    Ok(ended.rows_affected() == 1)
}

/// Number of accounts of a link token that wait for the application.
async fn unconfirmed<'e>(link_hash: &str, on: impl Executor<'e, Database = Any>) -> Result<i64, AccountError> {
    let count = "SELECT COUNT(*) FROM connect_flow WHERE link_hash = $1 AND status = $2 AND expires_at > $3";
    let count = sqlx::query_scalar(count)
        .bind(link_hash)
        .bind(FlowStatus::Unconfirmed.as_str())
        .bind(now().as_microsecond())
        .fetch_one(on);
    Ok(count.await?)
}

impl fmt::Debug for ConnectFlows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConnectFlows")
    }
}

fn read(row: &AnyRow) -> Result<ConnectFlow, AccountError> {
    let row = Columns::of(row, "id")?;
    let status: &str = row.get("status")?;
    let status = FlowStatus::ALL.into_iter().find(|known| known.as_str() == status);
    Ok(ConnectFlow {
        id: row.parsed("id")?,
        generation: row.get("generation")?,
        key_hash: row.get("key_hash")?,
        link_hash: row.get("link_hash")?,
        tenant_id: row.get("tenant_id")?,
        account_id: row.parsed_if_any("account_id")?,
        integration: row.get("integration")?,
        method: row.get("method")?,
        application_id: row.parsed_if_any("application_id")?,
        pinned: row.json_if_any("pinned")?,
        redirect_uri: row.get("redirect_uri")?,
        shown_in: ShownIn::parse(row.get("shown_in")?).ok_or_else(|| row.corrupt("shown_in"))?,
        status: status.ok_or_else(|| row.corrupt("status"))?,
        connected_id: row.parsed_if_any("connected_id")?,
        failure: row.json_if_any("failure")?,
        created_at: row.time("created_at")?,
        returned_at: row.time_if_any("returned_at")?,
        state_hash: row.get("state_hash")?,
        cookie_hash: row.get("cookie_hash")?,
        confirmation_hash: row.get("confirmation_hash")?,
        sealed: row.get::<Option<String>>("sealed")?.map(Sealed::from),
    })
}
