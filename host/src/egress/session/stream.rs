//! Passing a vendor's body on while it arrives.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::HeaderMap;
use tokio::sync::{mpsc, oneshot, watch};

use super::super::answer::{Answer, AnswerBody, unread};
use super::super::body::{BodyError, Pieces};
use super::super::exchange::{Entry, VendorAnswer};
use super::super::redact::PIECE;
use super::super::{Delivery, EgressError, StreamedAnswer, VendorResponse};
use super::Session;

/// Pieces of a streamed body that wait for a slow caller.
const STREAM_PIECES: usize = 16;

impl Session {
    /// Hands the body to the caller piece by piece, and keeps a bounded copy in case the guest asks for it. Without a guest the copy is empty.
    pub(super) async fn stream(
        &mut self,
        entry: &Entry,
        writes: bool,
        response: VendorResponse,
        headers: Arc<HeaderMap>,
        started: Instant,
    ) -> Result<Answer, EgressError> {
        let status = response.status();
        // What is streamed is the primary answer.
        let bounds = self.bounds(true);
        let limit = bounds.size;
        let mut pieces = match Pieces::of(response, &bounds, false).await {
            Ok(pieces) => pieces,
            Err(error) => return Err(self.failed(entry, started, unread(error, writes, status))),
        };
        entry.with(|exchange| {
            exchange.elapsed = started.elapsed();
            exchange.answer = Some(VendorAnswer { status, headers: headers.clone(), body: Bytes::new() });
        });
        let (to_caller, from_vendor) = mpsc::channel(STREAM_PIECES + 1);
        let (set_copy, copy) = watch::channel(None);
        let (scrubber, deadline, keeps) = (self.scrubber.clone(), self.deadline, !self.passes_through);
        let waiting = self.waited.start();
        tokio::spawn(async move {
            let _waiting = waiting;
            // The one place more: a failure finds room even where the caller reads nothing.
            let Ok(failure) = to_caller.clone().reserve_owned().await else { return };
            let piped = async {
                let mut scrubbed = scrubber.stream();
                let mut kept = Vec::new();
                let mut keep = |piece: &Bytes| {
                    if keeps && kept.len() <= limit.bytes {
                        kept.extend_from_slice(piece);
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
                Ok(kept)
            };
            let ended = tokio::select! {
                // A vendor that is silent would not show that the caller has gone away.
                () = to_caller.closed() => return,
                ended = tokio::time::timeout_at(deadline, piped) => ended.unwrap_or(Err(BodyError::Late)),
            };
            let copy = match ended {
                Ok(kept) if kept.len() > limit.bytes => Err(BodyError::TooLarge(limit)),
                Ok(kept) => Ok(kept.into()),
                Err(error) => {
                    failure.send(Err(std::io::Error::other(error.clone())));
                    Err(error)
                }
            };
            set_copy.send_replace(Some(copy.map_err(|error| unread(error, writes, status))));
        });
        if let Delivery::Streamed(sender) = std::mem::replace(&mut self.delivery, Delivery::Buffered) {
            deliver(sender, StreamedAnswer { status, headers: headers.clone(), body: from_vendor });
        }
        Ok(Answer { status, headers, body: AnswerBody::Streaming(copy) })
    }
}

fn deliver(sender: oneshot::Sender<StreamedAnswer>, answer: StreamedAnswer) {
    // A caller that has gone away takes no answer; the vendor's work is done all the same.
    let _ = sender.send(answer);
}
