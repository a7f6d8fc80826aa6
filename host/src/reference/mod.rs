//! The reference of the API, made from the plugins that are loaded. One typed tree ([`Reference`]) describes the API. The
//! OpenAPI document and the documentation pages are written from it. This room opens no sockets and serves no routes.
//! A plugin's texts are data, never markup.

mod access;
mod cache;
mod context;
pub mod endpoint;
mod errors;
mod example;
mod field;
pub mod index;
mod listing;
mod markdown;
mod names;
mod object;
mod openapi;
mod operation;
pub mod pages;
mod route;
mod routes;
mod tree;
mod unified;
mod webhook_request;

pub use access::Access;
pub use cache::{Document, ReferenceCache, View};
pub use endpoint::Endpoint;
pub use errors::{ERRORS, ErrorRow, Remote};
pub use field::{Field, Mark, Support};
pub use markdown::{markdown, prose};
pub use names::{category_name, operation_name};
pub use object::Object;
pub use operation::{Offer, UnifiedOperation};
pub use route::{Body, Route, Words};
pub use tree::Reference;
pub use webhook_request::WebhookRequest;
