//! Bodies in gzip: one member, several members behind each other (RFC 1952 §2.2), or no member.

use std::io;

use async_compression::tokio::bufread::GzipDecoder;
use bytes::{Bytes, BytesMut};
use futures_util::stream::{StreamExt, TryStreamExt, try_unfold};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};
use tokio_util::io::StreamReader;

use super::error::BodyError;
use super::pieces::{PIECE_BYTES, Unpacked};

/// Most members of one body. A server that compresses in blocks of 64 KiB fills the largest ordinary body with 65. Each
/// member costs several microseconds, and an empty one has 20 bytes.
pub(super) const MEMBERS: usize = 128;

/// A body between two pieces.
enum Place<R> {
    /// Before a member, or at the end.
    Between(R),
    /// In a member.
    Within(Box<GzipDecoder<R>>),
}

/// The unpacked pieces.
pub(super) fn unpacked(pieces: Unpacked) -> Unpacked {
    let reader = StreamReader::new(pieces.map_err(io::Error::other));
    let unpacked = try_unfold((Place::Between(reader), 0), |(place, members)| next(place, members));
    unpacked.map_err(cause).boxed()
}

async fn next<R: AsyncBufRead + Unpin>(
    mut place: Place<R>,
    mut members: usize,
) -> io::Result<Option<(Bytes, (Place<R>, usize))>> {
    let mut piece = BytesMut::with_capacity(PIECE_BYTES);
    loop {
        place = match place {
            Place::Between(mut reader) => {
                if reader.fill_buf().await?.is_empty() {
                    return Ok(None);
                }
                members += 1;
                if members > MEMBERS {
                    return Err(io::Error::other(BodyError::Members));
                }
                Place::Within(Box::new(GzipDecoder::new(reader)))
            }
            Place::Within(mut decoder) => match decoder.read_buf(&mut piece).await? {
                0 => Place::Between(decoder.into_inner()),
                _ => return Ok(Some((piece.freeze(), (Place::Within(decoder), members)))),
            },
        };
    }
}

/// The error inside an I/O error. The decoder passes errors of the compressed side on in this form.
fn cause(error: io::Error) -> BodyError {
    error.get_ref().and_then(|inner| inner.downcast_ref()).cloned().unwrap_or(BodyError::Broken)
}
