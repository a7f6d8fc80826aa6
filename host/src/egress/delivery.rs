//! The input of a session, and its streamed output for the caller.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::exchange::Transcript;
use crate::account::Sealed;
use crate::observe::Stopwatch;

/// How a call handles its vendor requests.
#[derive(Debug)]
pub enum Delivery {
    /// Send them and keep the answers.
    Buffered,
    /// Send them, and hand the body of a successful primary answer to the caller as it arrives.
    Streamed(oneshot::Sender<StreamedAnswer>),
    /// Send reads; record the first write instead of sending it, and end the call there.
    DryRun,
}

/// A primary answer whose body is still arriving. It is decompressed and scrubbed, with allowed headers only.
#[derive(Debug)]
pub struct StreamedAnswer {
    /// HTTP status.
    pub status: StatusCode,
    /// Allowed headers.
    pub headers: Arc<HeaderMap>,
    /// The body in pieces. It ends without an error only if the vendor's body did.
    pub body: mpsc::Receiver<std::io::Result<Bytes>>,
}

/// What the caller adds to the primary request.
#[derive(Debug, Clone, Default)]
pub struct RemoteInput {
    /// `remote_query`: appended to the primary request's query, in order. Names are already flat (`foo[bar]`).
    pub query: Vec<(String, String)>,
    /// `remote_data`: merged into the primary request's body; wins on a clash.
    pub data: Option<Box<serde_json::value::RawValue>>,
}

/// The account that a call runs for, its secrets still sealed.
#[derive(Debug)]
pub struct SessionAccount {
    /// The account.
    pub id: Uuid,
    /// The credentials as the database holds them.
    pub sealed: Sealed,
    /// The OAuth application whose client its tokens were issued to.
    pub application: Option<Uuid>,
    /// The account's other variables, with declared defaults.
    pub variables: BTreeMap<String, String>,
    /// The `authentication_method` with which the account was created.
    pub method: Option<String>,
    /// Whether the call asks if the vendor takes the credentials. If so, the host signs in also for an account that
    /// [needs new ones](crate::account::Status::NeedsReauth).
    pub is_probe: bool,
    /// The request that the call serves, for logs.
    pub request_id: Arc<str>,
    /// Counts the time that the call waits for vendors, including sign-ins.
    pub waited: Stopwatch,
    /// The record of the call's requests. It already has those of earlier sessions of the same call.
    pub transcript: Transcript,
    /// When the call must end.
    pub deadline: tokio::time::Instant,
}
