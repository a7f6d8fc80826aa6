//! The HTTP API: the routes, one file a resource, and the handling that all of them share.

mod accounts;
mod applications;
mod auth;
mod body;
mod call;
mod connect;
mod connect_flow;
mod connect_form;
mod connect_stop;
mod error;
mod health;
mod integrations;
mod link_tokens;
mod list;
pub mod listener;
mod log;
mod metrics;
mod middleware;
mod operator;
mod passthrough;
mod reference;
mod router;
mod routes;
mod serve;
mod tokens;
mod unified;
mod webhooks;

pub use auth::{Admin, Authenticated, Calling, Operator, Overseer};
#[cfg(feature = "authoring")]
pub(crate) use error::kept;
pub use error::{ApiError, Problem};
pub use middleware::RequestId;
pub use router::{admin_router, router};
pub use routes::Api;
pub use serve::{serve, serve_admin};
