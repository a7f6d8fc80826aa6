//! Reading a vendor's body: bounded as it arrives and again once it is unpacked, as UTF-8 where it is text, never silent for long and
//! never at work for long without a rest.

mod gzip;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt, empty, unfold};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};

use super::text::Text;

/// Compressed bytes that are unpacked in one go: 0.2 ms of work where each ten bits of them are a block of its own that brings nothing.
const PACKED_BYTES: usize = 8 << 10;
/// Bytes of a body that are dealt with in one go.
const PIECE_BYTES: usize = 16 << 10;

/// Why a body could not be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BodyError {
    /// Larger than `limits.vendor_body_bytes`, before or after decompression.
    #[error("the vendor's answer is larger than {0} bytes")]
    TooLarge(usize),
    /// Nothing arrived for `limits.vendor_idle_ms`.
    #[error("the vendor stopped in the middle of its answer")]
    Idle,
    /// A streamed body did not end before `limits.call_deadline_ms`.
    #[error("the vendor's answer did not end in the time of a call")]
    Late,
    /// The connection ended early, or the compressed text is damaged.
    #[error("the vendor's answer is incomplete or damaged")]
    Broken,
    /// More than [`gzip::MEMBERS`] gzip files in one.
    #[error("the vendor's answer is in more than {} gzip members", gzip::MEMBERS)]
    Members,
    /// Not `identity` or `gzip`, the only encodings that are asked for.
    #[error("the vendor's answer has an encoding that this host does not unpack: it asks for gzip or none")]
    Encoding,
}

/// What the answers of one call may bring together, in bytes: as they arrive, and where they are compressed again as what they unpack
/// to. Clones are the same budget.
#[derive(Debug, Clone)]
pub(super) struct Budget(Arc<AtomicUsize>);

impl Budget {
    pub(super) fn new(bytes: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(bytes)))
    }

    /// Whether there was as much left.
    fn take(&self, bytes: usize) -> bool {
        let rest = |left: usize| left.checked_sub(bytes);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, rest).is_ok()
    }
}

/// The bounds of one body.
#[derive(Debug, Clone)]
pub(super) struct Bounds {
    /// Bytes, on either side of decompression.
    pub(super) bytes: usize,
    /// Bytes of this body and others.
    pub(super) budget: Budget,
    /// The longest silence.
    pub(super) idle: Duration,
}

type Pieces = BoxStream<'static, Result<Bytes, BodyError>>;

/// The pieces of an answer's body, unpacked and decoded. With `whole`, the total is bounded too, on both sides of decompression;
/// without, pieces flow through and only silence is bounded. Waits for the first piece of an answer in an encoding that the host does
/// not know: one without a body has none.
pub(super) async fn pieces(response: reqwest::Response, bounds: &Bounds, whole: bool) -> Result<Pieces, BodyError> {
    let coding = Coding::of(response.headers());
    if whole && announced(response.headers()).is_some_and(|length| length > bounds.bytes as u64) {
        return Err(BodyError::TooLarge(bounds.bytes));
    }
    let text = Text::new(response.headers().get(CONTENT_TYPE));
    let metered = |pieces: Pieces| if whole { metered(pieces, bounds.clone()) } else { pieces };
    let mut arriving = metered(in_time(response.bytes_stream().map_err(|_| BodyError::Broken).boxed(), bounds.idle));
    let unpacked = match coding {
        Coding::Identity => arriving,
        Coding::Gzip => metered(gzip::unpacked(gently(arriving, PACKED_BYTES))),
        Coding::Unknown => {
            while let Some(piece) = arriving.next().await {
                if !piece?.is_empty() {
                    return Err(BodyError::Encoding);
                }
            }
            empty().boxed()
        }
    };
    Ok(decoded(gently(unpacked, PIECE_BYTES), text))
}

/// The whole body.
pub(super) async fn whole(response: reqwest::Response, bounds: &Bounds) -> Result<Bytes, BodyError> {
    let mut pieces = pieces(response, bounds, true).await?;
    let mut body = BytesMut::new();
    while let Some(piece) = pieces.next().await {
        body.extend_from_slice(&piece?);
        // UTF-8 can be longer than what it was decoded from.
        if body.len() > bounds.bytes {
            return Err(BodyError::TooLarge(bounds.bytes));
        }
    }
    Ok(body.freeze())
}

/// Ends with an error once nothing has come for so long.
fn in_time(pieces: Pieces, idle: Duration) -> Pieces {
    unfold(Some(pieces), move |pieces| async move {
        let mut pieces = pieces?;
        match tokio::time::timeout(idle, pieces.next()).await {
            Ok(piece) => Some((piece?, Some(pieces))),
            Err(_) => Some((Err(BodyError::Idle), None)),
        }
    })
    .boxed()
}

/// Ends with an error beyond the bounds.
fn metered(pieces: Pieces, bounds: Bounds) -> Pieces {
    let mut seen: usize = 0;
    let meter = move |piece: Bytes| {
        seen = seen.saturating_add(piece.len());
        let fits = seen <= bounds.bytes && bounds.budget.take(piece.len());
        std::future::ready(if fits { Ok(piece) } else { Err(BodyError::TooLarge(bounds.bytes)) })
    };
    pieces.and_then(meter).boxed()
}

/// Passes at most so many bytes on at a time, and lets others run before it passes on more.
fn gently(pieces: Pieces, bytes: usize) -> Pieces {
    unfold((pieces, Bytes::new(), false), move |(mut pieces, mut rest, begun)| async move {
        if begun {
            tokio::task::yield_now().await;
        }
        while rest.is_empty() {
            match pieces.next().await? {
                Ok(piece) => rest = piece,
                Err(error) => return Some((Err(error), (pieces, rest, true))),
            }
        }
        let piece = rest.split_to(rest.len().min(bytes));
        Some((Ok(piece), (pieces, rest, true)))
    })
    .boxed()
}

fn decoded(pieces: Pieces, text: Text) -> Pieces {
    unfold((pieces, Some(text)), |(mut pieces, text)| async move {
        let mut text = text?;
        loop {
            let (piece, text) = match pieces.next().await {
                Some(Ok(piece)) => match text.push(piece) {
                    piece if piece.is_empty() => continue,
                    piece => (Ok(piece), Some(text)),
                },
                Some(Err(error)) => (Err(error), None),
                None => match text.finish() {
                    rest if rest.is_empty() => return None,
                    rest => (Ok(rest), None),
                },
            };
            return Some((piece, (pieces, text)));
        }
    })
    .boxed()
}

/// How a body is compressed (RFC 9110 §8.4).
enum Coding {
    Identity,
    Gzip,
    Unknown,
}

impl Coding {
    fn of(headers: &HeaderMap) -> Self {
        let mut codings = headers.get_all(CONTENT_ENCODING).iter();
        let (first, second) = (codings.next(), codings.next());
        match (first.map(|value| value.as_bytes().to_ascii_lowercase()).as_deref(), second) {
            (None | Some(b"" | b"identity"), None) => Self::Identity,
            (Some(b"gzip" | b"x-gzip"), None) => Self::Gzip,
            _ => Self::Unknown,
        }
    }
}

/// The length of the body that a message's head announces.
pub fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
