//! Scrubbing of whole bodies, on threads that have other calls to serve.

use bytes::{Bytes, BytesMut};
use mortise_policy::redact::Scrubber;

/// Bytes that are scrubbed without a pause. The worst of texts keep a release build busy with them for about a millisecond.
pub(super) const PIECE: usize = 8 << 10;

/// The body without credentials. Gives way to others after each [`PIECE`], so that the call's deadline can end it.
pub(super) async fn whole(scrubber: &Scrubber, body: Bytes) -> Bytes {
    if body.len() <= PIECE {
        return scrubber.bytes(body);
    }
    let mut stream = scrubber.stream();
    let mut clean = BytesMut::with_capacity(body.len());
    for piece in body.chunks(PIECE) {
        clean.extend_from_slice(&stream.push(piece));
        tokio::task::yield_now().await;
    }
    clean.extend_from_slice(&stream.finish());
    clean.freeze()
}
