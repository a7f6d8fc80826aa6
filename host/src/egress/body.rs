//! Reading a vendor's body: bounded as it arrives and again once decompressed, never silent for long.

use std::io;
use std::time::Duration;

use async_compression::tokio::bufread::GzipDecoder;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, TryStreamExt};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use tokio::io::AsyncRead;
use tokio_util::io::{ReaderStream, StreamReader};

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
    /// Not `identity` or `gzip`, the only encodings that are asked for.
    #[error("the vendor's answer has an encoding that was not asked for")]
    Encoding,
}

/// The bounds of one body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) bytes: usize,
    pub(super) idle: Duration,
}

/// The decompressed pieces of an answer's body. With `whole`, the total is bounded too, on both sides of decompression;
/// without, pieces flow through and only silence is bounded.
pub(super) fn pieces(
    response: reqwest::Response,
    bounds: Bounds,
    whole: bool,
) -> Result<impl Stream<Item = Result<Bytes, BodyError>> + Send + Unpin + 'static, BodyError> {
    let gzip = is_gzip(response.headers())?;
    if whole && announced(response.headers()).is_some_and(|length| length > bounds.bytes as u64) {
        return Err(BodyError::TooLarge(bounds.bytes));
    }
    let limit = if whole { bounds.bytes } else { usize::MAX };
    let arriving = bounded(response.bytes_stream().map_err(|_| BodyError::Broken), limit, bounds);
    if !gzip {
        return Ok(arriving.boxed());
    }
    let reader = StreamReader::new(arriving.map_err(io::Error::other));
    let mut decoder = GzipDecoder::new(reader);
    decoder.multiple_members(true);
    Ok(bounded(decoded(decoder), limit, bounds).boxed())
}

/// Bytes that are unpacked without a pause: unpacking waits for nobody.
const UNPACKED: usize = 64 << 10;

/// The whole body.
pub(super) async fn whole(response: reqwest::Response, bounds: Bounds) -> Result<Bytes, BodyError> {
    let mut pieces = pieces(response, bounds, true)?;
    let mut body = BytesMut::new();
    let mut pause_at = UNPACKED;
    while let Some(piece) = pieces.next().await {
        body.extend_from_slice(&piece?);
        if body.len() > pause_at {
            pause_at = body.len() + UNPACKED;
            tokio::task::yield_now().await;
        }
    }
    Ok(body.freeze())
}

fn decoded(decoder: impl AsyncRead + Send + 'static) -> impl Stream<Item = Result<Bytes, BodyError>> + Send {
    ReaderStream::with_capacity(decoder, 16 << 10).map_err(|error| {
        // The bounds of the compressed side travel through the decoder inside an I/O error.
        error.get_ref().and_then(|inner| inner.downcast_ref::<BodyError>()).cloned().unwrap_or(BodyError::Broken)
    })
}

fn bounded(
    pieces: impl Stream<Item = Result<Bytes, BodyError>> + Send + 'static,
    limit: usize,
    bounds: Bounds,
) -> impl Stream<Item = Result<Bytes, BodyError>> + Send + 'static {
    let state = (Box::pin(pieces), 0_usize, false);
    futures_util::stream::unfold(state, move |(mut pieces, seen, failed)| async move {
        if failed {
            return None;
        }
        let piece = match tokio::time::timeout(bounds.idle, pieces.next()).await {
            Ok(piece) => piece?,
            Err(_) => Err(BodyError::Idle),
        };
        let (piece, seen) = match piece {
            Ok(piece) if seen.saturating_add(piece.len()) > limit => (Err(BodyError::TooLarge(bounds.bytes)), seen),
            Ok(piece) => (Ok(piece.clone()), seen.saturating_add(piece.len())),
            Err(error) => (Err(error), seen),
        };
        let failed = piece.is_err();
        Some((piece, (pieces, seen, failed)))
    })
}

fn is_gzip(headers: &HeaderMap) -> Result<bool, BodyError> {
    let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
    let (first, second) = (encodings.next(), encodings.next());
    match (first.map(|value| value.as_bytes().to_ascii_lowercase()).as_deref(), second) {
        (None | Some(b"" | b"identity"), None) => Ok(false),
        (Some(b"gzip" | b"x-gzip"), None) => Ok(true),
        _ => Err(BodyError::Encoding),
    }
}

/// The length of the body that a message's head announces.
pub fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
