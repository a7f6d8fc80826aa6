//! Reads the pieces of a body: unpacked, decoded and within bounds.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{BoxStream, StreamExt, try_unfold};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::BodyDataStream;

use super::super::VendorResponse;
use super::super::text::Text;
use super::bounds::Bounds;
use super::error::BodyError;
use super::gzip;

/// Compressed bytes that the host unpacks at once. At worst, if each ten bits are an empty block, this is 0.2 ms of
/// work.
const PACKED_BYTES: usize = 8 << 10;
/// Bytes of a body that the host processes at once.
pub(super) const PIECE_BYTES: usize = 16 << 10;
/// The least that a piece counts for, in bytes, until other tasks run. Many small pieces take time as well.
const LEAST_BYTES: usize = 64;

/// A body as it arrives. Bounds its time between pieces and, if there is a meter, its size.
struct Arriving {
    body: BodyDataStream<reqwest::Body>,
    idle: Duration,
    meter: Option<Meter>,
}

impl Arriving {
    /// The next piece; `None` at the end. After an error nothing follows.
    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        let next = tokio::time::timeout(self.idle, self.body.next()).await.map_err(|_| BodyError::Idle)?;
        metered(next.transpose().map_err(|_| BodyError::Broken)?, &mut self.meter)
    }
}

/// Ends a body with an error if it exceeds its bounds.
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

/// The piece, if it is within the bounds or the body has no bounds.
fn metered(piece: Option<Bytes>, meter: &mut Option<Meter>) -> Result<Option<Bytes>, BodyError> {
    match (piece, meter) {
        (Some(piece), Some(meter)) => meter.pass(piece).map(Some),
        (piece, _) => Ok(piece),
    }
}

pub(super) type Unpacked = BoxStream<'static, Result<Bytes, BodyError>>;

/// The source of a body's pieces.
enum Source {
    AsItIs(Arriving),
    Gzip(Unpacked, Option<Meter>),
    /// The body is empty, and its encoding is unknown to the host.
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
pub(in super::super) struct Pieces {
    source: Source,
    rest: Rest,
    /// `None` at the end.
    text: Option<Text>,
}

/// Splits a body into pieces of at most `most` bytes, and lets other tasks run after each `most` bytes.
struct Rest {
    bytes: Bytes,
    most: usize,
    given: usize,
}

impl Rest {
    fn new(most: usize) -> Self {
        Self { bytes: Bytes::new(), most, given: 0 }
    }

    /// The next piece of the bytes that have arrived; `None` if there are none left.
    async fn next(&mut self) -> Option<Bytes> {
        if self.bytes.is_empty() {
            return None;
        }
        let length = self.bytes.len().min(self.most);
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
    /// Starts to read a body. With `whole`, its size is bounded before and after decompression. Without, pieces flow
    /// through, and only the time between them is bounded.
    ///
    /// If the encoding is unknown, waits for the first piece: an answer without a body is usable in any encoding.
    pub(in super::super) async fn of(
        response: VendorResponse,
        bounds: &Bounds,
        whole: bool,
    ) -> Result<Self, BodyError> {
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
    pub(in super::super) async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
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

/// The whole body. A body that arrives in one piece is not copied.
pub(in super::super) async fn whole(response: VendorResponse, bounds: &Bounds) -> Result<Bytes, BodyError> {
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
        // UTF-8 can be longer than the text before decoding.
        if first.len().max(body.len()) > bounds.size.bytes {
            return Err(BodyError::TooLarge(bounds.size));
        }
    }
    Ok(if body.is_empty() { first } else { body.freeze() })
}

/// Passes on [`PACKED_BYTES`] compressed bytes at a time, and lets other tasks run in between.
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

/// The length of the body that the headers announce.
pub fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
