//! An answer of the unified API, as a cassette has it.

use anyhow::{Context, Result};
use mortise_authoring::cassette::format::{Answer, Call};

use crate::unified::{AnswerBody, UnifiedAnswer};

/// The whole answer to a call, with a placeholder for its cursor, and that cursor.
///
/// # Errors
/// If a streamed body breaks off.
pub(super) async fn recorded(call: &Call, answer: UnifiedAnswer) -> Result<(Answer, Option<String>)> {
    let header = answer.headers.get("mortise-ignored-fields").and_then(|value| value.to_str().ok());
    let bytes = match answer.body {
        AnswerBody::Whole(body) => body.to_vec(),
        AnswerBody::Stream(mut pieces) => {
            let mut bytes = Vec::new();
            while let Some(piece) = pieces.recv().await {
                bytes.extend_from_slice(&piece.context("the answer broke off")?);
            }
            bytes
        }
    };
    Ok(Answer::of(call, answer.status, header.unwrap_or_default(), &bytes))
}
