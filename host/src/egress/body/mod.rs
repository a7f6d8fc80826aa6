//! Reading a vendor's body: bounded as it arrives and again once it is unpacked, as UTF-8 where it is text, never silent for long and
//! never at work for long without a rest.

mod gzip;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{BoxStream, StreamExt, try_unfold};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::BodyDataStream;

use super::VendorResponse;
use super::text::Text;

/// Compressed bytes that are unpacked in one go: 0.2 ms of work where each ten bits of them are a block of its own that brings nothing.
const PACKED_BYTES: usize = 8 << 10;
/// Bytes of a body that are dealt with in one go.
const PIECE_BYTES: usize = 16 << 10;
/// What a piece counts for at least, in bytes, until others run.
const LEAST_BYTES: usize = 64;

/// Why a body could not be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BodyError {
    /// Larger than it may be, before or after decompression.
    #[error("the vendor's answer is larger than {0}")]
    TooLarge(Size),
    /// With it, the answers of the call are larger than they may be together.
    #[error("the vendor's answers in this call are together larger than {0}")]
    TooLargeTogether(Size),
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

/// A bound of bytes.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Bytes.
    pub bytes: usize,
    /// The key of the limit that says so; none where the host has one bound for all.
    pub limit: Option<&'static str>,
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.bytes)?;
        self.limit.map_or(Ok(()), |limit| write!(f, " (limits.{limit})"))
    }
}

/// What the answers of one call may bring together: as they arrive, and where they are compressed again as what they unpack to. Clones are
/// the same budget.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    whole: Size,
    taken: Arc<AtomicUsize>,
}

impl Budget {
    pub(super) fn new(whole: Size) -> Self {
        Self { whole, taken: Arc::default() }
    }

    /// Bytes that have been taken.
    pub(super) fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }

    fn take(&self, bytes: usize) -> Result<(), BodyError> {
        let more = |taken: usize| taken.checked_add(bytes).filter(|taken| *taken <= self.whole.bytes);
        let taken = self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        taken.map(drop).map_err(|_| BodyError::TooLargeTogether(self.whole))
    }
}

/// The bounds of one body.
#[derive(Debug, Clone)]
pub(super) struct Bounds {
    /// Of it alone, on either side of decompression.
    pub(super) size: Size,
    /// Bytes of this body and others.
    pub(super) budget: Budget,
    /// The longest silence.
    pub(super) idle: Duration,
}

/// A body as it arrives: in time and, if its whole is bounded, within its bounds.
struct Arriving {
    body: BodyDataStream<reqwest::Body>,
    idle: Duration,
    meter: Option<Meter>,
}

impl Arriving {
    /// The next piece; `None` at the end. An error is the last thing that comes.
    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        let next = tokio::time::timeout(self.idle, self.body.next()).await.map_err(|_| BodyError::Idle)?;
        metered(next.transpose().map_err(|_| BodyError::Broken)?, &mut self.meter)
    }
}

/// Ends a body with an error beyond its bounds.
struct Meter {
    bounds: Bounds,
    seen: usize,
}

impl Meter {
    fn new(bounds: &Bounds) -> Self {
        Self { bounds: bounds.clone(), seen: 0 }
    }

    fn pass(&mut self, piece: Bytes) -> Result<Bytes, BodyError> {
        self.seen = self.seen.saturating_add(piece.len());
        if self.seen > self.bounds.size.bytes {
            return Err(BodyError::TooLarge(self.bounds.size));
        }
        self.bounds.budget.take(piece.len())?;
        Ok(piece)
    }
}

/// A piece that is within the bounds, or of a body that has none.
fn metered(piece: Option<Bytes>, meter: &mut Option<Meter>) -> Result<Option<Bytes>, BodyError> {
    match (piece, meter) {
        (Some(piece), Some(meter)) => meter.pass(piece).map(Some),
        (piece, _) => Ok(piece),
    }
}

type Unpacked = BoxStream<'static, Result<Bytes, BodyError>>;

/// Where the pieces of a body come from.
enum Source {
    AsItIs(Arriving),
    Gzip(Unpacked, Option<Meter>),
    /// The body is in an encoding that the host does not know, and empty.
    Empty,
}

impl Source {
    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        match self {
            Self::AsItIs(arriving) => arriving.next().await,
            Self::Gzip(unpacked, meter) => metered(unpacked.next().await.transpose()?, meter),
            Self::Empty => Ok(None),
        }
    }
}

