//! The functions that a guest can call. A guest's mistake or a vendor's failure is a result. Only the end of a dry run,
//! or of a strict call, is a trap.

use http::Method;
use mortise_model::FailureKind;
use wasmtime::component::Resource;

use super::bindings::mortise::integration::http::{Host as HttpHost, HostResponse, Method as WitMethod, Request};
use super::bindings::mortise::integration::types::{Failure, Host as TypesHost};
use super::bindings::mortise::integration::{context, log};
use super::state::{LogLine, State};
use crate::egress::{Answer, EgressError, OutboundRequest};

/// Longest log line of a guest, in bytes. The host cuts longer ones.
const LOG_LINE_BYTES: usize = 2 << 10;

/// Most fields that a guest can report as not written.
const IGNORED_FIELDS: usize = 64;
/// Longest name of such a field, in characters.
const FIELD_CHARS: usize = 128;

/// Ends a dry run at its first write. It passes through the guest as a trap.
#[derive(Debug, thiserror::Error)]
#[error("dry run")]
pub(super) struct DryRunEnd;

/// Ends a strict call at the first field that the plugin does not write. It passes through the guest as a trap.
#[derive(Debug, thiserror::Error)]
#[error("the field is not written")]
pub(super) struct IgnoredEnd(pub(super) String);

impl TypesHost for State {}

impl HttpHost for State {
    async fn send(&mut self, request: Request) -> wasmtime::Result<Result<Resource<Answer>, Failure>> {
        let Some(session) = &mut self.context.session else {
            return Ok(Err(failure(FailureKind::Denied, "there is no network while the integration describes itself")));
        };
        let request = OutboundRequest {
            method: match request.method {
                WitMethod::Get => Method::GET,
                WitMethod::Post => Method::POST,
                WitMethod::Put => Method::PUT,
                WitMethod::Patch => Method::PATCH,
                WitMethod::Delete => Method::DELETE,
            },
            target: request.target,
            query: request.query,
            headers: request.headers,
            body: request.body,
            primary: request.primary,
        };
        match self.hosted.polls(session.send(request)).await {
            Ok(answer) => match self.table.push(answer) {
                Ok(answer) => Ok(Ok(answer)),
                Err(_) => Ok(Err(failure(FailureKind::Denied, "the call holds too many resources"))),
            },
            Err(EgressError::DryRun) => Err(DryRunEnd.into()),
            Err(error) => Ok(Err(error.into())),
        }
    }
}

impl HostResponse for State {
    fn status(&mut self, answer: Resource<Answer>) -> wasmtime::Result<u16> {
        Ok(self.table.get(&answer)?.status.as_u16())
    }

    fn header(&mut self, answer: Resource<Answer>, name: String) -> wasmtime::Result<Option<String>> {
        let headers = &self.table.get(&answer)?.headers;
        let lines: Vec<_> = headers.get_all(name).iter().filter_map(|line| line.to_str().ok()).collect();
        Ok((!lines.is_empty()).then(|| lines.join(", ")))
    }

    async fn body(&mut self, answer: Resource<Answer>) -> wasmtime::Result<Result<Vec<u8>, Failure>> {
        let hosted = self.hosted.clone();
        Ok(match hosted.polls(self.table.get_mut(&answer)?.body()).await {
            Ok(body) => Ok(body.to_vec()),
            Err(error) => Err(error.into()),
        })
    }

    fn drop(&mut self, answer: Resource<Answer>) -> wasmtime::Result<()> {
        self.table.delete(answer)?;
        Ok(())
    }
}

impl context::Host for State {
    fn variable(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        Ok(self.context.variables.get(&name).cloned())
    }

    fn parameter(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        Ok(self.context.parameters.get(&name).cloned())
    }

    fn wants_user(&mut self) -> wasmtime::Result<bool> {
        Ok(self.context.wants_user)
    }

    fn authentication_method(&mut self) -> wasmtime::Result<Option<String>> {
        let session = self.context.session.as_ref();
        Ok(session.and_then(|session| session.authentication_method()).map(str::to_owned))
    }

    fn ignore(&mut self, field: String) -> wasmtime::Result<()> {
        let field: String = field.chars().filter(|c| !c.is_control()).take(FIELD_CHARS).collect();
        let session = self.context.session.as_ref();
        // After a write, a trap would only hide what has already happened.
        let has_written = session.is_some_and(|session| session.transcript().may_have_written());
        if self.context.strict && !has_written {
            return Err(IgnoredEnd(field).into());
        }
        if self.ignored.len() < IGNORED_FIELDS && !self.ignored.contains(&field) {
            self.ignored.push(field);
        }
        Ok(())
    }
}

impl log::Host for State {
    fn emit(&mut self, level: String, message: String) -> wasmtime::Result<()> {
        let _hosted = self.hosted.start();
        let (integration, request_id) = (&*self.context.slug, &*self.context.request_id);
        let end = message.floor_char_boundary(LOG_LINE_BYTES);
        let message = message.get(..end).unwrap_or_default();
        match self.log.take(message.len()) {
            LogLine::Dropped => {}
            LogLine::Last => tracing::info!(integration, request_id, "integration: the rest of its log is left out"),
            // A guest must not be able to raise an operator's alarms, so the host logs its errors as warnings.
            LogLine::Written => match level.as_str() {
                "error" | "warn" => {
                    tracing::warn!(integration, request_id, guest_level = level, text = ?message, "integration log")
                }
                "debug" => tracing::debug!(integration, request_id, text = ?message, "integration log"),
                _ => tracing::info!(integration, request_id, text = ?message, "integration log"),
            },
        }
        Ok(())
    }
}

fn failure(kind: FailureKind, message: impl Into<String>) -> Failure {
    Failure { kind: kind.as_str().into(), message: message.into(), field: None }
}

impl From<EgressError> for Failure {
    fn from(error: EgressError) -> Self {
        let (kind, field) = match &error {
            EgressError::Denied(_) | EgressError::Quota { .. } => (FailureKind::Denied, None),
            EgressError::Remote { input, .. } => (FailureKind::InvalidInput, Some((*input).to_owned())),
            EgressError::Timeout(_) => (FailureKind::Timeout, None),
            EgressError::Unusable(_)
            | EgressError::SignIn { .. }
            | EgressError::Refused(_)
            | EgressError::Unavailable { .. }
            | EgressError::Paused { .. } => (FailureKind::Vendor, None),
            EgressError::Credentials(_) | EgressError::Deleted | EgressError::Internal | EgressError::DryRun => {
                (FailureKind::Internal, None)
            }
        };
        Self { field, ..failure(kind, error.to_string()) }
    }
}
