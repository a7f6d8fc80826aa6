//! The workload of the benchmarks: the creation of an agent at Dixa with every field. It comes from a cassette of the
//! integration.

use bytes::Bytes;
use mortise_model::Category;
use serde_json::{Map, Value};

/// The workload: the caller's body and the vendor's answer.
pub struct Workload {
    /// The caller's body.
    pub body: Map<String, Value>,
    /// The body as a canonical user: the text that goes into the component.
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
