//! A mapping in a component's place, without a sandbox: benchmarks hold the sandbox against it. Nothing that serves callers makes one.

use futures_util::future::BoxFuture;

use super::invoke::Invocation;
use super::outcome::CallError;

/// Does what the component would: takes the canonical user and answers with one, and asks the vendor through the session.
pub type Native = dyn Fn(Invocation) -> BoxFuture<'static, Result<Option<String>, CallError>> + Send + Sync;
