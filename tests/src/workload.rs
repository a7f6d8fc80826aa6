//! What the benchmarks measure with: the creation of an agent at Dixa with every field, from the recording that
//! the integration's own tests replay.

use bytes::Bytes;
use mortise_model::Category;
use serde_json::{Map, Value};

/// The workload: what a caller sends, and what the vendor answers.
pub struct Workload {
    /// The caller's body.
    pub body: Map<String, Value>,
    /// The same as the canonical user, the text that goes into the component.
    pub user: String,
    /// The vendor's answer.
    pub answer: Bytes,
}

impl Workload {
    /// Reads the recording.
    pub fn create_agent() -> Self {
        let cassette = include_str!("../../plugins/dixa/cassettes/create-all-fields.json");
        let cassette: Value = serde_json::from_str(cassette).expect("the cassette is JSON");
        let body = cassette["call"]["body"].as_object().expect("a body").clone();
        let user = Category::Ticketing.to_canonical(body.clone()).expect("a user of the category");
        Self {
            user: serde_json::to_string(&user).expect("a user is JSON"),
            answer: cassette["exchanges"][0]["response"]["body"].to_string().into(),
            body,
        }
    }
}
