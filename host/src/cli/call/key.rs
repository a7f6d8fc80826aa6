//! The idempotency key of a call.

use anyhow::Result;
use clap::Args;
use http::{HeaderName, HeaderValue};
use reqwest::RequestBuilder;

use crate::config::ConfigError;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

#[derive(Debug, Args)]
pub(super) struct Key {
    /// Repeats of the call with this key get the first answer, and the vendor gets one write
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
}

impl Key {
    pub(super) fn on(&self, request: RequestBuilder) -> Result<RequestBuilder> {
        let Some(key) = &self.idempotency_key else { return Ok(request) };
        let value = HeaderValue::from_str(key)
            .map_err(|_| ConfigError::Unusable("--idempotency-key: a header cannot carry this key".to_owned()))?;
        Ok(request.header(IDEMPOTENCY_KEY, value))
    }
}
