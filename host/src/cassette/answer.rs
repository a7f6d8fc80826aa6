//! An answer of the unified API as a cassette has it.

use anyhow::{Context, Result};
use http::StatusCode;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::format::Answer;
use crate::unified::{AnswerBody, UnifiedAnswer};

/// Members with the vendor's own words, which the exchanges have.
const OF_THE_VENDOR: [&str; 3] = ["remote_data", "raw_response", "truto_error_insight"];

impl Answer {
    /// The whole answer.
    ///
    /// # Errors
    /// If a streamed body breaks off.
    pub(super) async fn of(answer: UnifiedAnswer) -> Result<Self> {
        let header = answer.headers.get("mortise-ignored-fields").and_then(|value| value.to_str().ok());
        let names = header.unwrap_or_default().split(", ").filter(|name| !name.is_empty());
        let ignored_fields = names.map(|name| percent_decode_str(name).decode_utf8_lossy().into_owned()).collect();
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
        let body = match bytes.as_slice() {
            [] => Value::Null,
            body => serde_json::from_slice(body).unwrap_or_else(|_| json!(String::from_utf8_lossy(body))),
        };
        Ok(Self { status: answer.status, body, ignored_fields })
    }

    /// The parts that a recorded answer speaks of.
    pub(super) fn seen_by(mut self, recorded: &Self) -> Self {
        if let (Value::Object(got), Value::Object(expected)) = (&mut self.body, &recorded.body) {
            let is_error = recorded.status.as_u16() >= 400 && self.status == recorded.status;
            got.retain(|name, _| expected.contains_key(name) || !(is_error || name == "remote_data"));
        }
        self
    }

    /// What a cassette with this recorded answer is to have instead.
    pub(super) fn in_place_of(self, recorded: &Self) -> Self {
        let mut seen = self.seen_by(recorded).without(|name| recorded.body.get(name).is_none());
        if sorted(&seen.ignored_fields) == sorted(&recorded.ignored_fields) {
            seen.ignored_fields.clone_from(&recorded.ignored_fields);
        }
        seen
    }

    /// Without those of the vendor's words that nobody asked for.
    pub(super) fn without(mut self, is_surplus: impl Fn(&str) -> bool) -> Self {
        if let Value::Object(members) = &mut self.body {
            members.retain(|name, _| !(OF_THE_VENDOR.contains(&name.as_str()) && is_surplus(name)));
        }
        self
    }

    /// The form in which answers are compared.
    pub(super) fn view(&self) -> Value {
        let Self { status, body, ignored_fields } = self;
        let mut view = Map::new();
        view.insert("status".to_owned(), StatusCode::as_u16(status).into());
        view.insert("body".to_owned(), body.clone());
        if !ignored_fields.is_empty() {
            view.insert("ignored_fields".to_owned(), json!(sorted(ignored_fields)));
        }
        view.into()
    }
}

fn sorted(names: &[String]) -> Vec<&String> {
    let mut names: Vec<_> = names.iter().collect();
    names.sort();
    names
}
