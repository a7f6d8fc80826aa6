//! Reading requests and writing answers, for unified calls and passthrough alike.

use axum::body::{Body, HttpBody};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use super::error::{ApiError, Problem};
use crate::app::{Admission, App};
use crate::unified::idempotency::{Key, MAX_KEY};
use crate::unified::record::{CallRecord, Ended};
use crate::unified::respond::{name_generation, name_stale};
use crate::unified::{AnswerBody, Failure, Place, UnifiedAnswer, UnifiedError};

/// The `Idempotency-Key`, if there is one.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<Key>, Problem> {
    const NAME: &str = "idempotency-key";
    let refused = |rule: String| Problem::invalid(Failure::new(Place::Header, NAME, rule));
    let mut values = headers.get_all(NAME).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(refused("must come once".to_owned()));
    }
    let key = Key::parse(value).ok_or_else(|| refused(format!("must be 1 to {MAX_KEY} visible ASCII characters")))?;
    Ok(Some(key))
}

/// The answer of a call that has ended, or whose vendor's answer has begun to arrive. Records the answer's status in
/// the call's record.
pub(super) fn finish(app: &App, outcome: Result<UnifiedAnswer, UnifiedError>, record: &CallRecord) -> Response {
    let (failed, mut response) = match outcome {
        Ok(answer) => (None, respond(answer, record)),
        Err(error) => (Some(error.word()), ApiError::from(error).into_response()),
    };
    name_generation(response.headers_mut(), record);
    if app.admission == Admission::AsDeclared {
        name_stale(response.headers_mut(), record);
    }
    record.note(|known| {
        let outcome = failed.or(known.outcome).unwrap_or("ok");
        known.ended = Some(Ended { outcome, status: response.status().as_u16() });
        known.bytes_out += response.body().size_hint().exact().unwrap_or_default();
    });
    response
}

fn respond(answer: UnifiedAnswer, record: &CallRecord) -> Response {
    let body = match answer.body {
        AnswerBody::Whole(bytes) => Body::from(bytes),
        AnswerBody::Stream(pieces) => {
            let state = (pieces, record.clone());
            Body::from_stream(stream::unfold(state, |(mut pieces, record)| async move {
                let piece = pieces.recv().await?;
                match &piece {
                    Ok(piece) => record.note(|known| known.bytes_out += piece.len() as u64),
                    // An error closes the connection at once. The host first writes what came before it, above all the
                    // status.
                    Err(_) => tokio::task::yield_now().await,
                }
                Some((piece, (pieces, record)))
            }))
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}
