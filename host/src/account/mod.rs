//! Integrated accounts, their credentials and the API's tokens: everything that the host stores.
//!
//! [`Accounts`] keeps the records in one database, SQLite or PostgreSQL. Credentials enter it only as [`Sealed`] text,
//! which the [`Vault`] writes and opens with the operator's [`MasterKeys`]. [`Tokens`] decides who may call. The room
//! knows no routes and no plugins: its callers say which variables of an account are credentials.

mod account_token;
mod activity;
mod application;
mod batches;
mod call_log;
mod clock;
mod columns;
mod conceal;
mod connect_flow;
mod cursor;
mod database;
mod error;
mod exchanged;
mod idempotency;
mod journal;
mod key;
mod keys;
mod link_token;
mod migrations;
mod model;
mod overview;
mod page;
mod plain_token;
mod probe;
mod recent;
mod rotation;
mod store;
mod token;
mod validation;
mod vault;
mod webhook;

pub use account_token::AccountToken;
pub use activity::{Activity, Slice, VendorTime};
pub use application::{
    Applications, CLIENT_ID, CLIENT_SECRET, Client, NewApplication, OAuthApplication, Outdated, PublicApplication,
    Removed,
};
pub use call_log::{CallFilter, CallLog, Kept, LoggedCall};
pub use connect_flow::{
    Conclusion, ConnectFlow, ConnectFlows, FlowCode, FlowStatus, Identity, Keeping, NewFlow, Pinned, ShownIn,
    ToldActive, Visit, Visited,
};
pub use error::AccountError;
pub use exchanged::{ExchangeRow, ExchangedToken, ExchangedTokens, Rotated, Stored};
pub use idempotency::{Claim, Idempotency, KeyRecord, KeyState};
pub use journal::Journal;
pub use key::{KeyError, MasterKey};
pub use keys::{MasterKeys, OwnedKeyFile};
pub use link_token::{LinkToken, LinkTokens, NewLinkToken};
pub use model::{
    Account, AccountChange, AccountIntegration, Authenticates, Authentication, IssuedTo, NewAccount, PublicAccount,
    Status, UnknownStatus,
};
pub use overview::{AccountCount, Overview, Trouble, TroubledAccount};
pub use page::{AccountFilter, MAX_PAGE, Page};
pub use rotation::Resealed;
pub use store::{Accounts, Connections};
pub use token::{Caller, Scope, TokenPage, TokenRecord, Tokens, UnknownScope};
pub use vault::{Purpose, Sealed, Secrets, Vault, VaultError};
pub use webhook::{
    Attempted, Backlog, Changed, Delivery, DeliveryRecord, DeliveryStatus, EventType, Finished, MAX_WEBHOOKS,
    NO_DELIVERY, NewWebhook, Replay, Replayed, UnknownDeliveryStatus, UnknownEvent, Webhook, WebhookChange, Webhooks,
};

pub(crate) use clock::whole_micros;

use clock::now;
