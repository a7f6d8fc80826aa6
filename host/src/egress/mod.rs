//! The only way out: policy → address → credential → vendor. Nothing else opens a connection for a plugin or holds a
//! decrypted secret.

pub mod exchange;

pub use exchange::{Exchange, Transcript, VendorAnswer};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::sync::{mpsc, oneshot};

/// What a call does with its vendor requests.
#[derive(Debug)]
pub enum Delivery {
    /// Send them and keep the answers.
    Buffered,
    /// Send them, and hand the body of a successful primary answer to the caller as it arrives.
    Streamed(oneshot::Sender<StreamedAnswer>),
    /// Send reads; record the first write instead of sending it, and end the call there.
    DryRun,
}

/// A primary answer whose body is still arriving: decompressed, scrubbed, headers by allow-list.
#[derive(Debug)]
pub struct StreamedAnswer {
    /// HTTP status.
    pub status: StatusCode,
    /// Allowed headers.
    pub headers: HeaderMap,
    /// The body in pieces. Ends without an error only where the vendor's body did.
    pub body: mpsc::Receiver<std::io::Result<Bytes>>,
}

/// What the caller adds to the primary request.
#[derive(Debug, Default)]
pub struct RemoteInput {
    /// `remote_query`: appended to the primary request's query, in order. Names are already flat (`foo[bar]`).
    pub query: Vec<(String, String)>,
    /// `remote_data`: merged into the primary request's body; wins on a clash.
    pub data: Option<Box<serde_json::value::RawValue>>,
}