/// The pieces of an answer's body, unpacked and decoded.
pub(super) struct Pieces {
    source: Source,
    rest: Rest,
    /// `None` at the end.
    text: Option<Text>,
}

/// Gives what arrives in pieces of at most so many bytes, and lets others run before it has given more than that.
struct Rest {
    bytes: Bytes,
    most: usize,
    given: usize,
}

impl Rest {
    fn new(most: usize) -> Self {
        Self { bytes: Bytes::new(), most, given: 0 }
    }

    /// The next piece of what has arrived; `None` if that is used up.
    async fn next(&mut self) -> Option<Bytes> {
        if self.bytes.is_empty() {
            return None;
        }
        let length = self.bytes.len().min(self.most);
        // Many small pieces take time as well.
        let counted = length.max(LEAST_BYTES);
        if self.given + counted > self.most {
            self.given = 0;
            tokio::task::yield_now().await;
        }
        self.given += counted;
        Some(self.bytes.split_to(length))
    }
}

impl Pieces {
    /// With `whole`, the total is bounded too, on both sides of decompression; without, pieces flow through and only silence is bounded.
    /// Waits for the first piece of an answer in an encoding that the host does not know: one without a body has none.
    pub(super) async fn of(response: VendorResponse, bounds: &Bounds, whole: bool) -> Result<Self, BodyError> {
        let coding = Coding::of(response.headers());
        if whole && announced(response.headers()).is_some_and(|length| length > bounds.size.bytes as u64) {
            return Err(BodyError::TooLarge(bounds.size));
        }
        let text = Text::new(response.headers().get(CONTENT_TYPE));
        let meter = || whole.then(|| Meter::new(bounds));
        let body = BodyDataStream::new(response.into_body());
        let mut arriving = Arriving { body, idle: bounds.idle, meter: meter() };
        let source = match coding {
            Coding::Identity => Source::AsItIs(arriving),
            Coding::Gzip => Source::Gzip(gzip::unpacked(gently(arriving)), meter()),
            Coding::Unknown => {
                while let Some(piece) = arriving.next().await? {
                    if !piece.is_empty() {
                        return Err(BodyError::Encoding);
                    }
                }
                Source::Empty
            }
        };
        Ok(Self { source, rest: Rest::new(PIECE_BYTES), text: Some(text) })
    }

    /// The next piece; `None` at the end, and after an error.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        while let Some(text) = &mut self.text {
            let piece = match self.rest.next().await {
                Some(piece) => text.push(piece),
                None => match self.source.next().await {
                    Ok(Some(piece)) => {
                        self.rest.bytes = piece;
                        continue;
                    }
                    Ok(None) => self.text.take().map(Text::finish).unwrap_or_default(),
                    Err(error) => {
                        self.text = None;
                        return Err(error);
                    }
                },
            };
            if !piece.is_empty() {
                return Ok(Some(piece));
            }
        }
        Ok(None)
    }
}

/// The whole body. One that arrives in one piece is that piece.
pub(super) async fn whole(response: VendorResponse, bounds: &Bounds) -> Result<Bytes, BodyError> {
    let mut pieces = Pieces::of(response, bounds, true).await?;
    let (mut first, mut body) = (Bytes::new(), BytesMut::new());
    while let Some(piece) = pieces.next().await? {
        if first.is_empty() && body.is_empty() {
            first = piece;
        } else {
            if body.is_empty() {
                body.extend_from_slice(&std::mem::take(&mut first));
            }
            body.extend_from_slice(&piece);
        }
        // UTF-8 can be longer than what it was decoded from.
        if first.len().max(body.len()) > bounds.size.bytes {
            return Err(BodyError::TooLarge(bounds.size));
        }
    }
    Ok(if body.is_empty() { first } else { body.freeze() })
}

/// Passes few compressed bytes on at a time, and lets others run before it passes on more.
fn gently(arriving: Arriving) -> Unpacked {
    let state = (arriving, Rest::new(PACKED_BYTES));
    try_unfold(state, |(mut arriving, mut rest)| async {
        loop {
            if let Some(piece) = rest.next().await {
                return Ok(Some((piece, (arriving, rest))));
            }
            match arriving.next().await? {
                Some(piece) => rest.bytes = piece,
                None => return Ok(None),
            }
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
