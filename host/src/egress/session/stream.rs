//! Passing a vendor's body on while it arrives.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::HeaderMap;
use mortise_policy::redact::Scrubber;
use tokio::sync::{mpsc, oneshot, watch};

use super::super::answer::{Answer, AnswerBody, unread};
use super::super::body::{BodyError, Pieces, Size};
use super::super::exchange::{Entry, VendorAnswer};
use super::super::redact::PIECE;
use super::super::{Delivery, EgressError, StreamedAnswer, VendorResponse};
use super::Session;

/// Pieces of a streamed body that wait for a slow caller, at most.
const STREAM_PIECES: usize = 16;

impl Session {
    /// Hands the body to the caller piece by piece, and keeps a bounded copy for the guest. In a passthrough session, which has no guest, the
    /// copy is empty.
    pub(super) async fn stream(
        &mut self,
        entry: &Entry,
        writes: bool,
        response: VendorResponse,
        headers: Arc<HeaderMap>,
        started: Instant,
    ) -> Result<Answer, EgressError> {
        let status = response.status();
        // Only the primary answer is streamed.
        let bounds = self.bounds(true);
        let pieces = match Pieces::of(response, &bounds, false).await {
            Ok(pieces) => pieces,
            Err(error) => return Err(self.failed(entry, started, unread(error, writes, status))),
        };
        entry.with(|exchange| {
            exchange.elapsed = started.elapsed();
            exchange.answer = Some(VendorAnswer { status, headers: headers.clone(), body: Bytes::new() });
        });
        let (to_caller, from_vendor) = mpsc::channel(STREAM_PIECES + 1);
        let (set_copy, copy) = watch::channel(None);
        let pipe = Pipe {
            pieces,
            scrubber: self.scrubber.clone(),
            copied: (!self.passes_through).then_some(bounds.size),
            deadline: self.deadline,
            to_caller,
        };
        let waiting = self.waited.start();
        tokio::spawn(async move {
            let _waiting = waiting;
            if let Some(copy) = pipe.run().await {
                set_copy.send_replace(Some(copy.map_err(|error| unread(error, writes, status))));
            }
        });
        if let Delivery::Streamed(sender) = std::mem::replace(&mut self.delivery, Delivery::Buffered) {
            deliver(sender, StreamedAnswer { status, headers: headers.clone(), body: from_vendor });
        }
        Ok(Answer { status, headers, body: AnswerBody::Streaming(copy) })
    }
}

/// Passes the pieces of one body to the caller of the call.
struct Pipe {
    pieces: Pieces,
    scrubber: Arc<Scrubber>,
    /// The bound of the copy for the guest; `None` if no copy is kept.
    copied: Option<Size>,
    /// When a body that has not ended is cut off.
    deadline: tokio::time::Instant,
    to_caller: mpsc::Sender<std::io::Result<Bytes>>,
}

impl Pipe {
    /// Passes the whole body on and returns the copy. `None` if the caller goes away before the end.
    async fn run(mut self) -> Option<Result<Bytes, BodyError>> {
        // The channel has one place more than pieces, so that an error has room if the caller reads nothing.
        let failure = self.to_caller.clone().reserve_owned().await.ok()?;
        let (caller, copied, deadline) = (self.to_caller.clone(), self.copied, self.deadline);
        let ended = tokio::select! {
            // If the vendor is silent, no failed `send` shows that the caller has gone away.
            () = caller.closed() => return None,
            ended = tokio::time::timeout_at(deadline, self.pass()) => ended.unwrap_or(Err(BodyError::Late)),
        };
        Some(match (ended, copied) {
            (Ok(copy), Some(bound)) if copy.len() > bound.bytes => Err(BodyError::TooLarge(bound)),
            (Ok(copy), _) => Ok(copy.into()),
            (Err(error), _) => {
                failure.send(Err(std::io::Error::other(error.clone())));
                Err(error)
            }
        })
    }

    /// Scrubs and sends each piece. Returns the copy, which ends with the first piece that exceeds its bound.
    async fn pass(&mut self) -> Result<Vec<u8>, BodyError> {
        let Self { pieces, scrubber, copied, to_caller, .. } = self;
        let mut scrubbed = scrubber.stream();
        let mut copy = Vec::new();
        let mut keep = |piece: &Bytes| {
            if copied.is_some_and(|bound| copy.len() <= bound.bytes) {
                copy.extend_from_slice(piece);
            }
        };
        while let Some(piece) = pieces.next().await? {
            for piece in piece.chunks(PIECE) {
                let piece = scrubbed.push(piece);
                keep(&piece);
                if !piece.is_empty() {
                    let _ = to_caller.send(Ok(piece)).await;
                }
                tokio::task::yield_now().await;
            }
        }
        let rest = scrubbed.finish();
        keep(&rest);
        if !rest.is_empty() {
            let _ = to_caller.send(Ok(rest)).await;
        }
        Ok(copy)
    }
}

fn deliver(sender: oneshot::Sender<StreamedAnswer>, answer: StreamedAnswer) {
    // If the caller has gone away, the vendor has done its work all the same.
    let _ = sender.send(answer);
}
