//! The OpenAPI 3.1 document.

mod document;
pub(super) mod schemas;
mod webhooks;

pub(super) use document::document;
