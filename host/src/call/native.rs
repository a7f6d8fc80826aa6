//! A mapping in place of a component, without a sandbox. Benchmarks compare the sandbox with it. The executable never
//! makes one.

use futures_util::future::BoxFuture;

use super::invoke::Invocation;
use super::outcome::CallError;

/// Does the work of a component: takes the canonical user, calls the vendor through the session, and returns a
/// canonical user.
pub type Native = dyn Fn(Invocation) -> BoxFuture<'static, Result<Option<String>, CallError>> + Send + Sync;
