//! A network that answers from memory.

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use mortise::egress::{Transport, TransportError, VendorResponse};
use uuid::Uuid;

/// Answers every request with 201 and this JSON.
pub struct Network(pub Bytes);

impl Transport for Network {
    fn send(
        &self,
        _: Uuid,
        _: bool,
        request: reqwest::Request,
    ) -> BoxFuture<'_, Result<VendorResponse, TransportError>> {
        std::hint::black_box(request);
        let answer = http::Response::builder()
            .status(201)
            .header("content-type", "application/json")
            .body(self.0.clone().into())
            .expect("an answer");
        ready(Ok(answer)).boxed()
    }
}
