//! Checks that need no connection.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::{ACCEPT, HeaderMap, HeaderValue};
use mortise_policy::headers;
use mortise_policy::target::{TargetError, compose, reserved_query};
use url::Url;

use super::super::exchange::Exchange;
use super::super::merge::merge;
use super::super::{Denial, EgressError};
use super::{OutboundRequest, Session};

impl Session {
    /// Checks a request against the policy and composes it, without the signature.
    pub(super) fn prepare(&mut self, request: OutboundRequest) -> Result<Exchange, EgressError> {
        let limits = &self.shared.limits;
        if self.transcript.requests() >= limits.vendor_requests {
            return Err(Denial::Requests(limits.vendor_requests).into());
        }
        if request.method != Method::GET && self.writes == Some(0) {
            return Err(Denial::SecondWrite.into());
        }
        if request.primary && self.has_primary {
            return Err(Denial::SecondPrimary.into());
        }
        let mut query = request.query;
        let reserved = self.signers.reserved_query();
        reserved_query(&query, &reserved).map_err(|error| self.refusal("query", error))?;
        let without_remote = query.len();
        if request.primary {
            reserved_query(&self.remote.query, &reserved)
                .map_err(|error| EgressError::Remote { input: "remote_query", reason: error.to_string() })?;
            query.extend(self.remote.query.iter().cloned());
        }
        let (origin, url) = self.url(&request.target, &query, without_remote)?;
        self.signers.of(origin)?;
        let mut headers = self.headers(&request.headers)?;
        let too_large = |body: &Option<Bytes>| body.as_ref().is_some_and(|body| body.len() > limits.request_body_bytes);
        let beyond = Denial::Body(limits.request_body_bytes);
        let mut body = request.body.map(Bytes::from);
        if too_large(&body) {
            return Err(self.refusal("body", beyond));
        }
        if request.primary
            && let Some(data) = &self.remote.data
        {
            body = merge(body, data, &mut headers)?;
            if too_large(&body) {
                let reason = format!("remote_data is too long: {beyond}");
                return Err(EgressError::Remote { input: "remote_data", reason });
            }
        }
        let exchange = Exchange {
            writes: !self.only_reads && request.method != Method::GET,
            method: request.method,
            url: url.into(),
            origin,
            request_headers: headers.into(),
            request_body: body,
            primary: request.primary,
            answer: None,
            unsent: true,
            turned_away: false,
            repeated: false,
            error: None,
            elapsed: Duration::ZERO,
        };
        self.transcript.count();
        if exchange.method != Method::GET {
            self.writes = self.writes.map(|left| left.saturating_sub(1));
        }
        self.has_primary |= exchange.primary;
        Ok(exchange)
    }

    /// The URL of a request, and the number of its origin. The first `own` pairs of the query are not the caller's. If
    /// the URL is too long only with the caller's pairs, the error is for the caller.
    fn url(&self, target: &str, query: &[(String, String)], own: usize) -> Result<(usize, Url), EgressError> {
        let composed = |query: &[_]| compose(&self.endpoints, target, query);
        composed(query).map_err(|error| match error {
            TargetError::TooLong if query.get(..own).is_some_and(|own| composed(own).is_ok()) => {
                EgressError::Remote { input: "remote_query", reason: format!("remote_query is too long: {error}") }
            }
            error => self.refusal("path", error),
        })
    }

    fn headers(&self, given: &[(String, String)]) -> Result<HeaderMap, EgressError> {
        let mut headers = headers::requests(given, &self.declared_headers, &self.signers.reserved_headers())
            .map_err(|error| self.refusal("header", error))?;
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("application/json"));
        Ok(headers)
    }

    /// The error for a part of a request that the policy refuses. In a passthrough session the caller must change it, otherwise the plugin.
    fn refusal(&self, part: &'static str, denial: impl Into<Denial>) -> EgressError {
        let denial = denial.into();
        if self.passes_through {
            EgressError::Remote { input: part, reason: denial.to_string() }
        } else {
            EgressError::Denied(denial)
        }
    }
}
